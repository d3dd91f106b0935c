/* state_parse.c - JSON to the record, and the check that it can be one.
 *
 * Strict about types, ranges and what must fit together, because the session
 * table trusts what it is given; keys that we do not know are passed over.
 * Every finding names its key: "tasks[2].attempt: want ..., got ...". */
#include "base/path.h"
#include "store/state_read.h"
#include "core/session/phases.h"

#include <limits.h>

static int compare_ints(const void *a, const void *b)
{
	int x = *(const int *)a, y = *(const int *)b;

	return (x > y) - (x < y);
}

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

static int get_tasks(struct json_object *o, struct state *s, struct error *err)
{
	struct session *ses = &s->session;
	struct json_object *array, *item;
	size_t n;

	if (read_array(o, "tasks", TASK_LIST_MAX, &array, &n, err) != 0)
		return -1;
	ses->tasks = xcalloc(n, sizeof(*ses->tasks));
	for (ses->n = 0; ses->n < n;) {
		size_t i = ses->n;

		if (read_element(array, "tasks", i, &item, err) != 0)
			return -1;
		ses->n++; /* released with the rest, half read or not */
		if (read_record(item, s, &ses->tasks[i], err) != 0)
			return read_within(err, "tasks", i);
	}
	return check_ids(ses, err);
}

/* The kind of the question, and that it is asked about the current task. */
static int get_question(struct json_object *o, const struct session *s,
    enum question *out, struct error *err)
{
	const struct task_record *t = session_current(s);
	struct json_object *w;
	const char *decision;
	int kind, task;

	*out = ASK_NOTHING;
	if (json_get_object(o, "waiting_for", &w, err) != 0)
		return -1;
	if (w == NULL)
		return 0;
	if (need_enum(w, "kind", question_name, QUESTIONS, &kind, err) != 0 ||
	    need_int(w, "task", 0, INT_MAX, &task, err) != 0 ||
	    json_get_string(w, "decision", &decision, err) != 0)
		return read_below(err, "waiting_for");
	if (t == NULL || t->task.number != task)
		return error_set(err,
		    "waiting_for.task: want the current task's number, got %d",
		    task);
	if (!str_equal(decision != NULL ? decision : "", s->asked))
		return error_set(err,
		    "waiting_for.decision: want that of 'decision', got \"%s\"",
		    decision ? decision : "");
	*out = (enum question)kind;
	return 0;
}

static bool is_claudes(enum question q)
{
	return q == ASK_PERMISSION || q == ASK_QUESTION;
}

static int get_phase(
    struct json_object *o, struct session *s, struct error *err)
{
	enum question question;
	int status, intent, phase;

	if (need_enum(o, "status", session_status_name, SESSION_STATUSES,
		&status, err) != 0 ||
	    json_get_enum(o, "intent", intent_name, INTENTS, INTENT_NONE,
		&intent, err) != 0 ||
	    get_question(o, s, &question, err) != 0)
		return -1;
	/* What Claude asks is asked beside what the phase is. */
	phase = phase_of((enum session_status)status, (enum intent)intent,
	    is_claudes(question) ? ASK_NOTHING : question);
	if (phase < 0)
		return error_set(err,
		    "status: '%s' does not go with the intent and waiting_for that are there",
		    session_status_name[status]);
	s->phase = (enum phase)phase;
	if (read_ask(o, s, err) != 0)
		return -1;
	if (session_is_asked(s) != is_claudes(question) ||
	    (session_is_asked(s) && session_question(s) != question) ||
	    (session_is_asked(s) && s->phase != PHASE_RUNNING &&
		s->phase != PHASE_PAUSING))
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

static int check_session(const struct session *s, struct error *err)
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

static int get_session(
    struct json_object *o, struct state *st, struct error *err)
{
	struct session *s = &st->session;
	int current;

	if (read_text(o, "session_id", false, &s->id, err) != 0 ||
	    read_text(o, "task_file", false, &s->task_file, err) != 0 ||
	    get_tasks(o, st, err) != 0 ||
	    need_int(o, "current_task_index", s->n > 0, (int)s->n, &current,
		err) != 0 ||
	    read_word(o, "decision", false, s->asked, sizeof(s->asked), err) !=
		0 ||
	    json_get_time(o, "started_at", &s->started_at, err) != 0 ||
	    json_get_time(o, "paused_at", &s->paused_at, err) != 0 ||
	    json_get_time(o, "parked_until", &s->parked_until, err) != 0 ||
	    read_int(o, "parked_times", 0, INT_MAX, 0, &s->parked_times, err) !=
		0 ||
	    read_reached(o, &s->reached, err) != 0 ||
	    read_raised(o, s, err) != 0 ||
	    json_get_bool(o, "held", &s->held, err) != 0 ||
	    json_get_time(o, "last_activity", &s->last_activity, err) != 0)
		return -1;
	s->current = (size_t)current;
	if (get_phase(o, s, err) != 0)
		return -1;
	return check_session(s, err);
}

static int get_decisions(
    struct json_object *o, struct session *s, struct error *err)
{
	struct json_object *array, *item;
	size_t n;

	if (read_array(o, "decisions", DECISIONS_KEPT, &array, &n, err) != 0)
		return -1;
	while (s->n_decisions < n) {
		size_t i = s->n_decisions;
		struct decision *d = &s->decisions[i];

		if (read_element(array, "decisions", i, &item, err) != 0)
			return -1;
		s->n_decisions++;
		if (read_word(item, "id", true, d->id, sizeof(d->id), err) !=
			0 ||
		    read_text(item, "command", true, &d->command, err) != 0 ||
		    read_int(item, "task", 0, INT_MAX, 0, &d->task, err) != 0 ||
		    read_text(item, "by", false, &d->by, err) != 0 ||
		    json_get_time(item, "at", &d->at, err) != 0 ||
		    read_text(item, "what", false, &d->what, err) != 0 ||
		    read_word(item, "hash", d->what != NULL, d->hash,
			sizeof(d->hash), err) != 0)
			return read_within(err, "decisions", i);
	}
	return 0;
}

/* What is sent or answered again must be one JSON object. */
static int get_object_text(
    struct json_object *o, const char *key, char **out, struct error *err)
{
	struct error why = ERROR_INIT;
	struct json_object *inner;

	if (read_text(o, key, true, out, err) != 0)
		return -1;
	inner = json_parse(*out, strlen(*out), &why);
	if (inner == NULL)
		return error_set(err, "%s: want JSON: %s", key, why.text);
	json_object_put(inner);
	return 0;
}

static int get_notices(
    struct json_object *o, struct state *s, struct error *err)
{
	struct json_object *array, *item;
	size_t n;
	int type;

	if (read_array(o, "notifications", SIZE_MAX, &array, &n, err) != 0)
		return -1;
	s->notices = xcalloc(n, sizeof(*s->notices));
	while (s->n_notices < n) {
		size_t i = s->n_notices;
		struct notice *to = &s->notices[i];

		if (read_element(array, "notifications", i, &item, err) != 0)
			return -1;
		s->n_notices++;
		if (read_text(item, "id", true, &to->id, err) != 0 ||
		    need_enum(item, "type", notice_type_name, NOTICE_TYPES,
			&type, err) != 0 ||
		    json_get_time(item, "at", &to->at, err) != 0 ||
		    get_object_text(item, "payload", &to->payload, err) != 0)
			return read_within(err, "notifications", i);
		to->type = (enum notice_type)type;
	}
	return 0;
}

static int get_deliveries(
    struct json_object *o, struct state *s, struct error *err)
{
	struct json_object *array, *item;
	size_t n;

	if (read_array(o, "deliveries", DELIVERIES_KEPT, &array, &n, err) != 0)
		return -1;
	s->deliveries = xcalloc(n, sizeof(*s->deliveries));
	while (s->n_deliveries < n) {
		size_t i = s->n_deliveries;
		struct delivery *d = &s->deliveries[i];

		if (read_element(array, "deliveries", i, &item, err) != 0)
			return -1;
		s->n_deliveries++;
		if (read_text(item, "id", true, &d->id, err) != 0 ||
		    read_word(item, "fingerprint", true, d->fingerprint,
			sizeof(d->fingerprint), err) != 0 ||
		    need_int(item, "code", 100, 599, &d->code, err) != 0 ||
		    get_object_text(item, "answer", &d->answer, err) != 0)
			return read_within(err, "deliveries", i);
	}
	return 0;
}

/* LOADED, UNREADABLE for a version after ours, else CORRUPT. */
static int get_reminder(
    struct json_object *o, struct reminder *r, struct error *err)
{
	struct json_object *reminder;

	if (json_get_object(o, "reminder", &reminder, err) != 0)
		return -1;
	if (reminder != NULL &&
	    (read_word(reminder, "decision", true, r->decision,
		 sizeof(r->decision), err) != 0 ||
		need_int(reminder, "told", 1, REMINDERS_MAX, &r->told, err) !=
		    0 ||
		json_get_time(reminder, "at", &r->at, err) != 0))
		return read_below(err, "reminder");
	return 0;
}

static enum state_result check_version(struct json_object *o, struct error *err)
{
	int version;

	if (need_int(o, "version", 1, INT_MAX, &version, err) != 0)
		return STATE_CORRUPT;
	if (version <= STATE_VERSION)
		return STATE_LOADED;
	error_set(err,
	    "version: want at most %d, got %d: written by a newer orchestrator",
	    STATE_VERSION, version);
	return STATE_UNREADABLE;
}

enum state_result state_parse(
    const char *text, size_t n, struct state *s, struct error *err)
{
	struct error local = ERROR_INIT;
	struct json_object *o;
	enum state_result result = STATE_CORRUPT;

	err = err != NULL ? err : &local;
	o = json_parse(text, n, err);
	if (o == NULL)
		return STATE_CORRUPT;
	result = check_version(o, err);
	if (result == STATE_LOADED &&
	    (get_session(o, s, err) != 0 || read_plan(o, &s->plan, err) != 0 ||
		get_decisions(o, &s->session, err) != 0 ||
		get_notices(o, s, err) != 0 ||
		json_get_int(o, "notifications_dropped", 0, INT64_MAX, 0,
		    &s->notices_dropped, err) != 0 ||
		read_text(o, "undelivered_error", false, &s->undelivered_error,
		    err) != 0 ||
		get_deliveries(o, s, err) != 0 ||
		read_receipts(o, s, err) != 0 ||
		get_reminder(o, &s->reminder, err) != 0 ||
		read_spent(o, &s->spent, err) != 0 ||
		read_writing(o, &s->writing, err) != 0 ||
		read_rollback(o, s, err) != 0))
		result = STATE_CORRUPT;
	if (result != STATE_LOADED)
		state_release(s);
	json_object_put(o);
	return result;
}
