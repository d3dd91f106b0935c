/* sweep.h - the second line: what a keeper that was killed has left behind. */
#ifndef ENGINE_SWEEP_H
#define ENGINE_SWEEP_H

#include "base/base.h"

/* Ends every process with this ORCHESTRATOR_ATTEMPT in its environment, every
 * stray descendant of ours (we are a subreaper; family.h), and what is left in
 * that attempt's cgroup below ours. Another account's environment can often
 * not be read: there the other two have to do. marker NULL: strays alone.
 * Returns how many it found; 0: clean. */
int sweep(const char *marker);
/* Ends every living descendant of root that nobody of the program started.
 * Returns how many it found. */
int sweep_below(pid_t root);
/* Waits for dead children of ours that nobody of the program started. */
void sweep_reap(void);

#endif
