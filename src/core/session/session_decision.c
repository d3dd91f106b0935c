/* session_decision.c - answered questions, the last DECISIONS_KEPT of them. */
#include "core/session/session_decision.h"
#include "core/session/session_grant.h"

static bool answers_claude(const struct event *e)
{
	return e->kind == EV_ALLOW || e->kind == EV_ALWAYS ||
	       e->kind == EV_DENY || e->kind == EV_ANSWER;
}

bool decision_is_stale(const struct session *s, const struct event *e,
    const struct decision **instead)
{
	const struct task_record *now = session_current(s);
	const struct task_record *again = session_retriable(s);

	if (e->decision != NULL &&
	    (!session_is_open(s, e->decision) ||
		(answers_claude(e) &&
		    strcmp(e->decision, session_decision(s)) != 0) ||
		(e->later_day && !session_is_unfinished(s)))) {
		*instead = session_find_decision(s, e->decision);
		return true;
	}
	if (e->task == 0 || (now != NULL && e->task == now->task.number) ||
	    e->kind == EV_ROLLBACK || /* of any task that has run */
	    (e->kind == EV_RETRY && again != NULL &&
		e->task == again->task.number))
		return false;
	for (size_t i = 0; i < s->n_decisions; i++)
		if (s->decisions[i].task == e->task)
			*instead = &s->decisions[i];
	return true;
}

static struct decision *add(
    struct session *s, const struct event *e, const char *id)
{
	struct decision *d = &s->decisions[0];

	if (s->n_decisions == DECISIONS_KEPT) {
		free(d->command);
		free(d->by);
		free(d->what);
		memmove(d, d + 1, sizeof(*d) * --s->n_decisions);
	}
	d = &s->decisions[s->n_decisions++];
	*d = (struct decision){
		.task = session_current(s)->task.number,
		.at = e->now,
		.command = xstrdup(event_name[e->kind]),
		.by = xstrdup(e->by),
	};
	snprintf(d->id, sizeof(d->id), "%s", id);
	return d;
}

void decision_remember(struct session *s, const struct event *e)
{
	bool ends = e->kind == EV_CANCEL || e->kind == EV_STOP ||
		    e->kind == EV_SKIP || e->kind == EV_ROLLBACK;
	/* A pause answers nothing: the question stays. */
	bool answers = event_is_command(e->kind) && s->asked[0] != '\0' &&
		       e->kind != EV_PAUSE &&
		       !(e->kind == EV_RESUME && s->phase != PHASE_PAUSED &&
			   s->phase != PHASE_LIMIT);

	/* What Claude asked, and how: of an answer, or of what ends the
	 * attempt. */
	if (session_is_asked(s) && (answers_claude(e) || ends)) {
		struct decision *d = add(s, e, s->ask_id);
		struct buf line = BUF_INIT;

		if (e->kind == EV_ANSWER)
			ask_answer_line(&line, &s->ask, e->feedback);
		else if (e->kind == EV_ALWAYS)
			grant_line(&line, &s->ask);
		else
			ask_line(&line, &s->ask);
		d->what = buf_detach(&line);
		memcpy(d->hash, s->ask.hash, sizeof(d->hash));
	}
	if (e->kind == EV_ALWAYS)
		grant_remember(s, e->now, e->by);
	if (answers && !answers_claude(e))
		add(s, e, s->asked);
}
