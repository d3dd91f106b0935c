/* undone.h - what a rollback has done, or why it has not, and how it is told.
 *
 * Read from what its program says (engine/evidence.c), line by line. */
#ifndef CORE_UNDONE_H
#define CORE_UNDONE_H

#include "base/strvec.h"
#include "core/talk/message.h"

struct undone {
	bool done;
	bool refused;          /* nothing was changed, for what follows: */
	bool no_checkpoint;    /* there is none from before the task */
	bool unknown;          /* what the last attempt left was not kept */
	char *from, *to;       /* HEAD was, and is: "1a2b3c4 main"; or NULL */
	struct strvec paths;   /* changed since by somebody else */
	char *kept;            /* the ref of what was undone */
	struct strvec left;    /* what could not be put back */
	bool index, staged;    /* what is staged was put back, could not be */
	struct changes counts; /* from what was undone to what is there */
};

void undone_release(struct undone *u);
/* u is fresh. */
void undone_read(struct undone *u, const char *said);

/* s: as it is afterwards; t: the task; again: how many are pending again with
 * it; by: whom to name, or NULL. */
void message_undone(struct buf *out, const struct session *s,
    const struct task_record *t, int again, const struct undone *u,
    const char *by, command_set enabled);
/* Nothing was changed, but what is kept is; why: where git failed, else NULL.
 */
void message_not_undone(struct buf *out, const struct task_record *t,
    const struct undone *u, const char *why, command_set enabled);
/* It is under way: to whoever wants something else meanwhile, or has waited
 * for it long enough (waited). */
void message_undoing(struct buf *out, int task, bool waited);

#endif
