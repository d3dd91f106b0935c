/* session_data.c - the names, the memory and the views of a session. */
#include "core/session/event.h"
#include "core/session/session_fields.h"
#include "core/session/phases.h"

const char *const session_status_name[] = {
	[SESSION_IDLE] = "idle",
	[SESSION_WAITING] = "waiting_approval",
	[SESSION_RUNNING] = "running",
	[SESSION_PAUSED] = "paused",
	[SESSION_COMPLETED] = "completed",
	[SESSION_STOPPED] = "stopped",
};
_Static_assert(
    ARRAY_SIZE(session_status_name) == SESSION_STATUSES, "name every status");

const char *const intent_name[] = {
	[INTENT_NONE] = NULL,
	[INTENT_PAUSE] = "pause",
	[INTENT_CANCEL] = "cancel",
	[INTENT_STOP] = "stop",
};
_Static_assert(ARRAY_SIZE(intent_name) == INTENTS, "name every intent");

const char *const question_name[] = {
	[ASK_NOTHING] = NULL,
	[ASK_APPROVAL] = "approval",
	[ASK_FAILED] = "failed",
	[ASK_INTERRUPTED] = "interrupted",
	[ASK_PAUSED] = "paused",
	[ASK_LIMIT] = "limit",
	[ASK_PERMISSION] = "permission",
	[ASK_QUESTION] = "question",
};
_Static_assert(ARRAY_SIZE(question_name) == QUESTIONS, "name every question");

const char *const task_status_name[] = {
	[TASK_PENDING] = "pending",
	[TASK_RUNNING] = "running",
	[TASK_COMPLETED] = "completed",
	[TASK_FAILED] = "failed",
	[TASK_SKIPPED] = "skipped",
	[TASK_INTERRUPTED] = "interrupted",
};
_Static_assert(
    ARRAY_SIZE(task_status_name) == TASK_STATUSES, "name every status");

const char *const task_result_name[] = {
	[RESULT_NONE] = NULL,
	[RESULT_SUCCESS] = "success",
	[RESULT_ERROR] = "error",
	[RESULT_TIMEOUT] = "timeout",
	[RESULT_CANCELLED] = "cancelled",
	[RESULT_INTERRUPTED] = "interrupted",
};
_Static_assert(
    ARRAY_SIZE(task_result_name) == TASK_RESULTS, "name every result");

const char *const ruling_name[] = {
	[RULING_NONE] = NULL,
	[RULING_ALLOW] = "allow",
	[RULING_DENY] = "deny",
	[RULING_ANSWER] = "answer",
};
_Static_assert(ARRAY_SIZE(ruling_name) == RULINGS, "name every ruling");

const char *const event_name[] = {
	[EV_START] = "start",
	[EV_APPROVE] = "approve",
	[EV_SKIP] = "skip",
	[EV_RETRY] = "retry",
	[EV_PAUSE] = "pause",
	[EV_RESUME] = "resume",
	[EV_CANCEL] = "cancel",
	[EV_ALLOW] = "allow",
	[EV_ALWAYS] = "always",
	[EV_DENY] = "deny",
	[EV_ANSWER] = "answer",
	[EV_ROLLBACK] = "rollback",
	[EV_RAISE] = "raise",
	[EV_STOP] = "stop",
	[EV_SUCCEEDED] = "succeeded",
	[EV_FAILED] = "failed",
	[EV_INTERRUPTED] = "interrupted",
	[EV_PARKED] = "parked",
	[EV_SHELVED] = "shelved",
	[EV_ASKED] = "asked",
	[EV_WITHDRAWN] = "withdrawn",
	[EV_RECALLED] = "recalled",
	[EV_CONTINUE] = "continue",
};
_Static_assert(ARRAY_SIZE(event_name) == EVENTS, "name every event");

int event_of_command(enum command c)
{
	for (int i = 0; event_is_command((enum event_kind)i); i++)
		if (strcmp(event_name[i], command_info[c].name) == 0)
			return i;
	return -1;
}

bool event_is_command(enum event_kind kind)
{
	return kind <= EV_STOP;
}

void outcome_release(struct outcome *o)
{
	fields_release(&outcome_fields, o);
	*o = (struct outcome)OUTCOME_INIT;
}

void outcome_copy(struct outcome *to, const struct outcome *from)
{
	fields_copy(&outcome_fields, to, from);
}

void session_release(struct session *s)
{
	fields_release(&session_fields, s);
	*s = (struct session)SESSION_INIT;
}

void session_copy(struct session *to, const struct session *from)
{
	fields_copy(&session_fields, to, from);
}

void session_append(struct session *s, struct task *t)
{
	s->tasks = xrealloc(s->tasks, s->n + 1, sizeof(*s->tasks));
	s->tasks[s->n] = (struct task_record){ .task = *t };
	s->tasks[s->n++].outcome.exit_code = NO_EXIT_CODE;
	*t = (struct task)TASK_INIT;
}

enum session_status session_status(const struct session *s)
{
	return phases[s->phase].status;
}

bool session_is_unfinished(const struct session *s)
{
	enum session_status status = session_status(s);

	return status == SESSION_WAITING || status == SESSION_RUNNING ||
	       status == SESSION_PAUSED;
}

int64_t session_runtime(const struct session *s, int64_t now)
{
	int64_t end = session_is_unfinished(s) ? now : s->last_activity;

	return end > s->started_at ? end - s->started_at : 0;
}

bool session_is_asked(const struct session *s)
{
	return s->ask.tool != NULL;
}

enum question session_question(const struct session *s)
{
	if (session_is_asked(s))
		return s->ask.questions > 0 ? ASK_QUESTION : ASK_PERMISSION;
	return phases[s->phase].question;
}

const char *session_decision(const struct session *s)
{
	return session_is_asked(s) ? s->ask_id : s->asked;
}

bool session_is_open(const struct session *s, const char *id)
{
	return strcmp(id, s->asked) == 0 ||
	       (session_is_asked(s) && strcmp(id, s->ask_id) == 0);
}

struct task_record *session_current(const struct session *s)
{
	return s->current == 0 ? NULL : &s->tasks[s->current - 1];
}

struct task_record *session_task(const struct session *s, int number)
{
	if (number == 0)
		return session_current(s);
	for (size_t i = 0; i < s->n; i++)
		if (s->tasks[i].task.number == number)
			return &s->tasks[i];
	return NULL;
}

struct task_record *session_changed(const struct session *s, int number)
{
	struct task_record *last = NULL;

	if (number != 0)
		return session_task(s, number);
	for (size_t i = 0; i < s->n; i++)
		if (s->tasks[i].attempt > 0 && s->tasks[i].completed_at > 0 &&
		    (last == NULL ||
			s->tasks[i].completed_at >= last->completed_at))
			last = &s->tasks[i];
	return last != NULL ? last : session_current(s);
}

struct task_record *session_retriable(const struct session *s)
{
	struct task_record *now = session_current(s);
	enum session_status status = session_status(s);

	if (status == SESSION_COMPLETED)
		return now;
	if (status != SESSION_WAITING && status != SESSION_PAUSED)
		return NULL;
	if (now->status == TASK_FAILED || now->status == TASK_INTERRUPTED)
		return now;
	if (s->current > 1 && now[-1].status == TASK_COMPLETED)
		return now - 1;
	return NULL;
}

struct task_record *session_undoable(const struct session *s, int number)
{
	for (size_t i = s->current; i > 0; i--) {
		struct task_record *t = &s->tasks[i - 1];

		if (number != 0 && t->task.number != number)
			continue;
		if (t->status != TASK_RUNNING && t->attempt > t->undone)
			return t;
	}
	return NULL;
}

bool task_is_clean(const struct task_record *t)
{
	return t->status == TASK_COMPLETED && t->outcome.denials == 0;
}

bool task_is_poisoned(const struct task_record *t)
{
	static const char *const refusals[] = { API_REFUSED "400)",
		API_REFUSED "413)" };

	if (t->resumed_from == NULL || t->outcome.error == NULL)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(refusals); i++)
		if (str_starts(t->outcome.error, refusals[i]))
			return true;
	return false;
}

bool task_is_afresh(const struct task_record *t)
{
	return t->attempt > 1 && t->resumed_from == NULL;
}

struct task_record *session_denied(const struct session *s)
{
	struct task_record *t = session_retriable(s);

	return t != NULL && t->status == TASK_COMPLETED && !task_is_clean(t)
		   ? t
		   : NULL;
}

const struct decision *session_find_decision(
    const struct session *s, const char *id)
{
	for (size_t i = s->n_decisions; i > 0; i--)
		if (strcmp(s->decisions[i - 1].id, id) == 0)
			return &s->decisions[i - 1];
	return NULL;
}

void session_count(const struct session *s, struct session_counts *out)
{
	*out = (struct session_counts){ 0 };
	for (size_t i = 0; i < s->n; i++) {
		const struct task_record *r = &s->tasks[i];

		out->completed += r->status == TASK_COMPLETED;
		out->failed +=
		    r->status == TASK_FAILED || r->status == TASK_INTERRUPTED;
		out->skipped += r->status == TASK_SKIPPED;
		out->pending += r->status == TASK_PENDING;
		out->cost_usd += r->outcome.cost_usd;
	}
}

/* The number before word: " 3 files changed, 10 insertions(+)". */
static int count_of(const char *text, const char *word)
{
	const char *at = strstr(text, word);

	if (at == NULL)
		return 0;
	while (at > text && at[-1] == ' ')
		at--;
	while (at > text && at[-1] >= '0' && at[-1] <= '9')
		at--;
	return (int)strtol(at, NULL, 10);
}

void changes_read(struct changes *out, const char *shortstat)
{
	*out = (struct changes){
		.known = true,
		.files = count_of(shortstat, " file"),
		.added = count_of(shortstat, " insertion"),
		.removed = count_of(shortstat, " deletion"),
	};
}

char *verification_tail(const char *said)
{
	size_t n = strlen(said);
	const char *from = said, *line;

	while (n > 0 && strchr(" \t\n", said[n - 1]) != NULL)
		n--;
	if (n > VERIFY_KEPT) {
		from = said + n - VERIFY_KEPT;
		line = memchr(from, '\n', VERIFY_KEPT);
		while (((unsigned char)*from & 0xc0) == 0x80)
			from++;
		if (line != NULL)
			from = line + 1;
	}
	return xstrndup(from, (size_t)(said + n - from));
}
