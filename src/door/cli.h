/* cli.h - the subcommands of a person or a script: status, tasks, logs, help
 * from files alone; start, approve, pause, resume, skip, retry, cancel, stop
 * through the control socket. */
#ifndef DOOR_CLI_H
#define DOOR_CLI_H

#include "core/session/command.h"
#include "door/options.h"

/* Says its own errors on standard error. Returns the exit code (SPEC section
 * 1). */
int door_command(enum command cmd, const struct given *g);

#endif
