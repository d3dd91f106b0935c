/* options.c - how each command is called: parsed, told by --help, offered to
 * the shell. */
#include "door/options.h"
#include "core/session/command.h"
#include "door/cli_parts.h"

#define OPTION_INFO(id, name, letter, value) { name, letter, value },
const struct option_info option_info[OPTIONS] = { OPTION_LIST(OPTION_INFO) };

static const struct usage usage_program = {
	.told = OPT(CONFIG) | OPT(JSON),
	.words = "COMMAND [ARGS]",
	.offered = OPT(VERSION) | OPT(HELP),
	.text =
	    "Runs a list of coding tasks through Claude, one at a time, with a\n"
	    "human's yes where it matters.\n"
	    "\n"
	    "Setting up:\n"
	    "  init [--systemd] [DIR]           a project that is ready to run\n"
	    "  doctor [--url URL] [--notify]    can this machine run it?\n"
	    "\n"
	    "At a terminal:\n"
	    "  run [--task-file FILE] [--yes]   the whole job in the foreground\n"
	    "  check [--tasks FILE] [--print]   is the configuration, is a list right?\n"
	    "\n",
};
/* Between the two stands command_list. */
static const char usage_program_closing[] =
    "Services:\n"
    "  fcgi                             FastCGI responder on descriptor 0\n"
    "  supervise                        the supervisor in the foreground\n"
    "  shutdown                         end a supervisor in order\n"
    "\n"
    "CONFIG: -c, else $ORCHESTRATOR_CONFIG, else ./config.yaml, else\n"
    "/etc/orchestrator/config.yaml. --json prints the HTTP body.\n"
    "Exit status: 0 done, 1 refused or failed, 2 usage, 3 waiting for a\n"
    "human, 4 configuration or unreadable state, 5 no supervisor.\n";

/* Of what is no command over HTTP. */
static const struct {
	const char *name;
	struct usage usage;
} rows[] = {
	{ "run",
	    { "Runs a list in the foreground, or goes on with its unfinished\n"
	      "session. Asks at each approval; --yes approves all. Ctrl-C ends\n"
	      "in order: the task is interrupted, the state kept, and `run`\n"
	      "again goes on. Without FILE: today's YYYY-MM-DD-tasks.md.\n"
	      "Without any config.yaml MODE says what Claude may do: skip,\n"
	      "edits (without it), auto or none; see orchestrator.yaml(5).\n"
	      "Exits 0 where every task is completed and was denied no tool.\n",
		.told = OPT(TASK_FILE) | OPT(YES) | OPT(PERMISSIONS),
		.taken = OPT(JSON) } },
	{ "fcgi",
	    { .text =
		    "FastCGI responder on descriptor 0 (spawn-fcgi, socket\n"
		    "activation); else it opens server.socket or server.host:port.\n"
		    "SIGTERM ends it in order, SIGHUP reads the configuration again.\n" } },
	/* Its options are for whoever starts one, see client_start.c. */
	{ "supervise",
	    { "The supervisor alone, in the foreground. SIGTERM ends a running\n"
	      "task in order (interrupted), SIGHUP reads the configuration\n"
	      "again. Exits 0 with a message where another is running.\n",
		.taken = OPT(DETACHED) | OPT(TRANSIENT) | OPT(DEFAULTS) |
			 OPT(PERMISSIONS) } },
	{ "shutdown",
	    { "Ends the supervisor in order, whoever started it, and waits for\n"
	      "its end: a running task is interrupted, the state kept. Where a\n"
	      "responder or systemd sees to it, another is started.\n",
		.before = OPT(JSON) } },
	{ "init",
	    { "Makes a project in DIR (the current folder): config.yaml, .env\n"
	      "with a fresh secret, the folders, a list for today. What is\n"
	      "there already is left as it is. --systemd: units for systemd\n"
	      "--user and an nginx of your own as well.\n",
		.told = OPT(SYSTEMD), .words = "[DIR]" } },
	{ "doctor",
	    { "Looks at all that is needed to run: a line each, ok, warn or\n"
	      "fail with what to do; exit status 1 on any fail. Claude is\n"
	      "asked for a real answer of one word. --url: where nginx is\n"
	      "reached from outside. --nginx: the configuration of an nginx of\n"
	      "your own. --notify: sends a test notification to n8n.\n",
		.told = OPT(URL) | OPT(NGINX) | OPT(NOTIFY) } },
	{ "check",
	    { "Validates the configuration and a task list; every fault in one\n"
	      "run as file:line: what is wrong, what is wanted. --print prints\n"
	      "the effective configuration, secrets masked. Exit status 0\n"
	      "clean, 1 for any fault, 4 where config.yaml cannot be opened.\n",
		.told = OPT(TASKS) | OPT(PRINT) } },
	{ "mcp", { .text = NULL } }, /* for Claude */
};

static const struct usage *usage_find(const char *command)
{
	int c = command_find(command);

	if (c >= 0)
		return &command_info[c].usage;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, command) == 0)
			return &rows[i].usage;
	return NULL;
}

/* -- parsing -------------------------------------------------------------- */

/* Which of the set arg is, or OPTIONS; *value is what stands behind its "=",
 * or NULL. */
static int find(option_set set, const char *arg, const char **value)
{
	for (int i = 0; i < OPTIONS; i++) {
		const struct option_info *o = &option_info[i];
		size_t n = strlen(o->name);

		*value = NULL;
		if ((set & 1u << i) == 0)
			continue;
		if (strcmp(arg, o->name) == 0 || str_equal(arg, o->letter))
			return i;
		*value = arg + n + 1;
		if (o->arg != NULL && str_starts(arg, o->name) && arg[n] == '=')
			return i;
	}
	return OPTIONS;
}

/* The option at argv[*i], which moves on to its value where that is a word of
 * its own. */
static int parse_option(struct given *g, const char *command, option_set set,
    int argc, char **argv, int *i)
{
	const char *arg = argv[*i], *value;
	int o = find(set, arg, &value);

	if (o == OPTIONS)
		return cli_usage(command, "cannot take", arg);
	if (option_info[o].arg == NULL)
		value = "";
	else if (value == NULL && ++*i < argc)
		value = argv[*i];
	if (value == NULL)
		return cli_usage(command, "a value is missing after", arg);
	g->value[o] = value;
	return 0;
}

/* Of a word that stands alone, which the command has no place for. */
static const char *no_place(option_set set)
{
	return set & OPT(TASK_FILE) ? "a list is named by --task-file, not by"
	       : set & OPT(TASKS)   ? "a list is named by --tasks, not by"
				    : "cannot take";
}

int options_parse(struct given *g, const char *command, int argc, char **argv)
{
	const struct usage *u = usage_find(command);
	int c = command_find(command), code = 0;
	bool options = true, is_sentence, takes_words;
	option_set set;

	if (u == NULL)
		return cli_fail(CODE_USAGE,
		    "no such command: %s; see orchestrator --help", command);
	set = u->before | u->told | u->offered | u->taken;
	if (c >= 0)
		set |= OPT(JSON);
	takes_words = c >= 0 || u->words != NULL;
	/* It may hold anything. */
	is_sentence =
	    c >= 0 && (command_takes_feedback(c) || command_takes_text(c));
	for (int i = 0; i < argc && code == 0; i++) {
		const char *arg = argv[i];

		if (takes_words && options && strcmp(arg, "--") == 0) {
			options = false;
		} else if (options && arg[0] == '-' && arg[1] != '\0') {
			code = parse_option(g, command, set, argc, argv, &i);
		} else if (takes_words) {
			strvec_add(&g->words, arg);
			options = options && !is_sentence;
		} else {
			code = cli_usage(command, no_place(set), arg);
		}
	}
	return code;
}

/* -- help ----------------------------------------------------------------- */

static void add_options(struct buf *out, option_set set)
{
	for (int i = 0; i < OPTIONS; i++) {
		const struct option_info *o = &option_info[i];

		if ((set & 1u << i) == 0)
			continue;
		buf_addf(out, " [%s", o->letter != NULL ? o->letter : o->name);
		if (o->arg != NULL)
			buf_addf(out, " %s", o->arg);
		buf_adds(out, "]");
	}
}

static void add_word(struct buf *out, const char *word)
{
	if (word != NULL)
		buf_addf(out, " %s", word);
}

bool help_print(const char *command)
{
	const struct usage *u =
	    command != NULL ? usage_find(command) : &usage_program;
	struct buf out = BUF_INIT;

	if (u == NULL || u->text == NULL)
		return false;
	buf_adds(&out, "usage: orchestrator");
	add_options(&out, u->before);
	add_word(&out, command);
	add_word(&out, u->first);
	add_options(&out, u->told);
	add_word(&out, u->words);
	printf("%s\n\n%s", out.data, u->text);
	if (u == &usage_program)
		printf("%s%s", command_list, usage_program_closing);
	buf_release(&out);
	return true;
}

/* -- completion ------------------------------------------------------------ */

static void offer(const char *word, const char *typed)
{
	if (str_starts(word, typed))
		puts(word);
}

static void offer_options(option_set set, const char *typed)
{
	for (int i = 0; i < OPTIONS; i++) {
		const struct option_info *o = &option_info[i];

		if ((set & 1u << i) != 0)
			offer(o->letter != NULL ? o->letter : o->name, typed);
	}
}

/* By what the value is called. */
static void offer_values(const char *called, const char *typed)
{
	if (strstr(called, "FILE") != NULL || strstr(called, "DIR") != NULL ||
	    strstr(called, "CONFIG") != NULL) {
		puts("FILES");
	} else if (strstr(called, "COMMAND") != NULL) {
		/* The last of the rows is not for people. */
		for (size_t i = 0; i < ARRAY_SIZE(rows) - 1; i++)
			offer(rows[i].name, typed);
		for (size_t i = 0; i < COMMANDS; i++)
			offer(command_info[i].name, typed);
	} else if (strstr(called, "MODE") != NULL) {
		for (int i = 0; i < PERMIT_BY_FLAGS; i++)
			offer(permissions_name[i], typed);
	}
}

int door_complete(int argc, char **argv)
{
	const struct usage *u = &usage_program;
	const char *typed = argc > 0 ? argv[argc - 1] : "", *value;
	int o = OPTIONS; /* whose value comes next */

	for (int i = 0; i < argc - 1; i++) {
		if (o != OPTIONS) {
			o = OPTIONS;
			continue;
		}
		o = find(u->told | u->offered, argv[i], &value);
		if (o != OPTIONS &&
		    (option_info[o].arg == NULL || value != NULL))
			o = OPTIONS;
		else if (u == &usage_program && argv[i][0] != '-')
			u = usage_find(argv[i]);
		if (u == NULL)
			return CODE_DONE;
	}
	if (o != OPTIONS)
		offer_values(option_info[o].arg, typed);
	else if (typed[0] == '-')
		offer_options(u->told | u->offered | OPT(HELP), typed);
	else if (u->words != NULL)
		offer_values(u->words, typed);
	return CODE_DONE;
}
