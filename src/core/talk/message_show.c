/* message_show.c - what is put before a person whole: a task, what it says and
 * what became of it; and what Claude wants to do, of which nothing that was cut
 * is asked a yes for. */
#include "core/talk/message_parts.h"

#include <limits.h>

/* Characters of a part, as Telegram counts, and what a receiver may put around
 * a message: a sign in front, a line. */
enum { PART_MAX = 3500, SPARE = 100 };

/* Nothing is taken out of a part's middle: where one does not fit, it ends
 * there, and so does the whole. */
bool say_task_text(struct buf *out, const struct task *t, size_t room)
{
	struct buf text = BUF_INIT;
	size_t n = 0;
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
	for (; text.data[n] != '\0'; n++) {
		size_t units = message_units((unsigned char)text.data[n]);

		if (units > room)
			break;
		room -= units;
	}
	buf_add(out, text.data, n);
	whole = n == text.len;
	buf_adds(out, whole ? "\n" : "...\n");
	buf_release(&text);
	return whole;
}

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

/* How its last attempt ended, and what that cost. */
static void say_last_attempt(struct buf *out, const struct task_record *t)
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
	if (t->task.priority != PRIORITY_NONE)
		buf_addf(
		    out, "Priority: %s\n", priority_name[t->task.priority]);
	if (t->task.requires_approval != REQUIRES_UNSAID)
		buf_addf(out, "Requires approval: %s\n",
		    t->task.requires_approval == REQUIRES_YES ? "yes" : "no");
	if (t->task.timeout > 0)
		buf_addf(out, "Timeout: %d s\n", t->task.timeout);
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
	say_last_attempt(out, t);
	buf_addc(out, '\n');
	say_task_text(out, &t->task, SIZE_MAX);
	buf_trim(out);
}

/* Where text of more than a part is to be parted: behind a line's end in its
 * second half, or else between two characters. */
static size_t part_length(const char *text)
{
	size_t units = 0, at = 0, line = 0;

	for (; text[at] != '\0'; at++) {
		units += message_units((unsigned char)text[at]);
		if (units > PART_MAX)
			return line > at / 2 ? line : at;
		if (text[at] == '\n')
			line = at + 1;
	}
	return at;
}

void message_asked(struct buf *out, const struct session *s,
    command_set enabled, struct strvec *parts)
{
	const struct task_record *t = session_current(s);
	struct buf text = BUF_INIT, choices = BUF_INIT;
	size_t length;

	if (s->ask.questions > 0)
		buf_adds(out, "❓ Claude asks\n");
	else
		buf_addf(out, "🔐 May Claude use %s?\n", s->ask.tool);
	say_task(out, s, t, "Task");
	buf_adds(out, "\n📝 ");
	say_title(out, t->task.title);
	buf_addc(out, '\n');
	say_parked(out, s);
	buf_addc(out, '\n');
	ask_text(&text, &s->ask);
	say_choices(&choices, s, enabled);
	length = message_length(out) + message_length(&text) +
		 message_length(&choices) + SPARE;
	if (parts == NULL || length <= MESSAGE_MAX) {
		buf_addf(out, "%s", text.data);
	} else {
		size_t n;

		for (const char *p = text.data; *p != '\0'; p += n) {
			n = part_length(p);
			strvec_take(parts, xstrndup(p, n));
		}
		buf_addf(out,
		    "What it %s stands above, whole, in %zu message%s.\n",
		    s->ask.questions > 0 ? "asks" : "is to do", parts->n,
		    parts->n == 1 ? "" : "s");
	}
	buf_addf(out, "\n%s", choices.data);
	buf_trim(out);
	buf_release(&choices);
	buf_release(&text);
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
