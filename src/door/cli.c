/* cli.c - one subcommand: its arguments, its answer, its exit code. */
#include "door/cli.h"
#include "base/clock.h"
#include "base/path.h"
#include "door/cli_parts.h"
#include "door/follow.h"
#include "store/activity.h"
#include "store/logs.h"
#include "store/snapshot.h"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

enum { FOLLOW_EVERY_MS = 200 };

struct arguments {
	enum command command;
	const char *name; /* of it */
	bool json, follow;
	int task;
	const char *decision;
	struct strvec words;
};

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
	bool changes = command_info[a->command].changes;
	bool logs = a->command == CMD_LOGS;
	const char *arg = argv[*i], *value;

	if (strcmp(arg, "--json") == 0) {
		a->json = true;
	} else if (logs &&
		   (strcmp(arg, "-f") == 0 || strcmp(arg, "--follow") == 0)) {
		a->follow = true;
	} else if ((changes || logs) &&
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
			options = options && a->command != CMD_RETRY &&
				  a->command != CMD_PLAN;
		}
	}
	if (code == 0 && a->follow && a->json)
		code = cli_fail(
		    CODE_USAGE, "logs: -f and --json do not go together");
	return code;
}

static char *joined(const struct strvec *words)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < words->n; i++)
		buf_addf(&text, "%s%s", i > 0 ? " " : "", words->v[i]);
	return buf_detach(&text);
}

/* The words behind the command, as on the phone; where --task or --decision
 * has said what is meant, a first number is feedback like the rest. */
static int take_words(struct request *r, const struct arguments *a)
{
	char *words = joined(&a->words);
	struct error err = ERROR_INIT;
	int code = 0;

	if (a->command == CMD_RETRY && (a->task > 0 || a->decision != NULL))
		r->feedback = words[0] != '\0' ? xstrdup(words) : NULL;
	else if (!utf8_valid(words, strlen(words)))
		code = cli_fail(CODE_USAGE, "%s: want UTF-8", a->name);
	else if (request_from_words(r, words, &err) != 0)
		code = cli_fail(CODE_USAGE, "%s", err.text);
	if (a->task > 0)
		r->task = a->task;
	if (a->decision != NULL)
		xreplace(&r->decision, a->decision);
	free(words);
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
	if (a->command != CMD_START)
		code = take_words(&r, a);
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

/* -- commands that read ---------------------------------------------------- */

static void answer_state(struct answer *out, const struct config *c,
    const struct arguments *a, const struct state *s)
{
	char *path = config_run_path(c, "activity");
	const char *runs = state_runs(s);
	char *activity = runs != NULL ? activity_get(path, runs) : NULL;
	struct status_extra extra = { clock_now(), activity, s->n_notices,
		&s->plan };

	if (a->command == CMD_STATUS)
		answer_status(out, &s->session, &extra, c->telegram.commands);
	else
		answer_tasks(out, &s->session, c->telegram.commands);
	free(activity);
	free(path);
}

static int refuse_read(
    const struct arguments *a, const struct error *why, enum exit_code code)
{
	struct answer answer = ANSWER_INIT;

	answer_error(&answer, 503, NULL, why->text, NULL);
	cli_print(&answer, a->json);
	answer_release(&answer);
	return (int)code;
}

/* All of it: a terminal has more room than a message. */
static void print_tasks(const struct session *s)
{
	struct buf text = BUF_INIT, clean = BUF_INIT;

	message_tasks(&text, s, ALL_COMMANDS, true);
	buf_add_clean(&clean, text.data, text.len);
	puts(clean.data);
	buf_release(&clean);
	buf_release(&text);
}

static int show_state(const struct config *c, const struct arguments *a)
{
	struct snapshot snap;
	struct answer answer = ANSWER_INIT;
	struct error err = ERROR_INIT;
	const struct state *s;
	int code = 0;

	snapshot_init(&snap, c->paths.state_file);
	s = snapshot_get(&snap, &err);
	if (s == NULL) {
		code = refuse_read(a, &err, CODE_CONFIGURATION);
	} else if (a->command == CMD_TASKS && !a->json) {
		print_tasks(&s->session);
	} else {
		answer_state(&answer, c, a, s);
		cli_print(&answer, a->json);
		answer_release(&answer);
	}
	snapshot_release(&snap);
	return code;
}

static int show_help(const struct config *c, const struct arguments *a)
{
	struct answer answer = ANSWER_INIT;

	answer_help(&answer, c->telegram.commands);
	cli_print(&answer, a->json);
	answer_release(&answer);
	return 0;
}

/* -- logs ------------------------------------------------------------------ */

static char *log_path(const struct config *c, int task)
{
	char today[CLOCK_TEXT];
	char *name, *path;

	clock_local(clock_now(), "%Y-%m-%d", today);
	name = task > 0 ? xasprintf("task-%d-output.log", task)
			: xasprintf("%s.log", today);
	path = path_join(c->paths.logs_dir, name);
	free(name);
	return path;
}

static void print_line(void *arg UNUSED, const char *text)
{
	puts(text);
}

/* Until a signal ends us, or nobody reads. */
static void follow(struct follow *f, const struct config *c, int task)
{
	while (fflush(stdout) == 0 && !ferror(stdout)) {
		char *path = log_path(c, task);

		follow_read(f, print_line, NULL);
		if (strcmp(path, f->path) != 0) /* midnight */
			follow_open(f, path, FOLLOW_ALL);
		free(path);
		poll(NULL, 0, FOLLOW_EVERY_MS);
	}
}

static void print_tail(
    const struct arguments *a, const struct buf *logs, const struct buf *what)
{
	struct answer answer = ANSWER_INIT;

	if (a->json) {
		answer_logs(&answer, logs->data, what->data);
		cli_print(&answer, true);
		answer_release(&answer);
	} else {
		fputs(logs->len > 0 || a->follow ? logs->data
						 : "There is no log yet.\n",
		    stdout);
	}
}

static int show_logs(const struct config *c, const struct arguments *a)
{
	struct buf logs = BUF_INIT, what = BUF_INIT;
	struct request r = { .command = CMD_LOGS, .lines = LOG_LINES };
	struct follow f = FOLLOW_INIT;
	struct error err = ERROR_INIT;
	int code = take_words(&r, a);
	char *path = log_path(c, a->task);

	if (code == 0 && a->follow)
		follow_open(&f, path, FOLLOW_NEW); /* before the tail is read */
	if (code == 0 && logs_tail(c->paths.logs_dir, a->task, r.lines, &logs,
			     &what, &err) != 0)
		code = refuse_read(a, &err, CODE_REFUSED);
	if (code == 0)
		print_tail(a, &logs, &what);
	if (code == 0 && a->follow)
		follow(&f, c, a->task);
	follow_release(&f);
	free(path);
	buf_release(&what);
	buf_release(&logs);
	request_release(&r);
	return code;
}

/* -- all of them ----------------------------------------------------------- */

static int carry_out(const struct config *c, const struct arguments *a)
{
	if (command_info[a->command].changes)
		return change(c, a);
	if (a->command == CMD_LOGS)
		return show_logs(c, a);
	if (a->words.n > 0)
		return cli_usage(a->name, "cannot take", a->words.v[0]);
	return a->command == CMD_HELP ? show_help(c, a) : show_state(c, a);
}

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
		code = carry_out(&c, &a);
		config_release(&c);
	}
	strvec_release(&a.words);
	return code;
}
