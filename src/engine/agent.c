/* agent.c - the life of one attempt: start, clocks, end, verdict. */
#include "base/clock.h"
#include "base/log.h"
#include "core/auth.h"
#include "engine/agent_run.h"
#include "engine/sandbox.h"

enum {
	SWEEP_AGAIN_MS = 50,
	/* For a keeper, beyond the grace. Less than the supervisor's own end
	 * allows (supervisor.c). */
	KEEPER_SPARE_MS = 3000
};

void agent_spent(const struct agent *a, double *cost_usd, int *num_turns)
{
	*cost_usd = a->stream.cost_usd;
	*num_turns = a->stream.num_turns;
}

/* That a conversation is gone is no result: a fresh one is begun. */
bool agent_has_result(const struct agent *a)
{
	if (a->format == OUTPUT_TEXT)
		return a->exited;
	return stream_is_over(&a->stream) &&
	       !(a->resume != NULL && a->stream.no_conversation);
}

static void clocks_off(struct agent *a)
{
	loop_timer_off(a->loop, &a->too_long);
	loop_timer_off(a->loop, &a->too_quiet);
	loop_timer_off(a->loop, &a->hanging);
}

/* The agent may have stopped its keeper: it does not wait for it for good. */
static void expect_the_end(struct agent *a)
{
	if (a->deaf.due == 0)
		loop_timer_in(a->loop, &a->deaf,
		    a->kill_grace * INT64_C(1000) + KEEPER_SPARE_MS);
}

static void order_the_end(struct agent *a)
{
	clocks_off(a);
	keeper_end(&a->keeper);
	expect_the_end(a);
}

/* Its exit is seen, and the sweep does what it did not. */
static void on_deaf(void *arg)
{
	struct agent *a = arg;

	log_warning(
	    "the keeper %d does not end its attempt: it is killed, and what it kept is looked for",
	    (int)a->keeper.pid);
	keeper_kill(&a->keeper);
}

void agent_end(struct agent *a, enum task_result result)
{
	if (!agent_has_result(a) && a->ended_as == RESULT_NONE)
		a->ended_as = result;
	if (agent_has_result(a) && !a->exited)
		a->hung = true;
	order_the_end(a);
}

static void on_too_long(void *arg)
{
	struct agent *a = arg;

	if (agent_has_result(a))
		a->hung = true;
	else
		a->timed_out = true;
	order_the_end(a);
}

static void on_too_quiet(void *arg)
{
	struct agent *a = arg;

	a->idle_timed_out = true;
	order_the_end(a);
}

/* Claude hangs after its result line now and then: the result stands. */
static void on_hanging(void *arg)
{
	struct agent *a = arg;

	a->hung = true;
	order_the_end(a);
}

static bool is_being_ended(const struct agent *a)
{
	return a->ended_as != RESULT_NONE || a->timed_out ||
	       a->idle_timed_out || a->overspent;
}

static int64_t deadline_of(const struct agent *a)
{
	return a->started + a->held_ms + a->timeout * INT64_C(1000);
}

static void watch_time(struct agent *a)
{
	loop_timer_at(a->loop, &a->too_long, deadline_of(a));
	agent_heard(a);
}

void agent_hold(struct agent *a, bool hold)
{
	int64_t now = clock_mono_ms();

	if (hold == (a->held_at != 0))
		return;
	if (hold) {
		a->held_at = now;
		clocks_off(a);
		return;
	}
	a->held_ms += now - a->held_at;
	a->held_at = 0;
	if (!is_being_ended(a) && !a->hung && !a->exited)
		watch_time(a);
}

void agent_waited_in_vain(struct agent *a)
{
	int64_t now = clock_mono_ms();

	if (a->held_at == 0 || is_being_ended(a) || a->hung || a->exited)
		return;
	a->held_at = now;
	if (now >= deadline_of(a))
		on_too_long(a);
}

void agent_heard(struct agent *a)
{
	if (is_being_ended(a) || a->hung || a->exited || a->held_at != 0)
		return;
	/* Claude looks at its budget after a tool; what goes on behind a turn
	 * that has used it up is ours to end. */
	if (a->budget > 0 && a->stream.cost_usd >= a->budget &&
	    a->stream.has_result && !stream_is_over(&a->stream)) {
		a->overspent = true;
		order_the_end(a);
		return;
	}
	loop_timer_off(a->loop, &a->hanging);
	loop_timer_off(a->loop, &a->too_quiet);
	if (stream_is_over(&a->stream))
		loop_timer_in(
		    a->loop, &a->hanging, a->kill_grace * INT64_C(1000));
	else if (a->idle_timeout > 0)
		loop_timer_in(
		    a->loop, &a->too_quiet, a->idle_timeout * INT64_C(1000));
}

static void report(struct agent *a, struct outcome *o)
{
	char *closing = agent_closing(a);

	agent_log_outcome(a, o);
	/* The agent may be gone when this returns. */
	a->cb.done(a->cb.arg, o, closing);
	outcome_release(o);
	free(closing);
}

static int launch(struct agent *a, struct error *err);

static bool wants_fresh_conversation(const struct agent *a)
{
	static const char sign[] = "No conversation found";

	return a->resume != NULL && a->all_ended && !is_being_ended(a) &&
	       (a->stream.no_conversation ||
		   (!a->stream.has_result && a->complaint.line != NULL &&
		       strstr(a->complaint.line, sign) != NULL));
}

/* Returns false where the attempt ends as it did. */
static bool begin_afresh(struct agent *a)
{
	char uuid[CONVERSATION_SIZE];
	struct outcome o = OUTCOME_INIT;
	struct error err;

	auth_uuid(uuid);
	if (a->cb.fresh_conversation(a->cb.arg, uuid) != 0)
		return false;
	xreplace(&a->conversation, uuid);
	xreplace(&a->resume, NULL);
	complaint_release(&a->complaint);
	complaint_release(&a->remark);
	stream_release(&a->stream);
	task_log_text(a->log, "▶ that conversation is gone: a fresh one");
	if (launch(a, &err) != 0) {
		o.result = RESULT_ERROR;
		o.error = xstrdup(err.text);
		o.duration_ms = clock_mono_ms() - a->started;
		report(a, &o);
	}
	return true;
}

static void finish(struct agent *a)
{
	struct outcome o = OUTCOME_INIT;

	clocks_off(a);
	agent_io_finish(a);
	if (wants_fresh_conversation(a) && begin_afresh(a))
		return;
	agent_fill_outcome(a, &o);
	report(a, &o);
}

/* The keeper was killed: what it kept is ended from here. */
static void on_sweep(void *arg)
{
	struct agent *a = arg;

	if (keeper_sweep(a->marker) > 0)
		loop_timer_in(a->loop, &a->sweep, SWEEP_AGAIN_MS);
	else
		finish(a);
}

static void on_report(void *arg, short revents)
{
	struct agent *a = arg;
	struct keeper_report r;
	int rc;

	(void)revents;
	while ((rc = keeper_read(&a->keeper, &r)) > 0) {
		if (r.said == KEEPER_EXITED) {
			agent_io_ended(a);
			a->exited = true;
			a->wait_status = r.wait_status;
			clocks_off(a);
			expect_the_end(a);
		} else if (r.said == KEEPER_CANNOT_START) {
			xreplace(&a->cannot_start, r.text);
			a->all_ended = true;
		} else if (r.said == KEEPER_ALL_ENDED) {
			a->all_ended = true;
		}
	}
	if (rc < 0)
		loop_unwatch(a->loop, a->keeper.reports);
}

static void leave_keeper(struct agent *a)
{
	if (a->keeper.reports >= 0)
		loop_unwatch(a->loop, a->keeper.reports);
	if (a->keeper.pidfd >= 0)
		loop_unwatch(a->loop, a->keeper.pidfd);
	loop_timer_off(a->loop, &a->deaf);
	keeper_release(&a->keeper);
}

static void on_keeper_exit(void *arg, short revents)
{
	struct agent *a = arg;

	on_report(a, revents);
	leave_keeper(a);
	if (a->all_ended)
		finish(a);
	else
		on_sweep(a);
}

static int launch(struct agent *a, struct error *err)
{
	struct strvec argv = STRVEC_INIT;
	struct keeper_spec spec = {
		.child = {
			.argv = &argv,
			.env = &a->env,
			.dir = a->dir,
			.as = a->other_account ? &a->account : NULL,
			.own_session = true,
			.unprivileged = true,
			.max_processes = a->max_processes,
			.max_memory = a->max_memory,
		},
		.lock_path = a->lock_path,
		.marker = a->marker,
		.grace = a->kill_grace,
	};
	int theirs[3], rc;

	a->exited = a->all_ended = a->hung = false;
	strvec_extend(&argv, &a->sandbox);
	agent_argv(&argv, &(struct agent_words){
			      .command = &a->command,
			      .flags = &a->flags,
			      .more = &a->more,
			      .format = a->format,
			      .instruction = a->instruction,
			      .conversation = a->conversation,
			      .resume = a->resume,
			  });
	rc = agent_io_open(a, theirs, err);
	if (rc == 0) {
		spec.child.in = theirs[0];
		spec.child.out = theirs[1];
		spec.child.err = theirs[2];
		rc = keeper_start(&a->keeper, &spec, err);
	}
	strvec_release(&argv);
	if (rc != 0) {
		leave_keeper(a);
		agent_io_close(a);
		return -1;
	}
	loop_watch(a->loop, a->keeper.reports, POLLIN, on_report, a);
	loop_watch(a->loop, a->keeper.pidfd, POLLIN, on_keeper_exit, a);
	agent_io_watch(a);
	watch_time(a);
	return 0;
}

static void copy_job(struct agent *a, const struct agent_job *job)
{
	const struct config *c = job->config;

	if (job->argv != NULL) {
		strvec_extend(&a->command, job->argv);
	} else {
		strvec_extend(&a->command, &c->claude.command);
		agent_flags(&a->flags, c);
	}
	if (job->more != NULL)
		strvec_extend(&a->more, job->more);
	agent_environment(&a->env, c, job->marker);
	agent_env_wait(&a->env, job->timeout);
	if (job->ask != NULL) {
		agent_ask_words(&a->more);
		agent_env_ask(&a->env, job->ask);
	}
	sandbox_prefix(&a->sandbox, c, &a->env);
	a->instruction = xstrdup(job->instruction);
	a->prompt = xstrdup(job->prompt);
	a->dir = xstrdup(c->claude.workdir);
	a->marker = xstrdup(job->marker);
	a->lock_path = config_run_path(c, "attempt.lock");
	a->conversation = xstrdup(job->conversation);
	a->resume = xstrdup(job->resume);
	a->format = job->argv != NULL ? OUTPUT_TEXT : c->claude.output_format;
	a->one_stream = job->one_stream;
	a->timeout = job->timeout;
	a->budget = job->budget;
	a->idle_timeout = job->argv != NULL ? 0 : c->claude.idle_timeout;
	a->kill_grace = c->claude.kill_grace;
	a->max_processes = c->claude.max_processes;
	a->max_memory = c->claude.max_memory;
	a->log = job->log;
}

struct agent *agent_start(struct loop *l, const struct agent_job *job,
    const struct agent_callbacks *cb, struct error *err)
{
	const char *user = job->config->claude.user;
	struct agent *a = xcalloc(1, sizeof(*a));
	int rc = 0;

	*a = (struct agent){
		.loop = l,
		.cb = *cb,
		.keeper = KEEPER_INIT,
		.in = -1,
		.out = -1,
		.err = -1,
		.out_line = BUF_INIT,
		.err_line = BUF_INIT,
		.tail = BUF_INIT,
		.other_account = user != NULL,
		.account = ACCOUNT_INIT,
		.too_long = { .fire = on_too_long, .arg = a },
		.too_quiet = { .fire = on_too_quiet, .arg = a },
		.hanging = { .fire = on_hanging, .arg = a },
		.sweep = { .fire = on_sweep, .arg = a },
		.deaf = { .fire = on_deaf, .arg = a },
		.started = clock_mono_ms(),
	};
	copy_job(a, job);
	if (user != NULL)
		rc = account_find(&a->account, user, err);
	if (rc == 0 && user != NULL)
		rc = account_allowed(&a->account, err);
	if (rc != 0 || launch(a, err) != 0) {
		agent_release(a);
		return NULL;
	}
	if (job->doing != NULL)
		cb->activity(cb->arg, job->doing);
	return a;
}

void agent_release(struct agent *a)
{
	struct strvec *lists[] = { &a->sandbox, &a->command, &a->flags,
		&a->more, &a->env };
	char *strings[] = { a->instruction, a->prompt, a->dir, a->marker,
		a->lock_path, a->conversation, a->resume, a->last_activity,
		a->cannot_start };

	leave_keeper(a);
	agent_io_close(a);
	clocks_off(a);
	loop_timer_off(a->loop, &a->sweep);
	stream_release(&a->stream);
	buf_release(&a->out_line);
	buf_release(&a->err_line);
	buf_release(&a->tail);
	complaint_release(&a->complaint);
	complaint_release(&a->remark);
	account_release(&a->account);
	for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
		strvec_release(lists[i]);
	for (size_t i = 0; i < ARRAY_SIZE(strings); i++)
		free(strings[i]);
	free(a);
}
