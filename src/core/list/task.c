/* task.c - what belongs to a task, and giving it back. */
#include "core/list/task.h"

const char *const priority_name[] = {
	[PRIORITY_NONE] = NULL,
	[PRIORITY_HIGH] = "high",
	[PRIORITY_MEDIUM] = "medium",
	[PRIORITY_LOW] = "low",
};
_Static_assert(
    ARRAY_SIZE(priority_name) == PRIORITY_COUNT, "name every priority");

void task_release(struct task *t)
{
	free(t->title);
	free(t->type);
	free(t->description);
	free(t->instruction);
	strvec_release(&t->criteria);
	*t = (struct task)TASK_INIT;
}

void task_copy(struct task *to, const struct task *from)
{
	*to = *from;
	to->title = xstrdup(from->title);
	to->type = xstrdup(from->type);
	to->description = xstrdup(from->description);
	to->instruction = xstrdup(from->instruction);
	to->criteria = (struct strvec)STRVEC_INIT;
	strvec_extend(&to->criteria, &from->criteria);
}

void task_list_release(struct task_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		task_release(&l->v[i]);
	free(l->v);
	*l = (struct task_list)TASK_LIST_INIT;
}
