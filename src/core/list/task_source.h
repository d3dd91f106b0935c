/* task_source.h - the bytes of a list, before anything is read into them.
 *
 * Only for task_reader.c. */
#ifndef CORE_TASK_SOURCE_H
#define CORE_TASK_SOURCE_H

#include "core/list/task_outline.h"

/* 0, or -1 with the one fault that makes any other pointless: a file that is
 * too large, or UTF-16. */
int source_check(
    const char *name, const char *text, size_t len, struct faults *f);

/* A fault for each line with a NUL byte or broken UTF-8. */
void source_check_lines(
    const struct outline *o, const char *name, struct faults *f);

#endif
