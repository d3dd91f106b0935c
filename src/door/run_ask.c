/* run_ask.c - what the session asks, and who answers it: the person at the
 * terminal, --yes, or nobody. The phone may be quicker at any time. */
#include "core/talk/message_parts.h"
#include "door/run_parts.h"

#include <poll.h>
#include <strings.h>

enum { REFUSALS_MAX = 100 }; /* 20 s of them */

int run_send(struct run *r, enum command command, const char *decision,
    const char *feedback)
{
	struct request request = REQUEST_INIT;
	struct answer answer = ANSWER_INIT;
	struct error err = ERROR_INIT;
	const char *message, *next;
	int code = CODE_DONE;

	request.command = command;
	request.at_terminal = true;
	request.decision = xstrdup(decision);
	if (command != CMD_ROLLBACK) {
		request.feedback = xstrdup(feedback);
	} else if (request_from_words(
		       &request, feedback != NULL ? feedback : "", &err) != 0) {
		answer_error(&answer, 400, NULL, err.text, NULL);
		code = CODE_USAGE;
	}
	if (code == CODE_DONE)
		code = cli_call(&r->config, &request, false, &answer);
	message = cli_message(&answer);
	next = strstr(message, "\n\nNext: ");
	/* Where what a rollback has undone is, and what it has left. */
	if (code == CODE_DONE && command == CMD_ROLLBACK)
		terminal_say(&r->terminal, STYLE_PLAIN, "%.*s",
		    (int)(next != NULL ? (size_t)(next - message)
				       : strlen(message)),
		    message);
	if (code == CODE_DONE && decision != NULL)
		snprintf(r->answered, sizeof(r->answered), "%s", decision);
	/* A refusal once, however often it is tried. */
	if (code != CODE_DONE && !str_equal(r->refusal, message)) {
		terminal_clear(&r->terminal);
		cli_fail((enum exit_code)code, "%s", message);
		xreplace(&r->refusal, message);
	}
	answer_release(&answer);
	request_release(&request);
	return code;
}

/* What may be said, what it stands for, and what `?` says of it. */
enum word {
	YES,
	ALLOW,
	ALWAYS,
	DENY,
	RESUME,
	RETRY,
	ROLLBACK,
	RAISE,
	SKIP,
	STOP,
	NO,
	QUIT,
	EXPLAIN,
	WORDS
};

/* What is asked: may a task run, what now of one that did not succeed or is
 * parked, may Claude do what it wants to in the middle of one, what does it ask
 * there. */
enum about {
	TO_RUN = 1,
	ENDED = 2,
	CLAUDE = 4,
	PARKED = 8,
	QUESTION = 16,
	ALL = TO_RUN | ENDED | CLAUDE | PARKED | QUESTION
};

static const struct {
	const char *word, *also;
	enum command command;
	unsigned about; /* which questions it answers */
	const char *help;
	bool takes_more; /* may words stand behind it? */
} words[WORDS] = {
	[YES] = { "yes", "approve", CMD_APPROVE, TO_RUN, "run it" },
	[ALLOW] = { "allow", "yes", CMD_ALLOW, CLAUDE, "let it, this once" },
	[ALWAYS] = { "always", NULL, CMD_ALWAYS, CLAUDE,
	    "let it, and the like of it, for the session" },
	[DENY] = { "deny", NULL, CMD_DENY, CLAUDE | QUESTION,
	    "refuse it; a reason for Claude may stand behind it", true },
	[RESUME] = { "resume", NULL, CMD_RESUME, PARKED,
	    "try at once; else it goes on by itself" },
	[RETRY] = { "retry", NULL, CMD_RETRY, TO_RUN | ENDED,
	    "run it again; what should be different may stand behind it",
	    true },
	[ROLLBACK] = { "rollback", NULL, CMD_ROLLBACK, TO_RUN | ENDED,
	    "undo what the last task changed; a number or force may follow",
	    true },
	[RAISE] = { "raise", NULL, CMD_RAISE, TO_RUN | ENDED,
	    "let it cost as much again, or so many dollars more, and go on",
	    true },
	[SKIP] = { "skip", NULL, CMD_SKIP, ALL,
	    "leave it out and go on to the next" },
	[STOP] = { "stop", NULL, CMD_STOP, ALL, "end the session" },
	[NO] = { "no", NULL, COMMANDS, TO_RUN | ENDED,
	    "not now: the question stays open" },
	[QUIT] = { "q", "quit", COMMANDS, TO_RUN | ENDED | PARKED,
	    "leave; orchestrator run asks again" },
	[EXPLAIN] = { "?", "help", COMMANDS, ALL, "this list" },
};

/* Is it to be answered in words? Then commands have a slash in front, and all
 * else is the answer. */
static bool asks_words(const struct session *s)
{
	return session_question(s) == ASK_QUESTION;
}

static unsigned asked_about(const struct session *s)
{
	if (session_is_asked(s))
		return asks_words(s) ? QUESTION : CLAUDE;
	if (s->phase == PHASE_LIMIT)
		return PARKED;
	return s->phase == PHASE_APPROVAL ? TO_RUN : ENDED;
}

static bool fits(const struct session *s, size_t i)
{
	const struct task_record *undoable = session_undoable(s, 0);
	enum limit reached = s->reached.limit;

	if (i == RETRY &&
	    (session_retriable(s) == NULL || budget_is_shared(reached)))
		return false;
	if ((i == RAISE && reached == LIMIT_NONE) ||
	    (i == YES && reached != LIMIT_NONE))
		return false;
	if (i == ROLLBACK &&
	    (undoable == NULL || undoable->outcome.changes.files == 0))
		return false;
	if (i == SKIP && session_status(s) == SESSION_RUNNING)
		return false;
	return (words[i].about & asked_about(s)) != 0;
}

static bool begins(const char *word, const char *said, size_t n)
{
	return word != NULL && n <= strlen(word) &&
	       strncasecmp(word, said, n) == 0;
}

/* The first word that begins like what was said: "s" skips, "st" stops; a
 * slash in front, as on the phone, is passed over. *rest is what stands
 * behind it. WORDS: none; most take no more words. */
static enum word word_of(
    const struct session *s, const char *said, const char **rest)
{
	size_t n;

	said += said[0] == '/';
	n = strcspn(said, " \t");
	*rest = said + n + strspn(said + n, " \t");
	for (size_t i = 0; i < WORDS && n > 0; i++) {
		if (!fits(s, i) || !(begins(words[i].word, said, n) ||
				       begins(words[i].also, said, n)))
			continue;
		return **rest == '\0' || words[i].takes_more ? (enum word)i
							     : WORDS;
	}
	return WORDS;
}

static const char *slash_of(const struct session *s, size_t word)
{
	return asks_words(s) && word != EXPLAIN ? "/" : "";
}

static void write_prompt(struct buf *text, const struct session *s)
{
	const struct task_record *t = session_current(s);

	if (asks_words(s)) {
		buf_adds(text, "Your answer?");
	} else if (session_is_asked(s)) {
		buf_addf(text, "May Claude use %s?", s->ask.tool);
	} else if (s->phase == PHASE_APPROVAL) {
		say_task(text, s, t, "Run task");
		buf_addf(text, ": %s?", t->task.title);
	} else if (s->phase == PHASE_LIMIT) {
		say_task(text, s, t, "Task");
		buf_adds(text, " waits.");
	} else {
		say_task(text, s, t, "Task");
		buf_addf(text, " %s. What now?",
		    s->phase == PHASE_FAILED ? "did not succeed"
					     : "was interrupted");
	}
	buf_adds(text, asks_words(s) ? " [a number or your own words, " : " [");
	for (size_t i = 0; i < WORDS; i++)
		if (fits(s, i))
			buf_addf(text, "%s%s%s", slash_of(s, i), words[i].word,
			    i == EXPLAIN    ? "]"
			    : asks_words(s) ? ", "
					    : "/");
}

/* "retry" was said to this very question. */
static bool wants_feedback(const struct run *r, const struct session *s)
{
	return strcmp(r->feedback_on, s->asked) == 0;
}

/* What a yes would run, as much of it as the screen has room for; of a task
 * that did not succeed, why. */
static void show_question(struct run *r, const struct session *s)
{
	const struct task_record *t = session_current(s);
	struct buf text = BUF_INIT;

	say_task(&text, s, t, "Task");
	terminal_say(&r->terminal, STYLE_BOLD, "\n%s: %s (%s)", text.data,
	    t->task.title, t->task.type);
	buf_reset(&text);
	if (t->status == TASK_PENDING)
		say_reached(&text, s);
	if (s->phase == PHASE_APPROVAL)
		say_task_text(&text, &t->task, SIZE_MAX);
	else if (t->outcome.error != NULL)
		buf_adds(&text, t->outcome.error);
	if (!terminal_say_some(&r->terminal, text.data))
		terminal_say(&r->terminal, STYLE_DIM,
		    "  ... all of it: orchestrator show %d", t->task.number);
	buf_release(&text);
	snprintf(r->shown, sizeof(r->shown), "%s", s->asked);
}

/* Whole, however long: nothing is allowed that was cut. */
static void show_claudes_question(struct run *r, const struct session *s)
{
	struct buf text = BUF_INIT, clean = BUF_INIT;

	say_task(&text, s, session_current(s), "Task");
	if (asks_words(s))
		terminal_say(
		    &r->terminal, STYLE_BOLD, "\n%s: Claude asks", text.data);
	else
		terminal_say(&r->terminal, STYLE_BOLD,
		    "\n%s: Claude wants to use %s", text.data, s->ask.tool);
	buf_reset(&text);
	ask_text(&text, &s->ask);
	buf_trim(&text);
	buf_add_clean(&clean, text.data, text.len);
	terminal_say(&r->terminal, STYLE_PLAIN, "%s", clean.data);
	buf_release(&clean);
	buf_release(&text);
	snprintf(r->shown, sizeof(r->shown), "%s", s->ask_id);
}

static void prompt(struct run *r, const struct session *s)
{
	bool shown = strcmp(r->shown, session_decision(s)) == 0;
	struct buf text = BUF_INIT;

	if (!shown && session_is_asked(s))
		show_claudes_question(r, s);
	else if (!shown && s->phase != PHASE_LIMIT)
		show_question(r, s);
	if (wants_feedback(r, s)) {
		buf_adds(&text, "Again ");
		say_task(&text, s, session_retriable(s), "task");
		buf_adds(&text, ": what should be different? (Enter: nothing)");
	} else {
		write_prompt(&text, s);
	}
	terminal_prompt(&r->terminal, text.data);
	buf_release(&text);
	snprintf(r->asking, sizeof(r->asking), "%s", session_decision(s));
}

static void explain(struct run *r, const struct session *s)
{
	const struct task_record *again = session_retriable(s);

	for (size_t i = 0; i < WORDS; i++)
		if (fits(s, i))
			terminal_say(&r->terminal, STYLE_PLAIN, "  %s%-6s %s",
			    slash_of(s, i), words[i].word, words[i].help);
	if (again != NULL && fits(s, RETRY))
		terminal_say(&r->terminal, STYLE_PLAIN,
		    "retry is about task %d: %s", again->task.number,
		    again->task.title);
}

static int leave_waiting(struct run *r)
{
	terminal_say(&r->terminal, STYLE_PLAIN,
	    "It goes on waiting: orchestrator run asks again.");
	return CODE_WAITING;
}

static int act_on_answer(
    struct run *r, const struct session *s, const char *said)
{
	const char *rest;
	enum word word;

	r->asking[0] = '\0';
	xreplace(&r->refusal, NULL);
	if (wants_feedback(r, s)) {
		r->feedback_on[0] = '\0';
		run_send(r, CMD_RETRY, s->asked, said[0] ? said : NULL);
		return GO_ON;
	}
	if (asks_words(s) && said[0] != '\0' && said[0] != '/' &&
	    strcmp(said, "?") != 0) {
		run_send(r, CMD_ANSWER, session_decision(s), said);
		return GO_ON;
	}
	word = word_of(s, said, &rest);
	switch (word) {
	case QUIT:
		return leave_waiting(r);
	case NO:
		terminal_say(&r->terminal, STYLE_PLAIN,
		    "Nothing is run and the question stays open: skip leaves the task out, stop ends the session, q leaves.");
		break;
	case EXPLAIN:
		explain(r, s);
		break;
	case WORDS:
		if (said[0] != '\0')
			terminal_say(&r->terminal, STYLE_PLAIN,
			    "'%s' is none of these; ? explains them.", said);
		break;
	case RETRY:
		if (*rest == '\0')
			snprintf(r->feedback_on, sizeof(r->feedback_on), "%s",
			    s->asked);
		else
			run_send(r, CMD_RETRY, s->asked, rest);
		break;
	default:
		run_send(r, words[word].command, session_decision(s),
		    *rest != '\0' ? rest : NULL);
		break;
	}
	return GO_ON;
}

/* A question that is open is asked once; an answer from elsewhere takes it
 * away again. */
static int ask_person(struct run *r, const struct session *s)
{
	char *said = NULL;
	int got, code = GO_ON;

	if (strcmp(r->asking, session_decision(s)) != 0)
		prompt(r, s);
	got = terminal_read(&r->terminal, LOOK_EVERY_MS, &said);
	if (got < 0) {
		terminal_say(&r->terminal, STYLE_PLAIN, "%s", "");
		code = leave_waiting(r);
	} else if (got > 0) {
		code = act_on_answer(r, s, said);
	}
	free(said);
	return code;
}

/* Was the task cut off before we came? */
static bool was_cut_off_before(const struct run *r, const struct session *s)
{
	const struct seen *e = &r->entry;

	if (s->phase != PHASE_INTERRUPTED || s->current != r->entry_at)
		return false;
	return session_current(s)->attempt == e->attempt &&
	       (e->status == TASK_INTERRUPTED || r->supervisor > 0);
}

static int nobody_answers(struct run *r, const struct session *s)
{
	struct buf text = BUF_INIT;

	terminal_clear(&r->terminal);
	say_now(&text, s, TERMINAL_COMMANDS);
	cli_fail(CODE_WAITING, "%s", text.data);
	buf_release(&text);
	return s->phase == PHASE_FAILED ? CODE_REFUSED : CODE_WAITING;
}

/* What fails under --yes ends it; what was cut off when we came is what `run`
 * was called to go on with. A refusal may be a matter of a moment. */
static int answer_yes(struct run *r, const struct session *s)
{
	enum command command = CMD_APPROVE;
	int code;

	if (s->reached.limit != LIMIT_NONE)
		return nobody_answers(r, s);
	if (was_cut_off_before(r, s))
		command = CMD_RETRY;
	else if (s->phase != PHASE_APPROVAL)
		return cli_fail(CODE_REFUSED,
		    "the task did not succeed: orchestrator retry, skip or stop, then run again");
	code = run_send(r, command, s->asked, NULL);
	if (code == CODE_DONE)
		r->refused = 0;
	else if (++r->refused > REFUSALS_MAX)
		return code;
	else
		poll(NULL, 0, LOOK_EVERY_MS);
	return GO_ON;
}

int run_ask(struct run *r, const struct session *s)
{
	bool claudes = session_is_asked(s);
	bool waiting = session_status(s) == SESSION_WAITING;
	/* Our answer may not be seen in the state yet. */
	bool open = strcmp(r->answered, session_decision(s)) != 0;

	if (open && r->terminal.can_ask && (claudes || !r->yes))
		return ask_person(r, s);
	/* --yes approves tasks; what Claude wants in one is for a person to
	 * see, and what goes on by itself nobody need answer. */
	if (open && waiting && !r->yes)
		return nobody_answers(r, s);
	if (open && waiting && !claudes)
		return answer_yes(r, s);
	poll(NULL, 0, LOOK_EVERY_MS);
	return GO_ON;
}
