/* session_record.c - the record where a list begins, and at both ends of an
 * attempt. */
#include "core/session/session_record.h"

void session_fill(struct session *s, const struct event *e)
{
	struct task_list *list = e->list;

	session_release(s);
	s->id = xstrdup(e->session_id);
	s->task_file = xstrdup(e->task_file);
	s->started_at = e->now;
	s->n = list->n;
	s->tasks = xcalloc(list->n, sizeof(*s->tasks));
	for (size_t i = 0; i < list->n; i++) {
		s->tasks[i].task = list->v[i];
		s->tasks[i].outcome = (struct outcome)OUTCOME_INIT;
		s->tasks[i].ended = (struct outcome)OUTCOME_INIT;
	}
	free(list->v);
	*list = (struct task_list)TASK_LIST_INIT;
	s->current = 1;
}

void record_forget(struct task_record *r)
{
	double spent = r->outcome.cost_usd;

	outcome_release(&r->outcome);
	outcome_release(&r->ended);
	r->outcome.cost_usd = spent;
}

void record_begin(struct task_record *r, const struct event *e)
{
	bool afresh = e->fresh || task_is_poisoned(r);

	record_forget(r);
	r->status = TASK_RUNNING;
	r->attempt++;
	r->started_at = e->now;
	r->completed_at = 0;
	free(r->resumed_from);
	if (afresh)
		xreplace(&r->conversation, NULL);
	r->resumed_from = r->conversation;
	r->conversation = xstrdup(e->fresh_conversation);
}

void record_end(
    struct task_record *r, const struct event *e, enum task_status status)
{
	double spent = r->outcome.cost_usd;

	record_forget(r);
	outcome_copy(&r->outcome, e->outcome);
	r->outcome.cost_usd += spent;
	if (r->outcome.cost_usd > USD_MAX)
		r->outcome.cost_usd = USD_MAX;
	r->status = status;
	r->completed_at = e->now;
	xreplace(&r->feedback, NULL);
}
