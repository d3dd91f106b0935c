/* planning.c - the kind of job that makes a day's list. */
#include "base/clock.h"
#include "base/path.h"
#include "core/auth.h"
#include "engine/instance.h"
#include "store/plan_files.h"

static bool planning_runs(const struct state *s)
{
	return s->plan.status == PLAN_RUNNING;
}

static char *planning_marker(const struct state *s)
{
	return xasprintf("plan/%s/%s", s->plan.date, s->plan.asked);
}

static const char *planning_id(const struct state *s)
{
	return s->plan.asked;
}

static void planning_describe(const struct state *s, char **log, char **header)
{
	char when[CLOCK_TEXT];

	clock_local(s->plan.started_at, "%Y-%m-%d %H:%M:%S", when);
	*log = xasprintf("plan-%s", s->plan.date);
	*header = xasprintf("Plan for %s, %s", s->plan.date, when);
}

/* -- how it ends ----------------------------------------------------------- */

/* Claude's answer becomes the list of that day. */
static int take_answer(
    struct instance *in, const struct job_end *end, struct error *err)
{
	struct planning *p = &in->planning;
	struct plan plan = in->state.plan; /* as it will be; borrowed */
	const char *folder = in->config->paths.tasks_dir;
	char *name = plan_list_name(plan.date);
	char *path = path_join(folder, name);
	char *shown = path_relative(in->config->dir, path), *kept = NULL;
	struct task_list list = TASK_LIST_INIT;
	struct buf markdown = BUF_INIT, text = BUF_INIT;
	int rc = plan_to_list(end->closing, plan.date, &markdown, &list, err);

	if (rc == 0)
		rc = plan_write_list(folder, plan.date, &markdown, &kept, err);
	if (rc == 0) {
		plan.status = PLAN_READY;
		message_plan_ready(&text, &plan, &list, shown, kept,
		    &end->outcome, in->config->telegram.commands);
		p->message = buf_detach(&text);
		log_info("The plan for %s is ready: %zu tasks in %s", plan.date,
		    list.n, shown);
	}
	free(kept);
	free(shown);
	free(path);
	free(name);
	buf_release(&markdown);
	task_list_release(&list);
	return rc;
}

static void say_failed(
    struct instance *in, const struct job_end *end, const char *why)
{
	struct planning *p = &in->planning;
	struct plan plan = in->state.plan; /* as it will be; borrowed */
	enum task_result result = end->outcome.result;
	struct buf text = BUF_INIT;

	p->status = plan.status = PLAN_FAILED;
	xreplace(&p->error, why);
	plan.error = p->error;
	message_plan_failed(&text, &plan,
	    result == RESULT_SUCCESS ? RESULT_ERROR : result,
	    in->config->telegram.commands);
	p->message = buf_detach(&text);
	log_error("The plan for %s failed: %s", plan.date, why);
}

static int planning_conclude(struct instance *in, const struct job_end *end)
{
	struct planning *p = &in->planning;
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	struct actions actions;
	int rc;

	/* Once, however often it then takes to store it: the list is not
	 * written again. */
	if (p->message == NULL) {
		p->status = PLAN_READY;
		if (end->outcome.result != RESULT_SUCCESS)
			say_failed(in, end, end->outcome.error);
		else if (take_answer(in, end, &err) != 0)
			say_failed(in, end, err.text);
	}
	state_copy(&next, &in->state);
	state_spend(&next, clock_now(), end->outcome.cost_usd);
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
	if (rc == 0)
		planning_release(in);
	state_release(&next);
	return rc;
}

/* -- how it begins --------------------------------------------------------- */

/* Claude may look and may not touch, whatever claude.flags allow: the last
 * --tools wins over them, and what it does not name is not there at all (a
 * permission mode would not hold against --dangerously-skip-permissions).
 * StructuredOutput comes with the schema. */
static void planning_prepare(
    struct instance *in, struct agent_job *job, struct strvec *more)
{
	job->conversation = in->state.plan.conversation;
	job->instruction = plan_instruction;
	job->more = more;
	strvec_add(more, "--json-schema");
	strvec_add(more, plan_schema);
	strvec_add(more, "--tools");
	strvec_add(more, "Read,Glob,Grep");
	strvec_add(more, "--strict-mcp-config");
}

const struct job_kind planning_kind = {
	.cut_off =
	    "cut off: the supervisor or the machine went down while it was made",
	.runs = planning_runs,
	.marker = planning_marker,
	.id = planning_id,
	.describe = planning_describe,
	.prepare = planning_prepare,
	.conclude = planning_conclude,
};

void planning_release(struct instance *in)
{
	xreplace(&in->planning.message, NULL);
	xreplace(&in->planning.error, NULL);
}
