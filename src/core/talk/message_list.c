/* message_list.c - tasks as lines, in several messages. */
#include "core/talk/message_parts.h"

enum { LIST_SHOWN = 25 };

void say_list_line(struct buf *out, const struct task *t)
{
	buf_addf(out, "%d. ", t->number);
	say_title(out, t->title);
	buf_adds(out, " (");
	say_title(out, t->type);
	buf_adds(out, ")\n");
}

void say_list(struct buf *out, const struct session *s)
{
	buf_addf(out, "Found %zu task%s:\n", s->n, s->n == 1 ? "" : "s");
	for (size_t i = 0; i < s->n && i < LIST_SHOWN; i++)
		say_list_line(out, &s->tasks[i].task);
	if (s->n > LIST_SHOWN)
		buf_addf(out, "... and %zu more\n", s->n - LIST_SHOWN);
}

void say_marked(struct buf *out, const struct task_record *t)
{
	static const char *const mark[TASK_STATUSES] = {
		[TASK_PENDING] = "⏳",
		[TASK_RUNNING] = "⚙️",
		[TASK_COMPLETED] = "✅",
		[TASK_FAILED] = "❌",
		[TASK_SKIPPED] = "⏭️",
		[TASK_INTERRUPTED] = "⚠️",
	};
	bool unclean = t->status == TASK_COMPLETED && !task_is_clean(t);

	buf_addf(out, "%s %d. ", unclean ? "⚠️" : mark[t->status],
	    t->task.number);
	say_title(out, t->task.title);
}

/* Does the line of task i fit into what is left of *room? Takes it. */
static bool take_line(
    const struct session *s, size_t i, size_t *room, say_line *say)
{
	struct buf line = BUF_INIT;
	size_t n;

	say(&line, s, i);
	n = message_length(&line);
	buf_release(&line);
	if (n > *room)
		return false;
	*room -= n;
	return true;
}

void say_window(
    struct buf *out, const struct session *s, size_t room, say_line *say)
{
	size_t first = s->current > 0 ? s->current - 1 : 0, end = first;
	bool below = true, above = true;

	while (below || above) {
		below = below && end < s->n && take_line(s, end, &room, say);
		end += below;
		above =
		    above && first > 0 && take_line(s, first - 1, &room, say);
		first -= above;
	}
	if (first > 0)
		buf_addf(out, "... %zu before\n", first);
	for (size_t i = first; i < end; i++)
		say(out, s, i);
	if (end < s->n)
		buf_addf(out, "... and %zu more\n", s->n - end);
}
