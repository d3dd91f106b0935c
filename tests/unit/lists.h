/* lists.h - a task list to read. */
#ifndef TESTS_UNIT_LISTS_H
#define TESTS_UNIT_LISTS_H

#include "unit.h"

#include "core/list/task.h"

static struct faults faults;
static struct task_list list;

static int parse(const char *text, size_t n)
{
	faults_release(&faults);
	task_list_release(&list);
	return task_list_parse(&list, "f.md", text, n, &faults);
}

#define DO "**Claude Instruction:**\nDo it.\n"

static UNUSED void check_says(const char *doc, size_t n, const char *first)
{
	ck_assert_msg(parse(doc, strlen(doc)) == -1, "passes: %s", doc);
	ck_assert_msg(faults.count == n, "%zu faults: %s\n%s", faults.count,
	    faults.lines.v[0], faults.count > 1 ? faults.lines.v[1] : "");
	ck_assert_msg(
	    strstr(faults.lines.v[0], first) != NULL, "%s", faults.lines.v[0]);
}

#endif
