/* planning.c - the running plan between the state and the agent, and what a
 * crash left of one.
 *
 * It takes the place of the running attempt: while one is made no task runs,
 * and the other way round. What has become of it and cannot be stored (a full
 * disk) is kept and stored later, as in attempt.c. */
#include "base/clock.h"
#include "base/path.h"
#include "core/auth.h"
#include "engine/instance.h"
#include "engine/keeper.h"
#include "store/plan_files.h"

enum { STORE_AGAIN_MS = 1000 };

/* See marker_of() in attempt.c. To be freed. */
static char *marker_of(const struct plan *p)
{
	return xasprintf("plan/%s/%s", p->date, p->asked);
}

static void forget(struct planning *p)
{
	outcome_release(&p->ended);
	xreplace(&p->closing, NULL);
	xreplace(&p->message, NULL);
	xreplace(&p->error, NULL);
	p->has_ended = false;
}

/* -- how it ends ----------------------------------------------------------- */

/* Claude's answer becomes the list of that day. */
static int take_answer(struct instance *in, struct error *err)
{
	struct planning *p = &in->planning;
	const struct plan *plan = &in->state.plan;
	const char *folder = in->config->paths.tasks_dir;
	char *name = plan_list_name(plan->date);
	char *path = path_join(folder, name);
	char *shown = path_relative(in->config->dir, path), *kept = NULL;
	struct task_list list = TASK_LIST_INIT;
	struct buf markdown = BUF_INIT, text = BUF_INIT;
	int rc = plan_to_list(p->closing, plan->date, &markdown, &list, err);

	if (rc == 0)
		rc = plan_write_list(folder, plan->date, &markdown, &kept, err);
	if (rc == 0) {
		message_plan_ready(&text, plan, &list, shown, kept, &p->ended,
		    in->config->telegram.commands);
		p->message = buf_detach(&text);
		log_info("The plan for %s is ready: %zu tasks in %s",
		    plan->date, list.n, shown);
	}
	free(kept);
	free(shown);
	free(path);
	free(name);
	buf_release(&markdown);
	task_list_release(&list);
	return rc;
}

static void say_failed(struct instance *in, const char *why)
{
	struct planning *p = &in->planning;
	struct plan plan = in->state.plan; /* as it will be; borrowed */
	struct buf text = BUF_INIT;

	p->status = PLAN_FAILED;
	xreplace(&p->error, why);
	plan.error = p->error;
	message_plan_failed(&text, &plan,
	    p->ended.result == RESULT_SUCCESS ? RESULT_ERROR : p->ended.result,
	    in->config->telegram.commands);
	p->message = buf_detach(&text);
	log_error("The plan for %s failed: %s", plan.date, why);
}

/* Once, however often it then takes to store it: the list is not written
 * again. */
static void conclude(struct instance *in)
{
	struct planning *p = &in->planning;
	struct error err = ERROR_INIT;

	p->status = PLAN_READY;
	if (p->ended.result != RESULT_SUCCESS)
		say_failed(in, p->ended.error);
	else if (take_answer(in, &err) != 0)
		say_failed(in, err.text);
}

static int store_end(struct instance *in)
{
	struct planning *p = &in->planning;
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	struct actions actions;
	int rc;

	state_copy(&next, &in->state);
	next.plan.status = p->status;
	next.plan.asked[0] = '\0';
	next.plan.cancelling = false;
	next.plan.completed_at = clock_now();
	xreplace(&next.plan.error, p->error);
	if (p->status == PLAN_READY) {
		free(next.plan.file);
		next.plan.file = plan_list_name(next.plan.date);
	}
	actions_of_plan(&actions, &next.plan, in->config->telegram.commands);
	commit_tell(in, &next,
	    &(struct notice_source){
		.event = p->status == PLAN_READY ? NOTICE_PLAN_READY
						 : NOTICE_PLAN_FAILED,
		.message = p->message,
		.actions = &actions,
	    });
	rc = commit_state(in, &next, &err);
	state_release(&next);
	return rc;
}

/* The end into the state; what does not go now goes later. */
static void settle(void *arg)
{
	struct instance *in = arg;

	if (in->planning.message == NULL)
		conclude(in);
	if (store_end(in) != 0) {
		loop_timer_in(&in->loop, &in->planning.settle, STORE_AGAIN_MS);
		return;
	}
	forget(&in->planning);
	outbox_kick(in);
	if (in->stopping)
		loop_stop(&in->loop);
}

/* Not in the callback's own stack: the agent is still on it. */
static void ended(
    struct instance *in, const struct outcome *o, const char *closing)
{
	struct planning *p = &in->planning;

	forget(p);
	outcome_copy(&p->ended, o);
	xreplace(&p->closing, closing);
	p->has_ended = true;
	loop_timer_in(&in->loop, &p->settle, 0);
}

static void on_done(void *arg, const struct outcome *o, const char *closing)
{
	struct instance *in = arg;

	ended(in, o, closing);
	attempt_let_go(in);
}

/* -- how it begins --------------------------------------------------------- */

/* A plan resumes no conversation. */
static int on_fresh_conversation(void *arg UNUSED, const char *uuid UNUSED)
{
	return -1;
}

/* Claude may look and may not touch, whatever claude.flags allow: the last
 * --tools wins over them, and what it does not name is not there at all (a
 * permission mode would not hold against --dangerously-skip-permissions).
 * StructuredOutput comes with the schema. */
static void add_arguments(struct strvec *more)
{
	strvec_add(more, "--json-schema");
	strvec_add(more, plan_schema);
	strvec_add(more, "--tools");
	strvec_add(more, "Read,Glob,Grep");
	strvec_add(more, "--strict-mcp-config");
}

static void open_log(struct instance *in, const struct plan *p)
{
	struct error err = ERROR_INIT;
	char when[CLOCK_TEXT];
	char *name = xasprintf("plan-%s", p->date), *header;

	clock_local(p->started_at, "%Y-%m-%d %H:%M:%S", when);
	header = xasprintf("Plan for %s, %s", p->date, when);
	if (task_log_open_as(&in->task_log, in->config->paths.logs_dir, name,
		in->config->logging.task_logs, header, &err) != 0)
		log_warning("%s", err.text);
	free(header);
	free(name);
}

void planning_start(struct instance *in, const char *prompt)
{
	const struct plan *p = &in->state.plan;
	struct outcome o = OUTCOME_INIT;
	struct strvec more = STRVEC_INIT;
	struct error err = ERROR_INIT;
	char *marker = marker_of(p);

	add_arguments(&more);
	open_log(in, p);
	in->agent = agent_start(&in->loop,
	    &(struct agent_job){
		.config = in->config,
		.marker = marker,
		.conversation = p->conversation,
		.more = &more,
		.instruction = plan_instruction,
		.prompt = prompt,
		.timeout = in->config->claude.timeout,
		.log = &in->task_log,
	    },
	    &(struct agent_callbacks){ .activity = attempt_activity,
		.fresh_conversation = on_fresh_conversation,
		.done = on_done,
		.arg = in },
	    &err);
	if (in->agent == NULL) {
		task_log_text(&in->task_log, err.text);
		task_log_release(&in->task_log);
		o.result = RESULT_ERROR;
		o.error = xstrdup(err.text);
		ended(in, &o, NULL);
		outcome_release(&o);
	}
	strvec_release(&more);
	free(marker);
}

/* -- after a crash --------------------------------------------------------- */

bool planning_still_alive(const struct instance *in)
{
	char *marker;
	bool alive;

	if (in->state.plan.status != PLAN_RUNNING)
		return false;
	marker = marker_of(&in->state.plan);
	alive = keeper_sweep(marker) > 0;
	free(marker);
	return alive;
}

int planning_recover(struct instance *in)
{
	struct planning *p = &in->planning;

	if (in->state.plan.status != PLAN_RUNNING)
		return 0;
	p->ended.result = RESULT_INTERRUPTED;
	if (p->message == NULL)
		say_failed(in, "cut off: the supervisor or the machine went "
			       "down while it was made");
	if (store_end(in) != 0)
		return -1;
	forget(p);
	return 0;
}

void planning_init(struct instance *in)
{
	in->planning = (struct planning){
		.ended = OUTCOME_INIT,
		.settle = { .fire = settle, .arg = in },
	};
}

void planning_release(struct instance *in)
{
	loop_timer_off(&in->loop, &in->planning.settle);
	forget(&in->planning);
}
