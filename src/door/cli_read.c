/* cli_read.c - the subcommands that only look: state, help, logs. */
#include "door/cli_read.h"
#include "base/clock.h"
#include "base/path.h"
#include "door/follow.h"
#include "door/terminal.h"
#include "store/activity.h"
#include "store/logs.h"
#include "store/snapshot.h"

#include <poll.h>

/* The words behind the command, as on the phone; where --task or --decision
 * has said what is meant, a first number is feedback like the rest. */
int cli_parse_words(struct request *r, const struct arguments *a)
{
	struct buf words = BUF_INIT;
	struct error err = ERROR_INIT;
	int code = 0;

	for (size_t i = 0; i < a->words->n; i++)
		buf_addf(&words, "%s%s", i > 0 ? " " : "", a->words->v[i]);
	if (a->command == CMD_RETRY && (a->task > 0 || a->decision != NULL))
		r->feedback = words.len > 0 ? xstrdup(words.data) : NULL;
	else if (!utf8_valid(words.data, words.len))
		code = cli_fail(CODE_USAGE, "%s: want UTF-8", a->name);
	else if (request_from_words(r, words.data, &err) != 0 ||
		 request_want_text(r, &err) != 0)
		code = cli_fail(CODE_USAGE, "%s", err.text);
	if (a->fresh)
		r->fresh = true;
	if (a->force)
		r->force = true;
	if (a->task > 0)
		r->task = a->task;
	if (a->decision != NULL)
		xreplace(&r->decision, a->decision);
	buf_release(&words);
	return code;
}

enum { FOLLOW_EVERY_MS = 200 };

/* With --json what HTTP would say; else what a person can type here. */
static command_set named(const struct config *c, const struct arguments *a)
{
	return a->json ? c->telegram.commands : TERMINAL_COMMANDS;
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
static void print_whole(const struct request *r, const struct state *st,
    const struct task_record *t)
{
	const struct session *s = &st->session;
	struct status_extra x = state_extra(st, clock_now(), NULL);
	struct buf text = BUF_INIT, clean = BUF_INIT;

	if (r->command == CMD_TASKS)
		message_tasks(&text, s, &x, TERMINAL_COMMANDS, true);
	else if (r->task != 0 || !session_is_asked(s))
		message_show(&text, s, t, x.now);
	else
		message_asked(&text, s, TERMINAL_COMMANDS, NULL);
	buf_add_clean(&clean, text.data, text.len);
	puts(clean.data);
	buf_release(&clean);
	buf_release(&text);
}

static int print_output(const struct config *c, const struct arguments *a,
    const struct request *r, const struct task_record *t)
{
	struct buf out = BUF_INIT, what = BUF_INIT;
	struct answer answer = ANSWER_INIT;
	struct error err = ERROR_INIT;
	int code;

	if (t->attempt > 0 && logs_tail(c->paths.logs_dir, t->task.number,
				  r->lines, &out, &what, &err) != 0)
		answer_error(&answer, 503, NULL, err.text, NULL);
	else
		answer_output(&answer, t, out.data, what.data);
	if (a->json || answer.code != 200 || out.len == 0)
		cli_print(&answer, a->json);
	else
		fputs(out.data, stdout);
	code = answer.code == 200 ? CODE_DONE : CODE_REFUSED;
	answer_release(&answer);
	buf_release(&what);
	buf_release(&out);
	return code;
}

/* As git colours it. */
static void print_diff_lines(const char *diff)
{
	struct terminal t;

	terminal_init(&t, false);
	while (*diff != '\0') {
		size_t n = strcspn(diff, "\n");
		enum style style = STYLE_PLAIN;

		if (str_starts(diff, "diff ") || str_starts(diff, "index ") ||
		    str_starts(diff, "+++ ") || str_starts(diff, "--- "))
			style = STYLE_BOLD;
		else if (str_starts(diff, "@@"))
			style = STYLE_DIM;
		else if (diff[0] == '+')
			style = STYLE_GOOD;
		else if (diff[0] == '-')
			style = STYLE_BAD;
		terminal_say(&t, style, "%.*s", (int)n, diff);
		diff += n + (diff[n] == '\n');
	}
	terminal_release(&t);
}

static int print_diff(const struct config *c, const struct arguments *a,
    const struct session *s, int number)
{
	const struct task_record *t = session_changed(s, number);
	struct answer answer = ANSWER_INIT;
	struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	bool cut;
	int code;

	if (t == NULL)
		answer_no_task(&answer, s, number, clock_now(), named(c, a));
	else if (task_changes_read(c->paths.logs_dir, t->task.number,
		     a->json ? DIFF_ANSWERED : DIFF_MAX + TAIL_MAX, &out, &cut,
		     &err) != 0)
		answer_error(&answer, 503, NULL, err.text, NULL);
	else
		answer_diff(&answer, t, out.data, cut, named(c, a));
	if (a->json || answer.code != 200 || !t->outcome.changes.known ||
	    t->status == TASK_RUNNING || out.len == 0)
		cli_print(&answer, a->json);
	else
		print_diff_lines(out.data);
	code = answer.code == 200 ? CODE_DONE : CODE_REFUSED;
	answer_release(&answer);
	buf_release(&out);
	return code;
}

static void answer_state(struct answer *out, const struct config *c,
    const struct arguments *a, const struct request *r, const struct state *s)
{
	command_set enabled = named(c, a);
	char *path = config_run_path(c, "activity");
	const char *runs = state_runs(s);
	char *activity = runs != NULL ? activity_get(path, runs) : NULL;
	struct status_extra extra = state_extra(s, clock_now(), activity);

	if (r->command == CMD_STATUS)
		answer_status(out, &s->session, &extra, enabled);
	else if (r->command == CMD_SHOW)
		answer_show(out, &s->session, r->task, extra.now, enabled);
	else if (r->command == CMD_TASKS)
		answer_tasks(out, &s->session, &extra, enabled);
	else
		bug("command %d is not answered from the state",
		    (int)r->command);
	free(activity);
	free(path);
}

static int with_state(const struct config *c, const struct arguments *a,
    const struct request *r, const struct state *s)
{
	const struct task_record *t = session_task(&s->session, r->task);
	bool of_task = a->command == CMD_SHOW || a->command == CMD_OUTPUT;
	bool whole = a->command == CMD_TASKS || a->command == CMD_SHOW;
	struct answer answer = ANSWER_INIT;
	int code = of_task && t == NULL ? CODE_REFUSED : CODE_DONE;

	if (a->command == CMD_DIFF)
		return print_diff(c, a, &s->session, r->task);
	if (code != CODE_DONE)
		answer_no_task(
		    &answer, &s->session, r->task, clock_now(), named(c, a));
	else if (whole && !a->json)
		print_whole(r, s, t);
	else if (a->command == CMD_OUTPUT)
		return print_output(c, a, r, t);
	else
		answer_state(&answer, c, a, r, s);
	if (answer.body != NULL)
		cli_print(&answer, a->json);
	answer_release(&answer);
	return code;
}

static int show_state(const struct config *c, const struct arguments *a)
{
	struct request r = { .command = a->command, .lines = LOG_LINES };
	struct error err = ERROR_INIT;
	const struct state *s;
	struct snapshot snap;
	int code = cli_parse_words(&r, a);

	snapshot_init(&snap, c->paths.state_file);
	s = code == 0 ? snapshot_get(&snap, &err) : NULL;
	if (s != NULL)
		code = with_state(c, a, &r, s);
	else if (code == 0)
		code = refuse_read(a, &err, CODE_CONFIGURATION);
	snapshot_release(&snap);
	request_release(&r);
	return code;
}

/* -- logs ------------------------------------------------------------------ */

static char *log_path(const struct config *c, int task)
{
	char today[CLOCK_TEXT];
	char *name, *path;

	clock_local(clock_now(), "%Y-%m-%d", today);
	name = task > 0 ? task_log_name(task, TASK_LOG_OUTPUT)
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

static int show_logs(const struct config *c, const struct arguments *a)
{
	struct buf logs = BUF_INIT, what = BUF_INIT;
	struct request r = { .command = CMD_LOGS, .lines = LOG_LINES };
	struct follow f = FOLLOW_INIT;
	struct answer answer = ANSWER_INIT;
	struct error err = ERROR_INIT;
	int code = cli_parse_words(&r, a);
	char *path = log_path(c, a->task);

	if (code == 0 && a->follow)
		follow_open(&f, path, FOLLOW_NEW); /* before the tail is read */
	if (code == 0 && logs_tail(c->paths.logs_dir, a->task, r.lines, &logs,
			     &what, &err) != 0)
		code = refuse_read(a, &err, CODE_REFUSED);
	if (code == 0 && a->json) {
		answer_logs(&answer, logs.data, what.data);
		cli_print(&answer, true);
	} else if (code == 0) {
		fputs(logs.len > 0 || a->follow ? logs.data
						: "There is no log yet.\n",
		    stdout);
	}
	if (code == 0 && a->follow)
		follow(&f, c, a->task);
	answer_release(&answer);
	follow_release(&f);
	free(path);
	buf_release(&what);
	buf_release(&logs);
	request_release(&r);
	return code;
}

/* -- all of them ----------------------------------------------------------- */

int cli_read(const struct config *c, const struct arguments *a)
{
	struct answer answer = ANSWER_INIT;

	if (a->command == CMD_LOGS)
		return show_logs(c, a);
	if (a->command != CMD_HELP)
		return show_state(c, a);
	if (a->words->n > 0)
		return cli_usage(a->name, "cannot take", a->words->v[0]);
	answer_help(&answer, named(c, a));
	cli_print(&answer, a->json);
	answer_release(&answer);
	return 0;
}
