/* plan_files.h - what a plan is made of and what becomes of it: the day's log
 * in daily_dir, the list in tasks_dir. */
#ifndef STORE_PLAN_FILES_H
#define STORE_PLAN_FILES_H

#include "base/buf.h"
#include "base/error.h"

/* "2025-11-20-tasks.md"; to be freed. */
char *plan_list_name(const char *date);

/* daily_dir/DATE.md: at most DAY_MAX_BYTES of UTF-8 that say something.
 * Returns 0, or -1 with what is missing, and where. */
int plan_read_day(const char *daily_dir, const char *date, struct buf *text,
    struct error *err);

/* The list of that day as it is now, made clean. Returns 0 (text is empty
 * where there is none), or -1. */
int plan_read_list(const char *tasks_dir, const char *date, struct buf *text,
    struct error *err);

/* Makes text the list of that day, durably, mode 0640. One that is there is
 * kept as DATE-tasks.1.md, .2.md ..., and there is no moment without a list;
 * its new name is in *kept, to be freed (NULL: there was none). Returns 0, or
 * -1 with the reason, and then the old list stands. */
int plan_write_list(const char *tasks_dir, const char *date,
    const struct buf *text, char **kept, struct error *err);

#endif
