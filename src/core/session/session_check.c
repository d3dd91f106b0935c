/* session_check.c - a stored session: what is worked out of it, and that its
 * story holds together. */
#include "base/path.h"
#include "core/session/phases.h"
#include "core/session/session_fields.h"

/* Status, result and attempts must tell the same story. */
int record_check(void *record, struct json_object *o UNUSED, struct error *err)
{
	struct task_record *t = record;
	static const unsigned results[TASK_STATUSES] = {
		[TASK_PENDING] = 1u << RESULT_NONE,
		[TASK_RUNNING] = 1u << RESULT_NONE,
		[TASK_COMPLETED] = 1u << RESULT_SUCCESS,
		[TASK_FAILED] = 1u << RESULT_ERROR | 1u << RESULT_TIMEOUT |
				1u << RESULT_CANCELLED,
		[TASK_SKIPPED] = ~(1u << RESULT_SUCCESS),
		[TASK_INTERRUPTED] = 1u << RESULT_INTERRUPTED,
	};
	const char *name = task_result_name[t->outcome.result];
	bool has_run = t->attempt > 0;

	if (!(results[t->status] & 1u << t->outcome.result))
		return error_set(err,
		    "result: does not fit the status '%s', got \"%s\"",
		    task_status_name[t->status], name != NULL ? name : "null");
	if (t->undone > t->attempt)
		return error_set(
		    err, "undone: want 0..%d, got %d", t->attempt, t->undone);
	if (t->ended.result != RESULT_NONE && t->status != TASK_RUNNING)
		return error_set(err,
		    "ended: want null unless the status is 'running', got '%s'",
		    task_status_name[t->status]);
	if (!has_run && t->status != TASK_PENDING && t->status != TASK_SKIPPED)
		return error_set(err,
		    "attempt: does not fit the status '%s', got %d",
		    task_status_name[t->status], t->attempt);
	if (t->ended.result == RESULT_NONE)
		t->ended.exit_code = NO_EXIT_CODE;
	return 0;
}

static int compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

/* A number is one task's. */
static int check_ids(const struct session *s, struct error *err)
{
	int *ids = xcalloc(s->n, sizeof(*ids));
	int rc = 0;

	for (size_t i = 0; i < s->n; i++)
		ids[i] = s->tasks[i].task.number;
	qsort(ids, s->n, sizeof(*ids), compare_ints);
	for (size_t i = 1; i < s->n && rc == 0; i++)
		if (ids[i] == ids[i - 1])
			rc = error_set(err,
			    "tasks: want ids once each, got %d twice", ids[i]);
	free(ids);
	return rc;
}

static bool is_claudes(enum question q)
{
	return q == ASK_PERMISSION || q == ASK_QUESTION;
}

static int read_phase(
    struct json_object *o, struct session *s, struct error *err)
{
	enum question question;
	int status, intent, phase;

	if (json_get_enum(o, "status", session_status_name, SESSION_STATUSES,
		-1, &status, err) != 0)
		return -1;
	if (status < 0)
		return error_set(err, "status: want a word, got none");
	if (json_get_enum(o, "intent", intent_name, INTENTS, INTENT_NONE,
		&intent, err) != 0 ||
	    read_waiting(o, s, &question, err) != 0)
		return -1;
	/* Claude's questions have no rows of their own; while it runs what it
	 * asks is asked beside what the phase is. */
	phase = phase_of((enum session_status)status, (enum intent)intent,
	    !is_claudes(question)       ? question
	    : status == SESSION_RUNNING ? ASK_NOTHING
					: ASK_PERMISSION);
	if (phase < 0)
		return error_set(err,
		    "status: '%s' does not go with the intent and waiting_for that are there",
		    session_status_name[status]);
	s->phase = (enum phase)phase;
	if (read_ask(o, s, err) != 0)
		return -1;
	if (session_is_asked(s) != is_claudes(question) ||
	    (session_is_asked(s) && session_question(s) != question) ||
	    (session_is_asked(s) && !phase_keeps_ask(s->phase)))
		return error_set(
		    err, "ask: does not go with the status and waiting_for");
	return 0;
}

static int check_current(const struct session *s, struct error *err)
{
	size_t running = 0;

	for (size_t i = 0; i < s->n; i++)
		running += s->tasks[i].status == TASK_RUNNING;
	if (running > 1)
		return error_set(
		    err, "tasks: want one running at most, got %zu", running);
	if (!(phases[s->phase].current_can_be &
		1u << session_current(s)->status) ||
	    (running == 1) != (session_current(s)->status == TASK_RUNNING))
		return error_set(err,
		    "tasks[%zu].status: does not fit the session, got \"%s\"",
		    s->current - 1,
		    task_status_name[session_current(s)->status]);
	return 0;
}

static int check_story(const struct session *s, struct error *err)
{
	enum session_status status = session_status(s);

	if (status == SESSION_IDLE) {
		if (s->n > 0 || s->id != NULL || s->current > 0)
			return error_set(
			    err, "status: \"idle\" with a session_id or tasks");
		return 0;
	}
	if (s->id == NULL || !path_is_plain(s->id))
		return error_set(err, "session_id: want a plain name, got %s",
		    s->id == NULL ? "none" : s->id);
	if (s->task_file == NULL)
		return error_set(err, "task_file: want a name, got none");
	if (s->n == 0)
		return error_set(
		    err, "tasks: want one at least in a session, got none");
	if (s->asked[0] == '\0' && session_is_unfinished(s))
		return error_set(err,
		    "decision: want an id while the session is unfinished, got none");
	if ((s->parked_until != 0) != (s->phase == PHASE_LIMIT))
		return error_set(err,
		    "parked_until: want a time while a usage limit is waited for, and only then");
	return check_current(s, err);
}

int session_check(void *session, struct json_object *o, struct error *err)
{
	static const struct field rows[] = {
		ROW_WORD(struct session, asked, "decision", 0),
	};
	static const struct fields decision = { FIELDS(rows, struct session) };
	static const char position[] = "current_task_index";
	struct session *s = session;
	int64_t n;

	if (check_ids(s, err) != 0)
		return -1;
	if (json_object_object_get(o, position) == NULL)
		return error_set(err, "%s: want %d..%zu, got none", position,
		    s->n > 0, s->n);
	if (json_get_int(o, position, s->n > 0, (int64_t)s->n, 0, &n, err) != 0)
		return -1;
	s->current = (size_t)n;
	if (fields_read(o, &decision, s, err) != 0 ||
	    read_phase(o, s, err) != 0)
		return -1;
	return check_story(s, err);
}
