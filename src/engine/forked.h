/* forked.h - what a child that is forked and not exec'ed does first.
 *
 * Keeper and notifier are copies of the supervisor. A descriptor that one of
 * them kept by accident would keep a lock held or a pipe open, so each starts
 * by closing all that is not its own. */
#ifndef ENGINE_FORKED_H
#define ENGINE_FORKED_H

#include "base/base.h"

#include <signal.h>

enum { FORKED_KEEP_MAX = 16 };

/* Default dispositions and every signal blocked, nothing logged any more,
 * the name (at most 15 bytes) shown by ps(1), /dev/null on those of 0, 1 and
 * 2 that are not kept, all other descriptors closed. keep may hold -1s. */
void forked_settle(const char *name, const int *keep, size_t n);

/* Kills a child and sees it out. */
void forked_end(pid_t pid);

/* Default dispositions for all signals; async-signal-safe. */
void signals_default(void);
/* Blocks all signals; the former mask in *old, which may be NULL. Around
 * fork(2), so that no handler of ours runs in the child. */
void signals_block(sigset_t *old);
void signals_restore(const sigset_t *old);
/* close_range(2), or one by one where the kernel has none or forbids it;
 * async-signal-safe. */
void close_from(int first, int last);
/* Closes n descriptors, but for those that are -1; async-signal-safe. */
void close_each(const int *fds, size_t n);

#endif
