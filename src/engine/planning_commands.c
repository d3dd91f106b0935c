/* planning_commands.c - `plan`, and `cancel` of a plan: what is refused and
 * why, and what is stored before anything is started or ended. */
#include "base/clock.h"
#include "core/auth.h"
#include "engine/instance.h"
#include "store/plan_files.h"

/* Returns 0, or -1 with the refusal in a. */
static int write_prompt(struct instance *in, const char *date,
    const char *feedback, struct buf *prompt, struct answer *a)
{
	const struct config *c = in->config;
	struct buf day = BUF_INIT, list = BUF_INIT;
	struct error err = ERROR_INIT;
	char *why;
	int rc = plan_read_day(c->paths.daily_dir, date, &day, &err);

	if (rc == 0 && feedback != NULL)
		rc = plan_read_list(c->paths.tasks_dir, date, &list, &err);
	if (rc == 0) {
		plan_prompt(prompt, date, day.data,
		    list.len > 0 ? list.data : NULL, feedback);
	} else {
		why = xasprintf("Cannot plan %s: %s.", date, err.text);
		answer_error(a, 422, NULL, why, NULL);
		free(why);
	}
	buf_release(&list);
	buf_release(&day);
	return rc;
}

/* p becomes the running plan; an older one for the same day had a list. */
static void fill(struct plan *p, const char *date, const struct request *r)
{
	char *file = str_equal(p->date, date) ? xstrdup(p->file) : NULL;
	char uuid[CONVERSATION_SIZE];

	plan_release(p);
	auth_uuid(uuid);
	auth_decision_id(p->asked);
	p->status = PLAN_RUNNING;
	p->date = xstrdup(date);
	p->file = file;
	p->by = xstrdup(request_by(r));
	p->conversation = xstrdup(uuid);
	p->started_at = clock_now();
}

static void answer_with(struct instance *in, const struct request *r,
    const struct plan *p,
    void (*write)(struct buf *, const struct plan *, command_set),
    struct answer *a)
{
	command_set enabled = commands_named(in, r);
	struct actions actions;
	struct buf text = BUF_INIT;

	write(&text, p, enabled);
	actions_of_plan(&actions, p, enabled);
	answer_ok(a, text.data, &actions);
	buf_release(&text);
}

static void begin(
    struct instance *in, const struct request *r, struct answer *a)
{
	char today[CLOCK_TEXT], *date;
	const char *wanted = r->date;
	struct buf prompt = BUF_INIT;
	struct state next = STATE_INIT;

	/* The day that is meant: the one named; with feedback that of the last
	 * plan, also one that has failed; else today. */
	clock_local(clock_now(), "%Y-%m-%d", today);
	if (wanted == NULL && r->feedback != NULL)
		wanted = in->state.plan.date;
	date = xstrdup(wanted != NULL ? wanted : today);
	if (write_prompt(in, date, r->feedback, &prompt, a) == 0) {
		state_copy(&next, &in->state);
		fill(&next.plan, date, r);
		/* What an ended session has left is not what comes next. */
		if (next.session.asked[0] != '\0' &&
		    !session_is_unfinished(&next.session))
			auth_decision_id(next.session.asked);
		answer_with(in, r, &next.plan, message_plan_started, a);
		if (commit_command(in, &next, r, a) == 0) {
			log_info("plan %s by %s%s%s", date, request_by(r),
			    r->feedback != NULL ? ": " : "",
			    r->feedback != NULL ? r->feedback : "");
			job_start(in, &planning_kind, prompt.data);
		}
		state_release(&next);
	}
	buf_release(&prompt);
	free(date);
}

/* -- commands -------------------------------------------------------------- */

/* Was the caller looking at something that is no longer asked? */
static bool is_stale(const struct instance *in, const struct request *r)
{
	const struct session *s = &in->state.session;
	const struct task_record *t = session_current(s);

	return (r->decision != NULL && !str_equal(r->decision, s->asked)) ||
	       (r->task != 0 && (t == NULL || t->task.number != r->task));
}

static void refuse_stale(
    const struct instance *in, const struct request *r, struct answer *a)
{
	const struct session *s = &in->state.session;
	struct change c = { .refusal = REFUSED_STALE };
	struct actions actions;
	struct buf text = BUF_INIT;

	if (r->decision != NULL)
		c.stale = session_find_decision(s, r->decision);
	message_refused(
	    &text, s, EV_START, &c, clock_now(), commands_named(in, r));
	actions_with_plan(
	    &actions, s, &in->state.plan, clock_now(), commands_named(in, r));
	answer_error(a, 409, "stale_decision", text.data, &actions);
	buf_release(&text);
}

void planning_refuse(
    const struct instance *in, const struct request *r, struct answer *a)
{
	struct buf text = BUF_INIT;

	message_plan_busy(&text, &in->state.plan, command_info[r->command].name,
	    commands_named(in, r));
	commit_refuse(in, r, text.data, a);
	buf_release(&text);
}

void planning_command(
    struct instance *in, const struct request *r, struct answer *a)
{
	struct buf text = BUF_INIT;

	if (is_stale(in, r)) {
		refuse_stale(in, r, a);
	} else if (in->state.plan.status == PLAN_RUNNING) {
		planning_refuse(in, r, a);
	} else if (session_status(&in->state.session) == SESSION_RUNNING) {
		message_plan_refused(
		    &text, &in->state.session, commands_named(in, r));
		commit_refuse(in, r, text.data, a);
	} else if (in->config->claude.output_format == OUTPUT_TEXT) {
		commit_refuse(in, r,
		    "Cannot plan: a plan needs Claude's structured output, and claude.output_format is text; "
		    "want stream-json.",
		    a);
	} else {
		begin(in, r, a);
	}
	if (a->code != 200)
		commit_remember_refusal(in, r, a);
	buf_release(&text);
}

bool planning_cancel(
    struct instance *in, const struct request *r, struct answer *a)
{
	const struct plan *p = &in->state.plan;
	struct state next = STATE_INIT;

	if (p->status != PLAN_RUNNING || r->task != 0 ||
	    (r->decision != NULL && strcmp(r->decision, p->asked) != 0))
		return false;
	if (p->cancelling) {
		planning_refuse(in, r, a);
	} else if (job_has_result(in)) {
		commit_refuse(in, r,
		    "The plan has just been finished and is being taken in. There is nothing left to cancel.",
		    a);
	} else {
		state_copy(&next, &in->state);
		next.plan.cancelling = true;
		answer_with(in, r, &next.plan, message_plan_cancelling, a);
		if (commit_command(in, &next, r, a) == 0) {
			log_info("cancel of the plan by %s", request_by(r));
			job_stop(in, RESULT_CANCELLED);
		}
		state_release(&next);
	}
	if (a->code != 200)
		commit_remember_refusal(in, r, a);
	return true;
}
