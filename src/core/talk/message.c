/* message.c - the answers to commands: what was done, or why it was not. Those
 * to `plan` are in message_plan.c. */
#include "core/talk/message_parts.h"
#include "core/session/phases.h"

/* A character past the basic plane is two. */
size_t message_units(unsigned char byte)
{
	return (byte & 0xc0) == 0x80 ? 0 : byte >= 0xf0 ? 2 : 1;
}

size_t message_length(const struct buf *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++)
		n += message_units((unsigned char)text->data[i]);
	return n;
}

void message_cut(struct buf *text)
{
	static const char tail[] = "\n... (cut)";
	size_t units = 0, keep = 0;

	for (size_t i = 0; i < text->len; i++) {
		unsigned char c = (unsigned char)text->data[i];

		if ((c & 0xc0) == 0x80)
			continue;
		if (units + sizeof(tail) <= MESSAGE_MAX)
			keep = i;
		units += message_units(c);
	}
	if (units <= MESSAGE_MAX)
		return;
	buf_truncate(text, keep);
	buf_adds(text, tail);
}

/* The phone is told when it ends; whoever sits at a terminal has to look. */
static void say_executing(struct buf *out, const struct session *s,
    const struct task_record *t, command_set enabled)
{
	buf_adds(out, "⚙️ ");
	say_task_card(out, s, t, "Executing task");
	if (task_is_afresh(t))
		buf_adds(out, "In a fresh conversation\n");
	buf_adds(out, enabled & AT_TERMINAL
			  ? "\norchestrator status says how it goes.\n"
			  : "\nPlease wait...\n");
}

/* After a start, a skip, a resume: what the session does now. */
static void say_next(
    struct buf *out, const struct session *s, command_set enabled)
{
	if (s->phase == PHASE_RUNNING)
		say_executing(out, s, session_current(s), enabled);
	else if (s->phase == PHASE_COMPLETED)
		buf_adds(out,
		    "🏁 That was the last task: the session is completed.\n");
	else
		say_question(out, s, "Next: Task",
		    "⏸️ Still paused. Next: Task", enabled);
}

static void say_started(
    struct buf *out, const struct session *s, command_set enabled)
{
	buf_addf(out,
	    "🤖 Orchestrator starting...\n\n📋 Loading tasks from: %s\n\n",
	    s->task_file);
	say_list(out, s);
	buf_addc(out, '\n');
	if (s->phase == PHASE_RUNNING) {
		say_executing(out, s, session_current(s), enabled);
		return;
	}
	buf_adds(out, "▶️ Ready to begin!\n\n");
	say_task_card(out, s, session_current(s), "First: Task");
	say_reached(out, s);
	say_asked(out, s, enabled);
}

static void say_paused(
    struct buf *out, const struct session *s, command_set enabled)
{
	if (s->phase == PHASE_PAUSING) {
		buf_adds(out, "⏸️ The session pauses when ");
		say_task(out, s, session_current(s), "task");
		buf_adds(out, " has ended.\n\n");
		say_choices(out, s, enabled);
		return;
	}
	buf_adds(out, "⏸️ Orchestrator paused\n\n");
	say_place(out, s);
	buf_adds(out, "\nState saved.");
	if (enabled & 1u << CMD_RESUME) {
		buf_adds(out, " Use ");
		say_command(out, CMD_RESUME, true, enabled);
		buf_adds(out, " to continue.");
	}
	buf_addc(out, '\n');
}

static void say_resumed(struct buf *out, const struct session *s,
    const struct change *c, command_set enabled)
{
	const struct task_record *t = session_current(s);

	buf_adds(out, "▶️ Orchestrator resumed\n\n");
	if (c->from == PHASE_PAUSING) {
		buf_adds(out, "No pause follows ");
		say_task(out, s, t, "task");
		buf_adds(out, ", which goes on.\n");
		return;
	}
	say_task_card(out, s, t, "Continuing from: Task");
	buf_addc(out, '\n');
	if (s->phase == PHASE_RUNNING)
		buf_adds(out, "⚙️ It is being executed. Please wait...\n");
	else
		say_choices(out, s, enabled);
}

static void say_ended(struct buf *out, const struct session *s,
    enum event_kind kind, const struct change *c)
{
	if (kind == EV_CANCEL) {
		buf_adds(out, "🛑 Cancelling ");
		say_task(out, s, c->task, "task");
		buf_adds(out, ": ");
		say_title(out, c->task->task.title);
	} else if (s->phase == PHASE_STOPPING) {
		buf_adds(out, "⏹️ Ending ");
		say_task(out, s, c->task, "task");
		buf_adds(out, " and then the session.\n");
	} else {
		buf_adds(out, "⏹️ Session stopped\n\n📊 Progress: ");
		say_progress(out, s);
	}
}

static void say_ruled(
    struct buf *out, const struct session *s, enum event_kind kind)
{
	buf_addf(out, "%s: %s\n\n",
	    kind == EV_DENY     ? "🚫 Denied"
	    : kind == EV_ALWAYS ? "✅ Allowed for this session"
	    : kind == EV_ANSWER ? "✅ Answered"
				: "✅ Allowed once",
	    s->decisions[s->n_decisions - 1].what);
	if (session_is_asked(s)) {
		ask_text(out, &s->ask);
		return;
	}
	say_task(out, s, session_current(s), "Task");
	buf_adds(out, " goes on.\n");
}

void message_applied(struct buf *out, const struct session *s,
    enum event_kind kind, const struct change *c, command_set enabled)
{
	switch (kind) {
	case EV_START:
		say_started(out, s, enabled);
		break;
	case EV_APPROVE:
	case EV_RETRY:
		say_executing(out, s, c->task, enabled);
		break;
	case EV_SKIP:
		say_skipped(out, c->task);
		buf_adds(out, "\n\n");
		say_next(out, s, enabled);
		break;
	case EV_PAUSE:
		say_paused(out, s, enabled);
		break;
	case EV_RESUME:
		say_resumed(out, s, c, enabled);
		break;
	case EV_CANCEL:
	case EV_STOP:
		say_ended(out, s, kind, c);
		break;
	case EV_RAISE:
		buf_adds(out, "💰 For this session ");
		budget_say_limit(out, &c->spent);
		buf_adds(out, "\n\n");
		say_next(out, s, enabled);
		break;
	case EV_ALLOW:
	case EV_ALWAYS:
	case EV_DENY:
	case EV_ANSWER:
		say_ruled(out, s, kind);
		break;
	default:
		bug("event %d is no command", kind);
	}
	buf_trim(out);
	message_cut(out);
}

void message_added(struct buf *out, const struct added *x, command_set enabled)
{
	buf_addf(out, "➕ Task %d of %zu %s\n📝 ", x->task->number, x->total,
	    x->in_session ? "has been added to the session" : "has been added");
	say_title(out, x->task->title);
	buf_adds(out, "\nType: ");
	say_title(out, x->task->type);
	buf_addf(out, "\n%s\n",
	    x->waits
		? "It waits for your approval before it runs."
		: "It runs without asking: its type is approved beforehand.");
	if (x->list != NULL)
		buf_addf(out, "\n📋 %s\n", x->list);
	else
		buf_adds(out,
		    "\nThe session's list is not in tasks_dir, or no longer there: no file was changed.\n");
	if (x->kept)
		buf_adds(out,
		    "The list that was there is done, and kept beside it.\n");
	if (!x->in_session && enabled & 1u << CMD_START) {
		buf_addc(out, '\n');
		say_command(out, CMD_START, true, enabled);
		buf_adds(out, " to begin\n");
	}
	buf_trim(out);
	message_cut(out);
}

void message_noted(struct buf *out, const char *path, command_set enabled)
{
	buf_addf(out, "🗒️ Noted in %s\n", path);
	if (enabled & 1u << CMD_PLAN) {
		buf_addc(out, '\n');
		say_command(out, CMD_PLAN, true, enabled);
		buf_adds(out, " makes a list from it\n");
	}
	buf_trim(out);
}

void message_refused(struct buf *out, const struct session *s,
    enum event_kind kind, const struct change *c, int64_t now,
    command_set enabled)
{
	const struct task_record *t = session_current(s);

	if (c->refusal == REFUSED_STALE && c->stale == NULL) {
		buf_adds(out, "That is no longer what is asked. Now: ");
		say_now(out, s, enabled);
	} else if (c->refusal == REFUSED_STALE) {
		buf_addf(out, "That has been decided: %s for task %d by %s ",
		    c->stale->command, c->stale->task, c->stale->by);
		say_time(out, c->stale->at, now, "at ", "on ");
		buf_adds(out, ". Now: ");
		say_now(out, s, enabled);
	} else if (c->refusal == REFUSED_SPENT) {
		buf_addf(out, "Cannot %s now: ", event_name[kind]);
		budget_say(out, session_task(s, 0), &c->spent);
		buf_adds(out, ". ");
		say_now(out, s, enabled);
	} else if (kind == EV_CANCEL &&
		   phases[s->phase].status == SESSION_RUNNING &&
		   s->phase != PHASE_CANCELLING && s->phase != PHASE_STOPPING) {
		say_task(out, s, t, "Task");
		buf_adds(out,
		    " has just finished; its result is being taken in. There is nothing left to cancel.");
	} else {
		buf_addf(out, "Cannot %s now. ", event_name[kind]);
		say_now(out, s, enabled);
	}
	message_cut(out);
}
