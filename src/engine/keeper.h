/* keeper.h - the reaper of one attempt: nothing outlives its task.
 *
 * A forked child of the supervisor, a subreaper, and the parent of Claude.
 * It ends every descendant when Claude has exited, when it is told to, or
 * when its pipe from the supervisor closes (the supervisor is dead), by
 * cgroup.kill where a cgroup could be made, else by walking /proc until none
 * is left. It holds run_dir/attempt.lock all that time. */
#ifndef ENGINE_KEEPER_H
#define ENGINE_KEEPER_H

#include "engine/child.h"

struct keeper {
	pid_t pid;
	int pidfd;
	int orders;  /* to it; closing it ends everything at once */
	int reports; /* from it: struct keeper_report, whole */
};

#define KEEPER_INIT            \
	{                      \
		-1, -1, -1, -1 \
	}

enum keeper_said {
	KEEPER_STARTED,      /* Claude's exec has happened */
	KEEPER_CANNOT_START, /* the last word: text says why; nothing runs */
	KEEPER_EXITED,       /* Claude itself; wait_status */
	KEEPER_ALL_ENDED,    /* the last word: no descendant is left */
};

struct keeper_report {
	enum keeper_said said;
	int wait_status;
	char text[512];
};

struct keeper_spec {
	struct child_spec child;
	const char *lock_path; /* run_dir/attempt.lock */
	const char *marker;    /* ORCHESTRATOR_ATTEMPT's value */
	int grace;             /* seconds between TERM and KILL */
};

/* Forks it. Fails, too, where attempt.lock is held: something of a former
 * attempt is still alive. child's descriptors are closed in the parent,
 * whatever comes of it. */
int keeper_start(
    struct keeper *k, const struct keeper_spec *spec, struct error *err);

/* TERM, CONT, and KILL after the grace. Twice is once. */
void keeper_end(struct keeper *k);
/* For one that does not heed its orders (stopped): its exit follows, and
 * what it kept is for the sweep. */
void keeper_kill(struct keeper *k);
/* Reads one report: 1, 0 where none is there yet, -1 at its end. */
int keeper_read(struct keeper *k, struct keeper_report *r);
/* Closes the descriptors, so that it ends what is left; it is waited for now
 * or, where it has not exited yet, later (family.h). */
void keeper_release(struct keeper *k);

/* Is an attempt's keeper alive, of this or a former supervisor? */
bool keeper_lock_held(const char *lock_path);
/* Where a former supervisor's keeper was stopped: kills what it keeps and,
 * called again when that has ended, the keeper, which would never do so itself.
 * It has left its number in the lock; one that has not is left alone. */
void keeper_kill_stopped(const char *lock_path);
/* The second line (family.h), by whoever may signal Claude's account. Returns
 * how many it found; 0: clean. Call again until it is. */
int keeper_sweep(const char *marker);

#endif
