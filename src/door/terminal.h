/* terminal.h - lines, one live line below them, and a question.
 *
 * Colour and the live line only on a terminal; NO_COLOR is honoured. What is
 * printed is made clean first: no text from outside steers the terminal. */
#ifndef DOOR_TERMINAL_H
#define DOOR_TERMINAL_H

#include "base/buf.h"

enum style {
	STYLE_PLAIN,
	STYLE_BOLD,
	STYLE_DIM,
	STYLE_GOOD,
	STYLE_BAD,
	STYLES
};

struct terminal {
	bool quiet; /* nothing at all */
	bool live, colour;
	bool can_ask; /* standard input is a terminal, too */
	bool drawn;   /* a live line or a prompt is there */
	unsigned tick;
	struct buf typed; /* not yet a whole line */
};

void terminal_init(struct terminal *t, bool quiet);
void terminal_release(struct terminal *t);

/* One line, or several, above the live one. */
void terminal_say(struct terminal *t, enum style style, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The live line: text after a sign of life, cut to the terminal's width.
 * Nothing where there is no terminal. */
void terminal_live(struct terminal *t, const char *text);
/* Takes the live line away. */
void terminal_clear(struct terminal *t);

/* A question, the cursor behind it. What was typed before it is forgotten:
 * nothing answers a question that nobody had seen. */
void terminal_prompt(struct terminal *t, const char *text);
/* The lines of text that the screen has room for above a prompt, each behind
 * two blanks. false: that was not all. */
bool terminal_say_some(struct terminal *t, const char *text);
/* Waits at most limit_ms for a line: 1 and the line without blanks around it
 * in *answer (to be freed), 0 none yet, -1 the input has ended. */
int terminal_read(struct terminal *t, int limit_ms, char **answer);

#endif
