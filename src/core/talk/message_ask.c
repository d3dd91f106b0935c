/* message_ask.c - what Claude wants to do, whole: nothing that was cut is put
 * before a person for a yes. */
#include "core/talk/message_parts.h"

/* Characters of a part, as Telegram counts, and what a receiver may put around
 * a message. */
enum { PART_MAX = 3500, SPARE = 100 };

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

static void cut_up(struct strvec *parts, const char *text)
{
	while (*text != '\0') {
		size_t n = part_length(text);

		strvec_take(parts, xstrndup(text, n));
		text += n;
	}
}

static void say_head(struct buf *out, const struct session *s)
{
	if (s->ask.questions > 0)
		buf_adds(out, "❓ Claude asks\n");
	else
		buf_addf(out, "🔐 May Claude use %s?\n", s->ask.tool);
	say_task(out, s, session_current(s), "Task");
	buf_adds(out, "\n📝 ");
	say_title(out, session_current(s)->task.title);
	buf_addc(out, '\n');
	say_parked(out, s);
	buf_addc(out, '\n');
}

void message_asked(struct buf *out, const struct session *s,
    command_set enabled, struct strvec *parts)
{
	struct buf text = BUF_INIT, choices = BUF_INIT;

	say_head(out, s);
	ask_text(&text, &s->ask);
	say_choices(&choices, s, enabled);
	if (parts == NULL || message_length(out) + message_length(&text) +
				     message_length(&choices) + SPARE <=
				 MESSAGE_MAX) {
		buf_addf(out, "%s", text.data);
	} else {
		cut_up(parts, text.data);
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
