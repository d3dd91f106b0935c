/* family.h - which children of this process are the program's own.
 *
 * The supervisor is a subreaper: what a killed keeper leaves behind becomes
 * its child. The sweep ends such strays, and leaves the family alone. */
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

#endif
