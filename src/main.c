/* main.c - options, the table of subcommands, exit codes.
 *
 * The only place that exits. What a subcommand returns is the exit status. */
#include "config.h"

#include "base/exit.h"
#include "core/auth.h"
#include "core/session/command.h"
#include "door/check.h"
#include "door/cli.h"
#include "door/cli_parts.h"
#include "door/doctor.h"
#include "door/help.h"
#include "door/init.h"
#include "door/mcp.h"
#include "door/responder.h"
#include "door/run_terminal.h"
#include "engine/privilege.h"
#include "engine/supervisor.h"
#include "store/config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

/* What stands before the subcommand. */
struct options {
	const char *config;
	bool json;
};

static int usage(const char *what, const char *word)
{
	fprintf(stderr, "orchestrator: %s%s; see orchestrator --help\n", what,
	    word);
	return CODE_USAGE;
}

/* The configuration that a service needs; NULL (said) where there is none. */
static char *find_config(const struct options *o)
{
	char *path = config_find(o->config);

	if (path == NULL)
		fprintf(stderr,
		    "orchestrator: no config.yaml here, nor in /etc/orchestrator: name one with -c\n");
	return path;
}

static int do_fcgi(const struct options *o, int argc, char **argv)
{
	char *path;
	int code;

	if (argc > 0)
		return cli_usage("fcgi", "cannot take", argv[0]);
	path = find_config(o);
	if (path == NULL)
		return CODE_CONFIGURATION;
	code = door_responder(path);
	free(path);
	return code;
}

/* --detached, --transient, --defaults and --permissions are for whoever starts
 * one, see door/client. */
static int do_supervise(const struct options *o, int argc, char **argv)
{
	struct supervisor_options so = { .config_path = NULL };
	char *path = NULL;
	int code;

	for (int i = 0; i < argc; i++) {
		if (strcmp(argv[i], "--detached") == 0)
			so.detached = true;
		else if (strcmp(argv[i], "--transient") == 0)
			so.transient = true;
		else if (strcmp(argv[i], "--defaults") == 0 && i + 1 < argc)
			so.defaults_dir = argv[++i];
		else if (strcmp(argv[i], "--permissions") == 0 && i + 1 < argc)
			so.permissions = argv[++i];
		else
			return cli_usage("supervise", "cannot take", argv[i]);
	}
	if (so.defaults_dir == NULL) {
		path = find_config(o);
		if (path == NULL)
			return CODE_CONFIGURATION;
		so.config_path = path;
	}
	code = supervisor_run(&so);
	free(path);
	return code;
}

static int do_run(const struct options *o, int argc, char **argv)
{
	return door_run(o->config, o->json, argc, argv);
}

static int do_shutdown(const struct options *o, int argc, char **argv)
{
	struct config c = CONFIG_INIT;
	struct answer answer = ANSWER_INIT;
	bool json = o->json || (argc == 1 && strcmp(argv[0], "--json") == 0);
	int code;

	if (argc > (json && !o->json))
		return cli_usage("shutdown", "cannot take", argv[argc - 1]);
	code = cli_config(&c, o->config, DEFAULTS_IF_USED);
	if (code != 0)
		return code;
	code = cli_shutdown(&c, &answer);
	cli_print(&answer, json);
	answer_release(&answer);
	config_release(&c);
	return code;
}

static int do_check(const struct options *o, int argc, char **argv)
{
	const char *tasks = NULL;
	bool print = false;

	for (int i = 0; i < argc; i++) {
		const char *list = cli_option("--tasks", argc, argv, &i);

		if (list != NULL)
			tasks = list;
		else if (strcmp(argv[i], "--print") == 0)
			print = true;
		else if (strcmp(argv[i], "--tasks") == 0)
			return cli_usage(
			    "check", "a file is missing behind", argv[i]);
		else
			return cli_usage("check", "cannot take", argv[i]);
	}
	return door_check(o->config, tasks, print);
}

static int do_init(const struct options *o, int argc, char **argv)
{
	if (o->config != NULL)
		return usage("init takes a folder, not ", o->config);
	return door_init(argc, argv);
}

static int do_doctor(const struct options *o, int argc, char **argv)
{
	return door_doctor(o->config, argc, argv);
}

static int do_mcp(const struct options *o, int argc, char **argv)
{
	if (o->config != NULL || argc > 0)
		return cli_usage(
		    "mcp", "cannot take", argc > 0 ? argv[0] : o->config);
	return door_mcp();
}

static const struct {
	const char *name;
	int (*run)(const struct options *o, int argc, char **argv);
} subcommands[] = {
	{ "run", do_run },
	{ "fcgi", do_fcgi },
	{ "supervise", do_supervise },
	{ "shutdown", do_shutdown },
	{ "check", do_check },
	{ "init", do_init },
	{ "doctor", do_doctor },
	{ "mcp", do_mcp },
};

/* Before the first word: behind it, it may be part of a sentence. */
static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && argv[i][0] == '-'; i++)
		if (strcmp(argv[i], "--help") == 0)
			return true;
	return false;
}

/* `COMMAND --help` and, as with git, `help COMMAND`; NULL: none is wanted. */
static const char *help_wanted(const char *name, int argc, char **argv)
{
	if (strcmp(name, "help") == 0 && argc == 2 && argv[1][0] != '-')
		return help_for(argv[1]);
	return wants_help(argc, argv) ? help_for(name) : NULL;
}

static int dispatch(const struct options *o, int argc, char **argv)
{
	const char *name = argv[0][0] == '/' ? argv[0] + 1 : argv[0];
	const char *told = help_wanted(name, argc, argv);
	int command = command_find(name);

	if (told != NULL) {
		fputs(told, stdout);
		return CODE_DONE;
	}
	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
		if (strcmp(subcommands[i].name, name) == 0)
			return subcommands[i].run(o, argc - 1, argv + 1);
	if (command < 0)
		return usage("no such command: ", name);
	return door_command(
	    o->config, o->json, (enum command)command, argc - 1, argv + 1);
}

/* getopt tells a letter, which may stand among others, in optopt. */
static int no_such_option(char **argv)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	const char *word = argv[optind - 1];
	bool is_long = optopt == 0 || str_starts(word, "--");

	return usage("no such option: ", is_long ? word : letter);
}

/* Started without one of 0, 1 and 2, the next file that is opened would get
 * its number, and what is said would be written into it. */
static bool have_standard_descriptors(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		close(fd);
	return fd >= 0;
}

static int begin(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	static char name[] = "orchestrator"; /* as getopt begins its errors */
	struct options o = { NULL, false };
	int c;

	privilege_harden();
	if (argc > 0)
		argv[0] = name;
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:c:hV", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o.config = optarg;
			break;
		case 'j':
			o.json = true;
			break;
		case 'h':
			fputs(help_all, stdout);
			return CODE_DONE;
		case 'V':
			puts(PACKAGE_STRING);
			return CODE_DONE;
		case ':':
			return usage(
			    "an argument is missing after ", argv[optind - 1]);
		default:
			return no_such_option(argv);
		}
	}
	if (optind == argc)
		return usage("which command?", "");
	auth_init();
	return dispatch(&o, argc - optind, argv + optind);
}

/* What a full disk or a closed descriptor has swallowed was not said. */
static bool all_is_written(void)
{
	bool lost = ferror(stdout) != 0;

	if (fflush(stdout) != 0)
		fprintf(stderr, "orchestrator: cannot write the output: %s\n",
		    strerror(errno));
	else if (lost)
		fputs("orchestrator: cannot write all of the output\n", stderr);
	else
		return true;
	return false;
}

int main(int argc, char **argv)
{
	int code;

	if (!have_standard_descriptors())
		return CODE_REFUSED;
	code = begin(argc, argv);
	if (!all_is_written() && code == CODE_DONE)
		code = CODE_REFUSED;
	return code;
}
