/* supervisor.h - the one writer of state.json, and the one who starts Claude.
 *
 * One thread, one poll loop. It holds run_dir/lock for its lifetime, takes
 * commands from the control socket, applies them to the session, stores, and
 * only then acts and answers. */
#ifndef ENGINE_SUPERVISOR_H
#define ENGINE_SUPERVISOR_H

#include "base/base.h"

struct supervisor_options {
	const char *config_path;  /* NULL: none, see defaults_dir */
	const char *defaults_dir; /* where there is no config.yaml */
	const char *permissions;  /* with it: their name; NULL: edits */
	bool detached;            /* let go of standard error once it listens */
	bool transient; /* started for a command: ends when nothing is left */
};

/* Until SIGTERM, SIGINT or a replaced binary. Returns the exit code: 0, also
 * where another supervisor holds the lock; 4 for a faulty configuration or a
 * state that cannot be read; 1 for anything else. */
int supervisor_run(const struct supervisor_options *o);

#endif
