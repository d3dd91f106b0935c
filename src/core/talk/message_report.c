/* message_report.c - what a session has come to, for somebody who was away:
 * what waits for them first, then the sum, then a line for each task. */
#include "core/talk/answer.h"
#include "core/talk/message_parts.h"

enum { LIST_FOOT = 60 }; /* how many are before and behind, at most */

/* What was seen of its work, or why it came to nothing. */
static void say_verdict(struct buf *out, const struct session *s, size_t i)
{
	const struct task_record *t = &s->tasks[i];
	const struct outcome *o = &t->outcome;

	say_marked(out, t);
	if (o->changes.known && o->changes.files > 0)
		buf_addf(out, " · %d file%s, +%d −%d", o->changes.files,
		    o->changes.files == 1 ? "" : "s", o->changes.added,
		    o->changes.removed);
	if (o->verification.result == RESULT_SUCCESS)
		buf_adds(out, " · verified");
	if (t->status == TASK_PENDING && t->undone > 0)
		buf_adds(out, " · rolled back");
	if (o->error != NULL && t->status != TASK_SKIPPED) {
		buf_adds(out, " · ");
		say_title(out, o->error);
	}
	if (o->denials > 0 && o->denied.n > 0) {
		buf_adds(out, " · denied ");
		say_title(out, o->denied.v[0]);
		if (o->denials > 1)
			buf_addf(out, " and %d more", o->denials - 1);
	} else if (o->denials > 0) {
		buf_adds(out, " · denied ");
		say_denied(out, o);
	}
	buf_addc(out, '\n');
}

/* What the last attempts took and changed; what all of them cost. */
static void say_sum(struct buf *out, const struct session *s)
{
	struct outcome sum = OUTCOME_INIT;

	for (size_t i = 0; i < s->n; i++) {
		const struct outcome *o = &s->tasks[i].outcome;

		sum.changes.known |= o->changes.known;
		sum.changes.added += o->changes.added;
		sum.changes.removed += o->changes.removed;
		sum.duration_ms += o->duration_ms;
		sum.num_turns += o->num_turns;
		sum.cost_usd += o->cost_usd;
	}
	if (sum.changes.known)
		buf_addf(out, "📁 +%d −%d lines\n", sum.changes.added,
		    sum.changes.removed);
	say_spent(out, &sum);
}

void say_verdicts(struct buf *out, const struct session *s)
{
	struct session_counts n;
	size_t used;

	session_count(s, &n);
	buf_adds(out, "📊 ");
	say_progress(out, s);
	if (n.failed > 0)
		buf_addf(out, ", %d failed", n.failed);
	if (n.skipped > 0)
		buf_addf(out, ", %d skipped", n.skipped);
	buf_addc(out, '\n');
	say_sum(out, s);
	buf_addc(out, '\n');
	used = message_length(out) + LIST_FOOT;
	say_window(
	    out, s, used < MESSAGE_MAX ? MESSAGE_MAX - used : 0, say_verdict);
}

static void say_standing(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled)
{
	enum session_status status = session_status(s);
	/* Does it stand still until somebody says something? */
	bool waits =
	    status == SESSION_WAITING || session_is_asked(s) ||
	    (status == SESSION_PAUSED && session_question(s) != ASK_LIMIT);

	buf_adds(out, waits ? "🙋 " : "");
	say_now(out, s, enabled);
	if (waits)
		say_time(out, s->last_activity, x->now, " Since ", " Since ");
	buf_addc(out, '\n');
	if (session_is_asked(s)) {
		buf_adds(out, "🔐 ");
		ask_line(out, &s->ask);
		buf_addc(out, '\n');
	}
	say_reached(out, s);
}

void message_report(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled)
{
	bool is_there = session_status(s) != SESSION_IDLE;
	size_t before;

	buf_adds(out, "🗞️ Report");
	if (is_there)
		buf_addf(out, ": %s", s->task_file);
	buf_adds(out, "\n\n");
	if (is_there)
		say_standing(out, s, x, enabled);
	before = out->len;
	say_plan(out, s, x, enabled);
	if (is_there) {
		buf_adds(out, out->len > before ? "" : "\n");
		say_verdicts(out, s);
	}
	buf_trim(out);
	message_cut(out);
}
