/* actions.c - the buttons that fit the moment. */
#include "base/clock.h"
#include "core/talk/message.h"
#include "core/session/phases.h"
#include "core/session/plan.h"

/* mark and what stand behind the command: "#" and an id, "" and a date. */
static void add(
    struct actions *out, enum command cmd, const char *mark, const char *what)
{
	const struct command_info *info = &command_info[cmd];
	bool bare = !info->changes || what[0] == '\0';

	snprintf(out->v[out->n].command, ACTION_COMMAND_SIZE, "/%s%s%s%s",
	    info->name, bare ? "" : " ", bare ? "" : mark, bare ? "" : what);
	out->v[out->n].feedback =
	    cmd == CMD_RETRY || cmd == CMD_DENY || cmd == CMD_ANSWER;
	snprintf(out->v[out->n++].label, ACTION_LABEL_SIZE, "%s", info->label);
}

/* Two buttons about two tasks: each says which it means. other is the one that
 * is not the current one. */
static void name_task(struct actions *out, const struct session *s,
    enum command cmd, const struct task_record *other)
{
	const struct task_record *t = NULL;

	if (cmd == CMD_RETRY || cmd == CMD_ROLLBACK)
		t = other;
	else if (cmd == CMD_APPROVE || cmd == CMD_SKIP)
		t = session_current(s);
	if (t != NULL)
		snprintf(out->v[out->n - 1].label, ACTION_LABEL_SIZE,
		    "%s task %d", command_info[cmd].label, t->task.number);
}

/* The day's list by its date: where a session has ended that day, bound to
 * what it has left; on a later day there is nothing to be bound to. */
static void add_start(struct actions *out, const struct session *s, int64_t now)
{
	char day[CLOCK_TEXT], last[CLOCK_TEXT];
	bool bound;

	clock_local(now, "%Y-%m-%d", day);
	clock_local(s->last_activity, "%Y-%m-%d", last);
	bound = s->asked[0] != '\0' && strcmp(day, last) == 0;
	add(out, CMD_START, bound ? "#" : "", bound ? s->asked : day);
	snprintf(
	    out->v[out->n - 1].label, ACTION_LABEL_SIZE, "Start %.10s", day);
}

/* What stands on a button: an option's own words, as far as they fit. */
static void label_option(struct actions *out, const char *label)
{
	char *to = out->v[out->n - 1].label;
	struct buf text = BUF_INIT;

	ask_show(&text, label, strlen(label));
	for (char *p = text.data; *p != '\0'; p++)
		if (strchr("\n\t", *p) != NULL)
			*p = ' ';
	if (text.len >= ACTION_LABEL_SIZE) {
		buf_truncate(&text, utf8_cut(text.data, text.len,
					ACTION_LABEL_SIZE - sizeof("…")));
		buf_adds(&text, "…");
	}
	snprintf(to, ACTION_LABEL_SIZE, "%s", text.data);
	buf_release(&text);
}

/* A button each for the options of a question, and one for words of one's own
 * where there is room; where several may be chosen only that. */
static void actions_question(struct actions *out, const struct session *s)
{
	struct ask_question q = { 0 };

	ask_question(&q, &s->ask);
	for (size_t i = 0; i < q.labels.n && !q.several; i++) {
		struct buf what = BUF_INIT;

		if (i == ACTIONS_MAX - 1 && q.labels.n > ACTIONS_MAX)
			break;
		buf_addf(&what, "%s %zu", s->ask_id, i + 1);
		add(out, CMD_ANSWER, "#", what.data);
		out->v[out->n - 1].feedback = false;
		label_option(out, q.labels.v[i]);
		buf_release(&what);
	}
	if (out->n < ACTIONS_MAX) {
		add(out, CMD_ANSWER, "#", s->ask_id);
		label_option(out, out->n > 1 ? "Other…" : "Answer…");
	}
	ask_question_release(&q);
}

/* To what Claude asks. */
static void actions_asked(
    struct actions *out, const struct session *s, command_set enabled)
{
	enum command list[] = { CMD_ALLOW, CMD_DENY, CMD_ALWAYS,
		s->phase == PHASE_ASKED ? CMD_SKIP : CMD_CANCEL, CMD_SHOW };

	if (s->ask.questions > 0) {
		if (enabled & (1u << CMD_ANSWER))
			actions_question(out, s);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(list) && out->n < ACTIONS_MAX; i++)
		if (enabled & (1u << list[i]))
			add(out, list[i], "#", s->ask_id);
}

void actions_for(struct actions *out, const struct session *s, int64_t now,
    command_set enabled)
{
	const struct task_record *denied = session_denied(s);
	const struct task_record *undoable = session_undoable(s, 0);
	const struct phase_row *row = &phases[s->phase];
	bool spent = s->reached.limit != LIMIT_NONE;
	const signed char *list =
	    spent && row->buttons_spent[1] != 0        ? row->buttons_spent
	    : denied != NULL && row->buttons_denied[1] ? row->buttons_denied
						       : row->buttons;
	/* Where the last task that ran has changed something, the way back
	 * takes the place of what can be reached without a button. */
	bool back = (enabled & 1u << CMD_ROLLBACK) != 0 &&
		    session_status(s) != SESSION_RUNNING && undoable != NULL &&
		    undoable->outcome.changes.files > 0;

	out->n = 0;
	if (session_is_asked(s) && session_status(s) != SESSION_PAUSED) {
		actions_asked(out, s, enabled);
		return;
	}
	for (size_t i = 0; i < BUTTONS_MAX && list[i] >= 0; i++) {
		enum command cmd = (enum command)list[i];

		if (back && (cmd == CMD_PAUSE || cmd == CMD_LOGS))
			cmd = CMD_ROLLBACK;
		if (!(enabled & (1u << cmd)) ||
		    (cmd == CMD_RETRY && budget_is_shared(s->reached.limit)))
			continue;
		if (cmd == CMD_START) {
			add_start(out, s, now);
			continue;
		}
		add(out, cmd, "#", session_decision(s));
		if (denied != NULL || cmd == CMD_ROLLBACK)
			name_task(out, s, cmd,
			    cmd == CMD_ROLLBACK ? undoable : denied);
	}
}

static void add_enabled(struct actions *out, command_set enabled,
    enum command cmd, const char *mark, const char *what)
{
	if (enabled & (1u << cmd))
		add(out, cmd, mark, what);
}

void actions_of_plan(
    struct actions *out, const struct plan *p, command_set enabled)
{
	out->n = 0;
	if (p->status == PLAN_RUNNING) {
		add_enabled(out, enabled, CMD_STATUS, "", "");
		if (!p->cancelling)
			add_enabled(out, enabled, CMD_CANCEL, "#", p->asked);
	} else if (p->status == PLAN_READY && (enabled & 1u << CMD_START)) {
		add(out, CMD_START, "", p->date);
		snprintf(
		    out->v[0].label, ACTION_LABEL_SIZE, "Start %s", p->date);
	} else if (p->status == PLAN_FAILED) {
		add_enabled(out, enabled, CMD_PLAN, "", p->date);
		add_enabled(out, enabled, CMD_LOGS, "", "");
	}
}

void actions_with_plan(struct actions *out, const struct session *s,
    const struct plan *p, int64_t now, command_set enabled)
{
	if (p != NULL && p->status == PLAN_RUNNING) {
		actions_of_plan(out, p, enabled);
		return;
	}
	actions_for(out, s, now, enabled);
	for (size_t i = 0; i < out->n && plan_waits(p, s); i++) {
		if (!str_starts(out->v[i].command, "/start"))
			continue;
		snprintf(out->v[i].command, ACTION_COMMAND_SIZE, "/start %s",
		    p->date);
		snprintf(
		    out->v[i].label, ACTION_LABEL_SIZE, "Start %s", p->date);
	}
}

void actions_of_report(struct actions *out, const struct session *s,
    const struct plan *p, int64_t now, command_set enabled)
{
	static const enum command list[] = { CMD_SHOW, CMD_DENY };

	if (!session_is_asked(s)) {
		actions_with_plan(out, s, p, now, enabled);
		return;
	}
	out->n = 0;
	for (size_t i = 0; i < ARRAY_SIZE(list); i++)
		add_enabled(out, enabled, list[i], "#", s->ask_id);
}

void actions_of_note(struct actions *out, const struct session *s,
    const struct plan *p, const char *date, int64_t now, command_set enabled)
{
	if (p->status == PLAN_RUNNING || session_is_unfinished(s)) {
		actions_with_plan(out, s, p, now, enabled);
		return;
	}
	out->n = 0;
	add_enabled(out, enabled, CMD_PLAN, "", date);
}
