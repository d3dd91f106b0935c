/* session_decision.c - answered questions, the last DECISIONS_KEPT of them. */
#include "core/session_decision.h"

bool decision_is_stale(const struct session *s, const struct event *e,
    const struct decision **instead)
{
	const struct task_record *now = session_current(s);
	const struct task_record *again = session_retriable(s);

	if (e->decision != NULL &&
	    (strcmp(e->decision, s->asked) != 0 ||
		(e->later_day && !session_is_unfinished(s)))) {
		*instead = session_find_decision(s, e->decision);
		return true;
	}
	if (e->task == 0 || (now != NULL && e->task == now->task.number) ||
	    (e->kind == EV_RETRY && again != NULL &&
		e->task == again->task.number))
		return false;
	for (size_t i = 0; i < s->n_decisions; i++)
		if (s->decisions[i].task == e->task)
			*instead = &s->decisions[i];
	return true;
}

/* A pause answers nothing: the question stays. */
static bool answers_question(const struct session *s, const struct event *e)
{
	return event_is_command(e->kind) && s->asked[0] != '\0' &&
	       e->kind != EV_PAUSE &&
	       !(e->kind == EV_RESUME && s->phase != PHASE_PAUSED &&
		   s->phase != PHASE_LIMIT);
}

static void drop_oldest(struct session *s)
{
	free(s->decisions[0].command);
	free(s->decisions[0].by);
	memmove(s->decisions, s->decisions + 1,
	    sizeof(s->decisions[0]) * --s->n_decisions);
}

void decision_remember(struct session *s, const struct event *e)
{
	struct decision *d;

	if (!answers_question(s, e))
		return;
	if (s->n_decisions == DECISIONS_KEPT)
		drop_oldest(s);
	d = &s->decisions[s->n_decisions++];
	*d = (struct decision){
		.task = session_current(s)->task.number,
		.at = e->now,
		.command = xstrdup(event_name[e->kind]),
		.by = xstrdup(e->by),
	};
	memcpy(d->id, s->asked, sizeof(d->id));
}
