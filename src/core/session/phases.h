/* phases.h - one row for each phase of a session: all that depends on it.
 *
 * What state.json calls status, intent and waiting_for are three views of one
 * phase. What may happen in it is the table of session.c; here is how it looks,
 * what it is called, what it implies for the task, and which buttons lead on. A
 * new phase is a row here and a row there. */
#ifndef CORE_PHASES_H
#define CORE_PHASES_H

#include "core/session/command.h"
#include "core/session/session.h"

enum { BUTTONS_MAX = 4 };

struct phase_row {
	enum session_status status;
	enum intent intent;
	enum question question;
	unsigned current_can_be;  /* the current task: 1 << enum task_status */
	const char *status_words; /* "⏸️ Paused" */
	const char *now;          /* a clause; %s is the current task */
	/* The likeliest first; a shorter list ends at -1. The second where the
	 * task before was denied a tool and can be run again, the third where a
	 * limit is reached (s->reached); all 0: the same as the first. */
	signed char buttons[BUTTONS_MAX];
	signed char buttons_denied[BUTTONS_MAX];
	signed char buttons_spent[BUTTONS_MAX];
};
extern const struct phase_row phases[PHASES];

/* May what Claude asks be open in it? */
bool phase_keeps_ask(enum phase p);
/* The phase that looks like this, or -1: no session can be in it. */
int phase_of(enum session_status, enum intent, enum question);

#endif
