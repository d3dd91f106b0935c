/* job.c - the life of what runs, whatever its kind, and after a crash. */
#include "base/path.h"
#include "engine/instance.h"
#include "engine/keeper.h"
#include "store/activity.h"

enum {
	STORE_AGAIN_MS = 1000,
	CLEAR_AGAIN_MS = 100,
	SHOW_MS = 200,
	GIT_SECONDS = 600
};

/* -- what it is doing ------------------------------------------------------ */

static void show_activity(void *arg)
{
	struct instance *in = arg;
	struct job *j = &in->job;

	activity_set(j->activity_path, j->kind->id(&in->state), j->activity);
}

/* A program may print many lines a millisecond; nobody reads that fast. */
static void on_activity(void *arg, const char *what)
{
	struct instance *in = arg;
	struct job *j = &in->job;

	xreplace(&j->activity, what);
	if (j->show.due == 0)
		loop_timer_in(&in->loop, &j->show, SHOW_MS);
}

/* -- how it ends ----------------------------------------------------------- */

static void forget(struct job_end *end)
{
	outcome_release(&end->outcome);
	free(end->closing);
	*end = (struct job_end){ .outcome = OUTCOME_INIT };
}

/* The end into the state; what does not go now goes later. It is taken out
 * meanwhile: what follows from it may be the next job, and its end. */
static void settle(void *arg)
{
	struct instance *in = arg;
	struct job *j = &in->job;
	struct job_end end = j->ended;

	j->ended = (struct job_end){ .outcome = OUTCOME_INIT };
	if (end.of->conclude(in, &end) != 0) {
		j->ended = end;
		loop_timer_in(&in->loop, &j->settle, STORE_AGAIN_MS);
		return;
	}
	forget(&end);
	if (in->stopping)
		loop_stop(&in->loop);
}

void job_take(struct job *j, const struct outcome *o, const char *closing)
{
	outcome_release(&j->ended.outcome);
	outcome_copy(&j->ended.outcome, o);
	xreplace(&j->ended.closing, closing);
}

static void start_step(struct instance *in);

static void step_ended(
    struct instance *in, const struct outcome *o, const char *closing)
{
	struct job *j = &in->job;

	if (j->kind->then == NULL)
		job_take(j, o, closing);
	else if (j->kind->then(in, o, closing)) {
		start_step(in);
		return;
	}
	j->ended.of = j->kind;
	j->result_is_in = false;
	evidence_release(&j->evidence);
	task_log_release(&j->log);
	xreplace(&j->prompt, NULL);
	/* Not in the callback's own stack: the agent is still on it. */
	loop_timer_in(&in->loop, &j->settle, 0);
}

static void on_done(void *arg, const struct outcome *o, const char *closing)
{
	struct instance *in = arg;
	struct job *j = &in->job;

	loop_timer_off(&in->loop, &j->show);
	activity_set(j->activity_path, j->kind->id(&in->state), NULL);
	agent_release(j->agent);
	j->agent = NULL;
	step_ended(in, o, closing);
}

static void on_output(void *arg, const char *bytes, size_t n)
{
	struct instance *in = arg;

	in->job.kind->output(in, bytes, n);
}

void job_stop(struct instance *in, enum task_result result)
{
	struct job *j = &in->job;

	if (j->agent == NULL)
		return;
	if (j->stopped_as == RESULT_NONE)
		j->stopped_as = result;
	agent_end(j->agent, result);
}

bool job_has_result(const struct instance *in)
{
	const struct job *j = &in->job;

	return job_is_unsettled(in) || j->result_is_in ||
	       (j->agent != NULL && j->is_claude && agent_has_result(j->agent));
}

bool job_is_idle(const struct instance *in)
{
	return in->job.agent == NULL && !job_is_unsettled(in) &&
	       !in->job.clearing && !(in->due & DUE_ATTEMPT);
}

bool job_is_unsettled(const struct instance *in)
{
	return in->job.ended.of != NULL;
}

void job_settle_now(struct instance *in)
{
	if (job_is_unsettled(in))
		loop_timer_in(&in->loop, &in->job.settle, 0);
}

/* -- how it begins --------------------------------------------------------- */

static int on_fresh_conversation(void *arg, const char *uuid)
{
	struct instance *in = arg;
	const struct job_kind *kind = in->job.kind;

	return kind->fresh_conversation == NULL
		   ? -1
		   : kind->fresh_conversation(in, uuid);
}

void job_prepare_git(struct agent_job *job, const struct strvec *argv)
{
	static struct task_log none = TASK_LOG_INIT;

	job->argv = argv;
	job->prompt = "";
	job->timeout = GIT_SECONDS;
	job->log = &none;
	job->unheard = true;
}

static void start_step(struct instance *in)
{
	struct job *j = &in->job;
	struct strvec words = STRVEC_INIT;
	struct outcome o = OUTCOME_INIT;
	struct error err = ERROR_INIT;
	char *marker = j->kind->marker(&in->state);
	struct agent_job start = {
		.config = in->config,
		.marker = marker,
		.prompt = j->prompt,
		.timeout = in->config->claude.timeout,
		.log = &j->log,
	};

	j->kind->prepare(in, &start, &words);
	j->is_claude = start.argv == NULL;
	j->agent = agent_start(&in->loop, &start,
	    &(struct agent_callbacks){ .activity = on_activity,
		.output = start.unheard ? on_output : NULL,
		.fresh_conversation = on_fresh_conversation,
		.done = on_done,
		.arg = in },
	    &err);
	/* Nothing ran: the outcome says so, as if it had failed at once. */
	if (j->agent == NULL) {
		o.result = RESULT_ERROR;
		o.error = xstrdup(err.text);
		if (j->is_claude)
			task_log_text(&j->log, err.text);
		step_ended(in, &o, NULL);
	}
	outcome_release(&o);
	strvec_release(&words);
	free(marker);
}

void job_start(
    struct instance *in, const struct job_kind *kind, const char *prompt)
{
	struct job *j = &in->job;
	struct error err = ERROR_INIT;
	char *name, *header;

	j->kind = kind;
	j->stopped_as = RESULT_NONE;
	j->has_checkpoint = j->result_is_in = false;
	j->step = kind->first != NULL ? kind->first(in) : 0;
	xreplace(&j->prompt, prompt);
	xreplace(&j->activity, NULL);
	kind->describe(&in->state, &name, &header);
	if (task_log_open(&j->log, in->config->paths.logs_dir, name,
		in->config->logging.task_logs, header, &err) != 0)
		log_warning("%s", err.text);
	free(header);
	free(name);
	start_step(in);
}

/* -- after a crash --------------------------------------------------------- */

/* What a crash cut off is concluded, or goes on. Returns 0, or -1 where that
 * could not be stored. */
static int take_over(struct instance *in)
{
	const struct job_kind *const *kinds = in->job.kinds;
	int rc = 0;

	for (size_t i = 0; kinds[i] != NULL && rc == 0; i++) {
		struct job_end end = {
			.of = kinds[i],
			.outcome = OUTCOME_INIT,
			.cut_off = true,
		};

		if (!kinds[i]->runs(&in->state))
			continue;
		if (kinds[i]->goes_on != NULL && kinds[i]->goes_on(in)) {
			job_start(in, kinds[i], "");
			continue;
		}
		end.outcome.result = RESULT_INTERRUPTED;
		end.outcome.error = xstrdup(kinds[i]->cut_off);
		rc = kinds[i]->conclude(in, &end);
		forget(&end);
	}
	return rc;
}

/* Nothing is offered until nothing of the last job is left. */
static void clear(void *arg)
{
	struct instance *in = arg;
	struct job *j = &in->job;
	bool alive = keeper_lock_held(j->lock_path);
	char *marker;

	if (alive) /* its keeper knows that we are gone */
		keeper_kill_stopped(j->lock_path);
	for (size_t i = 0; j->kinds[i] != NULL && !alive; i++) {
		if (!j->kinds[i]->runs(&in->state))
			continue;
		marker = j->kinds[i]->marker(&in->state);
		alive = keeper_sweep(marker) > 0;
		free(marker);
	}
	j->clearing = alive || take_over(in) != 0;
	if (j->clearing) {
		loop_timer_in(&in->loop, &j->clear,
		    alive ? CLEAR_AGAIN_MS : STORE_AGAIN_MS);
		return;
	}
	for (size_t i = 0; j->kinds[i] != NULL; i++)
		if (j->kinds[i]->go_on != NULL)
			j->kinds[i]->go_on(in);
}

void job_recover(struct instance *in)
{
	clear(in);
}

void job_init(struct instance *in, const struct job_kind *const *kinds)
{
	in->job = (struct job){
		.kinds = kinds,
		.log = TASK_LOG_INIT,
		.evidence = EVIDENCE_INIT,
		.ended = { .outcome = OUTCOME_INIT },
		.settle = { .fire = settle, .arg = in },
		.clear = { .fire = clear, .arg = in },
		.lock_path = config_run_path(in->config, "attempt.lock"),
		.activity_path = config_run_path(in->config, "activity"),
		.show = { .fire = show_activity, .arg = in },
	};
	asking_init(in);
}

void job_release(struct instance *in)
{
	struct job *j = &in->job;

	loop_timer_off(&in->loop, &j->settle);
	loop_timer_off(&in->loop, &j->clear);
	loop_timer_off(&in->loop, &j->show);
	asking_end(in);
	if (j->agent != NULL)
		agent_release(j->agent);
	j->agent = NULL;
	task_log_release(&j->log);
	forget(&j->ended);
	evidence_release(&j->evidence);
	free(j->prompt);
	free(j->lock_path);
	free(j->activity_path);
	free(j->activity);
}
