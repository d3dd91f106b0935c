/* state_plan.c - the member "plan", and that it can be one. */
#include "base/clock.h"
#include "base/path.h"
#include "store/state_read.h"

static int get_plan(struct json_object *o, struct plan *p, struct error *err)
{
	int status;

	if (read_text(o, "date", true, &p->date, err) != 0 ||
	    need_enum(o, "status", plan_status_name, PLAN_STATUSES, &status,
		err) != 0 ||
	    read_text(o, "error", false, &p->error, err) != 0 ||
	    read_text(o, "file", false, &p->file, err) != 0 ||
	    read_text(o, "by", false, &p->by, err) != 0 ||
	    read_word(o, "decision", false, p->asked, sizeof(p->asked), err) !=
		0 ||
	    read_text(o, "agent_session_id", false, &p->conversation, err) !=
		0 ||
	    json_get_time(o, "started_at", &p->started_at, err) != 0 ||
	    json_get_time(o, "completed_at", &p->completed_at, err) != 0 ||
	    json_get_bool(o, "cancelling", &p->cancelling, err) != 0)
		return -1;
	p->status = (enum plan_status)status;
	return 0;
}

static int check_plan(const struct plan *p, struct error *err)
{
	bool running = p->status == PLAN_RUNNING;

	if (!clock_is_date(p->date))
		return error_set(
		    err, "date: want YYYY-MM-DD, got \"%s\"", p->date);
	if (p->file != NULL && !path_is_plain(p->file))
		return error_set(
		    err, "file: want a plain name, got \"%s\"", p->file);
	if (p->status == PLAN_READY && p->file == NULL)
		return error_set(err, "file: want a name, got none");
	if (p->status == PLAN_FAILED && p->error == NULL)
		return error_set(err, "error: want a text, got none");
	if ((p->asked[0] != '\0') != running)
		return error_set(err,
		    "decision: want an id while the plan is being made, got \"%s\"",
		    p->asked);
	if (p->cancelling && !running)
		return error_set(
		    err, "cancelling: want false, the plan is not running");
	return 0;
}

int read_plan(struct json_object *o, struct plan *p, struct error *err)
{
	struct json_object *plan;

	if (json_get_object(o, "plan", &plan, err) != 0)
		return -1;
	if (plan == NULL)
		return 0;
	if (get_plan(plan, p, err) != 0 || check_plan(p, err) != 0)
		return read_below(err, "plan");
	return 0;
}
