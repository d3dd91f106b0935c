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

enum evidence_step { EVIDENCE_BEFORE, EVIDENCE_AFTER };

/* Is there a repository? (A .git in workdir or above it.) */
bool evidence_is_possible(const struct config *c);

/* The program of a step. */
void evidence_argv(struct strvec *argv, enum evidence_step step,
    const struct config *c, const struct session *s,
    const struct task_record *t);

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
