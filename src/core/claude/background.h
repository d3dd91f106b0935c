/* background.h - the work that Claude does in the background, by its id.
 *
 * Claude Code announces it and says how it ended; a `result` line in between
 * ends a turn only. Ids and names are borrowed. */
#ifndef CORE_BACKGROUND_H
#define CORE_BACKGROUND_H

#include "base/buf.h"

enum work_state {
	WORK_RUNNING,
	WORK_DONE,    /* ended as it should, or gone without a word */
	WORK_FAILED,  /* ended by itself, and badly */
	WORK_CUT_OFF, /* stopped or killed */
	WORK_DROPPED, /* by Claude itself, which wanted it no more */
};

struct work {
	char *id;
	char *name; /* what Claude calls it, or NULL */
	enum work_state state;
};

struct background {
	struct work *works; /* n of them */
	size_t n;
};

void background_release(struct background *b);
void background_started(struct background *b, const char *id, const char *name);
/* status: Claude Code's word; one that is no end changes nothing. */
void background_ended(struct background *b, const char *id, const char *status);
/* Claude asks for its end: that is no cut. */
void background_dropped(struct background *b, const char *id);
/* Those that run now, all of them: this, then background_started() for each. */
void background_list_begin(struct background *b);
bool background_runs(const struct background *b);
/* Adds one line on what did not end as it should; nothing where all did. */
void background_explain(struct buf *out, const struct background *b);

#endif
