/* run_show.c - what has happened since the last look, line by line. */
#include "base/clock.h"
#include "base/path.h"
#include "core/talk/message_parts.h"
#include "door/run_parts.h"
#include "store/activity.h"
#include "store/logs.h"
#include "core/session/phases.h"

void run_show_release(struct run *r)
{
	free(r->session_id);
	free(r->seen);
	r->session_id = NULL;
	r->seen = NULL;
	r->n = 0;
	follow_release(&r->log);
	r->log_of = 0;
}

static void begin(struct run *r, const struct session *s)
{
	run_show_release(r);
	r->session_id = xstrdup(s->id);
	r->seen = xcalloc(s->n, sizeof(*r->seen));
	r->n = s->n;
}

void run_show_from(struct run *r, const struct session *s)
{
	struct buf text = BUF_INIT;

	begin(r, s);
	for (size_t i = 0; i < s->n; i++)
		r->seen[i] =
		    (struct seen){ s->tasks[i].status, s->tasks[i].attempt };
	say_progress(&text, s);
	terminal_say(&r->terminal, STYLE_BOLD, "Going on with %s: %s",
	    s->task_file, text.data);
	buf_release(&text);
}

/* -- the log of the task --------------------------------------------------- */

static void show_log_line(void *arg, const char *text)
{
	struct run *r = arg;

	if (text[0] != '\0' && !str_starts(text, TASK_LOG_HEADER))
		terminal_say(&r->terminal, STYLE_DIM, "  %s", text);
}

static void follow_task(struct run *r, const struct session *s, size_t at)
{
	char *name, *path;

	if (!r->config.logging.task_logs)
		return;
	if (r->log_of != at + 1) {
		name = task_log_name(s->tasks[at].task.number, TASK_LOG_OUTPUT);
		path = path_join(r->config.paths.logs_dir, name);
		follow_open(&r->log, path, FOLLOW_ATTEMPT);
		r->log_of = at + 1;
		free(path);
		free(name);
	}
	follow_read(&r->log, show_log_line, r);
}

/* -- tasks ----------------------------------------------------------------- */

static void say_cost(struct buf *text, const struct outcome *o)
{
	buf_adds(text, " in ");
	say_duration(text, o->duration_ms / 1000);
	if (o->cost_usd > 0)
		buf_addf(text, ", $%.2f", o->cost_usd);
}

/* What the output says already is not repeated. */
static void show_evidence(struct run *r, const struct task_record *t)
{
	enum { LINES = 15 };
	struct buf text = BUF_INIT;

	say_verification(
	    &text, &t->outcome, r->config.logging.task_logs ? 0 : LINES);
	say_changes(&text, t, TERMINAL_COMMANDS);
	buf_trim(&text);
	if (text.len > 0)
		terminal_say(&r->terminal, STYLE_PLAIN, "%s", text.data);
	buf_release(&text);
}

/* text: the task's name; the sentence goes on behind it. */
static void show_success(
    struct run *r, const struct task_record *t, struct buf *text)
{
	const struct outcome *o = &t->outcome;

	buf_adds(text, " completed");
	say_cost(text, o);
	terminal_say(&r->terminal, o->denials > 0 ? STYLE_BAD : STYLE_GOOD,
	    "%s", text->data);
	show_evidence(r, t);
	if (o->summary != NULL && !r->config.logging.task_logs)
		terminal_say(&r->terminal, STYLE_PLAIN, "%s", o->summary);
	if (o->denials > 0) {
		buf_reset(text);
		say_denied(text, o);
		terminal_say(&r->terminal, STYLE_BAD,
		    "⚠️ Claude was denied %s: see whether it is done",
		    text->data);
	}
}

static void show_failure(
    struct run *r, const struct task_record *t, struct buf *text)
{
	const char *why = t->outcome.error;

	buf_adds(text, t->status == TASK_INTERRUPTED           ? " interrupted"
		       : t->outcome.result == RESULT_CANCELLED ? " cancelled"
							       : " failed");
	say_cost(text, &t->outcome);
	terminal_say(&r->terminal, STYLE_BAD, "%s%s%s", text->data,
	    why != NULL ? ": " : "", why != NULL ? why : "");
	show_evidence(r, t);
}

static void show_task(struct run *r, const struct session *s, size_t at)
{
	const struct task_record *t = &s->tasks[at];
	struct seen *seen = &r->seen[at];
	bool begun = t->attempt != seen->attempt;
	struct buf text = BUF_INIT;

	if (!begun && t->status == seen->status)
		return;
	say_task(&text, s, t, "Task");
	if (begun) {
		size_t name = text.len;

		buf_addf(&text, ": %s (%s)", t->task.title, t->task.type);
		if (t->attempt > 1)
			buf_addf(&text, ", attempt %d", t->attempt);
		terminal_say(&r->terminal, STYLE_BOLD, "%s", text.data);
		buf_truncate(&text, name);
	}
	if (begun || seen->status == TASK_RUNNING)
		follow_task(r, s, at);
	if (t->status == TASK_COMPLETED)
		show_success(r, t, &text);
	else if (t->status == TASK_FAILED || t->status == TASK_INTERRUPTED)
		show_failure(r, t, &text);
	else if (t->status == TASK_SKIPPED)
		terminal_say(
		    &r->terminal, STYLE_PLAIN, "%s skipped", text.data);
	*seen = (struct seen){ t->status, t->attempt };
	buf_release(&text);
}

/* -- the live line --------------------------------------------------------- */

static void show_live(struct run *r, const struct session *s)
{
	const struct task_record *t = session_current(s);
	enum intent intent = phases[s->phase].intent;
	char *path = config_run_path(&r->config, "activity");
	char *what = activity_get(path, s->asked);
	struct session_counts n;
	struct buf text = BUF_INIT;
	int64_t elapsed = clock_now() - t->started_at;

	session_count(s, &n);
	say_task(&text, s, t, "task");
	buf_adds(&text, ", ");
	say_duration(&text, elapsed > 0 ? elapsed : 0);
	if (n.cost_usd > 0)
		buf_addf(&text, ", $%.2f", n.cost_usd);
	if (intent != INTENT_NONE)
		buf_addf(&text, ", then %s", intent_name[intent]);
	if (what != NULL)
		buf_addf(&text, ": %s", what);
	terminal_live(&r->terminal, text.data);
	buf_release(&text);
	free(what);
	free(path);
}

static void show_pause(struct run *r, const struct session *s)
{
	const struct task_record *t = session_current(s);
	struct buf text = BUF_INIT;

	if (s->phase != PHASE_LIMIT) {
		terminal_say(&r->terminal, STYLE_PLAIN,
		    "Paused: orchestrator resume goes on, from here or from the phone.");
		return;
	}
	say_now(&text, s, TERMINAL_COMMANDS);
	terminal_say(&r->terminal, STYLE_BOLD, "%s", text.data);
	if (t->outcome.error != NULL)
		terminal_say(&r->terminal, STYLE_PLAIN, "%s", t->outcome.error);
	buf_release(&text);
}

void run_show(struct run *r, const struct session *s)
{
	bool paused = session_status(s) == SESSION_PAUSED;

	if (!str_equal(r->session_id, s->id)) {
		begin(r, s);
		if (s->id != NULL)
			terminal_say(&r->terminal, STYLE_BOLD, "%s: %zu task%s",
			    s->task_file, s->n, s->n == 1 ? "" : "s");
		for (size_t i = 0; i < s->n; i++)
			terminal_say(&r->terminal, STYLE_PLAIN, "  %d. %s (%s)",
			    s->tasks[i].task.number, s->tasks[i].task.title,
			    s->tasks[i].task.type);
	}
	for (size_t i = 0; i < r->n; i++)
		show_task(r, s, i);
	if (paused && !r->was_paused)
		show_pause(r, s);
	r->was_paused = paused;
	if (session_status(s) != SESSION_RUNNING)
		return;
	follow_task(r, s, s->current - 1);
	if (!session_is_asked(s)) /* its prompt is on that line */
		show_live(r, s);
}

void run_show_end(struct run *r, const struct session *s)
{
	struct buf text = BUF_INIT;
	struct session_counts n;

	session_count(s, &n);
	buf_addf(&text, "Session %s: %d completed",
	    session_status_name[session_status(s)], n.completed);
	if (n.failed > 0)
		buf_addf(&text, ", %d failed", n.failed);
	if (n.skipped > 0)
		buf_addf(&text, ", %d skipped", n.skipped);
	if (n.pending > 0)
		buf_addf(&text, ", %d not begun", n.pending);
	buf_adds(&text, ", in ");
	say_duration(&text, s->last_activity - s->started_at);
	if (n.cost_usd > 0)
		buf_addf(&text, ", $%.2f", n.cost_usd);
	terminal_say(&r->terminal, STYLE_BOLD, "%s", text.data);
	for (size_t i = 0; i < s->n; i++) {
		const struct task_record *t = &s->tasks[i];
		bool unclean = t->status == TASK_COMPLETED && !task_is_clean(t);
		bool bad = unclean || t->outcome.error != NULL;

		buf_reset(&text);
		buf_addf(&text, "  %d. %s: %s", t->task.number, t->task.title,
		    task_status_name[t->status]);
		if (unclean) {
			buf_adds(&text, ", ⚠️ denied ");
			say_denied(&text, &t->outcome);
		} else if (t->outcome.error != NULL) {
			buf_addf(&text, ", %s", t->outcome.error);
		}
		terminal_say(&r->terminal, bad ? STYLE_BAD : STYLE_PLAIN, "%s",
		    text.data);
	}
	terminal_say(&r->terminal, STYLE_PLAIN, "state: %s\nlogs:  %s",
	    r->config.paths.state_file, r->config.paths.logs_dir);
	buf_release(&text);
}
