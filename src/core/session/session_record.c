/* session_record.c - the record where a list begins, at both ends of an attempt
 * and behind a rollback; and what the next attempt is told of an answer. */
#include "core/session/session_record.h"
#include "core/session/session_fields.h"

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

/* What the last attempt came to; what all have cost stays. */
static void forget(struct task_record *r)
{
	double spent = r->outcome.cost_usd;

	outcome_release(&r->outcome);
	outcome_release(&r->ended);
	r->outcome.cost_usd = spent;
}

void record_begin(struct task_record *r, const struct event *e)
{
	bool afresh = e->fresh || task_is_poisoned(r);

	forget(r);
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

	forget(r);
	outcome_copy(&r->outcome, e->outcome);
	r->outcome.cost_usd += spent;
	if (r->outcome.cost_usd > USD_MAX)
		r->outcome.cost_usd = USD_MAX;
	r->status = status;
	r->completed_at = e->now;
	xreplace(&r->feedback, NULL);
}

/* As if it had never run, but for what was spent, and how often. */
void record_undo(struct task_record *r)
{
	forget(r);
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

void ruling_keep(struct session *s, const struct event *e)
{
	struct ruling *r = &s->ruling;
	const struct decision *d = &s->decisions[s->n_decisions - 1];

	ruling_forget(s);
	r->kind = e->kind == EV_ANSWER ? RULING_ANSWER
		  : e->kind == EV_DENY ? RULING_DENY
				       : RULING_ALLOW;
	memcpy(r->hash, s->ask.hash, sizeof(r->hash));
	r->what = xstrdup(d->what);
	r->file = xstrdup(s->ask.file);
	r->text =
	    xstrdup(r->kind == RULING_ANSWER ? s->ask.answers : e->feedback);
}

void ruling_forget(struct session *s)
{
	fields_release(&ruling_fields, &s->ruling);
}
