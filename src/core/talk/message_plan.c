/* message_plan.c - what a person reads of a plan: that it is being made, what
 * is in it, or why there is none. */
#include "core/talk/answer.h"
#include "core/talk/message_parts.h"
#include "core/session/plan.h"

enum { TITLES_SHOWN = 25 };

/* "/plan WORDS", behind a comma where it is not the first; *n counts. */
static void say_way(struct buf *out, int *n, command_set enabled,
    enum command command, const char *words)
{
	if ((enabled & 1u << command) == 0)
		return;
	buf_adds(out, *n > 0 ? ", " : "");
	say_command(out, command, *n == 0, enabled);
	buf_addf(out, " %s", words);
	++*n;
}

static void say_ways(struct buf *out, const struct plan *p, command_set enabled)
{
	char *begin = xasprintf("%s to begin", p->date);
	char *again = xasprintf("%s to try again", p->date);
	int n = 0;

	if (p->status == PLAN_RUNNING) {
		say_way(out, &n, enabled, CMD_STATUS, "for how it goes");
		say_way(out, &n, enabled, CMD_CANCEL, "to end it");
	} else if (p->status == PLAN_READY) {
		say_way(out, &n, enabled, CMD_START, begin);
		say_way(out, &n, enabled, CMD_PLAN, "FEEDBACK to revise");
	} else {
		say_way(out, &n, enabled, CMD_PLAN, again);
	}
	free(again);
	free(begin);
}

void message_plan_started(
    struct buf *out, const struct plan *p, command_set enabled)
{
	buf_addf(out, "🗓️ Planning %s from its daily log...\n\n%s",
	    p->date,
	    enabled & AT_TERMINAL ? ""
				  : "You are told when the list is there. ");
	say_ways(out, p, enabled);
	buf_trim(out);
}

void message_plan_cancelling(
    struct buf *out, const struct plan *p, command_set enabled UNUSED)
{
	buf_addf(out, "🛑 Cancelling the plan for %s", p->date);
}

void message_plan_busy(struct buf *out, const struct plan *p,
    const char *command, command_set enabled)
{
	buf_addf(out, "Cannot %s now. ", command);
	if (p->cancelling) {
		buf_addf(out,
		    "The plan for %s is being cancelled: wait a moment.",
		    p->date);
		return;
	}
	buf_addf(out, "The plan for %s is being made: wait for it", p->date);
	if (enabled & 1u << CMD_CANCEL) {
		buf_adds(out, ", or ");
		say_command(out, CMD_CANCEL, true, enabled);
	}
	buf_addc(out, '.');
}

void message_plan_refused(
    struct buf *out, const struct session *s, command_set enabled)
{
	buf_adds(out, "Cannot plan now. ");
	say_now(out, s, enabled);
}

void message_plan_ready(struct buf *out, const struct plan *p,
    const struct task_list *list, const char *path, const char *kept,
    const struct outcome *o, command_set enabled)
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
	buf_addc(out, '\n');
	say_ways(out, p, enabled);
	buf_trim(out);
	message_cut(out);
}

void message_plan_failed(struct buf *out, const struct plan *p,
    enum task_result result, command_set enabled)
{
	const char *words = result_words[result];

	buf_addf(out, "%s The plan for %s %s\n\n",
	    words == NULL ? "❌" : "⚠️", p->date,
	    words == NULL ? "failed" : words);
	if (result != RESULT_CANCELLED)
		buf_addf(out, "%s\n\n", p->error);
	if (p->file != NULL)
		buf_addf(out,
		    "There is a list, %s: look at it before you start it.\n\n",
		    p->file);
	say_ways(out, p, enabled);
	buf_trim(out);
	message_cut(out);
}

void say_plan(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled)
{
	const struct plan *p = x->plan;

	if (p == NULL)
		return;
	if (p->status == PLAN_RUNNING) {
		buf_addf(out, "🗓️ %s %s (",
		    p->cancelling ? "Cancelling the plan for" : "Planning",
		    p->date);
		say_duration(
		    out, x->now > p->started_at ? x->now - p->started_at : 0);
		buf_adds(out, ")\n");
		if (x->activity != NULL)
			buf_addf(out, "Now: %s\n", x->activity);
	} else if (plan_waits(p, s)) {
		buf_addf(out, "🗓️ The plan for %s is ready, %s: ", p->date,
		    p->file);
		say_ways(out, p, enabled);
		buf_addc(out, '\n');
	} else if (p->status == PLAN_FAILED &&
		   s->started_at < p->completed_at) {
		buf_addf(out, "❌ The plan for %s failed: %s\n", p->date,
		    p->error != NULL ? p->error : "no reason is known");
		say_ways(out, p, enabled);
		buf_addc(out, '\n');
	}
}
