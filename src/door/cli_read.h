/* cli_read.h - what cli.c and the commands that only read share. */
#ifndef DOOR_CLI_READ_H
#define DOOR_CLI_READ_H

#include "door/cli_parts.h"

struct arguments {
	enum command command;
	const char *name; /* of it */
	bool json, follow, fresh, force;
	int task;
	const char *decision;
	const struct strvec *words;
};

/* The words behind the command into r, as on the phone; the exit code. */
int cli_parse_words(struct request *r, const struct arguments *a);

/* A command that changes nothing: reads files only. The exit code. */
int cli_read(const struct config *c, const struct arguments *a);

#endif
