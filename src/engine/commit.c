/* commit.c - one change of the record: apply, tell, store, swap, act.
 *
 * Persist, then act, then answer. The change is made on a copy; when it
 * cannot be stored the copy is thrown away and nothing has happened. */
#include "base/clock.h"
#include "core/auth.h"
#include "engine/instance.h"

int commit_state(struct instance *in, struct state *next, struct error *err)
{
	if (state_store(in->config->paths.state_file, next, err) != 0) {
		if (!in->state_failed)
			log_error("%s", err->text);
		in->state_failed = true;
		return -1;
	}
	in->state_failed = false;
	state_release(&in->state);
	in->state = *next;
	*next = (struct state)STATE_INIT;
	return 0;
}

/* What each telling bit becomes. */
static const struct {
	unsigned bit;
	enum notice_event event;
} telling[] = {
	{ ACT_TELL_STARTED, NOTICE_SESSION_STARTED },
	{ ACT_TELL_TASK_STARTED, NOTICE_TASK_STARTED },
	{ ACT_TELL_COMPLETED, NOTICE_TASK_COMPLETED },
	{ ACT_TELL_FAILED, NOTICE_TASK_FAILED },
	{ ACT_TELL_WAITING, NOTICE_WAITING },
	{ ACT_TELL_PAUSED, NOTICE_PAUSED },
	{ ACT_TELL_RESUMED, NOTICE_RESUMED },
	{ ACT_TELL_RECOVERED, NOTICE_RECOVERED },
	{ ACT_TELL_STOPPED, NOTICE_SESSION_STOPPED },
	{ ACT_TELL_SESSION_COMPLETED, NOTICE_SESSION_COMPLETED },
	{ ACT_TELL_NEXT_STARTED, NOTICE_TASK_STARTED },
};

static void enqueue(struct instance *in, struct state *next,
    enum notice_event event, const struct task_record *task,
    const char *message, const struct cause *cause)
{
	struct buf id = BUF_INIT;
	struct notice n;

	auth_notice_id(&id);
	notice_build(&n, &(struct notice_source){
			     .id = id.data,
			     .now = clock_now(),
			     .event = event,
			     .session = &next->session,
			     .task = task,
			     .message = message,
			     .enabled = in->config->telegram.commands,
			     .chat_ids = &in->config->telegram.chat_ids,
			     .cause = cause,
			 });
	buf_release(&id);
	log_debug("notification %s: %s", notice_event_name[event], n.payload);
	if (in->config->webhooks.n8n_notify_url == NULL)
		notice_release(&n);
	else
		state_enqueue(next, &n);
}

static void tell(struct instance *in, struct state *next,
    const struct change *c, const struct cause *cause)
{
	for (size_t i = 0; i < ARRAY_SIZE(telling); i++) {
		const struct task_record *t = c->task;

		if (!(c->actions & telling[i].bit))
			continue;
		if (telling[i].bit != ACT_TELL_COMPLETED &&
		    telling[i].bit != ACT_TELL_FAILED &&
		    telling[i].bit != ACT_TELL_RECOVERED)
			t = session_current(&next->session);
		enqueue(in, next, telling[i].event, t, NULL, cause);
	}
}

/* The line in the daily log. */
static void note(
    const struct instance *in, const struct event *e, const struct change *c)
{
	const struct session *s = &in->state.session;
	const struct task_record *t = session_current(s);
	const char *by = e->by == NULL ? "" : e->by;

	if (e->kind <= EV_STOP)
		log_info("%s by %s%s%s", event_name[e->kind], by,
		    e->feedback != NULL ? ": " : "",
		    e->feedback != NULL ? e->feedback : "");
	if (e->outcome != NULL)
		log_info("Task %d %s: %s%s%s", c->task->task.number,
		    task_status_name[c->task->status],
		    task_result_name[c->task->outcome.result],
		    c->task->outcome.error != NULL ? ": " : "",
		    c->task->outcome.error != NULL ? c->task->outcome.error
						   : "");
	if (c->actions & ACT_RUN)
		log_info("Task %d started: %s (attempt %d)", t->task.number,
		    t->task.title, t->attempt);
	else if (s->phase == PHASE_APPROVAL)
		log_info("Waiting for approval for task %d", t->task.number);
	else if (s->phase != c->from)
		log_info("Session %s is %s", s->id,
		    session_status_name[session_status(s)]);
}

static void act(
    struct instance *in, const struct event *e, const struct change *c)
{
	note(in, e, c);
	if (c->actions & ACT_RUN)
		attempt_start(in);
	if (c->actions & ACT_KILL)
		attempt_end(in, RESULT_CANCELLED);
	outbox_kick(in);
}

static int put_away_last_session(struct instance *in, struct error *err)
{
	return state_archive(in->config->paths.state_file,
	    in->config->paths.logs_dir, &in->state.session, err);
}

/* The answer of a command, by what session_apply() said. */
static void compose(struct instance *in, const struct state *next,
    const struct event *e, const struct change *c, struct answer *a)
{
	command_set enabled = in->config->telegram.commands;
	struct actions actions;
	struct buf text = BUF_INIT;

	actions_for(&actions, &next->session, enabled);
	if (c->refusal == 0) {
		message_applied(&text, &next->session, e->kind, c, enabled);
		answer_ok(a, text.data, &actions);
	} else {
		message_refused(&text, &next->session, e->kind, c);
		answer_error(a, 409,
		    c->refusal == REFUSED_STALE ? "stale_decision" : NULL,
		    text.data, &actions);
	}
	buf_release(&text);
}

static void not_stored(struct answer *a, const struct error *err)
{
	char *text = xasprintf("Nothing was done: %s.", err->text);

	answer_release(a);
	answer_error(a, 503, NULL, text, NULL);
	free(text);
}

/* How the attempt before the one that begins ended: its prompt says so. */
static void keep_last_outcome(struct instance *in, const struct state *next)
{
	size_t at = next->session.current;

	outcome_release(&in->last);
	if (str_equal(in->state.session.id, next->session.id))
		outcome_copy(
		    &in->last, &in->state.session.tasks[at - 1].outcome);
}

int commit_event(struct instance *in, struct event *e, const struct request *r,
    struct answer *a)
{
	struct policy policy = config_policy(in->config);
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	struct change c;
	struct cause cause;
	char print[33];
	int rc;

	if (in->stopping)
		policy.mode = APPROVAL_MANUAL; /* nothing new begins now */
	state_copy(&next, &in->state);
	rc = session_apply(&next.session, &policy, e, &c);
	if (r != NULL) {
		cause = (struct cause){ r->chat_id,
			r->user != NULL ? r->user : r->by, r->delivery_id };
		compose(in, &next, e, &c, a);
	}
	if (rc == 0)
		tell(in, &next, &c, r != NULL ? &cause : NULL);
	if (rc == 0 && (c.actions & ACT_RUN))
		keep_last_outcome(in, &next);
	if (r != NULL && r->delivery_id != NULL) {
		request_fingerprint(r, print);
		state_remember(&next, r->delivery_id, print, a->code, a->body);
	}
	if (rc == 0 && (c.actions & ACT_ARCHIVE) &&
	    put_away_last_session(in, &err) != 0)
		rc = -1;
	else if ((rc == 0 || (r != NULL && r->delivery_id != NULL)) &&
		 commit_state(in, &next, &err) != 0)
		rc = -1;
	else if (rc == 0)
		act(in, e, &c);
	if (err.text[0] != '\0' && a != NULL)
		not_stored(a, &err);
	state_release(&next);
	return rc;
}

void commit_error(struct instance *in, const char *message)
{
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;

	state_copy(&next, &in->state);
	enqueue(in, &next, NOTICE_ERROR, NULL, message, NULL);
	commit_state(in, &next, &err);
	state_release(&next);
}
