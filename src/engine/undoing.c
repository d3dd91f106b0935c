/* undoing.c - a job's kind: a rollback, from the command to its end.
 *
 * Refused, or stored as begun before anything is touched; the caller waits for
 * the end. What git says decides (evidence.c); the end is one change: the tasks
 * are pending again, it is told, and it is under way no more. A crash in
 * between leaves it begun, and the next supervisor goes on with it. */
#include "base/clock.h"
#include "core/auth.h"
#include "core/session/session_decision.h"
#include "core/talk/undone.h"
#include "engine/instance.h"

enum { CALL_MS = 8000, SAID_MAX = 256 * 1024 };

static bool undoing_runs(const struct state *s)
{
	return s->rollback.task != 0;
}

static char *undoing_marker(const struct state *s)
{
	return xasprintf("%s/%d/rollback/%s", s->session.id, s->rollback.task,
	    s->rollback.asked);
}

static const char *undoing_id(const struct state *s)
{
	return s->rollback.asked;
}

static void undoing_describe(const struct state *s, char **log, char **header)
{
	const struct rollback *r = &s->rollback;
	char when[CLOCK_TEXT];

	clock_local(r->at, "%Y-%m-%d %H:%M:%S", when);
	*log = xasprintf("task-%d", r->task);
	*header = xasprintf("Rollback of task %d by %s, %s", r->task,
	    r->by != NULL ? r->by : "http", when);
}

static bool undoing_goes_on(const struct instance *in UNUSED)
{
	return true;
}

static void undoing_prepare(
    struct instance *in, struct agent_job *job, struct strvec *argv)
{
	buf_reset(&in->undoing.said);
	evidence_undo_argv(
	    argv, in->config, &in->state.session, &in->state.rollback);
	job_prepare_git(job, argv);
}

static void undoing_output(struct instance *in, const char *bytes, size_t n)
{
	struct buf *said = &in->undoing.said;

	if (said->len + n <= SAID_MAX)
		buf_add(said, bytes, n);
}

/* -- how it ends ----------------------------------------------------------- */

/* To whoever still waits for it. */
static void answer_caller(struct instance *in, const struct answer *a)
{
	uint64_t ticket = in->undoing.ticket;

	loop_timer_off(&in->loop, &in->undoing.patience);
	in->undoing.ticket = 0;
	if (ticket != 0)
		control_answer(in->control, ticket, a);
}

/* In time for n8n: the rest is a notification. */
static void on_impatient(void *arg)
{
	struct instance *in = arg;
	struct answer a = ANSWER_INIT;
	struct buf text = BUF_INIT;

	message_undoing(&text, in->state.rollback.task, true);
	answer_ok(&a, text.data, NULL);
	answer_caller(in, &a);
	answer_release(&a);
	buf_release(&text);
}

/* The session's part of it; how many tasks are pending again with it. */
static int apply(struct instance *in, struct state *next)
{
	const struct policy policy = config_policy(in->config);
	struct change c;
	struct event e;
	struct fresh fresh;
	int again = 0;

	event_init(in, &e, &fresh, EV_ROLLBACK);
	e.task = in->state.rollback.task;
	e.by = in->state.rollback.by;
	for (size_t i = 0; i < next->session.n; i++)
		again += next->session.tasks[i].status != TASK_PENDING;
	if (session_apply(&next->session, &policy, &e, &c) != 0)
		bug("a rollback that was begun is refused");
	for (size_t i = 0; i < next->session.n; i++)
		again -= next->session.tasks[i].status != TASK_PENDING;
	return again;
}

/* The end into next: the session, whom to tell, the answer. why: git failed. */
static void settle(struct instance *in, struct state *next,
    const struct undone *u, const char *why, struct answer *a)
{
	const struct rollback *r = &in->state.rollback;
	const struct session *s = &next->session;
	const struct cause cause = { r->chat_id, r->user, r->delivery_id };
	command_set everywhere = in->config->telegram.commands;
	command_set here =
	    in->undoing.at_terminal ? TERMINAL_COMMANDS : everywhere;
	const struct task_record *t;
	struct buf told = BUF_INIT, text = BUF_INIT;
	struct actions actions;
	int again;

	if (u->done) {
		again = apply(in, next);
		t = session_task(s, r->task);
		message_undone(&told, s, t, again, u, r->by, everywhere);
		message_undone(&text, s, t, again, u, NULL, here);
	} else {
		t = session_undoable(s, r->task);
		message_not_undone(&told, t, u, why, everywhere);
		message_not_undone(&text, t, u, why, here);
	}
	/* Whoever waits for it reads why it is refused. */
	if (u->done || in->undoing.ticket == 0 || why != NULL)
		commit_tell(in, next,
		    &(struct notice_source){
			.event = u->done ? NOTICE_ROLLED_BACK
					 : NOTICE_NOT_ROLLED_BACK,
			.task = t,
			.message = told.data,
			.cause = &cause });
	actions_for(&actions, s, clock_now(), here);
	if (u->done) {
		answer_ok(a, text.data, &actions);
		json_set_string(a->body, "kept", u->kept);
	} else {
		answer_error(a, 409, NULL, text.data, &actions);
	}
	buf_release(&told);
	buf_release(&text);
}

static void note_end(
    const struct rollback *r, const struct undone *u, const char *why)
{
	const char *by = r->by != NULL ? r->by : "http";

	if (u->done)
		log_info(
		    "Rolled back to before task %d by %s; what was undone is kept as %s",
		    r->task, by, u->kept);
	else
		log_warning("Rollback to before task %d by %s: %s%s%s", r->task,
		    by,
		    why != NULL
			? why
			: "refused, the files or the branch have changed since",
		    u->kept != NULL ? "; what is there is kept as " : "",
		    u->kept != NULL ? u->kept : "");
}

static int undoing_conclude(struct instance *in, const struct job_end *end)
{
	const struct outcome *o = &end->outcome;
	struct state next = STATE_INIT;
	struct undone u = { 0 };
	struct answer a = ANSWER_INIT;
	struct error err = ERROR_INIT;
	struct rollback was;
	const char *why = NULL;
	int rc;

	/* Stopped in order: the next supervisor goes on with it. */
	if (in->stopping && o->result == RESULT_INTERRUPTED)
		return 0;
	undone_read(&u, in->undoing.said.data);
	if (!u.done && !u.refused)
		why = o->error != NULL ? o->error : "git did not finish";
	state_copy(&next, &in->state);
	rollback_release(&next.rollback);
	settle(in, &next, &u, why, &a);
	commit_follow_up(in, &next, &a);
	if (in->state.rollback.fingerprint[0] != '\0')
		state_remember(&next, in->state.rollback.delivery_id,
		    in->state.rollback.fingerprint, a.code, a.body);
	rollback_copy(&was, &in->state.rollback);
	rc = commit_state(in, &next, &err);
	if (rc == 0) {
		note_end(&was, &u, why);
		answer_caller(in, &a);
	}
	rollback_release(&was);
	undone_release(&u);
	answer_release(&a);
	state_release(&next);
	return rc;
}

const struct job_kind undoing_kind = {
	.cut_off = "cut off", /* never said: it goes on */
	.runs = undoing_runs,
	.marker = undoing_marker,
	.id = undoing_id,
	.describe = undoing_describe,
	.goes_on = undoing_goes_on,
	.prepare = undoing_prepare,
	.output = undoing_output,
	.conclude = undoing_conclude,
};

/* -- how it begins --------------------------------------------------------- */

/* Which task: the one named, else the last that ran. NULL: a says why not. */
static const struct task_record *find_task(
    struct instance *in, const struct request *r, struct answer *a)
{
	const struct session *s = &in->state.session;
	const struct task_record *t = session_undoable(s, r->task);
	char *why;

	if (t != NULL)
		return t;
	if (r->task != 0 && session_task(s, r->task) == NULL) {
		answer_no_task(
		    a, s, r->task, clock_now(), commands_named(in, r));
		return NULL;
	}
	why =
	    r->task == 0
		? xstrdup(
		      "No task has run since the last rollback: there is nothing to roll back.")
		: xasprintf(
		      "Task %d has not run since the last rollback, or not at all: there is nothing to roll back.",
		      r->task);
	commit_refuse(in, r, why, a);
	free(why);
	return NULL;
}

static void begin(struct instance *in, const struct request *r,
    const struct task_record *t, struct answer *a)
{
	struct state next = STATE_INIT;
	struct rollback *b = &next.rollback;
	struct error err = ERROR_INIT;
	int task = t->task.number;

	state_copy(&next, &in->state);
	*b = (struct rollback){
		.task = task,
		.force = r->force,
		.by = xstrdup(request_by(r)),
		.chat_id = xstrdup(r->chat_id),
		.user = xstrdup(r->user != NULL ? r->user : r->by),
		.delivery_id = xstrdup(r->delivery_id),
		.at = clock_now(),
	};
	auth_decision_id(b->asked);
	if (r->delivery_id != NULL)
		request_fingerprint(r, b->fingerprint);
	if (commit_state(in, &next, &err) == 0) {
		log_info("rollback of task %d by %s%s", task, request_by(r),
		    r->force ? ", forced" : "");
		in->undoing.at_terminal = r->at_terminal;
		in->undoing.ticket = control_hold(in->control);
		in->undoing.patience =
		    (struct timer){ .fire = on_impatient, .arg = in };
		loop_timer_in(&in->loop, &in->undoing.patience, CALL_MS);
		job_start(in, &undoing_kind, "");
	} else {
		commit_not_done(a, 503, &err);
	}
	state_release(&next);
}

void undoing_command(struct instance *in, const struct event *e,
    const struct request *r, struct answer *a)
{
	const struct session *s = &in->state.session;
	struct event tried = *e;
	const struct decision *instead = NULL;
	const struct task_record *t;

	if (in->state.plan.status == PLAN_RUNNING) {
		planning_refuse(in, r, a);
	} else if (session_status(s) == SESSION_IDLE ||
		   session_status(s) == SESSION_RUNNING ||
		   decision_is_stale(s, e, &instead)) {
		commit_event(in, &tried, r, a); /* refuses, with the reason */
		return;
	} else if (!job_is_idle(in)) {
		commit_refuse(in, r,
		    "The last task is still being ended: try again in a moment.",
		    a);
	} else if (!evidence_is_possible(in->config)) {
		commit_refuse(in, r,
		    "Cannot roll back: claude.workdir is in no git repository, and so nothing was kept to go back to.",
		    a);
	} else if ((t = find_task(in, r, a)) != NULL) {
		begin(in, r, t, a);
		return;
	}
	commit_remember_refusal(in, r, a);
}

void undoing_refuse(
    struct instance *in, const struct request *r, struct answer *a)
{
	struct buf text = BUF_INIT;

	message_undoing(&text, in->state.rollback.task, false);
	answer_error(a, 409, NULL, text.data, NULL);
	buf_release(&text);
	commit_remember_refusal(in, r, a);
}

void undoing_release(struct instance *in)
{
	loop_timer_off(&in->loop, &in->undoing.patience);
	buf_release(&in->undoing.said);
}
