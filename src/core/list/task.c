/* task.c - what belongs to a task, and giving it back. */
#include "core/list/task.h"

#include <limits.h>

const char *const priority_name[] = {
	[PRIORITY_NONE] = NULL,
	[PRIORITY_HIGH] = "high",
	[PRIORITY_MEDIUM] = "medium",
	[PRIORITY_LOW] = "low",
};
_Static_assert(
    ARRAY_SIZE(priority_name) == PRIORITY_COUNT, "name every priority");

static struct json_object *print_requires(const void *task)
{
	enum requires r = ((const struct task *)task)->requires_approval;

	return r == REQUIRES_UNSAID
		   ? NULL
		   : json_object_new_boolean(r == REQUIRES_YES);
}

static int read_requires(
    struct json_object *o, const char *key, void *task, struct error *err)
{
	bool yes;

	if (json_object_object_get(o, key) == NULL)
		return 0;
	if (json_get_bool(o, key, &yes, err) != 0)
		return -1;
	((struct task *)task)->requires_approval =
	    yes ? REQUIRES_YES : REQUIRES_NO;
	return 0;
}

static const struct field_hook requires_hook = { .print = print_requires,
	.read = read_requires };

#define T struct task
static const struct field rows[] = {
	ROW_INT(T, number, "id", FIELD_NEEDED, 0, INT_MAX, 0),
	ROW_TEXT(T, title, "title", FIELD_NEEDED),
	ROW_TEXT(T, type, "type", FIELD_NEEDED),
	ROW_ENUM(T, priority, "priority", 0, priority_name, PRIORITY_COUNT),
	ROW_HOOK("requires_approval", &requires_hook),
	ROW_TEXT(T, description, "description", 0),
	ROW_STRINGS(T, criteria, "acceptance_criteria"),
	ROW_TEXT(T, instruction, "instruction", FIELD_NEEDED),
	ROW_INT(T, timeout, "timeout", 0, 1, TASK_TIMEOUT_MAX, 0),
};
#undef T

const struct fields task_fields = { FIELDS(rows, struct task) };

void task_release(struct task *t)
{
	fields_release(&task_fields, t);
}

void task_copy(struct task *to, const struct task *from)
{
	fields_copy(&task_fields, to, from);
}

void task_list_release(struct task_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		task_release(&l->v[i]);
	free(l->v);
	*l = (struct task_list)TASK_LIST_INIT;
}
