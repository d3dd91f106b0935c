/* message_notice.c - what reaches the phone unasked: what happened, then, in
 * the same message, what is asked. */
#include "core/talk/message_parts.h"

const char *const notice_event_name[] = {
	[NOTICE_SESSION_STARTED] = "session_started",
	[NOTICE_TASK_STARTED] = "task_started",
	[NOTICE_TASK_COMPLETED] = "task_completed",
	[NOTICE_TASK_FAILED] = "task_failed",
	[NOTICE_WAITING] = "waiting_approval",
	[NOTICE_PAUSED] = "paused",
	[NOTICE_RESUMED] = "resumed",
	[NOTICE_SESSION_COMPLETED] = "session_completed",
	[NOTICE_SESSION_STOPPED] = "session_stopped",
	[NOTICE_RECOVERED] = "recovered",
	[NOTICE_LIMIT] = "limit_reached",
	[NOTICE_ASKED] = "waiting_approval",
	[NOTICE_SHELVED] = "waiting_approval",
	[NOTICE_ERROR] = "error",
	[NOTICE_PLAN_READY] = "plan_ready",
	[NOTICE_PLAN_FAILED] = "plan_failed",
	[NOTICE_ROLLED_BACK] = "rolled_back",
	[NOTICE_NOT_ROLLED_BACK] = "rollback_failed",
	[NOTICE_REPORT] = "report",
	[NOTICE_PROGRESS] = "progress",
};
_Static_assert(
    ARRAY_SIZE(notice_event_name) == NOTICE_EVENTS, "name every event");

enum { VERIFIED_LINES = 3, REFUTED_LINES = 15 };

static const char pause_head[] = "⏸️ Paused. Next: Task";
static const char rule[] = "──────────────────\n";

static void say_summary(
    struct buf *out, const struct task_record *t, command_set enabled)
{
	const char *text = t->outcome.summary;

	if (text == NULL || text[0] == '\0')
		return;
	buf_addf(out, "\n💬 %s\n", text);
	if (strlen(text) > SUMMARY_MAX - 8 && (enabled & 1u << CMD_OUTPUT)) {
		buf_adds(out, "(The rest: ");
		say_command(out, CMD_OUTPUT, true, enabled);
		buf_addf(out, " %d)\n", t->task.number);
	}
	buf_addc(out, '\n');
}

void say_question(struct buf *out, const struct session *s, const char *head,
    const char *paused, command_set enabled)
{
	const struct task_record *t = session_current(s);

	switch (s->phase) {
	case PHASE_APPROVAL:
		say_task_card(out, s, t, head);
		say_reached(out, s);
		say_asked(out, s, enabled);
		return;
	case PHASE_PAUSED:
		say_task_card(out, s, t, paused);
		break;
	case PHASE_RUNNING: /* task_started follows at once */
		return;
	case PHASE_COMPLETED:
		if (session_denied(s) != NULL)
			break;
		return;
	default:
		say_now(out, s, enabled);
		buf_addc(out, '\n');
	}
	buf_addc(out, '\n');
	say_choices(out, s, enabled);
}

/* What can be seen of it, before what Claude says of it. */
static void say_evidence(struct buf *out, const struct task_record *t,
    int lines, command_set enabled)
{
	say_verification(out, &t->outcome, lines);
	say_changes(out, t, enabled);
	say_spent(out, &t->outcome);
}

static void say_completed(struct buf *out, const struct session *s,
    const struct task_record *t, command_set enabled)
{
	bool clean = task_is_clean(t);

	say_news(out, s, t, clean ? "✅ " : "⚠️ ",
	    clean ? "complete!" : "complete, but for what was denied");
	say_evidence(out, t, VERIFIED_LINES, enabled);
	if (t->outcome.denials > 0) {
		buf_adds(out, "⚠️ Claude was denied ");
		say_denied(out, &t->outcome);
		buf_adds(out, ". See whether the task is really done.\n");
	}
	say_summary(out, t, enabled);
	buf_adds(out, "📊 Progress: ");
	say_progress(out, s);
	buf_addc(out, '\n');
	if (s->phase != PHASE_COMPLETED && s->phase != PHASE_RUNNING)
		buf_addf(out, "\n%s\n", rule);
	say_question(out, s, "Next: Task", pause_head, enabled);
}

static void say_failed(struct buf *out, const struct session *s,
    const struct task_record *t, command_set enabled)
{
	const char *words = result_words[t->outcome.result];

	say_news(out, s, t, words == NULL ? "❌ " : "⚠️ ",
	    words == NULL ? "failed" : words);
	if (t->outcome.error != NULL)
		buf_addf(out, "%s\n\n", t->outcome.error);
	say_evidence(out, t, REFUTED_LINES, enabled);
	if (t->outcome.verification.result != RESULT_NONE)
		say_summary(out, t, enabled);
	buf_adds(out, "📊 Progress: ");
	say_progress(out, s);
	buf_addf(out, "\n\n%s\n", rule);
	say_choices(out, s, enabled);
}

static void say_recovered(struct buf *out, const struct session *s,
    const struct task_record *t, command_set enabled)
{
	say_news(out, s, t, "⚠️ ", "was cut off");
	if (s->phase == PHASE_RUNNING) {
		buf_adds(out,
		    "It is being run again, once, because on_interrupted says resume.\n");
		return;
	}
	say_reached(out, s);
	buf_adds(out, "Look at what it left behind before you decide.\n\n");
	say_choices(out, s, enabled);
}

static void say_limit(struct buf *out, const struct session *s,
    const struct task_record *t, command_set enabled)
{
	say_news(out, s, t, "⏳ ", "waits for the end of a usage limit");
	if (t->outcome.error != NULL)
		buf_addf(out, "%s\n\n", t->outcome.error);
	buf_adds(out, "It goes on by itself ");
	say_time(out, s->parked_until, s->last_activity, "at ", "on ");
	buf_adds(out, ", where it was.\n");
	say_changes(out, t, enabled);
	say_spent(out, &t->outcome);
	buf_adds(out, "📊 Progress: ");
	say_progress(out, s);
	buf_addf(out, "\n\n%s\n", rule);
	say_choices(out, s, enabled);
}

/* "✔️ Approved by Anna at 2:03 PM" */
static void say_decided(
    struct buf *out, const char *command, const char *by, int64_t at)
{
	static const char *const done[COMMANDS] = {
		[CMD_START] = "Started",
		[CMD_APPROVE] = "Approved",
		[CMD_PAUSE] = "Paused",
		[CMD_RESUME] = "Resumed",
		[CMD_SKIP] = "Skipped",
		[CMD_RETRY] = "Run again",
		[CMD_CANCEL] = "Cancelled",
		[CMD_STOP] = "Stopped",
		[CMD_ALLOW] = "Allowed",
		[CMD_ALWAYS] = "Allowed for this session",
		[CMD_DENY] = "Denied",
		[CMD_ANSWER] = "Answered",
		[CMD_ROLLBACK] = "Rolled back",
		[CMD_RAISE] = "Limit raised",
	};
	int c = command_find(command);

	buf_addf(
	    out, "✔️ %s", c >= 0 && done[c] != NULL ? done[c] : command);
	if (by != NULL)
		buf_addf(out, " by %s", by);
	say_time(out, at, at, " at ", " at ");
}

/* Who did what the line above tells of; what was skipped stands in front. */
static void say_deed(struct buf *out, const struct deed *d)
{
	if (d == NULL || d->kind == EV_SKIP)
		return;
	say_decided(out, event_name[d->kind], d->by, d->at);
	buf_addc(out, '\n');
}

static void say_started(struct buf *out, const struct session *s,
    const struct task_record *t, const struct deed *d)
{
	say_task_card(out, s, t, "⚙️ Executing task");
	if (d != NULL && d->kind != EV_START)
		say_deed(out, d);
	if (task_is_afresh(t))
		buf_adds(out, "In a fresh conversation\n");
	if (s->parked_times > 0)
		buf_adds(out, "It goes on after a usage limit\n");
	if (s->ruling.kind != RULING_NONE)
		buf_addf(out, "It goes on with what was decided: %s\n",
		    s->ruling.what);
}

static void say_paused(struct buf *out, const struct session *s,
    const struct deed *d, command_set enabled)
{
	if (d != NULL && d->kind == EV_SKIP) {
		say_question(out, s, "", pause_head, enabled);
		return;
	}
	buf_adds(out, "⏸️ Orchestrator paused\n");
	say_deed(out, d);
	buf_addc(out, '\n');
	say_place(out, s);
	buf_addc(out, '\n');
	say_now(out, s, enabled);
}

static void say_resumed(struct buf *out, const struct session *s,
    const struct deed *d, command_set enabled)
{
	static const char head[] = "Continuing from: Task";

	buf_adds(out, "▶️ Orchestrator resumed\n");
	say_deed(out, d);
	buf_addc(out, '\n');
	if (s->phase != PHASE_APPROVAL) {
		say_task_card(out, s, session_current(s), head);
		buf_addc(out, '\n');
	}
	say_question(out, s, head, pause_head, enabled);
}

static void say_session_started(struct buf *out, const struct session *s,
    const struct deed *d, command_set enabled)
{
	buf_addf(out, "🤖 Session started: %s\n", s->task_file);
	say_deed(out, d);
	buf_addc(out, '\n');
	say_list(out, s);
	buf_addc(out, '\n');
	say_question(out, s, "First: Task", pause_head, enabled);
}

void message_notice(struct buf *out, const struct session *s,
    enum notice_event event, const struct task_record *t,
    const struct deed *deed, command_set enabled)
{
	/* What was skipped comes first, whatever follows it. */
	if (deed != NULL && deed->kind == EV_SKIP && deed->task != NULL) {
		say_skipped(out, deed->task);
		if (deed->by != NULL)
			buf_addf(out, " (by %s)", deed->by);
		buf_adds(out, "\n\n");
	}
	switch (event) {
	case NOTICE_SESSION_STARTED:
		say_session_started(out, s, deed, enabled);
		break;
	case NOTICE_TASK_STARTED:
		say_started(out, s, t, deed);
		break;
	case NOTICE_TASK_COMPLETED:
		say_completed(out, s, t, enabled);
		break;
	case NOTICE_TASK_FAILED:
		say_failed(out, s, t, enabled);
		break;
	case NOTICE_WAITING:
		buf_adds(out, "⏳ Waiting for you\n\n");
		say_question(out, s, "Next: Task", pause_head, enabled);
		break;
	case NOTICE_PAUSED:
		say_paused(out, s, deed, enabled);
		break;
	case NOTICE_RESUMED:
		say_resumed(out, s, deed, enabled);
		break;
	case NOTICE_SESSION_COMPLETED:
	case NOTICE_SESSION_STOPPED:
		buf_addf(out, "%s\n",
		    event == NOTICE_SESSION_STOPPED ? "⏹️ Session stopped"
						    : "🏁 Session completed!");
		say_deed(out, deed);
		buf_addc(out, '\n');
		say_verdicts(out, s);
		break;
	case NOTICE_RECOVERED:
		say_recovered(out, s, t, enabled);
		break;
	case NOTICE_LIMIT:
		say_limit(out, s, t, enabled);
		break;
	default:
		bug("event %d brings its own text", event);
	}
	buf_trim(out);
	message_cut(out);
}

void message_reminder(struct buf *out, const struct session *s, int64_t since,
    int64_t now, command_set enabled)
{
	buf_adds(out, "⏰ Still waiting for you, ");
	say_time(out, since, now, "since ", "since ");
	buf_adds(out, "\n\n");
	say_question(out, s, "Next: Task", pause_head, enabled);
	buf_trim(out);
	message_cut(out);
}

void message_progress(
    struct buf *out, const struct session *s, const struct progress *p)
{
	const struct outcome spent = { .duration_ms = p->elapsed * 1000,
		.cost_usd = p->cost_usd };

	say_task_card(out, s, session_current(s), "⚙️ Executing task");
	if (p->activity != NULL)
		buf_addf(out, "\n🔧 %s\n", p->activity);
	say_spent(out, &spent);
	buf_trim(out);
	message_cut(out);
}

void message_decided(struct buf *out, const struct decision *d)
{
	say_decided(out, d->command, d->by, d->at);
}

void message_late(struct buf *out, int64_t when, int64_t late)
{
	buf_adds(out, "🕓 ");
	say_time(out, when, when + late, "From ", "From ");
	buf_adds(out, ", ");
	say_duration(out, late);
	buf_adds(out, " late\n\n");
}
