/* attempt.c - the kind of job that a task is: between the session and the
 * agent. */
#include "base/clock.h"
#include "core/auth.h"
#include "core/backoff.h"
#include "core/claude/prompt.h"
#include "engine/instance.h"

#include <sodium.h>

static bool attempt_runs(const struct state *s)
{
	return session_status(&s->session) == SESSION_RUNNING;
}

static char *attempt_marker(const struct state *state)
{
	const struct session *s = &state->session;
	const struct task_record *t = session_current(s);

	return xasprintf(
	    "%s/%d/%d/%s", s->id, t->task.number, t->attempt, s->asked);
}

static const char *attempt_id(const struct state *s)
{
	return s->session.asked;
}

static void attempt_describe(const struct state *s, char **log, char **header)
{
	const struct task_record *t = session_current(&s->session);
	char when[CLOCK_TEXT];

	clock_local(t->started_at, "%Y-%m-%d %H:%M:%S", when);
	*log = xasprintf("task-%d", t->task.number);
	*header = xasprintf("Task %d: %s, attempt %d, %s", t->task.number,
	    t->task.title, t->attempt, when);
}

/* -- its steps ------------------------------------------------------------- */

enum step { CHECKPOINT, CLAUDE, VERIFY, CHANGES };

/* The command that has yet to say whether what ended so is done, or NULL. */
static const struct strvec *verification_due(
    const struct instance *in, const struct outcome *o)
{
	const struct task_record *t = session_current(&in->state.session);

	return o->result == RESULT_SUCCESS &&
		       o->verification.result == RESULT_NONE
		   ? config_verify(in->config, t->task.type)
		   : NULL;
}

/* Claude was done when a crash came: what it did is on record, and only the
 * rest has to be done. A wish to end it is not waited for. */
static bool attempt_goes_on(const struct instance *in)
{
	const struct session *s = &in->state.session;
	const struct outcome *o = &session_current(s)->ended;

	return o->result != RESULT_NONE && s->phase != PHASE_CANCELLING &&
	       s->phase != PHASE_STOPPING &&
	       (verification_due(in, o) != NULL ||
		   evidence_is_possible(in->config));
}

static int attempt_first(struct instance *in)
{
	struct job *j = &in->job;
	const struct outcome *o = &session_current(&in->state.session)->ended;
	bool in_git = evidence_is_possible(in->config);

	if (o->result == RESULT_NONE)
		return in_git ? CHECKPOINT : CLAUDE;
	job_take(j, o, NULL);
	j->has_checkpoint = in_git;
	j->result_is_in = verification_due(in, o) == NULL;
	return j->result_is_in ? CHANGES : VERIFY;
}

static void prepare_verification(
    struct instance *in, struct agent_job *job, struct strvec *argv)
{
	const struct strvec *words =
	    verification_due(in, &in->job.ended.outcome);
	char **shown = &in->job.ended.outcome.verification.command;
	struct buf line = BUF_INIT;
	char *text;

	for (size_t i = 0; i < words->n; i++)
		buf_addf(&line, "%s%s", i > 0 ? " " : "", words->v[i]);
	free(*shown);
	*shown = buf_detach(&line);
	text = xasprintf("▶ verification: %s", *shown);
	task_log_text(&in->job.log, text);
	strvec_extend(argv, words);
	job->argv = argv;
	job->prompt = "";
	job->timeout = in->config->claude.verify_timeout;
	job->one_stream = true;
	job->doing = "verifying";
	free(text);
}

static int attempt_asked(
    struct instance *in, enum event_kind kind, const struct ask *ask)
{
	struct event e;
	struct fresh fresh;

	event_init(in, &e, &fresh, kind);
	e.ask = ask;
	return commit_event(in, &e, NULL, NULL);
}

static void attempt_unanswered(struct instance *in)
{
	job_stop(in, RESULT_INTERRUPTED);
}

static void attempt_prepare(
    struct instance *in, struct agent_job *job, struct strvec *words)
{
	const struct session *s = &in->state.session;
	const struct task_record *t = session_current(s);
	const struct config *c = in->config;
	const char *folder = c->paths.daily_dir;
	enum step step = (enum step)in->job.step;

	if (step == VERIFY) {
		prepare_verification(in, job, words);
		return;
	}
	if (step != CLAUDE) {
		evidence_argv(words,
		    step == CHECKPOINT ? EVIDENCE_BEFORE : EVIDENCE_AFTER, c, s,
		    t);
		if (step == CHANGES)
			evidence_open(&in->job.evidence, c, t->task.number);
		job_prepare_git(job, words);
		return;
	}
	job->conversation = t->conversation;
	job->resume = t->resumed_from;
	job->instruction = prompt_instruction;
	/* Files that came with the task lie in the day's folder
	 * (commands_add.c), which may be outside of claude.workdir: there
	 * Claude would have to ask. */
	if (strstr(t->task.instruction, folder) != NULL &&
	    strpbrk(folder, "()*") == NULL) {
		strvec_add(words, "--allowedTools");
		strvec_addf(words, "Read(/%s/**)", folder);
		job->more = words;
	}
	limits_hand_over(in, job, words);
	if (c->claude.permissions == PERMIT_ASK &&
	    c->claude.output_format == OUTPUT_STREAM_JSON)
		job->ask = asking_open(in, attempt_asked, attempt_unanswered);
	if (t->task.timeout > 0)
		job->timeout = t->task.timeout;
}

static void attempt_output(struct instance *in, const char *bytes, size_t n)
{
	if (in->job.step == CHANGES)
		evidence_take(&in->job.evidence, bytes, n);
}

static void say_no_evidence(struct instance *in, const char *why)
{
	char *text = xasprintf("⚠ no evidence of what changes: %s", why);

	task_log_text(&in->job.log, text);
	log_warning("Task %d: no evidence of what changes: %s",
	    session_current(&in->state.session)->task.number, why);
	free(text);
}

/* Without a checkpoint the task runs all the same, and what it has changed
 * is not told. */
static bool after_checkpoint(struct instance *in, const struct outcome *o)
{
	struct job *j = &in->job;
	struct outcome cut = OUTCOME_INIT;

	j->has_checkpoint = o->result == RESULT_SUCCESS;
	if (j->stopped_as != RESULT_NONE) {
		cut.result = j->stopped_as;
		cut.error = xstrdup(task_result_name[j->stopped_as]);
		job_take(j, &cut, NULL);
		outcome_release(&cut);
		return false;
	}
	if (!j->has_checkpoint)
		say_no_evidence(in, o->error);
	j->step = CLAUDE;
	return true;
}

static void fail(struct outcome *o, enum task_result result, char *error)
{
	o->result = result;
	free(o->error);
	o->error = error;
}

/* What follows Claude's end, as far as that is in job.ended. */
static bool after_claude(struct instance *in)
{
	struct job *j = &in->job;
	bool unverified = verification_due(in, &j->ended.outcome) != NULL;
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	struct task_record *t;

	/* Nobody has seen whether it is done: that it is cannot be said. */
	if (unverified && j->stopped_as != RESULT_NONE) {
		fail(&j->ended.outcome, j->stopped_as,
		    xasprintf("%s before what Claude did was verified",
			task_result_name[j->stopped_as]));
		j->result_is_in = true;
		return false;
	}
	j->result_is_in = !unverified;
	if (!unverified && (!j->has_checkpoint || in->stopping))
		return false;
	j->step = unverified ? VERIFY : CHANGES;
	/* How it has ended so far, on disk before the next step begins. Where
	 * that fails a crash in it would only say that the task was cut off. */
	state_copy(&next, &in->state);
	t = session_current(&next.session);
	outcome_release(&t->ended);
	outcome_copy(&t->ended, &j->ended.outcome);
	commit_state(in, &next, &err);
	state_release(&next);
	return true;
}

static void after_verification(
    struct instance *in, const struct outcome *o, const char *said)
{
	struct outcome *all = &in->job.ended.outcome;
	struct verification *v = &all->verification;
	int task = session_current(&in->state.session)->task.number;

	v->result = o->result;
	v->error = xstrdup(o->error);
	v->exit_code = o->exit_code;
	v->duration_ms = o->duration_ms;
	v->output = verification_tail(said != NULL ? said : "");
	if (o->result != RESULT_SUCCESS)
		fail(all, o->result,
		    in->job.stopped_as == RESULT_NONE
			? xasprintf(
			      "verification '%s': %s", v->command, o->error)
			: xasprintf("%s while what Claude did was verified",
			      task_result_name[o->result]));
	log_info("Task %d: verification '%s': %s", task, v->command,
	    v->error != NULL ? v->error : "passed");
}

/* Ended, by us or by a crash, while Claude waited for an answer, or for lack of
 * one. */
static bool is_shelved(const struct instance *in, const struct outcome *o)
{
	return o->result == RESULT_INTERRUPTED &&
	       (session_is_asked(&in->state.session) || in->asking.is_shelved);
}

static bool attempt_then(
    struct instance *in, const struct outcome *o, const char *closing)
{
	struct job *j = &in->job;

	switch ((enum step)j->step) {
	case CHECKPOINT:
		return after_checkpoint(in, o);
	case CLAUDE:
		if (is_shelved(in, o))
			asking_end(in);
		else
			asking_close(in);
		job_take(j, o, closing);
		limits_judge(in, &j->ended.outcome);
		return after_claude(in);
	case VERIFY:
		after_verification(in, o, closing);
		return after_claude(in);
	case CHANGES:
		if (o->result == RESULT_SUCCESS)
			evidence_counts(
			    &j->evidence, &j->ended.outcome.changes);
		else if (j->stopped_as == RESULT_NONE)
			say_no_evidence(in, o->error);
		return false;
	}
	return false;
}

/* -- how it ends ----------------------------------------------------------- */

/* The conversation to go on with is gone. The new one is on disk before
 * Claude is started with it. */
static int attempt_fresh_conversation(struct instance *in, const char *uuid)
{
	struct state next = STATE_INIT;
	struct task_record *t;
	struct error err = ERROR_INIT;
	int rc;

	state_copy(&next, &in->state);
	t = session_current(&next.session);
	xreplace(&t->conversation, uuid);
	xreplace(&t->resumed_from, NULL);
	log_info(
	    "Task %d: the conversation to resume is gone, beginning a fresh one",
	    t->task.number);
	rc = commit_state(in, &next, &err);
	state_release(&next);
	return rc;
}

static enum event_kind event_of(
    const struct instance *in, const struct outcome *o)
{
	enum task_result result = o->result;

	if (is_shelved(in, o))
		return EV_SHELVED;
	if (o->limited)
		return EV_PARKED;
	if (result == RESULT_SUCCESS)
		return EV_SUCCEEDED;
	return result == RESULT_INTERRUPTED ? EV_INTERRUPTED : EV_FAILED;
}

/* Cut off in mid-task, it is asked about or run again once. */
static int attempt_conclude(struct instance *in, const struct job_end *end)
{
	const struct outcome *o = &end->outcome;
	struct outcome ended = OUTCOME_INIT;
	struct event e;
	struct fresh fresh;
	int rc;

	/* The crash came when nothing was left to be decided. */
	outcome_copy(&ended, &session_current(&in->state.session)->ended);
	if (end->cut_off && ended.result != RESULT_NONE &&
	    verification_due(in, &ended) == NULL)
		o = &ended;
	event_init(in, &e, &fresh, event_of(in, o));
	if (!end->cut_off) /* its keeper was killed: somebody is there to ask */
		e.resume = false;
	e.outcome = o;
	e.until = limit_until(e.now, o->resets_at,
	    in->state.session.parked_times + 1, randombytes_random());
	rc = commit_event(in, &e, NULL, NULL);
	outcome_release(&ended);
	return rc;
}

/* What the last supervisor held back when it was stopped. */
static void attempt_go_on(struct instance *in)
{
	const struct session *s = &in->state.session;
	struct event e;
	struct fresh fresh;

	event_init(in, &e, &fresh, EV_CONTINUE);
	if (s->held && in->state.rollback.task == 0 &&
	    (s->phase == PHASE_APPROVAL || e.resume))
		commit_event(in, &e, NULL, NULL);
}

/* Not beside a plan that is being made, nor what is left of a former job. */
void attempt_tick(struct instance *in)
{
	const struct session *s = &in->state.session;
	struct event e;
	struct fresh fresh;

	if (s->phase != PHASE_LIMIT || clock_now() < s->parked_until ||
	    in->stopping || !job_is_idle(in))
		return;
	event_init(in, &e, &fresh, EV_CONTINUE);
	log_info("The usage limit is over: going on");
	commit_event(in, &e, NULL, NULL);
}

const struct job_kind attempt_kind = {
	.cut_off =
	    "cut off: the supervisor or the machine went down while it ran",
	.runs = attempt_runs,
	.marker = attempt_marker,
	.id = attempt_id,
	.describe = attempt_describe,
	.goes_on = attempt_goes_on,
	.first = attempt_first,
	.prepare = attempt_prepare,
	.then = attempt_then,
	.output = attempt_output,
	.fresh_conversation = attempt_fresh_conversation,
	.conclude = attempt_conclude,
	.go_on = attempt_go_on,
};

void attempt_start(struct instance *in)
{
	const struct task_record *t = session_current(&in->state.session);
	struct buf prompt = BUF_INIT;

	prompt_write(&prompt, t, t->attempt > t->undone + 1 ? &in->last : NULL,
	    &in->state.session.ruling);
	in->asking.is_shelved = false; /* that was the one before */
	job_start(in, &attempt_kind, prompt.data);
	outbox_progress(in);
	buf_release(&prompt);
}
