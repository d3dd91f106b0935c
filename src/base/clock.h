/* clock.h - what time it is, and how it is written.
 *
 * Times that are kept are whole seconds since 1970 in UTC; 0 stands for "no
 * time". Deadlines are milliseconds of the monotonic clock. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/base.h"

enum { CLOCK_TEXT = 32 };

int64_t clock_now(void);    /* seconds, wall */
int64_t clock_now_us(void); /* microseconds, wall */
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);

/* RFC 3339 in UTC: 2025-11-20T09:30:15Z. */
void clock_rfc3339(int64_t when, char out[CLOCK_TEXT]);
/* Reads what clock_rfc3339 writes. Returns 0 or -1. */
int clock_from_rfc3339(const char *s, int64_t *when);

/* Local time by strftime(3), in the zone set last (the system's at first). */
void clock_local(int64_t when, const char *fmt, char out[CLOCK_TEXT]);
/* An IANA name ("Europe/Berlin"); NULL: the system's, that is
 * TZ as we found it. Returns 0, or -1 where the system has no such zone, and
 * then nothing has changed. Not while other threads read the clock. */
int clock_set_zone(const char *zone);
/* TZ as this process was given it, NULL where it was not: for whoever gets an
 * environment from us. */
const char *clock_system_zone(void);
bool clock_zone_exists(const char *zone);

/* Is it a time of day, "07:30"? */
bool clock_is_minute(const char *minute);
/* Is it that time of the day, or later, by local time? */
bool clock_is_past(int64_t when, const char *minute);

/* Is span two times of a day, "22:00-07:00", that are not the same? */
bool clock_is_span(const char *span);
/* Is that time of day in that span, which may go over midnight? Its end is no
 * longer in it. */
bool clock_span_has(const char *span, const char *minute);
/* Is it so by local time? */
bool clock_within(int64_t when, const char *span);

/* Is it YYYY-MM-DD, a day that exists? */
bool clock_is_date(const char *s);

#endif
