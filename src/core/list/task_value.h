/* task_value.h - what the fields of a task say.
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

/* Adds each item of the list (or lists) in n lines, of which the first has
 * that number in the file. An item's later lines lose the indentation that
 * puts them under its first. Text that is in no list is a fault. */
void value_read_list(struct strvec *items, const char *name, size_t number,
    const struct line *v, size_t n, struct faults *f);

/* FIELD "VALUE": want ... */
void value_fault(const struct line *l, const char *name, size_t number,
    const char *want, struct faults *f);

/* What a fault quotes of the file: short and clean. */
enum { QUOTE_MAX = 60 };
struct quote {
	char text[3 * QUOTE_MAX + sizeof("...")];
};
struct quote value_quote(const char *text, size_t n);

#endif
