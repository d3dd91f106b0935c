/* evidence.h - what an attempt has changed, kept in git.
 *
 * Where claude.workdir is in a git repository, the files in it (tracked and
 * untracked; what is ignored, and what is the orchestrator's own, left out)
 * are kept as a commit before and after each attempt, in
 * refs/orchestrator/SESSION/TASK/ATTEMPT and ...ATTEMPT-after (those of
 * earlier sessions for logging.keep_days), and what lies
 * between the two in logs_dir/task-N-changes.diff. An index of our own keeps
 * the user's as it is. It is done by programs under Claude's account, as
 * steps of the attempt: nothing here waits for git. A checkpoint that fails
 * holds up no task. */
#ifndef ENGINE_EVIDENCE_H
#define ENGINE_EVIDENCE_H

#include "core/session/session.h"
#include "store/config.h"
#include "store/state.h"

enum evidence_step { EVIDENCE_BEFORE, EVIDENCE_AFTER };

/* Is there a repository? (A .git in workdir or above it.) */
bool evidence_is_possible(const struct config *c);

/* The program of a step. */
void evidence_argv(struct strvec *argv, enum evidence_step step,
    const struct config *c, const struct session *s,
    const struct task_record *t);

/* The program of a rollback: puts the files, and what is staged where that has
 * changed, back to how they were before the first attempt of that task that is
 * not undone yet; HEAD, branch and stash stay. What is there is kept before, as
 * refs/orchestrator/SESSION/TASK/undone-K. Refuses, with nothing changed, where
 * HEAD is another than then or the files are not as the last attempt has left
 * them, unless forced. The same id again finishes what a crash cut off. What it
 * says is read by undone_read() (core/talk/undone.h). */
void evidence_undo_argv(struct strvec *argv, const struct config *c,
    const struct session *s, const struct rollback *r);

/* What EVIDENCE_AFTER says: how much has changed, then the changes. */
struct evidence {
	struct buf head;
	int fd;
	size_t bytes;
	bool in_diff;
};

#define EVIDENCE_INIT                      \
	{                                  \
		.head = BUF_INIT, .fd = -1 \
	}

/* Begins a new task-N-changes.diff, in place of the one there is. */
void evidence_open(struct evidence *e, const struct config *c, int task);
void evidence_take(struct evidence *e, const char *bytes, size_t n);
/* Fills out where all of it came. */
void evidence_counts(const struct evidence *e, struct changes *out);
void evidence_release(struct evidence *e);

#endif
