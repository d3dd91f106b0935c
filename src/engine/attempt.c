/* attempt.c - the running attempt between the session and the agent, and
 * what a crash left of one.
 *
 * An outcome that cannot be stored (a full disk) is kept and stored later:
 * the session does not go on before. */
#include "base/clock.h"
#include "base/path.h"
#include "core/auth.h"
#include "core/prompt.h"
#include "engine/instance.h"
#include "engine/keeper.h"
#include "store/activity.h"

enum { STORE_AGAIN_MS = 1000, CLEAR_AGAIN_MS = 100, SHOW_MS = 200 };

/* Names this attempt among all that ever ran here: what is left of it after
 * a crash is found by this. To be freed. */
static char *marker_of(const struct session *s)
{
	const struct task_record *t = session_current(s);

	return xasprintf(
	    "%s/%d/%d/%s", s->id, t->task.number, t->attempt, s->asked);
}

/* Whose id the activity goes by: the plan's, or the attempt's. */
static const char *running_id(const struct instance *in)
{
	return in->state.plan.status == PLAN_RUNNING ? in->state.plan.asked
						     : in->state.session.asked;
}

static void show_activity(void *arg)
{
	struct instance *in = arg;

	activity_set(in->activity_path, running_id(in), in->activity);
}

/* A program may print many lines a millisecond; nobody reads that fast. */
void attempt_activity(void *arg, const char *what)
{
	struct instance *in = arg;

	xreplace(&in->activity, what);
	if (in->show.due == 0)
		loop_timer_in(&in->loop, &in->show, SHOW_MS);
}

/* The conversation to go on with is gone. The new one is on disk before
 * Claude is started with it. */
static int on_fresh_conversation(void *arg, const char *uuid)
{
	struct instance *in = arg;
	struct state next = STATE_INIT;
	struct task_record *t;
	struct error err = ERROR_INIT;
	int rc;

	state_copy(&next, &in->state);
	t = session_current(&next.session);
	xreplace(&t->conversation, uuid);
	xreplace(&t->resumed_from, NULL);
	log_info("Task %d: the conversation to resume is gone, beginning a "
		 "fresh one",
	    t->task.number);
	rc = commit_state(in, &next, &err);
	state_release(&next);
	return rc;
}

static enum event_kind event_of(enum task_result result)
{
	if (result == RESULT_SUCCESS)
		return EV_SUCCEEDED;
	return result == RESULT_INTERRUPTED ? EV_INTERRUPTED : EV_FAILED;
}

/* The outcome into the state; what does not go now goes later. */
static void settle(void *arg)
{
	struct instance *in = arg;
	struct outcome o = in->ended;
	struct event e;
	struct fresh fresh;

	event_init(in, &e, &fresh, event_of(o.result));
	e.resume = false; /* its keeper was killed: somebody is there to ask */
	e.outcome = &o;
	in->ended = (struct outcome)OUTCOME_INIT;
	if (commit_event(in, &e, NULL, NULL) != 0) {
		in->ended = o;
		loop_timer_in(&in->loop, &in->settle, STORE_AGAIN_MS);
		return;
	}
	outcome_release(&o);
	if (in->stopping)
		loop_stop(&in->loop);
}

bool attempt_is_unsettled(const struct instance *in)
{
	return in->ended.result != RESULT_NONE || in->planning.has_ended;
}

void attempt_settle_now(struct instance *in)
{
	if (in->ended.result != RESULT_NONE)
		loop_timer_in(&in->loop, &in->settle, 0);
	if (in->planning.has_ended)
		loop_timer_in(&in->loop, &in->planning.settle, 0);
}

/* Not in the callback's own stack: the agent is still on it. */
static void ended(struct instance *in, const struct outcome *o)
{
	outcome_release(&in->ended);
	outcome_copy(&in->ended, o);
	loop_timer_in(&in->loop, &in->settle, 0);
}

void attempt_let_go(struct instance *in)
{
	loop_timer_off(&in->loop, &in->show);
	activity_set(in->activity_path, running_id(in), NULL);
	agent_release(in->agent);
	in->agent = NULL;
	task_log_release(&in->task_log);
}

static void on_done(void *arg, const struct outcome *o, const char *closing)
{
	struct instance *in = arg;

	(void)closing;
	ended(in, o);
	attempt_let_go(in);
}

static void open_task_log(struct instance *in, const struct task_record *t)
{
	struct error err = ERROR_INIT;
	char when[CLOCK_TEXT];
	char *header;

	clock_local(t->started_at, "%Y-%m-%d %H:%M:%S", when);
	header = xasprintf("Task %d: %s, attempt %d, %s", t->task.number,
	    t->task.title, t->attempt, when);
	if (task_log_open(&in->task_log, in->config->paths.logs_dir,
		t->task.number, in->config->logging.task_logs, header,
		&err) != 0)
		log_warning("%s", err.text);
	free(header);
}

/* Nothing ran: the outcome says so, as if it had failed at once. */
static void could_not_start(struct instance *in, const struct error *err)
{
	struct outcome o = OUTCOME_INIT;

	o.result = RESULT_ERROR;
	o.error = xstrdup(err->text);
	task_log_text(&in->task_log, err->text);
	task_log_release(&in->task_log);
	ended(in, &o);
	outcome_release(&o);
}

void attempt_start(struct instance *in)
{
	const struct task_record *t = session_current(&in->state.session);
	struct buf prompt = BUF_INIT;
	struct error err = ERROR_INIT;
	char *marker = marker_of(&in->state.session);

	prompt_write(&prompt, t, t->attempt > 1 ? &in->last : NULL);
	open_task_log(in, t);
	in->agent = agent_start(&in->loop,
	    &(struct agent_job){
		.config = in->config,
		.marker = marker,
		.conversation = t->conversation,
		.resume = t->resumed_from,
		.instruction = prompt_instruction,
		.prompt = prompt.data,
		.timeout = t->task.timeout > 0 ? t->task.timeout
					       : in->config->claude.timeout,
		.log = &in->task_log,
	    },
	    &(struct agent_callbacks){ .activity = attempt_activity,
		.fresh_conversation = on_fresh_conversation,
		.done = on_done,
		.arg = in },
	    &err);
	if (in->agent == NULL)
		could_not_start(in, &err);
	free(marker);
	buf_release(&prompt);
}

void attempt_end(struct instance *in, enum task_result result)
{
	if (in->agent != NULL)
		agent_end(in->agent, result);
}

/* What the last supervisor held back when it was stopped goes on. */
static void go_on(struct instance *in)
{
	const struct session *s = &in->state.session;
	struct event e;
	struct fresh fresh;

	event_init(in, &e, &fresh, EV_CONTINUE);
	if (s->held && (s->phase == PHASE_APPROVAL ||
			   (e.resume && !session_current(s)->auto_resumed)))
		commit_event(in, &e, NULL, NULL);
}

static bool still_alive(const struct instance *in)
{
	const struct session *s = &in->state.session;
	char *marker;
	bool alive;

	if (keeper_lock_held(in->lock_path)) {
		/* Its keeper knows that we are gone. */
		keeper_kill_stopped(in->lock_path);
		return true;
	}
	if (planning_still_alive(in))
		return true;
	if (session_status(s) != SESSION_RUNNING)
		return false;
	marker = marker_of(s);
	alive = keeper_sweep(marker) > 0;
	free(marker);
	return alive;
}

/* A crash in mid-task: it is asked about, or run again once. */
static int recover(struct instance *in)
{
	struct outcome cut = OUTCOME_INIT;
	struct event e;
	struct fresh fresh;
	int rc;

	if (session_status(&in->state.session) != SESSION_RUNNING)
		return 0;
	event_init(in, &e, &fresh, EV_INTERRUPTED);
	cut.result = RESULT_INTERRUPTED;
	cut.error = xstrdup(
	    "cut off: the supervisor or the machine went down while it ran");
	e.outcome = &cut;
	rc = commit_event(in, &e, NULL, NULL);
	outcome_release(&cut);
	return rc;
}

/* Nothing is offered until nothing of the last attempt is left. */
static void clear(void *arg)
{
	struct instance *in = arg;
	bool alive = still_alive(in);

	in->clearing = alive || planning_recover(in) != 0 || recover(in) != 0;
	if (in->clearing)
		loop_timer_in(&in->loop, &in->clear,
		    alive ? CLEAR_AGAIN_MS : STORE_AGAIN_MS);
	else
		go_on(in);
}

void attempt_recover(struct instance *in)
{
	clear(in);
}

void attempt_init(struct instance *in)
{
	in->lock_path = config_run_path(in->config, "attempt.lock");
	in->activity_path = config_run_path(in->config, "activity");
	in->task_log = (struct task_log)TASK_LOG_INIT;
	in->ended = in->last = (struct outcome)OUTCOME_INIT;
	in->settle = (struct timer){ .fire = settle, .arg = in };
	in->clear = (struct timer){ .fire = clear, .arg = in };
	in->show = (struct timer){ .fire = show_activity, .arg = in };
	planning_init(in);
}

void attempt_release(struct instance *in)
{
	loop_timer_off(&in->loop, &in->settle);
	loop_timer_off(&in->loop, &in->clear);
	loop_timer_off(&in->loop, &in->show);
	if (in->agent != NULL)
		agent_release(in->agent);
	in->agent = NULL;
	task_log_release(&in->task_log);
	planning_release(in);
	outcome_release(&in->ended);
	outcome_release(&in->last);
	free(in->lock_path);
	free(in->activity_path);
	free(in->activity);
}
