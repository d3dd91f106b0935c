/* message_parts.c - phrases that several messages share. */
#include "core/message_parts.h"

static size_t position(const struct session *s, const struct task_record *t)
{
	return (size_t)(t - s->tasks) + 1;
}

void say_task(struct buf *out, const struct session *s,
    const struct task_record *t, const char *word)
{
	size_t at = position(s, t);

	if ((size_t)t->task.number == at)
		buf_addf(out, "%s %zu/%zu", word, at, s->n);
	else
		buf_addf(
		    out, "%s %d (%zu/%zu)", word, t->task.number, at, s->n);
}

void say_task_card(struct buf *out, const struct session *s,
    const struct task_record *t, const char *before)
{
	say_task(out, s, t, before);
	buf_addf(out, "\n📝 %s\nType: %s\n", t->task.title, t->task.type);
}

void say_progress(struct buf *out, const struct session *s)
{
	struct session_counts c;
	size_t behind;

	session_count(s, &c);
	behind = (size_t)(c.completed + c.skipped);
	buf_addf(out, "%zu/%zu (%zu%%)", behind, s->n,
	    s->n == 0 ? 0 : behind * 100 / s->n);
}

void say_duration(struct buf *out, int64_t seconds)
{
	if (seconds >= 3600)
		buf_addf(out, "%ld h %ld m", (long)(seconds / 3600),
		    (long)(seconds / 60 % 60));
	else if (seconds >= 60)
		buf_addf(out, "%ld m %ld s", (long)(seconds / 60),
		    (long)(seconds % 60));
	else
		buf_addf(out, "%ld s", (long)seconds);
}

/* %s is the current task; the commands are what the table allows there. */
static const char *const now_words[] = {
	[PHASE_IDLE] = "No session has been started: /start begins one.",
	[PHASE_APPROVAL] = "%s waits for approval: /approve, /skip, /pause "
			   "or /stop.",
	[PHASE_FAILED] = "%s did not succeed: /retry, /skip, /pause or "
			 "/stop.",
	[PHASE_INTERRUPTED] = "%s was interrupted: /retry, /skip, /pause or "
			      "/stop.",
	[PHASE_RUNNING] = "%s is running: /pause, /cancel or /stop.",
	[PHASE_PAUSING] = "%s is running and a pause follows it: /resume, "
			  "/cancel or /stop.",
	[PHASE_CANCELLING] = "%s is being cancelled: wait a moment, or "
			     "/stop.",
	[PHASE_STOPPING] = "%s is being ended and the session with it: wait "
			   "a moment.",
	[PHASE_PAUSED] = "Paused before %s: /resume, /skip or /stop.",
	[PHASE_PAUSED_APPROVAL] = "Paused at %s: /resume, /skip or /stop.",
	[PHASE_PAUSED_FAILED] = "Paused at %s, which did not succeed: "
				"/resume, /retry, /skip or /stop.",
	[PHASE_PAUSED_INTERRUPTED] = "Paused at %s, which was interrupted: "
				     "/resume, /retry, /skip or /stop.",
	[PHASE_COMPLETED] = "The session is completed: /start begins a new "
			    "one, /retry runs its last task again.",
	[PHASE_STOPPED] = "The session was stopped: /start begins a new "
			  "one.",
};
_Static_assert(ARRAY_SIZE(now_words) == PHASES, "words for every phase");

void say_now(struct buf *out, const struct session *s)
{
	const char *words = now_words[s->phase];
	const char *slot = strstr(words, "%s");

	if (slot == NULL) {
		buf_adds(out, words);
		return;
	}
	buf_add(out, words, (size_t)(slot - words));
	say_task(out, s, session_current(s), slot == words ? "Task" : "task");
	buf_adds(out, slot + 2);
}

/* What a button does, in the words that follow its command. */
static const char *const purpose[COMMANDS] = {
	[CMD_START] = "to begin a new list",
	[CMD_APPROVE] = "to run it",
	[CMD_SKIP] = "to skip it",
	[CMD_PAUSE] = "to pause",
	[CMD_RESUME] = "to continue",
	[CMD_RETRY] = "to try again",
	[CMD_CANCEL] = "to end this task",
	[CMD_STOP] = "to end the session",
	[CMD_STATUS] = "for details",
	[CMD_LOGS] = "to see why",
	[CMD_HELP] = "for help",
};

void say_choices(struct buf *out, const struct session *s, command_set enabled)
{
	struct actions a;

	actions_for(&a, s, enabled);
	for (size_t i = 0; i < a.n; i++) {
		size_t word = strcspn(a.v[i].command, " ");
		int cmd;

		a.v[i].command[word] = '\0';
		cmd = command_find(a.v[i].command + 1);
		buf_addf(out, "%s%s %s", i > 0 ? ", " : "", a.v[i].command,
		    purpose[cmd]);
	}
	if (a.n > 0)
		buf_addc(out, '\n');
}

enum { LIST_SHOWN = 25 };

void say_list(struct buf *out, const struct session *s)
{
	buf_addf(out, "Found %zu task%s:\n", s->n, s->n == 1 ? "" : "s");
	for (size_t i = 0; i < s->n && i < LIST_SHOWN; i++)
		buf_addf(out, "%d. %s (%s)\n", s->tasks[i].task.number,
		    s->tasks[i].task.title, s->tasks[i].task.type);
	if (s->n > LIST_SHOWN)
		buf_addf(out, "... and %zu more\n", s->n - LIST_SHOWN);
}
