/* main.c - options, the table of subcommands, exit codes.
 *
 * The only place that exits. What a subcommand returns is the exit status. */
#include "config.h"

#include "base/exit.h"
#include "core/auth.h"
#include "door/check.h"
#include "door/cli_parts.h"
#include "door/door.h"
#include "engine/privilege.h"
#include "engine/supervisor.h"
#include "store/config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <unistd.h>

static int usage(const char *what, const char *word)
{
	fprintf(stderr, "orchestrator: %s%s; see orchestrator --help\n", what,
	    word);
	return CODE_USAGE;
}

/* The configuration that a service needs; NULL (said) where there is none. */
static char *find_config(const struct given *g)
{
	char *path = config_find(g->value[OPT_CONFIG]);

	if (path == NULL)
		fprintf(stderr,
		    "orchestrator: no config.yaml here, nor in /etc/orchestrator: name one with -c\n");
	return path;
}

static int do_fcgi(const struct given *g)
{
	char *path = find_config(g);
	int code;

	if (path == NULL)
		return CODE_CONFIGURATION;
	code = door_responder(path);
	free(path);
	return code;
}

static int do_supervise(const struct given *g)
{
	struct supervisor_options so = {
		.detached = g->value[OPT_DETACHED] != NULL,
		.transient = g->value[OPT_TRANSIENT] != NULL,
		.defaults_dir = g->value[OPT_DEFAULTS],
		.permissions = g->value[OPT_PERMISSIONS],
	};
	char *path = NULL;
	int code;

	if (so.defaults_dir == NULL) {
		path = find_config(g);
		if (path == NULL)
			return CODE_CONFIGURATION;
		so.config_path = path;
	}
	code = supervisor_run(&so);
	free(path);
	return code;
}

static int do_shutdown(const struct given *g)
{
	struct config c = CONFIG_INIT;
	struct answer answer = ANSWER_INIT;
	int code = cli_config(&c, g->value[OPT_CONFIG], DEFAULTS_IF_USED);

	if (code != 0)
		return code;
	code = cli_shutdown(&c, &answer);
	cli_print(&answer, g->value[OPT_JSON] != NULL);
	answer_release(&answer);
	config_release(&c);
	return code;
}

static int do_check(const struct given *g)
{
	return door_check(g->value[OPT_CONFIG], g->value[OPT_TASKS],
	    g->value[OPT_PRINT] != NULL);
}

static int do_init(const struct given *g)
{
	if (g->value[OPT_CONFIG] != NULL)
		return usage("init takes a folder, not ", g->value[OPT_CONFIG]);
	return door_init(g);
}

static int do_mcp(const struct given *g)
{
	if (g->value[OPT_CONFIG] != NULL)
		return cli_usage("mcp", "cannot take", g->value[OPT_CONFIG]);
	return door_mcp();
}

static const struct {
	const char *name;
	int (*run)(const struct given *g);
} subcommands[] = {
	{ "run", door_run },
	{ "fcgi", do_fcgi },
	{ "supervise", do_supervise },
	{ "shutdown", do_shutdown },
	{ "check", do_check },
	{ "init", do_init },
	{ "doctor", door_doctor },
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

static int dispatch(struct given *g, int argc, char **argv)
{
	const char *name = argv[0][0] == '/' ? argv[0] + 1 : argv[0];
	const char *topic = wants_help(argc, argv) ? name : NULL;
	int code;

	/* `COMMAND --help` and, as with git, `help COMMAND`. */
	if (strcmp(name, "help") == 0 && argc == 2 && argv[1][0] != '-')
		topic = argv[1];
	if (topic != NULL && help_print(topic))
		return CODE_DONE;
	if (strcmp(name, "complete") == 0)
		return door_complete(argc - 1, argv + 1);
	code = options_parse(g, name, argc - 1, argv + 1);
	if (code != 0)
		return code;
	for (size_t i = 0; i < ARRAY_SIZE(subcommands); i++)
		if (strcmp(subcommands[i].name, name) == 0)
			return subcommands[i].run(g);
	return door_command((enum command)command_find(name), g);
}

/* getopt tells a letter, which may stand among others, in optopt. */
static int no_such_option(char **argv)
{
	const char letter[] = { '-', (char)optopt, '\0' };
	const char *word = argv[optind - 1];
	bool is_long = optopt == 0 || str_starts(word, "--");

	return usage("no such option: ", is_long ? word : letter);
}

static int begin(struct given *g, int argc, char **argv)
{
	static char name[] = "orchestrator"; /* as getopt begins its errors */
	struct option longs[OPT_HELP + 2] = { { NULL, 0, NULL, 0 } };
	int c;

	privilege_harden();
	if (argc > 0) {
		g->called = argv[0];
		argv[0] = name;
	}
	for (int i = 0; i <= OPT_HELP; i++)
		longs[i] = (struct option){ option_info[i].name + 2,
			option_info[i].arg != NULL, NULL, i };
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:c:hV", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
		case OPT_CONFIG:
			g->value[OPT_CONFIG] = optarg;
			break;
		case OPT_JSON:
			g->value[OPT_JSON] = "";
			break;
		case 'h':
		case OPT_HELP:
			help_print(NULL);
			return CODE_DONE;
		case 'V':
		case OPT_VERSION:
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
		return usage("want a command", "");
	auth_init();
	return dispatch(g, argc - optind, argv + optind);
}

int main(int argc, char **argv)
{
	struct given g = { .words = STRVEC_INIT };
	bool lost;
	int code, fd;

	/* Started without one of 0, 1 and 2, the next file that is opened would
	 * get its number, and what is said would be written into it. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return CODE_REFUSED;
	close(fd);
	code = begin(&g, argc, argv);
	strvec_release(&g.words);
	/* What a full disk or a closed descriptor has swallowed was not said.
	 */
	lost = ferror(stdout) != 0;
	if (fflush(stdout) != 0)
		fprintf(stderr, "orchestrator: cannot write the output: %s\n",
		    strerror(errno));
	else if (lost)
		fputs("orchestrator: cannot write all of the output\n", stderr);
	else
		return code;
	return code == CODE_DONE ? CODE_REFUSED : code;
}
