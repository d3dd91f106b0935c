/* commit.c - one change of the record: apply, tell, store, swap.
 *
 * Persist, then act, then answer. What is to be done then is set as due, and
 * done at the end of the loop's turn (supervisor.c): nothing here starts or
 * ends anything. The change is made on a copy; when it cannot be stored the
 * copy is thrown away and nothing has happened. Should it have reached the disk
 * all the same (only the folder's fsync failed), the state in force is put back
 * over it. */
#include "base/clock.h"
#include "core/auth.h"
#include "engine/instance.h"

void event_init(const struct instance *in, struct event *e, struct fresh *f,
    enum event_kind kind)
{
	char today[CLOCK_TEXT], last[CLOCK_TEXT];

	auth_decision_id(f->decision);
	auth_uuid(f->conversation);
	*e = (struct event){
		.kind = kind,
		.now = clock_now(),
		.fresh_id = f->decision,
		.hold = in->stopping,
		.busy = event_is_command(kind) &&
			in->state.plan.status == PLAN_RUNNING,
		.resume = in->config->orchestrator.on_interrupted ==
			  INTERRUPTED_RESUME,
		.shelving = in->asking.is_shelved || in->stopping,
	};
	limits_budget(in, &e->budget);
	clock_local(e->now, "%Y-%m-%d", today);
	clock_local(in->state.session.last_activity, "%Y-%m-%d", last);
	e->later_day = strcmp(today, last) != 0;
	if (in->config->claude.output_format == OUTPUT_STREAM_JSON)
		e->fresh_conversation = f->conversation;
}

void commit_again(struct instance *in)
{
	const char *path = in->config->paths.state_file;

	if (in->store_failed)
		in->store_failed = state_store(path, &in->state, NULL) != 0;
}

void commit_deliveries(struct instance *in)
{
	struct error err = ERROR_INIT;

	if (!in->unstored)
		return;
	in->unstored = false;
	if (state_store(in->config->paths.state_file, &in->state, &err) != 0) {
		if (!in->store_failed)
			log_error("%s", err.text);
		in->store_failed = true;
	}
}

int commit_state(struct instance *in, struct state *next, struct error *err)
{
	if (state_store(in->config->paths.state_file, next, err) != 0) {
		if (!in->store_failed)
			log_error("%s", err->text);
		in->store_failed = true;
		in->crowded_out = 0;
		commit_again(in);
		return -1;
	}
	in->store_failed = in->unstored = false;
	if (in->crowded_out > 0)
		log_warning(
		    "too many notifications wait to be delivered: %zu dropped, those first that nobody has to answer",
		    in->crowded_out);
	in->crowded_out = 0;
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
	{ ACT_TELL_LIMIT, NOTICE_LIMIT },
	{ ACT_TELL_STOPPED, NOTICE_SESSION_STOPPED },
	{ ACT_TELL_SESSION_COMPLETED, NOTICE_SESSION_COMPLETED },
	{ ACT_TELL_NEXT_STARTED, NOTICE_TASK_STARTED },
	{ ACT_TELL_ASKED, NOTICE_ASKED },
	{ ACT_TELL_SHELVED, NOTICE_SHELVED },
};

/* Where nobody is to be told, the log is: on one line. */
static void log_notice(enum notice_event event, const struct notice *n)
{
	struct json_object *o =
	    json_parse(n->payload, strlen(n->payload), NULL);
	struct buf line = BUF_INIT;
	const char *text = NULL;

	if (o != NULL)
		json_get_string(o, "message", &text, NULL);
	for (; text != NULL && *text != '\0'; text++) {
		if (*text != '\n')
			buf_addc(&line, *text);
		else if (text[1] != '\n')
			buf_adds(&line, " | ");
	}
	log_info("notification %s: %s", notice_event_name[event], line.data);
	json_object_put(o);
	buf_release(&line);
}

void commit_tell(
    struct instance *in, struct state *next, const struct notice_source *what)
{
	struct notice_source from = *what;
	struct buf id = BUF_INIT;
	struct notice n;
	int64_t dropped = next->notices_dropped;

	auth_notice_id(&id);
	from.id = id.data;
	from.now = clock_now();
	from.session = &next->session;
	from.enabled = in->config->telegram.commands;
	from.chat_ids = &in->config->telegram.chat_ids;
	notice_build(&n, &from);
	buf_release(&id);
	if (in->config->webhooks.n8n_notify_url != NULL) {
		state_enqueue(next, &n);
		in->crowded_out += (size_t)(next->notices_dropped - dropped);
		in->due |= DUE_NOTIFY;
	} else {
		log_notice(from.event, &n);
		notice_release(&n);
	}
}

static void tell(struct instance *in, struct state *next, const struct event *e,
    const struct change *c, const struct cause *cause)
{
	const struct deed deed = {
		.kind = e->kind, .by = e->by, .at = e->now, .task = c->task
	};

	for (size_t i = 0; i < ARRAY_SIZE(telling); i++) {
		const struct task_record *t = c->task;

		if (!(c->actions & telling[i].bit))
			continue;
		if (telling[i].bit != ACT_TELL_COMPLETED &&
		    telling[i].bit != ACT_TELL_FAILED &&
		    telling[i].bit != ACT_TELL_RECOVERED)
			t = session_current(&next->session);
		commit_tell(in, next,
		    &(struct notice_source){ .event = telling[i].event,
			.task = t,
			.deed = event_is_command(e->kind) ? &deed : NULL,
			.cause = cause });
	}
}

/* The line in the daily log. */
static void note(
    struct instance *in, const struct event *e, const struct change *c)
{
	const struct session *s = &in->state.session;
	const struct task_record *t = session_current(s);
	const char *by = e->by == NULL ? "" : e->by;
	char when[CLOCK_TEXT];

	if (asking_is_about(e->kind)) {
		asking_note(in, e);
		if (!(c->actions & ACT_RUN))
			return;
	} else if (event_is_command(e->kind))
		log_info("%s by %s%s%s", event_name[e->kind], by,
		    e->feedback != NULL ? ": " : "",
		    e->feedback != NULL ? e->feedback : "");
	if (e->kind == EV_SHELVED)
		log_info("Task %d is parked until Claude is answered",
		    c->task->task.number);
	else if (e->outcome != NULL && c->task->outcome.result == RESULT_NONE)
		log_info("Task %d waits for the end of a usage limit: %s",
		    c->task->task.number, e->outcome->error);
	else if (e->outcome != NULL)
		log_info("Task %d %s: %s%s%s", c->task->task.number,
		    task_status_name[c->task->status],
		    task_result_name[c->task->outcome.result],
		    c->task->outcome.error != NULL ? ": " : "",
		    c->task->outcome.error != NULL ? c->task->outcome.error
						   : "");
	if (c->actions & ACT_RUN)
		log_info("Task %d started: %s (attempt %d%s)", t->task.number,
		    t->task.title, t->attempt,
		    task_is_afresh(t) ? ", in a fresh conversation" : "");
	else if (s->phase == PHASE_LIMIT) {
		clock_local(s->parked_until, "%Y-%m-%d %H:%M:%S %Z", when);
		log_info("Going on by itself at %s", when);
	} else if (s->phase == PHASE_APPROVAL)
		log_info("Waiting for approval for task %d", t->task.number);
	else if (s->phase != c->from)
		log_info("Session %s is %s", s->id,
		    session_status_name[session_status(s)]);
}

command_set commands_named(const struct instance *in, const struct request *r)
{
	return r != NULL && r->at_terminal ? TERMINAL_COMMANDS
					   : in->config->telegram.commands;
}

/* The answer of a command, by what session_apply() said. */
static void compose(const struct instance *in, const struct state *next,
    const struct event *e, const struct request *r, const struct change *c,
    struct answer *a)
{
	const struct session *s = &next->session;
	command_set enabled = commands_named(in, r);
	struct actions actions;
	struct buf text = BUF_INIT;

	if (c->refusal == REFUSED_BUSY) {
		message_plan_busy(
		    &text, &next->plan, event_name[e->kind], enabled);
		actions_with_plan(&actions, s, &next->plan, e->now, enabled);
	} else {
		if (c->refusal != 0)
			message_refused(&text, s, e->kind, c, e->now, enabled);
		else
			message_applied(&text, s, e->kind, c, enabled);
		actions_for(&actions, s, e->now, enabled);
	}
	if (c->refusal == 0)
		answer_ok(a, text.data, &actions);
	else
		answer_error(a, 409,
		    c->refusal == REFUSED_STALE ? "stale_decision" : NULL,
		    text.data, &actions);
	buf_release(&text);
}

void commit_not_done(struct answer *a, int code, const struct error *why)
{
	char *text = xasprintf("Nothing was done: %s.", why->text);

	answer_release(a);
	answer_error(a, code, NULL, text, NULL);
	free(text);
}

/* A delivery that comes again is to get the same answer. */
static void remember(
    struct state *next, const struct request *r, const struct answer *a)
{
	char print[33];

	if (r == NULL || r->delivery_id == NULL)
		return;
	request_fingerprint(r, print);
	state_remember(next, r->delivery_id, print, a->code, a->body);
}

/* Where the last notification was delivered, or this is the first, the next one
 * will be, as far as anybody knows. */
void commit_follow_up(
    const struct instance *in, const struct state *next, struct answer *a)
{
	if (in->config->webhooks.n8n_notify_url != NULL && in->tries == 0 &&
	    next->n_notices > in->state.n_notices)
		answer_follow_up(a);
}

/* Applies e to next and composes the answer to r, if any. Returns 0, or -1
 * where it is refused; next is then as before, but for the answer that is
 * remembered. */
static int decide(struct instance *in, struct state *next, struct event *e,
    const struct request *r, struct change *c, struct answer *a)
{
	const struct policy policy = config_policy(in->config);
	struct cause cause;
	int rc;

	if (e->outcome != NULL)
		e->budget.day_spent += e->outcome->cost_usd;
	rc = session_apply(&next->session, &policy, e, c);
	if (r != NULL) {
		compose(in, next, e, r, c, a);
		cause = (struct cause){ r->chat_id,
			r->user != NULL ? r->user : r->by, r->delivery_id };
	}
	if (rc == 0) {
		if (e->outcome != NULL)
			state_spend(next, e->now, e->outcome->cost_usd);
		tell(in, next, e, c, r != NULL ? &cause : NULL);
		if (r != NULL)
			commit_follow_up(in, next, a);
	}
	remember(next, r, a);
	return rc;
}

static int store(struct instance *in, struct state *next,
    const struct change *c, struct error *err)
{
	const struct config *config = in->config;
	const struct session *s = &in->state.session;

	if ((c->actions & ACT_ARCHIVE) &&
	    state_archive(
		config->paths.state_file, config->paths.logs_dir, s, err) != 0)
		return -1;
	/* How the attempt before the one that begins ended: its prompt says
	 * so. */
	if (c->actions & ACT_RUN) {
		outcome_release(&in->last);
		if (str_equal(s->id, next->session.id))
			outcome_copy(&in->last,
			    &s->tasks[next->session.current - 1].outcome);
	}
	return commit_state(in, next, err);
}

int commit_event(struct instance *in, struct event *e, const struct request *r,
    struct answer *a)
{
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	struct change c;
	bool remembered = r != NULL && r->delivery_id != NULL;
	int rc;

	state_copy(&next, &in->state);
	rc = decide(in, &next, e, r, &c, a);
	if ((rc == 0 || remembered) && store(in, &next, &c, &err) != 0) {
		in->crowded_out = 0; /* nothing was */
		if (a != NULL)
			commit_not_done(a, 503, &err);
		rc = -1;
	} else if (rc == 0) {
		note(in, e, &c);
		if (c.actions & ACT_RUN)
			in->due |= DUE_ATTEMPT;
		if (c.actions & ACT_KILL)
			in->due |= DUE_CANCEL;
		if (c.actions & ACT_RULE)
			asking_rule(in, e); /* no more than lines to be sent */
	}
	state_release(&next);
	return rc;
}

int commit_command(struct instance *in, struct state *next,
    const struct request *r, struct answer *a)
{
	struct error err = ERROR_INIT;

	remember(next, r, a);
	if (commit_state(in, next, &err) == 0)
		return 0;
	commit_not_done(a, 503, &err);
	return -1;
}

void commit_refuse(const struct instance *in, const struct request *r,
    const char *why, struct answer *a)
{
	struct actions actions;

	actions_with_plan(&actions, &in->state.session, &in->state.plan,
	    clock_now(), commands_named(in, r));
	answer_error(a, 409, NULL, why, &actions);
}

void commit_remember_refusal(
    struct instance *in, const struct request *r, struct answer *a)
{
	struct state next = STATE_INIT;

	if (r->delivery_id == NULL || a->code != 409)
		return;
	state_copy(&next, &in->state);
	commit_command(in, &next, r, a);
	state_release(&next);
}

void commit_error(struct instance *in, const char *message)
{
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;

	state_copy(&next, &in->state);
	commit_tell(in, &next,
	    &(struct notice_source){
		.event = NOTICE_ERROR, .message = message });
	commit_state(in, &next, &err);
	state_release(&next);
}
