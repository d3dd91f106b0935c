/* task_value.h - fields whose value is one line.
 *
 * Only for task_reader.c. */
#ifndef CORE_TASK_VALUE_H
#define CORE_TASK_VALUE_H

#include "base/faults.h"
#include "core/list/task.h"
#include "core/list/task_outline.h"

/* Reads the field on line l, which has that number in the file, into t. Does
 * nothing for the fields that go on over several lines. */
void value_read(struct task *t, const struct line *l, const char *name,
    size_t number, struct faults *f);

/* FIELD "VALUE": want ... */
void value_fault(const struct line *l, const char *name, size_t number,
    const char *want, struct faults *f);

/* What a fault quotes of the file: short and clean, to be freed. */
char *quote(const char *text, size_t n);

#endif
