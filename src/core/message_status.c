/* message_status.c - the answers that only look: status, tasks, help. */
#include "core/answer.h"
#include "core/message_parts.h"

#include "base/clock.h"

static const char *const status_words[] = {
	[PHASE_IDLE] = "💤 Idle",
	[PHASE_APPROVAL] = "⏸️ Waiting for approval",
	[PHASE_FAILED] = "❌ Waiting for you: a task did not succeed",
	[PHASE_INTERRUPTED] = "⚠️ Waiting for you: a task was interrupted",
	[PHASE_RUNNING] = "⚙️ Running",
	[PHASE_PAUSING] = "⚙️ Running, pausing after this task",
	[PHASE_CANCELLING] = "🛑 Cancelling the task",
	[PHASE_STOPPING] = "⏹️ Stopping",
	[PHASE_PAUSED] = "⏸️ Paused",
	[PHASE_PAUSED_APPROVAL] = "⏸️ Paused",
	[PHASE_PAUSED_FAILED] = "⏸️ Paused at a task that did not succeed",
	[PHASE_PAUSED_INTERRUPTED] = "⏸️ Paused at an interrupted task",
	[PHASE_COMPLETED] = "🏁 Completed",
	[PHASE_STOPPED] = "⏹️ Stopped",
};
_Static_assert(ARRAY_SIZE(status_words) == PHASES, "words for every phase");

static void say_counts(struct buf *out, const struct session *s)
{
	struct session_counts n;

	session_count(s, &n);
	buf_adds(out, "Progress: ");
	say_progress(out, s);
	buf_addf(out, "\n✅ Completed: %d\n", n.completed);
	if (n.failed > 0)
		buf_addf(out, "❌ Failed: %d\n", n.failed);
	if (n.skipped > 0)
		buf_addf(out, "⏭️ Skipped: %d\n", n.skipped);
	buf_addf(out, "⏳ Pending: %d\n", n.pending);
	if (n.cost_usd > 0)
		buf_addf(out, "💰 Cost: $%.2f\n", n.cost_usd);
}

static void say_current(
    struct buf *out, const struct session *s, const struct status_extra *x)
{
	const struct task_record *t = session_current(s);

	buf_addf(
	    out, "\nCurrent: Task %d - %s\n", t->task.number, t->task.title);
	if (t->status == TASK_RUNNING && x->activity != NULL)
		buf_addf(out, "Now: %s\n", x->activity);
	if (t->outcome.error != NULL)
		buf_addf(out, "Reason: %s\n", t->outcome.error);
}

static void say_times(
    struct buf *out, const struct session *s, const struct status_extra *x)
{
	int64_t until = session_is_unfinished(s) ? x->now : s->last_activity;
	char when[CLOCK_TEXT];

	clock_local(s->started_at, "%-I:%M %p", when);
	buf_addf(out, "\nStarted: %s\nRuntime: ", when);
	say_duration(out, until > s->started_at ? until - s->started_at : 0);
	buf_addc(out, '\n');
	if (x->undelivered > 0)
		buf_addf(
		    out, "✉️ Not delivered yet: %zu\n", x->undelivered);
}

void message_status(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled)
{
	struct actions a;

	if (s->phase == PHASE_IDLE) {
		buf_adds(out, "📊 Orchestrator Status\n\nStatus: 💤 Idle\n\n");
		say_now(out, s);
		return;
	}
	buf_addf(out, "📊 Orchestrator Status\n\nSession: %s\nStatus: %s\n\n",
	    s->id, status_words[s->phase]);
	say_counts(out, s);
	say_current(out, s, x);
	say_times(out, s, x);
	actions_for(&a, s, enabled);
	for (size_t i = 0; i < a.n; i++)
		buf_addf(out, "%s%.*s", i > 0 ? " " : "\n",
		    (int)strcspn(a.v[i].command, " "), a.v[i].command);
	message_cut(out);
}

void message_tasks(struct buf *out, const struct session *s)
{
	static const char *const mark[TASK_STATUSES] = {
		[TASK_PENDING] = "⏳",
		[TASK_RUNNING] = "⚙️",
		[TASK_COMPLETED] = "✅",
		[TASK_FAILED] = "❌",
		[TASK_SKIPPED] = "⏭️",
		[TASK_INTERRUPTED] = "⚠️",
	};

	if (s->n == 0) {
		say_now(out, s);
		return;
	}
	buf_addf(out, "📋 %s\n\n", s->task_file);
	for (size_t i = 0; i < s->n; i++)
		buf_addf(out, "%s %d. %s (%s)%s\n", mark[s->tasks[i].status],
		    s->tasks[i].task.number, s->tasks[i].task.title,
		    s->tasks[i].task.type,
		    i + 1 == s->current && session_is_unfinished(s)
			? " ← current"
			: "");
	buf_adds(out, "\n📊 Progress: ");
	say_progress(out, s);
	message_cut(out);
}

void message_help(struct buf *out, command_set enabled)
{
	buf_adds(out, "🤖 Orchestrator commands\n\n");
	for (int i = 0; i < COMMANDS; i++) {
		const struct command_info *c = &command_info[i];

		if (enabled & (1u << i))
			buf_addf(out, "/%s%s%s - %s\n", c->name,
			    c->args[0] != '\0' ? " " : "", c->args, c->help);
	}
	while (out->len > 0 && out->data[out->len - 1] == '\n')
		buf_truncate(out, out->len - 1);
	message_cut(out);
}
