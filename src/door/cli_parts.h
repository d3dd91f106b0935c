/* cli_parts.h - what the subcommands and `run` share. Nobody else comes in. */
#ifndef DOOR_CLI_PARTS_H
#define DOOR_CLI_PARTS_H

#include "base/exit.h"
#include "core/talk/answer.h"
#include "core/talk/request.h"
#include "door/client.h"
#include "store/config.h"

/* "orchestrator: ..." on standard error; returns code. */
int cli_fail(enum exit_code code, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A wrong argument: names it and where help is. */
int cli_usage(const char *command, const char *what, const char *arg);

enum without_config {
	DEFAULTS_ALWAYS,  /* run */
	DEFAULTS_IF_USED, /* a run without config.yaml has left a state here */
};

/* Reads the configuration into the fresh *c and sets the time zone. Returns
 * 0, or the exit code, and then it has said why. */
int cli_config(
    struct config *c, const char *config_option, enum without_config without);

/* Puts the list at path, any path that we may read, into r, as text that has
 * been found right. Returns 0, or -1 with the refusal in a. */
int cli_load_list(const struct config *c, const char *path, struct request *r,
    struct answer *a);

/* Starts a supervisor where server.supervisor lets us; life and pid as in
 * client.h. Returns 0, or the exit code with the reason in a: that the state
 * cannot be read comes before that nobody could be started. */
int cli_start_supervisor(const struct config *c, enum supervisor_life life,
    pid_t *pid, struct answer *a);

/* Ends whatever supervisor there is and waits until it has ended. Fills a;
 * returns the exit code. */
int cli_shutdown(const struct config *c, struct answer *a);

/* Sends r, in the name of whoever is logged in. Where no supervisor listens,
 * one is started if it may be (start). Always fills a; returns the exit
 * code. */
int cli_call(
    const struct config *c, struct request *r, bool start, struct answer *a);

/* For people the message, refusals on standard error with every fault; with
 * json the body as it is. */
void cli_print(const struct answer *a, bool json);
/* The message of an answer; "" where it has none. Borrowed. */
const char *cli_message(const struct answer *a);

#endif
