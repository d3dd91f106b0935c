/* family.h - which children of this process are the program's own.
 *
 * The supervisor is a subreaper: what a killed keeper leaves behind becomes
 * its child. The sweep, the second line, ends such strays, and leaves the
 * family alone. */
#ifndef ENGINE_FAMILY_H
#define ENGINE_FAMILY_H

#include "base/base.h"

/* A keeper or notifier has been forked. */
void family_add(pid_t pid);
/* It was waited for. */
void family_left(pid_t pid);
/* Nobody waits for it any more: family_reap() will. */
void family_abandon(pid_t pid);
void family_reap(void);
bool family_has(pid_t pid);
/* In a forked child: none of them is its own. */
void family_forget(void);

/* Ends every process with this ORCHESTRATOR_ATTEMPT in its environment, every
 * stray descendant of ours, and what is left in that attempt's cgroup below
 * ours. Another account's environment can often not be read: there the other
 * two have to do. marker NULL: strays alone. Returns how many it found; 0:
 * clean. */
int family_sweep(const char *marker);
/* Ends every living descendant of root that nobody of the program started.
 * Returns how many it found. */
int family_sweep_below(pid_t root);
/* Waits for dead children of ours that nobody of the program started. */
void family_reap_strays(void);

#endif
