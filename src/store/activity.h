/* activity.h - run_dir/activity: what Claude is doing now, in one line.
 *
 * Not part of the record: it changes many times a second, is never synced and
 * means nothing after a crash; the attempt's id in it tells an old one. */
#ifndef STORE_ACTIVITY_H
#define STORE_ACTIVITY_H

#include "base/base.h"

enum { ACTIVITY_MAX = 200 };

/* what NULL: nothing runs any more. Failure is not worth a word. */
void activity_set(const char *path, const char *attempt, const char *what);

/* What attempt is doing, to be freed; NULL: unknown. */
char *activity_get(const char *path, const char *attempt);

#endif
