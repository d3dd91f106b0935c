/* commands.c - what came in by the control socket, to an event. */
#include "base/clock.h"
#include "base/path.h"
#include "core/auth.h"
#include "core/session/session_decision.h"
#include "engine/instance.h"
#include "store/plan_files.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

/* The same delivery again: the first answer again. Returns true where a is
 * filled. */
static bool answer_duplicate(
    const struct instance *in, const struct request *r, struct answer *a)
{
	const struct delivery *d;
	char print[33];

	if (r->delivery_id == NULL)
		return false;
	d = state_find_delivery(&in->state, r->delivery_id);
	if (d == NULL)
		return false;
	request_fingerprint(r, print);
	if (strcmp(print, d->fingerprint) != 0) {
		answer_error(a, 409, NULL,
		    "This delivery_id has been used for another command: nothing was done.",
		    NULL);
		return true;
	}
	a->code = d->code;
	a->body = json_parse(d->answer, strlen(d->answer), NULL);
	if (a->body == NULL)
		bug("a remembered answer is no JSON: %s", d->answer);
	json_set_bool(a->body, "duplicate", true);
	return true;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "cannot open the list 'x': no such file; there is: a.md, b.md" */
static void explain_missing(
    struct buf *out, const struct config *c, const char *name)
{
	struct strvec found = STRVEC_INIT;
	const char *why = errno == EXDEV    ? "it leads out of tasks_dir"
			  : errno == EINVAL ? "want a plain name in tasks_dir"
					    : strerror(errno);
	DIR *dir;
	struct dirent *d;

	buf_addf(out, "Cannot open the task list '%s': %s.", name, why);
	dir = opendir(c->paths.tasks_dir);
	while (dir != NULL && (d = readdir(dir)) != NULL) {
		size_t n = strlen(d->d_name);

		if (n > 3 && strcmp(d->d_name + n - 3, ".md") == 0)
			strvec_add(&found, d->d_name);
	}
	if (dir != NULL)
		closedir(dir);
	if (found.n == 0)
		buf_addf(
		    out, " There is no list in %s yet.", c->paths.tasks_dir);
	else
		qsort(found.v, found.n, sizeof(*found.v), by_name);
	for (size_t i = 0; i < found.n && i < 20; i++)
		buf_addf(
		    out, "%s%s", i == 0 ? " There is: " : ", ", found.v[i]);
	strvec_release(&found);
}

/* Reads a list by its plain name inside tasks_dir. Returns 0, or -1 with the
 * refusal in a. */
static int read_list(const struct config *c, const char *name, struct buf *text,
    struct answer *a)
{
	int fd = path_open_inside(c->paths.tasks_dir, name);
	struct buf why = BUF_INIT;

	if (fd < 0 || buf_read(text, fd, TASK_LIST_MAX_BYTES) != 0)
		explain_missing(&why, c, name);
	if (fd >= 0)
		close(fd);
	if (why.len > 0)
		answer_error(a, 422, NULL, why.data, NULL);
	buf_release(&why);
	return a->code == 0 ? 0 : -1;
}

/* An id by the second; one that was used gets -2, -3 ... */
static char *fresh_session_id(const struct instance *in)
{
	char base[CLOCK_TEXT];
	char *id, *folder;
	bool used;

	clock_local(clock_now(), "%Y%m%d-%H%M%S", base);
	id = xstrdup(base);
	for (int i = 2;; i++) {
		folder = path_join(in->config->paths.logs_dir, id);
		used = str_equal(id, in->state.session.id) ||
		       access(folder, F_OK) == 0;
		free(folder);
		if (!used)
			return id;
		free(id);
		id = xasprintf("%s-%d", base, i);
	}
}

static void begin(struct instance *in, struct event *e, const struct request *r,
    const char *name, const struct buf *text, struct answer *a)
{
	struct task_list list = TASK_LIST_INIT;
	struct faults faults = FAULTS_INIT;
	char *id = fresh_session_id(in);
	char *path = path_join(in->config->paths.tasks_dir, name);
	char *shown = r->list_text != NULL
			  ? xstrdup(name)
			  : path_relative(in->config->dir, path);
	char *why;

	if (task_list_parse(&list, name, text->data, text->len, &faults) != 0) {
		why = xasprintf(
		    "The task list '%s' has %zu fault%s; nothing was started.",
		    name, faults.count, faults.count == 1 ? "" : "s");
		answer_faults(a, why, &faults);
		free(why);
	} else {
		e->list = &list;
		e->session_id = id;
		e->task_file = shown;
		commit_event(in, e, r, a);
		for (size_t i = 0; a->code == 200 && i < faults.warnings.n; i++)
			log_warning("%s", faults.warnings.v[i]);
		answer_warnings(a, &faults);
	}
	task_list_release(&list);
	faults_release(&faults);
	free(shown);
	free(path);
	free(id);
}

static void start(struct instance *in, struct event *e, const struct request *r,
    struct answer *a)
{
	struct buf text = BUF_INIT;
	struct error err;
	char today[CLOCK_TEXT], *name;
	const char *list = r->task_file;
	const struct decision *instead = NULL;

	if (session_is_unfinished(&in->state.session) || e->busy ||
	    decision_is_stale(&in->state.session, e, &instead)) {
		commit_event(in, e, r, a); /* refuses, with the reason */
		return;
	}
	if (in->policy_held)
		reload(in, &err);
	/* "2025-11-20" or nothing becomes the day's list. */
	clock_local(clock_now(), "%Y-%m-%d", today);
	if (list == NULL)
		list = today;
	name = clock_is_date(list) ? plan_list_name(list) : xstrdup(list);
	if (r->list_text != NULL)
		buf_adds(&text, r->list_text);
	if (r->list_text != NULL || read_list(in->config, name, &text, a) == 0)
		begin(in, e, r, name, &text, a);
	free(name);
	buf_release(&text);
}

static void carry_out(
    struct instance *in, const struct request *r, struct answer *a)
{
	const struct task_record *again = session_retriable(&in->state.session);
	struct event e;
	struct fresh fresh;

	event_init(
	    in, &e, &fresh, (enum event_kind)event_of_command(r->command));
	e.by = request_by(r);
	e.task = r->task;
	e.decision = r->decision;
	e.feedback = r->feedback;
	e.fresh = r->fresh;
	if (r->command == CMD_RAISE && r->feedback != NULL)
		e.raise = strtod(r->feedback, NULL);
	if (request_number_is_feedback(r, again ? again->task.number : 0)) {
		e.task = 0;
		e.feedback = r->words;
		e.fresh = false;
	}
	e.result_is_in = job_has_result(in);
	if (in->state.rollback.task != 0 && !command_takes_text(r->command))
		undoing_refuse(in, r, a);
	else if (r->command == CMD_ROLLBACK)
		undoing_command(in, &e, r, a);
	else if (r->command == CMD_PLAN)
		planning_command(in, r, a);
	else if (command_takes_text(r->command))
		adding_command(in, r, a);
	else if (r->command == CMD_START)
		start(in, &e, r, a);
	else if (r->command != CMD_CANCEL || !planning_cancel(in, r, a))
		commit_event(in, &e, r, a);
}

static void command(
    struct instance *in, const struct request *r, struct answer *a)
{
	if (!command_info[r->command].changes) {
		answer_error(
		    a, 400, NULL, "This command is answered from files.", NULL);
	} else if (in->stopping) {
		answer_error(a, 503, NULL,
		    "The supervisor is stopping; try again in a moment.", NULL);
	} else if (answer_duplicate(in, r, a)) {
		return;
	} else if (in->job.clearing) {
		answer_error(a, 409, NULL,
		    "Something of the last task is still alive and being ended; try again in a moment.",
		    NULL);
		commit_remember_refusal(in, r, a);
	} else {
		carry_out(in, r, a);
	}
}

static void answer_reload(const struct instance *in, struct answer *a)
{
	char *text = xasprintf("The configuration was read again.%s%s",
	    in->policy_held ? " " : "",
	    in->policy_held ? policy_held_text : "");

	answer_ok(a, text, NULL);
	free(text);
}

void commands_handle(
    void *arg, enum wire_op op, const struct request *r, struct answer *a)
{
	struct instance *in = arg;
	struct error err = ERROR_INIT;

	switch (op) {
	case WIRE_COMMAND:
		command(in, r, a);
		if (r->by == NULL)
			outbox_receiver_is_up(in);
		in->served |= a->code == 200;
		in->idle_since = 0;
		break;
	case WIRE_PING:
		answer_ok(a, "up", NULL);
		json_set_string(
		    a->body, "claude_user", in->config->claude.user);
		break;
	case WIRE_RELOAD:
		if (reload(in, &err) == 0)
			answer_reload(in, a);
		else
			answer_error(a, 409, NULL, err.text, NULL);
		break;
	case WIRE_SHUTDOWN:
		in->due |= DUE_END;
		answer_ok(a, "The supervisor ends.", NULL);
		break;
	case WIRE_RELEASE:
		if (in->options->transient && !in->served && job_is_idle(in))
			in->due |= DUE_END;
		answer_ok(a, "released", NULL);
		break;
	case WIRE_OPS:
		bug("no such operation");
	}
}
