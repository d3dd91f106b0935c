/* command.h - what a person can say, in one table. */
#ifndef CORE_COMMAND_H
#define CORE_COMMAND_H

#include "base/strvec.h"
#include "core/session/usage.h"

enum command {
	CMD_START,
	CMD_STATUS,
	CMD_APPROVE,
	CMD_PAUSE,
	CMD_RESUME,
	CMD_SKIP,
	CMD_RETRY,
	CMD_CANCEL,
	CMD_STOP,
	CMD_ALLOW,
	CMD_ALWAYS,
	CMD_DENY,
	CMD_ANSWER,
	CMD_ROLLBACK,
	CMD_RAISE,
	CMD_TASKS,
	CMD_SHOW,
	CMD_OUTPUT,
	CMD_DIFF,
	CMD_LOGS,
	CMD_PLAN,
	CMD_ADD,
	CMD_NOTE,
	CMD_HELP,
	COMMANDS
};

struct command_info {
	const char *name;   /* "approve" */
	const char *label;  /* of a button: "Approve" */
	const char *args;   /* "[FEEDBACK]", or "" */
	const char *help;   /* one line */
	bool changes;       /* goes to the supervisor */
	bool takes_task;    /* a first word of digits is a task */
	struct usage usage; /* at a terminal, where each takes --json as well */
};
extern const struct command_info command_info[COMMANDS];
/* All of them as --help lists them. */
extern const char command_list[];

/* All that is behind it is one text (add, note): no task, no question's id. */
bool command_takes_text(enum command c);

/* The command called so (no slash), or -1. */
int command_find(const char *name);

/* May words of any kind stand behind its target? */
bool command_takes_feedback(enum command c);

/* A set of commands, bit 1 << enum command, and how a text writes them:
 * "/approve", or with AT_TERMINAL "orchestrator approve". */
typedef unsigned command_set;
enum {
	ALL_COMMANDS = (1u << COMMANDS) - 1,
	AT_TERMINAL = 1u << COMMANDS,
	TERMINAL_COMMANDS = ALL_COMMANDS | AT_TERMINAL
};

#endif
