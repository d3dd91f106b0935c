/* message_show.c - one task whole: what it says, and what became of it. */
#include "core/talk/message_parts.h"

#include <limits.h>

/* Adds of text what fits into *room UTF-16 units; did all of it? */
static bool add_within(struct buf *out, const char *text, size_t *room)
{
	size_t n = 0;

	for (; text[n] != '\0'; n++) {
		size_t units = message_units((unsigned char)text[n]);

		if (units > *room)
			break;
		*room -= units;
	}
	buf_add(out, text, n);
	return text[n] == '\0';
}

/* Nothing is taken out of a part's middle: where one does not fit, it ends
 * there, and so does the whole. */
bool say_task_text(struct buf *out, const struct task *t, size_t room)
{
	struct buf text = BUF_INIT;
	bool whole;

	if (t->description != NULL)
		buf_addf(&text, "Description:\n%s\n\n", t->description);
	if (t->criteria.n > 0)
		buf_adds(&text, "Acceptance criteria:\n");
	for (size_t i = 0; i < t->criteria.n; i++)
		buf_addf(&text, "- %s\n", t->criteria.v[i]);
	if (t->criteria.n > 0)
		buf_addc(&text, '\n');
	buf_addf(&text, "Instruction:\n%s", t->instruction);
	whole = add_within(out, text.data, &room);
	buf_adds(out, whole ? "\n" : "...\n");
	buf_release(&text);
	return whole;
}

/* A receiver puts a sign in front, and may add a line. */
enum { SPARE = 100 };

void say_asked(struct buf *out, const struct session *s, command_set enabled)
{
	const struct task_record *t = session_current(s);
	struct buf choices = BUF_INIT;
	size_t used;

	buf_addc(out, '\n');
	say_choices(&choices, s, enabled);
	used = message_length(out) + message_length(&choices) + SPARE;
	if (!say_task_text(
		out, &t->task, used < MESSAGE_MAX ? MESSAGE_MAX - used : 0) &&
	    (enabled & 1u << CMD_SHOW)) {
		buf_adds(out, "The rest: ");
		say_command(out, CMD_SHOW, true, enabled);
		buf_addf(out, " %d\n", t->task.number);
	}
	buf_addf(out, "\n%s", choices.data);
	buf_release(&choices);
}

static void say_fields(struct buf *out, const struct task *t)
{
	static const char *const requires[] = {
		[REQUIRES_NO] = "no", [REQUIRES_YES] = "yes"
	};

	if (t->priority != PRIORITY_NONE)
		buf_addf(out, "Priority: %s\n", priority_name[t->priority]);
	if (t->requires_approval != REQUIRES_UNSAID)
		buf_addf(out, "Requires approval: %s\n",
		    requires[t->requires_approval]);
	if (t->timeout > 0)
		buf_addf(out, "Timeout: %d s\n", t->timeout);
}

/* How its last attempt ended, and what that cost. */
static void say_ended(struct buf *out, const struct task_record *t)
{
	const struct outcome *o = &t->outcome;

	if (o->result == RESULT_NONE && t->status == TASK_PENDING &&
	    o->error != NULL)
		buf_addf(out, "Put off: %s\n", o->error);
	if (o->result == RESULT_NONE)
		return;
	buf_addf(out, "Result: %s", task_result_name[o->result]);
	if (o->error != NULL)
		buf_addf(out, ": %s", o->error);
	buf_addc(out, '\n');
	if (o->denials > 0)
		buf_addf(out, "⚠️ Denied tools: %d\n", o->denials);
	say_verification(out, o, INT_MAX);
	say_changes(out, t, 0);
	say_spent(out, o);
	if (o->summary != NULL && o->summary[0] != '\0')
		buf_addf(out, "\n%s\n", o->summary);
}

void message_show(struct buf *out, const struct session *s,
    const struct task_record *t, int64_t now)
{
	buf_adds(out, "📋 ");
	say_task_card(out, s, t, "Task");
	say_fields(out, &t->task);
	buf_addf(out, "Status: %s", task_status_name[t->status]);
	if (t->attempt > 1)
		buf_addf(out, " (attempt %d%s)", t->attempt,
		    task_is_afresh(t) ? ", in a fresh conversation" : "");
	buf_addc(out, '\n');
	if (t->approved_by != NULL) {
		buf_addf(out, "Approved by %s ", t->approved_by);
		say_time(out, t->approved_at, now, "at ", "on ");
		buf_addc(out, '\n');
	}
	say_ended(out, t);
	buf_addc(out, '\n');
	say_task_text(out, &t->task, SIZE_MAX);
	buf_trim(out);
}

void message_diff(
    struct buf *out, const struct task_record *t, const char *diff)
{
	buf_addf(out, "🧾 What task %d changed: ", t->task.number);
	say_title(out, t->task.title);
	buf_addc(out, '\n');
	say_changes(out, t, 0);
	buf_addf(out, "\n%s", diff);
	buf_trim(out);
}
