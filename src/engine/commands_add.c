/* commands_add.c - `add` and `note`: a task more, a line for the day's log.
 *
 * What goes into a file is in the state first (store/writing.h), in the same
 * write as the session's new task and the answer that is remembered; then it is
 * put into the file, then the state forgets it. A file that cannot be written
 * takes the whole back. */
#include "base/clock.h"
#include "base/path.h"
#include "core/list/addition.h"
#include "core/talk/attachment.h"
#include "engine/instance.h"
#include "store/day_folder.h"
#include "store/plan_files.h"

#include <unistd.h>

int adding_flush(struct instance *in, struct error *err)
{
	const struct config *c = in->config;
	struct writing *w = &in->state.writing;
	struct error local = ERROR_INIT;
	int rc;

	if (w->file == NULL)
		return 0;
	err = err != NULL ? err : &local;
	rc = writing_carry_out(
	    w, w->is_day ? c->paths.daily_dir : c->paths.tasks_dir, err);
	if (rc < 0)
		return -1;
	if (rc > 0)
		log_error("%s", err->text);
	writing_release(w);
	in->unstored = true;
	commit_deliveries(in);
	return 0;
}

/* Stores next, which has what is to be written, and writes it. a holds the
 * answer, and is another one where that fails. */
static int carry_out(struct instance *in, struct state *next,
    const struct request *r, struct answer *a)
{
	struct state before = STATE_INIT;
	struct error err = ERROR_INIT, why = ERROR_INIT;
	int rc;

	state_copy(&before, &in->state);
	rc = commit_command(in, next, r, a);
	if (rc == 0 && adding_flush(in, &err) != 0) {
		log_error("%s", err.text);
		rc = commit_state(in, &before, &why);
		if (rc == 0)
			commit_not_done(a, 503, &err);
		else
			answer_error(a, 503, NULL,
			    "It is kept, but cannot be written into its file yet; that is tried again. See the log.",
			    NULL);
		rc = -1;
	}
	state_release(&before);
	return rc;
}

/* -- files ----------------------------------------------------------------- */

/* Files that came with a text, kept. */
struct kept {
	struct strvec paths;
	struct strvec made; /* those of them that were not there before */
};

/* Those that are not wanted after all are removed. */
static void kept_release(struct kept *k, bool wanted)
{
	if (!wanted)
		for (size_t i = 0; i < k->made.n; i++)
			unlink(k->made.v[i]);
	strvec_release(&k->paths);
	strvec_release(&k->made);
}

/* A crash behind this leaves files that nothing names; who sends the command
 * again gets the same ones. */
static int keep_files(const struct instance *in, const struct request *r,
    struct kept *k, struct error *err)
{
	size_t n = r->files != NULL ? json_object_array_length(r->files) : 0;
	char date[CLOCK_TEXT];
	int rc = 0;

	clock_local(clock_now(), "%Y-%m-%d", date);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct buf contents = BUF_INIT;
		const char *name = attachment_read(r->files, i, &contents);
		char *path = NULL;
		bool made;

		rc = day_folder_keep(in->config->paths.daily_dir, date, name,
		    &contents, &path, &made, err);
		if (rc == 0)
			strvec_add(&k->paths, path);
		if (rc == 0 && made)
			strvec_add(&k->made, path);
		free(path);
		buf_release(&contents);
	}
	return rc;
}

/* -- add ------------------------------------------------------------------- */

/* Where a task goes. */
struct place {
	char *name;  /* of the list, plain, in tasks_dir; NULL: into no file */
	char *shown; /* as people see it */
	struct buf text;       /* what is in it */
	struct task_list list; /* the same */
	bool replaced;         /* it is done: a new one takes its place */
};

static void place_release(struct place *p)
{
	free(p->name);
	free(p->shown);
	buf_release(&p->text);
	task_list_release(&p->list);
}

/* The session's list, where it is still in tasks_dir. */
static char *list_of_session(const struct instance *in)
{
	const struct config *c = in->config;
	char *path = path_join(c->dir, in->state.session.task_file);
	char *name = path_relative(c->paths.tasks_dir, path);
	char *there = path_join(c->paths.tasks_dir, name);

	if (!path_is_plain(name) || access(there, F_OK) != 0)
		xreplace(&name, NULL);
	free(there);
	free(path);
	return name;
}

/* Is the list what the completed session has run? Then it is done, and to
 * begin it again would run all of it again. */
static bool is_done(const struct session *s, const struct place *p)
{
	if (s->phase != PHASE_COMPLETED || !str_equal(s->task_file, p->shown) ||
	    p->list.n != s->n)
		return false;
	for (size_t i = 0; i < s->n; i++)
		if (p->list.v[i].number != s->tasks[i].task.number ||
		    strcmp(p->list.v[i].title, s->tasks[i].task.title) != 0)
			return false;
	return true;
}

/* Fills p. -1: a says why the list can have no task more. */
static int find_place(struct instance *in, struct place *p, struct answer *a)
{
	const struct config *c = in->config;
	struct faults faults = FAULTS_INIT;
	struct error err = ERROR_INIT;
	char today[CLOCK_TEXT], *path, *why;
	int rc;

	clock_local(clock_now(), "%Y-%m-%d", today);
	p->name = session_is_unfinished(&in->state.session)
		      ? list_of_session(in)
		      : plan_list_name(today);
	if (p->name == NULL)
		return 0;
	path = path_join(c->paths.tasks_dir, p->name);
	p->shown = path_relative(c->dir, path);
	free(path);
	rc = writing_read(
	    c->paths.tasks_dir, p->name, TASK_LIST_MAX_BYTES, &p->text, &err);
	if (rc != 0) {
		commit_not_done(a, 422, &err);
	} else if (p->text.len > 0 &&
		   task_list_parse(&p->list, p->name, p->text.data, p->text.len,
		       &faults) != 0) {
		why = xasprintf(
		    "The task list '%s' has %zu fault%s; nothing was added.",
		    p->name, faults.count, faults.count == 1 ? "" : "s");
		answer_faults(a, why, &faults);
		free(why);
		rc = -1;
	}
	faults_release(&faults);
	p->replaced = rc == 0 && is_done(&in->state.session, p);
	return rc;
}

static int next_number(const struct instance *in, const struct place *p)
{
	const struct session *s = &in->state.session;
	int last = 0;

	for (size_t i = 0; i < p->list.n && !p->replaced; i++)
		if (p->list.v[i].number > last)
			last = p->list.v[i].number;
	for (size_t i = 0; i < s->n && session_is_unfinished(s); i++)
		if (s->tasks[i].task.number > last)
			last = s->tasks[i].task.number;
	return last + 1;
}

/* Would the list be read as it was, and t behind it? */
static int check_whole(const struct place *p, const struct buf *more,
    const struct task *t, struct error *err)
{
	struct task_list whole = TASK_LIST_INIT;
	struct faults faults = FAULTS_INIT;
	size_t before = p->replaced ? 0 : p->list.n;
	struct buf text = BUF_INIT;
	int rc = 0;

	if (!p->replaced)
		buf_add(&text, p->text.data, p->text.len);
	buf_add(&text, more->data, more->len);
	if (task_list_parse(&whole, p->name, text.data, text.len, &faults) != 0)
		rc = error_set(err, "%s", faults.lines.v[0]);
	else if (whole.n != before + 1 || whole.v[before].number != t->number ||
		 strcmp(whole.v[before].title, t->title) != 0)
		rc = error_set(err,
		    "what is at the end of '%s' does not let a task begin behind it",
		    p->name);
	buf_release(&text);
	task_list_release(&whole);
	faults_release(&faults);
	return rc;
}

/* What t is in the file: *w is filled. */
static int write_task(
    const struct place *p, struct task *t, struct writing *w, struct error *err)
{
	bool begins = p->text.len == 0 || p->replaced;
	struct buf text = BUF_INIT;
	int rc;

	if (p->name == NULL)
		return 0;
	if (begins)
		buf_addf(&text, "# Tasks - %.10s\n\n", p->name);
	else
		buf_adds(&text,
		    p->text.data[p->text.len - 1] == '\n' ? "\n" : "\n\n");
	rc = addition_print(&text, t, err);
	if (rc == 0)
		rc = check_whole(p, &text, t, err);
	if (rc == 0)
		*w = (struct writing){ .file = xstrdup(p->name),
			.size = begins ? 0 : (int64_t)p->text.len,
			.text = buf_detach(&text) };
	buf_release(&text);
	return rc;
}

static void answer_added(struct instance *in, const struct request *r,
    const struct place *p, const struct task *t, const struct session *s,
    struct answer *a)
{
	bool in_session = session_is_unfinished(s);
	command_set enabled = commands_named(in, r);
	struct actions actions;
	struct buf text = BUF_INIT;

	message_added(&text,
	    &(struct added){ .task = t,
		.total = in_session    ? s->n
			 : p->replaced ? 1
				       : p->list.n + 1,
		.in_session = in_session,
		.waits =
		    t->requires_approval == REQUIRES_YES ||
		    in->config->orchestrator.approval_mode == APPROVAL_MANUAL,
		.list = p->shown,
		.kept = p->replaced },
	    enabled);
	actions_with_plan(&actions, s, &in->state.plan, clock_now(), enabled);
	answer_ok(a, text.data, &actions);
	json_set_int(a->body, "task", t->number);
	json_set_string(a->body, "task_file", p->shown);
	buf_release(&text);
}

/* t, which is complete, into the session and the list. */
static void put(struct instance *in, const struct request *r,
    const struct place *p, struct task *t, struct answer *a)
{
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	struct task copy;
	int number = t->number;

	state_copy(&next, &in->state);
	if (write_task(p, t, &next.writing, &err) != 0) {
		commit_not_done(a, 422, &err);
	} else {
		if (session_is_unfinished(&next.session)) {
			task_copy(&copy, t);
			session_append(&next.session, &copy);
		}
		answer_added(in, r, p, t, &next.session, a);
		if (carry_out(in, &next, r, a) == 0)
			log_info("add by %s: task %d: %s", request_by(r),
			    number, t->title);
	}
	state_release(&next);
}

static void add(struct instance *in, const struct request *r, struct answer *a)
{
	const struct policy policy = config_policy(in->config);
	struct place place = { .text = BUF_INIT };
	struct task t = TASK_INIT;
	struct error err = ERROR_INIT;
	struct kept kept = { .paths = STRVEC_INIT };
	char *why;

	if (in->state.plan.status == PLAN_RUNNING) {
		planning_refuse(in, r, a); /* it writes a list itself */
	} else if (addition_task(&t, r->text, &policy, &err) != 0) {
		answer_error(a, 400, NULL, err.text, NULL);
	} else if (find_place(in, &place, a) == 0) {
		t.number = next_number(in, &place);
		if (session_is_unfinished(&in->state.session) &&
		    in->state.session.n >= TASK_LIST_MAX) {
			why = xasprintf(
			    "Nothing was added: a list has at most %d tasks.",
			    TASK_LIST_MAX);
			answer_error(a, 409, NULL, why, NULL);
			free(why);
		} else if (keep_files(in, r, &kept, &err) != 0) {
			commit_not_done(a, 503, &err);
		} else {
			addition_name_files(&t.instruction, &kept.paths);
			put(in, r, &place, &t, a);
		}
	}
	kept_release(&kept, a->code == 200);
	place_release(&place);
	task_release(&t);
}

/* -- note ------------------------------------------------------------------ */

static void answer_noted(struct instance *in, const struct request *r,
    const char *name, const char *date, struct answer *a)
{
	const struct config *c = in->config;
	char *path = path_join(c->paths.daily_dir, name);
	char *shown = path_relative(c->dir, path);
	command_set enabled = commands_named(in, r);
	struct actions actions;
	struct buf text = BUF_INIT;

	message_noted(&text, shown, enabled);
	actions_of_note(&actions, &in->state.session, &in->state.plan, date,
	    clock_now(), enabled);
	answer_ok(a, text.data, &actions);
	buf_release(&text);
	free(shown);
	free(path);
}

static void note(struct instance *in, const struct request *r, struct answer *a)
{
	const char *folder = in->config->paths.daily_dir;
	struct buf day = BUF_INIT, more = BUF_INIT;
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	struct kept kept = { .paths = STRVEC_INIT };
	char date[CLOCK_TEXT];
	char *name, *text = xstrdup(r->text);

	clock_local(clock_now(), "%Y-%m-%d", date);
	name = xasprintf("%s.md", date);
	if (writing_read(folder, name, DAY_MAX_BYTES, &day, &err) == 0 &&
	    keep_files(in, r, &kept, &err) == 0) {
		addition_name_files(&text, &kept.paths);
		addition_note(&more, day.data, date, text);
		if (day.len + more.len > DAY_MAX_BYTES)
			error_set(&err,
			    "the daily log '%s' would be longer than %d KiB",
			    name, DAY_MAX_BYTES / 1024);
	}
	if (err.text[0] != '\0') {
		commit_not_done(a, 422, &err);
	} else {
		state_copy(&next, &in->state);
		next.writing = (struct writing){ .file = xstrdup(name),
			.is_day = true,
			.size = (int64_t)day.len,
			.text = buf_detach(&more) };
		answer_noted(in, r, name, date, a);
		if (carry_out(in, &next, r, a) == 0)
			log_info("note by %s", request_by(r));
		state_release(&next);
	}
	kept_release(&kept, a->code == 200);
	buf_release(&more);
	buf_release(&day);
	free(text);
	free(name);
}

void adding_command(
    struct instance *in, const struct request *r, struct answer *a)
{
	struct error err = ERROR_INIT;

	if (adding_flush(in, &err) != 0)
		commit_not_done(a, 503, &err);
	else if (r->command == CMD_ADD)
		add(in, r, a);
	else
		note(in, r, a);
	if (a->code != 200)
		commit_remember_refusal(in, r, a);
}
