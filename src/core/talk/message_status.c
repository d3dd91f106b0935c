/* message_status.c - the answers that only look: status, tasks, help. */
#include "core/talk/answer.h"
#include "core/talk/message_parts.h"
#include "core/session/phases.h"
#include "core/session/plan.h"

static void say_counts(struct buf *out, const struct session *s)
{
	enum { LINES = 5 };
	struct session_counts n;
	int unclean = 0;

	session_count(s, &n);
	buf_adds(out, "Progress: ");
	say_progress(out, s);
	buf_addf(out, "\n✅ Completed: %d\n", n.completed);
	for (size_t i = 0; i < s->n; i++) {
		const struct task_record *t = &s->tasks[i];

		if (t->status != TASK_COMPLETED || task_is_clean(t))
			continue;
		if (++unclean <= LINES) {
			buf_addf(
			    out, "⚠️ Task %d was denied ", t->task.number);
			say_denied(out, &t->outcome);
			buf_addc(out, '\n');
		}
	}
	if (unclean > LINES)
		buf_addf(
		    out, "⚠️ ... and %d more tasks\n", unclean - LINES);
	if (n.failed > 0)
		buf_addf(out, "❌ Failed: %d\n", n.failed);
	if (n.skipped > 0)
		buf_addf(out, "⏭️ Skipped: %d\n", n.skipped);
	if (session_status(s) == SESSION_RUNNING)
		buf_adds(out, "⚙️ Running: 1\n");
	buf_addf(out, "⏳ Pending: %d\n", n.pending);
	if (n.cost_usd > 0)
		buf_addf(out, "💰 Cost: $%.2f\n", n.cost_usd);
}

static void say_current(
    struct buf *out, const struct session *s, const struct status_extra *x)
{
	const struct task_record *t = session_current(s);

	buf_addf(out, "\nCurrent: Task %d - ", t->task.number);
	say_title(out, t->task.title);
	buf_addc(out, '\n');
	if (t->status == TASK_RUNNING && x->activity != NULL)
		buf_addf(out, "Now: %s\n", x->activity);
	if (session_is_asked(s)) {
		buf_adds(out, "🔐 Claude asks: ");
		ask_line(out, &s->ask);
		buf_addc(out, '\n');
	}
	if (t->outcome.error != NULL)
		buf_addf(out, "Reason: %s\n", t->outcome.error);
	if (x->undoing != 0)
		buf_addf(
		    out, "↩️ Rolling back to before task %d\n", x->undoing);
	say_parked(out, s);
	if (t->status != TASK_FAILED)
		say_reached(out, s);
	if (s->phase == PHASE_LIMIT) {
		buf_adds(out, "Goes on by itself: ");
		say_time(out, s->parked_until, x->now, "", "");
		buf_addc(out, '\n');
	}
}

static void say_times(
    struct buf *out, const struct session *s, const struct status_extra *x)
{
	buf_adds(out, "\nStarted: ");
	say_time(out, s->started_at, x->now, "", "");
	buf_adds(out, "\nRuntime: ");
	say_duration(out, session_runtime(s, x->now));
	buf_addc(out, '\n');
	if (x->undelivered > 0)
		buf_addf(out, "✉️ Not delivered yet: %zu%s%s\n",
		    x->undelivered, x->undelivered_error != NULL ? ", " : "",
		    x->undelivered_error != NULL ? x->undelivered_error : "");
}

/* Nothing but a plan, if that. */
static void say_nothing_begun(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled)
{
	size_t before = out->len;

	say_plan(out, s, x, enabled);
	if (out->len == before)
		say_now(out, s, enabled);
	else
		buf_truncate(out, out->len - 1);
}

void message_status(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled)
{
	struct actions a;

	if (s->phase == PHASE_IDLE) {
		buf_adds(out, "📊 Orchestrator Status\n\nStatus: 💤 Idle\n\n");
		say_nothing_begun(out, s, x, enabled);
		return;
	}
	buf_addf(out, "📊 Orchestrator Status\n\nSession: %s\nStatus: %s\n\n",
	    s->id, phases[s->phase].status_words);
	say_counts(out, s);
	say_current(out, s, x);
	say_times(out, s, x);
	say_plan(out, s, x, enabled);
	actions_with_plan(&a, s, x->plan, x->now, enabled);
	buf_addc(out, '\n');
	for (size_t i = 0; i < a.n; i++) {
		a.v[i].command[strcspn(a.v[i].command, " ")] = '\0';
		buf_adds(out, i == 0 ? "" : enabled & AT_TERMINAL ? ", " : " ");
		say_command(out, (enum command)command_find(a.v[i].command + 1),
		    i == 0, enabled);
	}
	buf_trim(out);
	message_cut(out);
}

enum { TASKS_FOOT = 300 }; /* progress and a plan, at most */

static void say_task_line(struct buf *out, const struct session *s, size_t i)
{
	const struct task_record *t = &s->tasks[i];
	bool current = i + 1 == s->current && session_is_unfinished(s);

	say_marked(out, t);
	buf_adds(out, " (");
	say_title(out, t->task.type);
	buf_addf(out, ")%s", current ? " ← current" : "");
	if (t->status == TASK_COMPLETED && !task_is_clean(t)) {
		buf_adds(out, ", denied ");
		say_denied(out, &t->outcome);
	}
	buf_addc(out, '\n');
}

void message_tasks(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled, bool whole)
{
	size_t used;

	if (s->n == 0) {
		say_nothing_begun(out, s, x, enabled);
		return;
	}
	buf_addf(out, "📋 %s\n\n", s->task_file);
	used = message_length(out) + TASKS_FOOT;
	say_window(out, s,
	    whole                ? SIZE_MAX
	    : used < MESSAGE_MAX ? MESSAGE_MAX - used
				 : 0,
	    say_task_line);
	buf_adds(out, "\n📊 Progress: ");
	say_progress(out, s);
	if (plan_waits(x->plan, s)) {
		buf_adds(out, "\n\n");
		say_plan(out, s, x, enabled);
		buf_trim(out);
	}
	if (!whole)
		message_cut(out);
}

void message_help(struct buf *out, command_set enabled)
{
	buf_adds(out, "🤖 Orchestrator commands\n\n");
	for (int i = 0; i < COMMANDS; i++) {
		const struct command_info *c = &command_info[i];

		if ((enabled & 1u << i) == 0)
			continue;
		say_command(out, (enum command)i, true, enabled);
		buf_addf(out, "%s%s - %s\n", c->args[0] != '\0' ? " " : "",
		    c->args, c->help);
	}
	buf_trim(out);
	message_cut(out);
}
