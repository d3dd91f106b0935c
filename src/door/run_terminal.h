/* run_terminal.h - `orchestrator run`: the whole job in the foreground.
 *
 * A client like the others. It starts a supervisor for its lifetime where
 * none runs, follows state.json, the activity and the task's output log, and
 * asks at the terminal what the session asks. */
#ifndef DOOR_RUN_TERMINAL_H
#define DOOR_RUN_TERMINAL_H

#include "door/options.h"

/* Says its own errors on standard error. Returns
 * the exit code: 0 the session is completed without a failure, 3 it waits for
 * a human, else as SPEC section 1 says. */
int door_run(const struct given *g);

#endif
