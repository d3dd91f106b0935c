/* cli.c - one subcommand: its arguments, its answer, its exit code. */
#include "door/door.h"
#include "base/clock.h"
#include "base/path.h"
#include "door/cli_read.h"

#include <limits.h>
#include <unistd.h>

/* -- commands that change something ---------------------------------------- */

/* A date is the supervisor's to resolve, and so is a plain name that is in
 * tasks_dir and not here; all else is a file of ours. */
static int name_list(const struct config *c, const struct arguments *a,
    struct request *r, struct answer *answer)
{
	const char *name = a->words->n > 0 ? a->words->v[0] : NULL;
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
		code = cli_parse_words(&r, a);
	else if (a->words->n > 1)
		code = cli_usage(a->name, "cannot take", a->words->v[1]);
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

int door_command(enum command cmd, const struct given *g)
{
	const char *task = g->value[OPT_TASK];
	const char *decision = g->value[OPT_DECISION];
	struct arguments a = {
		.command = cmd,
		.name = command_info[cmd].name,
		.json = g->value[OPT_JSON] != NULL,
		.follow = g->value[OPT_FOLLOW] != NULL,
		.fresh = g->value[OPT_FRESH] != NULL,
		.force = g->value[OPT_FORCE] != NULL,
		.words = &g->words,
	};
	struct config c = CONFIG_INIT;
	long number = 0;
	int code;

	if (task != NULL && parse_number(task, 1, INT_MAX, &number) != 0)
		return cli_usage(
		    a.name, "--task wants a task's number, got", task);
	a.task = (int)number;
	if (decision != NULL)
		a.decision = decision + (decision[0] == '#');
	/* An empty one, of a script's empty variable, is not "whatever is
	 * asked". */
	if (decision != NULL && a.decision[0] == '\0')
		return cli_usage(
		    a.name, "--decision wants a question's id, got", decision);
	if (a.follow && a.json)
		return cli_fail(
		    CODE_USAGE, "logs: -f and --json do not go together");
	code = cli_config(&c, g->value[OPT_CONFIG],
	    cmd == CMD_HELP ? DEFAULTS_ALWAYS : DEFAULTS_IF_USED);
	if (code != 0)
		return code;
	code = command_info[cmd].changes ? change(&c, &a) : cli_read(&c, &a);
	config_release(&c);
	return code;
}
