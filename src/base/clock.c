/* clock.c - reading the clocks and writing times. */
#include "base/clock.h"

#include <sys/stat.h>
#include <time.h>

static int64_t read_clock_us(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		bug("clock %d cannot be read", (int)id);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	return read_clock_us(CLOCK_REALTIME);
}

int64_t clock_now(void)
{
	return clock_now_us() / 1000000;
}

int64_t clock_mono_us(void)
{
	return read_clock_us(CLOCK_MONOTONIC);
}

int64_t clock_mono_ms(void)
{
	return clock_mono_us() / 1000;
}

void clock_rfc3339(int64_t when, char out[CLOCK_TEXT])
{
	time_t t = (time_t)when;
	struct tm tm;

	gmtime_r(&t, &tm);
	/* Four digits, which strftime's %Y gives only from 1000 on. */
	snprintf(out, CLOCK_TEXT, "%04ld", tm.tm_year + 1900L);
	strftime(out + strlen(out), CLOCK_TEXT - strlen(out),
	    "-%m-%dT%H:%M:%SZ", &tm);
}

int clock_from_rfc3339(const char *s, int64_t *when)
{
	struct tm tm = { 0 };
	const char *end = strptime(s, "%Y-%m-%dT%H:%M:%SZ", &tm);
	char again[CLOCK_TEXT];
	int64_t found;

	if (end == NULL || *end != '\0')
		return -1;
	found = timegm(&tm);
	clock_rfc3339(found, again);
	if (strcmp(s, again) != 0) /* strptime takes blanks and the 31st */
		return -1;
	*when = found;
	return 0;
}

void clock_local(int64_t when, const char *fmt, char out[CLOCK_TEXT])
{
	time_t t = (time_t)when;
	struct tm tm;

	localtime_r(&t, &tm);
	if (strftime(out, CLOCK_TEXT, fmt, &tm) == 0)
		out[0] = '\0';
}

bool clock_zone_exists(const char *zone)
{
	char *file = xasprintf("/usr/share/zoneinfo/%s", zone);
	struct stat st;
	bool there;

	there = zone[0] != '\0' && zone[0] != '/' &&
		strstr(zone, "..") == NULL && stat(file, &st) == 0 &&
		S_ISREG(st.st_mode);
	free(file);
	return there || strcmp(zone, "UTC") == 0;
}

/* TZ as we found it; read once, before we change it for the first time. */
static struct {
	bool known;
	char *value;
} found;

const char *clock_system_zone(void)
{
	if (!found.known)
		found.value = xstrdup(getenv("TZ"));
	found.known = true;
	return found.value;
}

int clock_set_zone(const char *zone)
{
	const char *given = clock_system_zone();
	bool as_is;

	if (zone != NULL && !clock_zone_exists(zone))
		return -1;
	if (zone == NULL)
		zone = given;
	as_is = str_equal(zone, getenv("TZ")); /* others may be reading it */
	if (!as_is && zone != NULL)
		setenv("TZ", zone, 1);
	else if (!as_is)
		unsetenv("TZ");
	tzset();
	return 0;
}

bool clock_is_date(const char *s)
{
	char *noon = xasprintf("%sT12:00:00Z", s);
	int64_t when;
	bool exists = clock_from_rfc3339(noon, &when) == 0;

	free(noon);
	return exists;
}

/* The minute of the day that "22:00" is; -1: none. */
static int read_minute(const char *s)
{
	static const char form[] = "00:00";
	int hour, minute;

	for (size_t i = 0; form[i] != '\0'; i++)
		if (form[i] == ':' ? s[i] != ':' : s[i] < '0' || s[i] > '9')
			return -1;
	hour = (s[0] - '0') * 10 + s[1] - '0';
	minute = (s[3] - '0') * 10 + s[4] - '0';
	return hour < 24 && minute < 60 ? hour * 60 + minute : -1;
}

bool clock_is_minute(const char *minute)
{
	return strlen(minute) == strlen("00:00") && read_minute(minute) >= 0;
}

bool clock_is_past(int64_t when, const char *minute)
{
	char text[CLOCK_TEXT];

	clock_local(when, "%H:%M", text);
	return read_minute(text) >= read_minute(minute);
}

static bool read_span(const char *span, int *from, int *to)
{
	static const char form[] = "00:00-00:00";

	if (strlen(span) != strlen(form) || span[5] != '-')
		return false;
	*from = read_minute(span);
	*to = read_minute(span + 6);
	return *from >= 0 && *to >= 0 && *from != *to;
}

bool clock_is_span(const char *span)
{
	int from, to;

	return read_span(span, &from, &to);
}

bool clock_span_has(const char *span, const char *minute)
{
	int from, to, at = read_minute(minute);

	if (!read_span(span, &from, &to))
		bug("'%s' is no span", span);
	return from < to ? at >= from && at < to : at >= from || at < to;
}

bool clock_within(int64_t when, const char *span)
{
	char text[CLOCK_TEXT];

	clock_local(when, "%H:%M", text);
	return clock_span_has(span, text);
}
