/* message_plan.c - what a person reads of a plan: that it is being made, what
 * is in it, or why there is none. */
#include "core/message_parts.h"
#include "core/plan.h"

enum { TITLES_SHOWN = 25 };

void message_plan_started(struct buf *out, const struct plan *p)
{
	buf_addf(out,
	    "🗓️ Planning %s from its daily log...\n\n"
	    "You are told when the list is there. /status for how it goes, "
	    "/cancel to end it",
	    p->date);
}

void message_plan_cancelling(struct buf *out, const struct plan *p)
{
	buf_addf(out, "🛑 Cancelling the plan for %s", p->date);
}

void message_plan_busy(
    struct buf *out, const struct plan *p, const char *command)
{
	buf_addf(out, "Cannot %s now. ", command);
	if (p->cancelling)
		buf_addf(out,
		    "The plan for %s is being cancelled: wait a moment.",
		    p->date);
	else
		buf_addf(out,
		    "The plan for %s is being made: wait for it, or /cancel.",
		    p->date);
}

void message_plan_refused(
    struct buf *out, const struct session *s, command_set enabled)
{
	buf_adds(out, "Cannot plan now. ");
	say_now(out, s, enabled);
}

void message_plan_ready(struct buf *out, const struct plan *p,
    const struct task_list *list, const char *path, const char *kept,
    const struct outcome *o)
{
	buf_addf(out, "🗓️ The plan for %s is ready: %zu task%s\n\n",
	    p->date, list->n, list->n == 1 ? "" : "s");
	for (size_t i = 0; i < list->n && i < TITLES_SHOWN; i++)
		say_list_line(out, &list->v[i]);
	if (list->n > TITLES_SHOWN)
		buf_addf(out, "... and %zu more\n", list->n - TITLES_SHOWN);
	buf_addf(out, "\n📋 %s\n", path);
	if (kept != NULL)
		buf_addf(out, "The list that was there is kept as %s.\n", kept);
	say_spent(out, o);
	buf_addf(
	    out, "\n/start %s to begin, /plan FEEDBACK to revise", p->date);
	message_cut(out);
}

void message_plan_failed(
    struct buf *out, const struct plan *p, enum task_result result)
{
	static const char *const how[TASK_RESULTS] = {
		[RESULT_TIMEOUT] = "timed out",
		[RESULT_CANCELLED] = "was cancelled",
		[RESULT_INTERRUPTED] = "was interrupted",
	};
	const char *words = how[result];

	buf_addf(out, "%s The plan for %s %s\n\n",
	    words == NULL ? "❌" : "⚠️", p->date,
	    words == NULL ? "failed" : words);
	if (result != RESULT_CANCELLED)
		buf_addf(out, "%s\n\n", p->error);
	if (p->file != NULL)
		buf_addf(out,
		    "There is a list, %s: look at it before you start it.\n\n",
		    p->file);
	buf_addf(out, "/plan %s to try again", p->date);
	message_cut(out);
}

void say_plan(struct buf *out, const struct session *s, const struct plan *p,
    int64_t now, const char *doing)
{
	if (p == NULL)
		return;
	if (p->status == PLAN_RUNNING) {
		buf_addf(out, "🗓️ %s %s (",
		    p->cancelling ? "Cancelling the plan for" : "Planning",
		    p->date);
		say_duration(
		    out, now > p->started_at ? now - p->started_at : 0);
		buf_adds(out, ")\n");
		if (doing != NULL)
			buf_addf(out, "Now: %s\n", doing);
	} else if (plan_waits(p, s)) {
		buf_addf(out,
		    "🗓️ The plan for %s is ready: /start %s to begin, "
		    "/plan "
		    "FEEDBACK to revise\n",
		    p->date, p->date);
	}
}
