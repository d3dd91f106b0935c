/* session_table.h - the rows of phases and columns of events; for session.c
 * only.
 *
 * No second place decides what may happen: a cell that is empty is a
 * refusal. */
#ifndef CORE_SESSION_TABLE_H
#define CORE_SESSION_TABLE_H

#include "core/session/event.h"

/* What a cell does; the phase beside it is where it leads, where that does
 * not depend on the list. */
enum step {
	REFUSED,
	BEGIN,  /* a new session */
	RUN,    /* the current task */
	RERUN,  /* the task that can be retried */
	SKIP,   /* the current task, and on to the next */
	MOVE,   /* another phase, the same task and question */
	GO_ON,  /* out of a pause between tasks */
	DONE,   /* the attempt succeeded: on to the next */
	ENDED,  /* it did not: ask */
	PARK,   /* a usage limit ended it: it is to go on later */
	SHELVE, /* nobody has answered Claude: it is to go on with the answer */
	REPLY,  /* the answer is there */
	RECALL, /* a call is answered by what was decided of it */
	AGAIN,  /* what was parked goes on */
	CUT,    /* it was ended because somebody wished so */
	QUIT,   /* the session ends */
	PUT,    /* Claude asks */
	RULE,   /* it is answered, or asks no more */
	ANSWER, /* one of its questions is */
	RAISE,  /* a limit, and go on */
	UNDO,   /* what tasks did is undone: they are pending again */
	STEPS
};

struct cell {
	enum step step;
	enum phase to;
	unsigned actions;
};

extern const struct cell session_table[PHASES][EVENTS];

#endif
