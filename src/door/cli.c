/* cli.c - one subcommand: its arguments, its answer, its exit code. */
#include "door/cli.h"
#include "base/clock.h"
#include "base/path.h"
#include "door/cli_read.h"

#include <limits.h>
#include <unistd.h>

/* -- arguments ------------------------------------------------------------- */

static int take_task(struct arguments *a, const char *value)
{
	long n;

	if (parse_number(value, 1, INT_MAX, &n) != 0)
		return cli_usage(
		    a->name, "--task wants a task's number, got", value);
	a->task = (int)n;
	return 0;
}

/* An empty one, of a script's empty variable, is not "whatever is asked". */
static int take_decision(struct arguments *a, const char *value)
{
	a->decision = value + (value[0] == '#');
	if (a->decision[0] == '\0')
		return cli_usage(
		    a->name, "--decision wants a question's id, got", value);
	return 0;
}

/* One option at argv[*i]; the exit code where it is none that we take. */
static int take_option(struct arguments *a, int argc, char **argv, int *i)
{
	bool changes =
	    command_info[a->command].changes && !command_takes_text(a->command);
	bool logs = a->command == CMD_LOGS;
	bool takes_task =
	    changes || logs || command_info[a->command].takes_task;
	const char *arg = argv[*i], *value;

	if (strcmp(arg, "--json") == 0) {
		a->json = true;
	} else if (a->command == CMD_RETRY && strcmp(arg, "--fresh") == 0) {
		a->fresh = true;
	} else if (a->command == CMD_ROLLBACK && strcmp(arg, "--force") == 0) {
		a->force = true;
	} else if (logs &&
		   (strcmp(arg, "-f") == 0 || strcmp(arg, "--follow") == 0)) {
		a->follow = true;
	} else if (takes_task &&
		   (value = cli_option("--task", argc, argv, i)) != NULL) {
		return take_task(a, value);
	} else if (changes &&
		   (value = cli_option("--decision", argc, argv, i)) != NULL) {
		return take_decision(a, value);
	} else {
		return cli_usage(a->name, "cannot take", arg);
	}
	return 0;
}

/* Feedback may hold anything: behind its first word there are no options. */
static int parse_arguments(struct arguments *a, int argc, char **argv)
{
	bool options = true;
	int code = 0;

	for (int i = 0; i < argc && code == 0; i++) {
		if (options && strcmp(argv[i], "--") == 0) {
			options = false;
		} else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
			code = take_option(a, argc, argv, &i);
		} else {
			strvec_add(&a->words, argv[i]);
			options = options &&
				  !command_takes_feedback(a->command) &&
				  !command_takes_text(a->command);
		}
	}
	if (code == 0 && a->follow && a->json)
		code = cli_fail(
		    CODE_USAGE, "logs: -f and --json do not go together");
	return code;
}

/* -- commands that change something ---------------------------------------- */

/* A date is the supervisor's to resolve, and so is a plain name that is in
 * tasks_dir and not here; all else is a file of ours. */
static int name_list(const struct config *c, const struct arguments *a,
    struct request *r, struct answer *answer)
{
	const char *name = a->words.n > 0 ? a->words.v[0] : NULL;
	bool there;
	int fd;

	if (name == NULL || clock_is_date(name)) {
		r->task_file = xstrdup(name);
		return 0;
	}
	there = access(name, F_OK) == 0;
	fd = there ? -1 : path_open_inside(c->paths.tasks_dir, name);
	if (fd < 0)
		return cli_load_list(c, name, r, answer);
	close(fd);
	r->task_file = xstrdup(name);
	return 0;
}

static int change(const struct config *c, const struct arguments *a)
{
	struct request r = REQUEST_INIT;
	struct answer answer = ANSWER_INIT;
	int code = 0;

	r.command = a->command;
	r.at_terminal = !a->json;
	if (a->command != CMD_START)
		code = cli_take_words(&r, a);
	else if (a->words.n > 1)
		code = cli_usage(a->name, "cannot take", a->words.v[1]);
	if (code == 0 && a->command == CMD_START) {
		r.task = a->task;
		r.decision = xstrdup(a->decision);
		if (name_list(c, a, &r, &answer) != 0)
			code = CODE_REFUSED;
	}
	if (code == 0)
		code = cli_call(c, &r, true, &answer);
	if (answer.body != NULL)
		cli_print(&answer, a->json);
	answer_release(&answer);
	request_release(&r);
	return code;
}

/* -- all of them ----------------------------------------------------------- */

int door_command(const char *config_option, bool json, enum command cmd,
    int argc, char **argv)
{
	struct arguments a = {
		.command = cmd, .name = command_info[cmd].name, .json = json
	};
	struct config c = CONFIG_INIT;
	int code = parse_arguments(&a, argc, argv);

	if (code == 0)
		code = cli_config(&c, config_option,
		    cmd == CMD_HELP ? DEFAULTS_ALWAYS : DEFAULTS_IF_USED);
	if (code == 0) {
		code = command_info[cmd].changes ? change(&c, &a)
						 : cli_read(&c, &a);
		config_release(&c);
	}
	strvec_release(&a.words);
	return code;
}
