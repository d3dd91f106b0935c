/* usage.h - how a command is called at a terminal: the options and words that
 * its arguments are parsed by, and of which --help and the shell's completion
 * are made (door/options.c). */
#ifndef CORE_USAGE_H
#define CORE_USAGE_H

/* Each option, in the order in which --help tells them: its name, the letter
 * that is told in its place, what its value is called. The first four may stand
 * in front of the command. */
#define OPTION_LIST(OPTION)                                \
	OPTION(CONFIG, "--config", "-c", "CONFIG")         \
	OPTION(JSON, "--json", NULL, NULL)                 \
	OPTION(VERSION, "--version", NULL, NULL)           \
	OPTION(HELP, "--help", NULL, NULL)                 \
	OPTION(TASK_FILE, "--task-file", NULL, "FILE")     \
	OPTION(YES, "--yes", NULL, NULL)                   \
	OPTION(PERMISSIONS, "--permissions", NULL, "MODE") \
	OPTION(TASK, "--task", NULL, "N")                  \
	OPTION(DECISION, "--decision", NULL, "ID")         \
	OPTION(FRESH, "--fresh", NULL, NULL)               \
	OPTION(FORCE, "--force", NULL, NULL)               \
	OPTION(FOLLOW, "--follow", "-f", NULL)             \
	OPTION(TASKS, "--tasks", NULL, "FILE")             \
	OPTION(PRINT, "--print", NULL, NULL)               \
	OPTION(SYSTEMD, "--systemd", NULL, NULL)           \
	OPTION(URL, "--url", NULL, "URL")                  \
	OPTION(NGINX, "--nginx", NULL, "FILE")             \
	OPTION(NOTIFY, "--notify", NULL, NULL)             \
	OPTION(DETACHED, "--detached", NULL, NULL)         \
	OPTION(TRANSIENT, "--transient", NULL, NULL)       \
	OPTION(DEFAULTS, "--defaults", NULL, "DIR")

#define OPTION_ID(id, name, letter, value) OPT_##id,
enum option_id { OPTION_LIST(OPTION_ID) OPTIONS };

typedef unsigned option_set; /* 1 << enum option_id */
#define OPT(name) (1u << OPT_##name)

struct usage {
	const char *text;  /* what it does; NULL: nothing for people */
	option_set before; /* told in front of the command */
	const char *first; /* words that are told before the options: "[N]" */
	option_set told;
	const char *words;  /* behind the options */
	option_set offered; /* by completion, besides the told ones */
	option_set taken;   /* besides all these */
};

#endif
