/* sandbox.h - claude.sandbox: Claude under bubblewrap.
 *
 * Its working folder and its home can be written, /tmp is its own, the rest
 * of the machine can be read; run_dir and the sockets in /run/user are not
 * there, .env cannot be opened, and it sees no process but its own. Root has no
 * capabilities there. The network is as it is.
 */
#ifndef ENGINE_SANDBOX_H
#define ENGINE_SANDBOX_H

#include "store/config.h"

/* Adds what stands before the program and its arguments; nothing where
 * claude.sandbox is off. env is what Claude gets. */
void sandbox_prefix(
    struct strvec *out, const struct config *c, const struct strvec *env);

#endif
