/* day_folder.h - the files that came with a day's tasks and notes:
 * daily_dir/DATE/. */
#ifndef STORE_DAY_FOLDER_H
#define STORE_DAY_FOLDER_H

#include "base/buf.h"
#include "base/error.h"

/* Keeps contents there, durably, under name, or, where another file is called
 * so, as name-2, -3 ... (before its ending). One with the same contents is the
 * same. Its path in *path, to be freed; *made: it was not there. Returns 0, or
 * -1 with the reason. */
int day_folder_keep(const char *daily_dir, const char *date, const char *name,
    const struct buf *contents, char **path, bool *made, struct error *err);

#endif
