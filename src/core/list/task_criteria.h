/* task_criteria.h - the list under Acceptance Criteria.
 *
 * Only for task_reader.c. */
#ifndef CORE_TASK_CRITERIA_H
#define CORE_TASK_CRITERIA_H

#include "base/faults.h"
#include "core/list/task_outline.h"

/* Adds each item of the list (or lists) in n lines, of which the first has
 * that number in the file. An item's later lines lose the indentation that
 * puts them under its first. Text that is in no list is a fault. */
void criteria_read(struct strvec *items, const char *name, size_t number,
    const struct line *v, size_t n, struct faults *f);

#endif
