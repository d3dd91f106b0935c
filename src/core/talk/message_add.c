/* message_add.c - the answers to `add` and `note`. */
#include "core/talk/message_parts.h"

void message_added(struct buf *out, const struct added *x, command_set enabled)
{
	buf_addf(out, "➕ Task %d of %zu %s\n📝 ", x->task->number, x->total,
	    x->in_session ? "has been added to the session" : "has been added");
	say_title(out, x->task->title);
	buf_adds(out, "\nType: ");
	say_title(out, x->task->type);
	buf_addf(out, "\n%s\n",
	    x->waits
		? "It waits for your approval before it runs."
		: "It runs without asking: its type is approved beforehand.");
	if (x->list != NULL)
		buf_addf(out, "\n📋 %s\n", x->list);
	else
		buf_adds(out,
		    "\n"
		    "The session's list is not in tasks_dir, or no longer there: no file was changed.\n");
	if (x->kept)
		buf_adds(out,
		    "The list that was there is done, and kept beside it.\n");
	if (!x->in_session && enabled & 1u << CMD_START) {
		buf_addc(out, '\n');
		say_command(out, CMD_START, true, enabled);
		buf_adds(out, " to begin\n");
	}
	buf_trim(out);
	message_cut(out);
}

void message_noted(struct buf *out, const char *path, command_set enabled)
{
	buf_addf(out, "🗒️ Noted in %s\n", path);
	if (enabled & 1u << CMD_PLAN) {
		buf_addc(out, '\n');
		say_command(out, CMD_PLAN, true, enabled);
		buf_adds(out, " makes a list from it\n");
	}
	buf_trim(out);
}
