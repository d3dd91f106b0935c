/* session_undo.c - the records of tasks whose work was rolled back. */
#include "core/session/session_undo.h"
#include "core/session/session_record.h"

struct task_record *session_undoable(const struct session *s, int number)
{
	for (size_t i = s->current; i > 0; i--) {
		struct task_record *t = &s->tasks[i - 1];

		if (number != 0 && t->task.number != number)
			continue;
		if (t->status != TASK_RUNNING && t->attempt > t->undone)
			return t;
	}
	return NULL;
}

/* As if it had never run, but for what was spent, and how often. */
static void make_pending(struct task_record *r)
{
	record_forget(r);
	r->status = TASK_PENDING;
	r->undone = r->attempt;
	r->started_at = r->completed_at = r->approved_at = 0;
	r->auto_resumed = false;
	xreplace(&r->approved_by, NULL);
	xreplace(&r->feedback, NULL);
	/* What its conversation knows of the files is no longer so. */
	xreplace(&r->conversation, NULL);
	xreplace(&r->resumed_from, NULL);
}

void session_undo(struct session *s, struct task_record *r)
{
	s->current = (size_t)(r - s->tasks) + 1;
	s->parked_times = 0;
	s->reached = (struct reached)REACHED_NONE;
	for (size_t i = s->current - 1; i < s->n; i++)
		make_pending(&s->tasks[i]);
}
