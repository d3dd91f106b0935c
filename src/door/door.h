/* door.h - what main.c enters by: a function for each subcommand.
 *
 * Each says its own errors on standard error and returns the exit code
 * (base/exit.h). `check` has a header of its own, for the doctor asks it too.
 */
#ifndef DOOR_DOOR_H
#define DOOR_DOOR_H

#include "core/session/command.h"
#include "door/options.h"

/* The commands of core/session/command.h: those that change something through
 * the control socket, the others from files alone. */
int door_command(enum command cmd, const struct given *g);

/* `run`, the whole job in the foreground: a client like the others. It starts a
 * supervisor for its lifetime where none runs, follows state.json, the activity
 * and the task's output log, and asks at the terminal what the session asks.
 * 0: the session is completed without a failure, 3: it waits for a human. */
int door_run(const struct given *g);

/* `init`: makes what is missing in a folder, never changes what is there. */
int door_init(const struct given *g);

/* `doctor`: can this machine run it? One line for each thing looked at, on
 * standard output: ok, warn or fail, with the mend. Changes nothing and shows
 * no secret. 1 on any fail. */
int door_doctor(const struct given *g);

/* `fcgi`: what nginx passes on, answered until SIGTERM or SIGINT: on descriptor
 * 0 where that is a listening socket, else on one of its own (server.socket, or
 * server.host:port). SIGHUP reads the configuration again. 4 where that has
 * faults. */
int door_responder(const char *config_path);

/* `mcp`, the permission prompt that Claude starts: speaks MCP on standard input
 * and output until the input ends, and hands each question to the supervisor
 * over the socket that $ORCHESTRATOR_ASK names ("NAME:SECRET"). It decides
 * nothing: where nobody can be asked, the answer is no. */
int door_mcp(void);

#endif
