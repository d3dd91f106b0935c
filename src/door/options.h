/* options.h - the options of the command line, in one table.
 *
 * Which command takes which is its row: command_info (core/session/command.h)
 * or, of what is no command over HTTP, the table in options.c. */
#ifndef DOOR_OPTIONS_H
#define DOOR_OPTIONS_H

#include "base/strvec.h"
#include "core/session/usage.h"

struct option_info {
	const char *name;   /* "--follow" */
	const char *letter; /* told and offered in its place: "-f"; or NULL */
	const char *arg;    /* "FILE"; NULL: takes none */
};
extern const struct option_info option_info[OPTIONS];

/* What was given, in front of the command and behind it. Borrows from argv,
 * but for words. */
struct given {
	const char *called;         /* our own name, as it was typed */
	const char *value[OPTIONS]; /* NULL: not; "" where it takes no value */
	struct strvec words;
};

/* Adds what stands behind that command. Returns 0, or the exit code, and then
 * it has said why: there may be no such command. */
int options_parse(struct given *g, const char *command, int argc, char **argv);

/* Prints COMMAND --help, for NULL the program's; false where there is no such
 * command. */
bool help_print(const char *command);

/* `orchestrator complete WORDS`, which the shell's completion calls: what may
 * stand in place of the last word, a line each; FILES alone is any file's
 * name. Returns the exit code. */
int door_complete(int argc, char **argv);

#endif
