/* message_parts.c - phrases that several messages share. */
#include "core/talk/message_parts.h"
#include "core/session/phases.h"
#include "core/session/session_grant.h"

#include "base/clock.h"

enum { TITLE_SHOWN = 100, LIST_SHOWN = 25 };

const char *const result_words[TASK_RESULTS] = {
	[RESULT_TIMEOUT] = "timed out",
	[RESULT_CANCELLED] = "was cancelled",
	[RESULT_INTERRUPTED] = "was interrupted",
};

void say_task(struct buf *out, const struct session *s,
    const struct task_record *t, const char *word)
{
	size_t at = (size_t)(t - s->tasks) + 1;

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
	buf_adds(out, "\n📝 ");
	say_title(out, t->task.title);
	buf_adds(out, "\nType: ");
	say_title(out, t->task.type);
	buf_addc(out, '\n');
}

void say_news(struct buf *out, const struct session *s,
    const struct task_record *t, const char *sign, const char *news)
{
	buf_adds(out, sign);
	say_task(out, s, t, "Task");
	buf_addf(out, " %s\n📝 ", news);
	say_title(out, t->task.title);
	buf_adds(out, "\n\n");
}

void say_skipped(struct buf *out, const struct task_record *t)
{
	buf_addf(out, "⏭️ Skipped task %d: ", t->task.number);
	say_title(out, t->task.title);
}

void say_title(struct buf *out, const char *title)
{
	size_t n = 0;

	for (int i = 0; i < TITLE_SHOWN && title[n] != '\0'; i++)
		do
			n++;
		while (((unsigned char)title[n] & 0xc0) == 0x80);
	buf_add(out, title, n);
	if (title[n] != '\0')
		buf_adds(out, "...");
}

void say_list_line(struct buf *out, const struct task *t)
{
	buf_addf(out, "%d. ", t->number);
	say_title(out, t->title);
	buf_adds(out, " (");
	say_title(out, t->type);
	buf_adds(out, ")\n");
}

void say_list(struct buf *out, const struct session *s)
{
	buf_addf(out, "Found %zu task%s:\n", s->n, s->n == 1 ? "" : "s");
	for (size_t i = 0; i < s->n && i < LIST_SHOWN; i++)
		say_list_line(out, &s->tasks[i].task);
	if (s->n > LIST_SHOWN)
		buf_addf(out, "... and %zu more\n", s->n - LIST_SHOWN);
}

void say_marked(struct buf *out, const struct task_record *t)
{
	static const char *const mark[TASK_STATUSES] = {
		[TASK_PENDING] = "⏳",
		[TASK_RUNNING] = "⚙️",
		[TASK_COMPLETED] = "✅",
		[TASK_FAILED] = "❌",
		[TASK_SKIPPED] = "⏭️",
		[TASK_INTERRUPTED] = "⚠️",
	};
	bool unclean = t->status == TASK_COMPLETED && !task_is_clean(t);

	buf_addf(out, "%s %d. ", unclean ? "⚠️" : mark[t->status],
	    t->task.number);
	say_title(out, t->task.title);
}

/* Does the line of task i fit into what is left of *room? Takes it. */
static bool take_line(
    const struct session *s, size_t i, size_t *room, say_line *say)
{
	struct buf line = BUF_INIT;
	size_t n;

	say(&line, s, i);
	n = message_length(&line);
	buf_release(&line);
	if (n > *room)
		return false;
	*room -= n;
	return true;
}

void say_window(
    struct buf *out, const struct session *s, size_t room, say_line *say)
{
	size_t first = s->current > 0 ? s->current - 1 : 0, end = first;
	bool below = true, above = true;

	while (below || above) {
		below = below && end < s->n && take_line(s, end, &room, say);
		end += below;
		above =
		    above && first > 0 && take_line(s, first - 1, &room, say);
		first -= above;
	}
	if (first > 0)
		buf_addf(out, "... %zu before\n", first);
	for (size_t i = first; i < end; i++)
		say(out, s, i);
	if (end < s->n)
		buf_addf(out, "... and %zu more\n", s->n - end);
}

void say_parked(struct buf *out, const struct session *s)
{
	if (s->phase == PHASE_ASKED)
		buf_adds(out,
		    "Parked: nothing runs and nothing is paid until you answer\n");
}

void say_time(
    struct buf *out, int64_t when, int64_t now, const char *at, const char *on)
{
	char day[CLOCK_TEXT], today[CLOCK_TEXT], text[CLOCK_TEXT];
	bool is_today;

	clock_local(when, "%Y-%m-%d", day);
	clock_local(now, "%Y-%m-%d", today);
	is_today = strcmp(day, today) == 0;
	clock_local(when, is_today ? "%-I:%M %p" : "%b %-d at %-I:%M %p", text);
	buf_addf(out, "%s%s", is_today ? at : on, text);
}

void say_place(struct buf *out, const struct session *s)
{
	struct session_counts n;

	session_count(s, &n);
	buf_adds(out, "Current: ");
	say_task(out, s, session_current(s), "Task");
	buf_addf(out, "\nCompleted: %d/%zu\n", n.completed, s->n);
}

void say_progress(struct buf *out, const struct session *s)
{
	struct session_counts c;
	size_t done;

	session_count(s, &c);
	done = (size_t)c.completed;
	buf_addf(out, "%zu/%zu (%zu%%)", done, s->n,
	    s->n == 0 ? 0 : done * 100 / s->n);
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

void say_spent(struct buf *out, const struct outcome *o)
{
	buf_adds(out, "⏱️ ");
	say_duration(out, o->duration_ms / 1000);
	if (o->num_turns > 0)
		buf_addf(out, ", %d turn%s", o->num_turns,
		    o->num_turns == 1 ? "" : "s");
	if (o->cost_usd > 0)
		buf_addf(out, ", $%.2f", o->cost_usd);
	buf_addc(out, '\n');
}

void say_verification(struct buf *out, const struct outcome *o, int lines)
{
	const struct verification *v = &o->verification;
	const char *from;

	if (v->result == RESULT_NONE)
		return;
	buf_adds(out, v->result == RESULT_SUCCESS ? "🧪 Verified: "
						  : "🧪 Not verified: ");
	say_title(out, v->command);
	buf_adds(out, " (");
	if (v->exit_code > 0)
		buf_addf(out, "exit status %d, ", v->exit_code);
	say_duration(out, v->duration_ms / 1000);
	buf_adds(out, ")\n");
	if (v->output == NULL || lines <= 0)
		return;
	for (from = v->output + strlen(v->output); from > v->output; from--)
		if (from[-1] == '\n' && --lines == 0)
			break;
	while (*from != '\0') {
		size_t n = strcspn(from, "\n");

		buf_addf(out, "│ %.*s\n", (int)n, from);
		from += n + (from[n] == '\n');
	}
}

void say_changes(
    struct buf *out, const struct task_record *t, command_set enabled)
{
	const struct changes *c = &t->outcome.changes;

	if (!c->known)
		return;
	if (c->files == 0) {
		buf_adds(out, "📁 No file changed\n");
		return;
	}
	buf_addf(out, "📁 %d file%s changed, +%d −%d", c->files,
	    c->files == 1 ? "" : "s", c->added, c->removed);
	if (enabled & 1u << CMD_DIFF) {
		buf_adds(out, " (");
		say_command(out, CMD_DIFF, true, enabled);
		buf_addf(out, " %d)", t->task.number);
	}
	buf_addc(out, '\n');
}

/* Of a task that failed by it, its error says so. */
void say_reached(struct buf *out, const struct session *s)
{
	if (s->reached.limit == LIMIT_NONE)
		return;
	buf_adds(out, "💰 Nothing is left for it: ");
	budget_say(out, session_current(s), &s->reached);
	buf_addc(out, '\n');
}

void say_denied(struct buf *out, const struct outcome *o)
{
	size_t named = o->denied.n;
	size_t all = (size_t)o->denials > named ? (size_t)o->denials : named;

	if (named == 0) {
		buf_addf(out, "%zu tool%s", all, all == 1 ? "" : "s");
		return;
	}
	for (size_t i = 0; i < named; i++)
		buf_addf(out, "%s%s", i > 0 ? ", " : "", o->denied.v[i]);
	if (all > named)
		buf_addf(out, " and %zu more", all - named);
}

void say_command(
    struct buf *out, enum command c, bool first, command_set enabled)
{
	if ((enabled & AT_TERMINAL) == 0)
		buf_addc(out, '/');
	else if (first)
		buf_adds(out, "orchestrator ");
	buf_adds(out, command_info[c].name);
}

/* What a command does here, where that needs saying. */
static const char *effect_of(enum phase phase, enum command c)
{
	if (c == CMD_START)
		return phase == PHASE_IDLE ? "begins one" : "begins a new one";
	if (c == CMD_RETRY && phase == PHASE_COMPLETED)
		return "runs its last task again";
	if (c == CMD_RESUME && phase == PHASE_LIMIT)
		return "tries at once";
	if (c == CMD_STOP && phase == PHASE_CANCELLING)
		return "ends the session too";
	return NULL;
}

/* A retry of the task before the one that is asked about is not offered in
 * words: a button names it, where a tool was denied in it. */
static bool is_worth_saying(const struct session *s, enum command c)
{
	return session_allows(s, (enum event_kind)event_of_command(c)) &&
	       (c != CMD_APPROVE || s->reached.limit == LIMIT_NONE) &&
	       (c != CMD_RETRY || (session_retriable(s) == session_current(s) &&
				      !budget_is_shared(s->reached.limit)));
}

/* ": /approve, /skip or /stop", ": /start begins one". */
static void say_commands(
    struct buf *out, const struct session *s, command_set enabled)
{
	static const enum command order[] = { CMD_ALLOW, CMD_ALWAYS, CMD_ANSWER,
		CMD_DENY, CMD_RAISE, CMD_START, CMD_APPROVE, CMD_RESUME,
		CMD_RETRY, CMD_SKIP, CMD_PAUSE, CMD_CANCEL, CMD_STOP };
	enum command fit[ARRAY_SIZE(order)];
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (enabled & (1u << order[i]) && is_worth_saying(s, order[i]))
			fit[n++] = order[i];
	for (size_t i = 0; i < n; i++) {
		const char *effect = effect_of(s->phase, fit[i]);

		buf_adds(out, i == 0                        ? ": "
			      : i + 1 < n || effect != NULL ? ", "
							    : " or ");
		say_command(out, fit[i], i == 0, enabled);
		if (effect != NULL)
			buf_addf(out, " %s", effect);
	}
}

void say_now(struct buf *out, const struct session *s, command_set enabled)
{
	enum question q = session_question(s);
	const char *words = q == ASK_PERMISSION
				? "Claude asks for permission in %s"
			    : q == ASK_QUESTION ? "Claude asks something in %s"
						: phases[s->phase].now;
	const char *slot = strstr(words, "%s");

	if (slot == NULL) {
		buf_adds(out, words);
	} else {
		buf_add(out, words, (size_t)(slot - words));
		say_task(out, s, session_current(s),
		    slot == words ? "Task" : "task");
		buf_adds(out, slot + 2);
	}
	if (s->phase == PHASE_LIMIT) {
		buf_adds(out, " and goes on by itself ");
		say_time(out, s->parked_until, s->last_activity, "at ", "on ");
	}
	say_commands(out, s, enabled);
	buf_addc(out, '.');
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
	[CMD_ALLOW] = "to let it, once",
	[CMD_RAISE] = "to let it cost as much again",
	[CMD_DENY] = "to refuse (a reason may stand behind it)",
	[CMD_ROLLBACK] = "to undo what it changed",
	[CMD_SHOW] = "to see it again",
	[CMD_STOP] = "to end the session",
	[CMD_STATUS] = "for details",
	[CMD_LOGS] = "to see why",
	[CMD_HELP] = "for help",
};

/* A button each would say the same four times. */
static void say_how_to_answer(struct buf *out, command_set enabled)
{
	if (enabled & (1u << CMD_ANSWER)) {
		say_command(out, CMD_ANSWER, true, enabled);
		buf_adds(out, " with a number or words of your own");
	}
	if (enabled & (1u << CMD_DENY)) {
		buf_adds(out, enabled & (1u << CMD_ANSWER) ? ", " : "");
		say_command(out, CMD_DENY, false, enabled);
		buf_adds(out, " to leave it open");
	}
	buf_addc(out, '\n');
}

/* What a button of cmd does. */
static void say_purpose(struct buf *out, const struct session *s, int cmd)
{
	/* Where two tasks are in question it says which of them it is about. */
	const struct task_record *again = session_denied(s);

	if (s->phase == PHASE_LIMIT && cmd == CMD_RESUME) {
		buf_adds(out, "to try at once");
	} else if (cmd == CMD_ALWAYS) {
		char *folder = grant_folder(&s->ask);
		struct buf line = BUF_INIT;

		grant_line(&line, &s->ask);
		buf_addf(out, "to let %s for this session",
		    folder == NULL ? "exactly this" : line.data);
		buf_release(&line);
		free(folder);
	} else if (again != NULL && cmd == CMD_RETRY) {
		buf_addf(out, "to run task %d again", again->task.number);
	} else if (again != NULL && (cmd == CMD_APPROVE || cmd == CMD_SKIP)) {
		buf_addf(out, "to %s task %d", cmd == CMD_SKIP ? "skip" : "run",
		    session_current(s)->task.number);
	} else {
		buf_adds(out, purpose[cmd]);
	}
}

void say_choices(struct buf *out, const struct session *s, command_set enabled)
{
	struct actions a;

	if (session_question(s) == ASK_QUESTION) {
		say_how_to_answer(out, enabled);
		return;
	}
	actions_for(&a, s, s->last_activity, enabled);
	for (size_t i = 0; i < a.n; i++) {
		size_t word = strcspn(a.v[i].command, " ");
		int cmd;

		a.v[i].command[word] = '\0';
		cmd = command_find(a.v[i].command + 1);
		buf_adds(out, i > 0 ? ", " : "");
		say_command(out, (enum command)cmd, i == 0, enabled);
		buf_addc(out, ' ');
		say_purpose(out, s, cmd);
	}
	if (a.n > 0)
		buf_addc(out, '\n');
}
