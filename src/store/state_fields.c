/* state_fields.c - the record as JSON and back: state.json as a person may open
 * it.
 *
 * Strict about types, ranges and what must fit together; keys that we do not
 * know are passed over. Every finding names its key: "tasks[2].attempt: want
 * ..., got ...". What is printed is read again, always: a record that could be
 * stored and not loaded would lose the day. */
#include "core/session/session_fields.h"
#include "store/logs.h"
#include "store/state.h"

#include <limits.h>

#define T struct delivery
static const struct field delivery_rows[] = {
	ROW_TEXT(T, id, "id", FIELD_NEEDED),
	ROW_WORD(T, fingerprint, "fingerprint", FIELD_NEEDED),
	ROW_INT(T, code, "code", FIELD_NEEDED, 100, 599, 100),
	ROW_JSON(T, answer, "answer"),
};
static const struct fields delivery_fields = { FIELDS(delivery_rows, T) };
#undef T

#define T struct receipt
static const struct field receipt_rows[] = {
	ROW_TEXT(T, session, "session_id", 0),
	ROW_INT(T, task, "task", 0, 0, TASK_NUMBER_MAX, 0),
	ROW_WORD(T, decision, "decision", 0),
	ROW_TEXT(T, text, "receipt", FIELD_NEEDED),
};
const struct fields receipt_fields = { FIELDS(receipt_rows, T) };
#undef T

#define T struct reminder
static const struct field reminder_rows[] = {
	ROW_WORD(T, decision, "decision", FIELD_NEEDED),
	ROW_INT(T, told, "told", FIELD_NEEDED, 1, REMINDERS_MAX, 1),
	ROW_TIME(T, at, "at", 0),
};
static const struct fields reminder_fields = { FIELDS(reminder_rows, T),
	FIELDS_THERE(T, decision[0]) };
#undef T

#define T struct day_spent
static const struct field spent_rows[] = {
	ROW_DATE(T, day, "day", FIELD_NEEDED),
	ROW_USD(T, usd, "usd"),
};
static const struct fields spent_fields = { FIELDS(spent_rows, T),
	FIELDS_THERE(T, day[0]) };
#undef T

#define T struct report
static const struct field report_rows[] = {
	ROW_DATE(T, day, "day", FIELD_NEEDED),
	ROW_TIME(T, at, "at", 0),
};
static const struct fields report_fields = { FIELDS(report_rows, T),
	FIELDS_THERE(T, day[0]) };
#undef T

#define T struct rollback
static int check_rollback(
    void *rollback, struct json_object *o UNUSED, struct error *err)
{
	const T *r = rollback;

	if (r->delivery_id != NULL && r->fingerprint[0] == '\0')
		return error_set(err, "fingerprint: want an id, got none");
	return 0;
}

static const struct field rollback_rows[] = {
	ROW_INT(T, task, "task", FIELD_NEEDED, 1, INT_MAX, 1),
	ROW_BOOL(T, force, "force"),
	ROW_WORD(T, asked, "decision", FIELD_NEEDED),
	ROW_TEXT(T, by, "by", 0),
	ROW_TEXT(T, chat_id, "chat_id", 0),
	ROW_TEXT(T, user, "user", 0),
	ROW_TEXT(T, delivery_id, "delivery_id", 0),
	ROW_WORD(T, fingerprint, "fingerprint", 0),
	ROW_TIME(T, at, "started_at", 0),
};
const struct fields rollback_fields = { FIELDS(rollback_rows, T),
	FIELDS_THERE(T, task), .check = check_rollback };
#undef T

#define T struct state
static int check_state(
    void *state, struct json_object *o UNUSED, struct error *err)
{
	const T *s = state;

	if (s->rollback.task != 0 &&
	    (session_status(&s->session) == SESSION_RUNNING ||
		session_undoable(&s->session, s->rollback.task) == NULL))
		return error_set(err,
		    "rollback.task: want one that has run and does not now, got %d",
		    s->rollback.task);
	return 0;
}

static const struct field state_rows[] = {
	ROW_INLINE(T, session, &session_fields),
	ROW_OBJECT(T, plan, "plan", &plan_fields),
	ROW_LIST(
	    T, notices, "notifications", n_notices, &notice_fields, INT64_MAX),
	ROW_LONG(T, notices_dropped, "notifications_dropped", 0, INT64_MAX),
	ROW_TEXT(T, undelivered_error, "undelivered_error", 0),
	ROW_LIST(T, deliveries, "deliveries", n_deliveries, &delivery_fields,
	    DELIVERIES_KEPT),
	ROW_ARRAY(T, receipts, "receipts", n_receipts, &receipt_fields,
	    RECEIPTS_KEPT),
	ROW_OBJECT(T, reminder, "reminder", &reminder_fields),
	ROW_OBJECT(T, spent, "spent", &spent_fields),
	ROW_OBJECT(T, report, "report", &report_fields),
	ROW_OBJECT(T, rollback, "rollback", &rollback_fields),
	ROW_OBJECT(T, writing, "writing", &writing_fields),
	ROW_TEXT(T, logs_name, NULL, 0), /* part of each output_log */
};
const struct fields state_fields = { FIELDS(state_rows, T),
	.check = check_state };
#undef T

/* -- output_log -------------------------------------------------------------
 */

/* "/task-2-output.log"; to be freed. */
static char *log_tail(const struct task_record *t)
{
	char *name = task_log_name(t->task.number, TASK_LOG_OUTPUT);
	char *tail = xasprintf("/%s", name);

	free(name);
	return tail;
}

/* The folder that output_log names must be the same in every task. */
static int read_output_logs(
    struct json_object *o, struct state *s, struct error *err)
{
	struct json_object *tasks = json_object_object_get(o, "tasks");
	struct error why = ERROR_INIT;
	const char *log;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < s->session.n; i++) {
		const struct task_record *t = &s->session.tasks[i];
		char *tail;
		size_t n, m;

		if (json_get_string(json_object_array_get_idx(tasks, i),
			"output_log", &log, &why) != 0)
			return error_set(err, "tasks[%zu].%s", i, why.text);
		if (log == NULL)
			continue;
		tail = log_tail(t);
		n = strlen(log);
		m = strlen(tail);
		if (t->attempt == 0 || n <= m || strcmp(log + n - m, tail) != 0)
			rc = error_set(err,
			    "tasks[%zu].output_log: want FOLDER%s once it has run, got \"%s\"",
			    i, tail, log);
		else if (s->logs_name == NULL)
			s->logs_name = xstrndup(log, n - m);
		else if (strlen(s->logs_name) != n - m ||
			 strncmp(s->logs_name, log, n - m) != 0)
			rc = error_set(err,
			    "tasks[%zu].output_log: want %s%s, got \"%s\"", i,
			    s->logs_name, tail, log);
		free(tail);
	}
	return rc;
}

/* -- the whole --------------------------------------------------------------
 */

void state_print(struct buf *out, const struct state *s)
{
	struct json_object *o = json_object_new_object(), *tasks;
	size_t n;
	const char *text;

	json_set_int(o, "version", STATE_VERSION);
	fields_print(o, &state_fields, s);
	tasks = json_object_object_get(o, "tasks");
	for (size_t i = 0; i < s->session.n; i++) {
		const struct task_record *t = &s->session.tasks[i];
		char *tail = log_tail(t), *path = NULL;

		if (s->logs_name != NULL && t->attempt > 0)
			path = xasprintf("%s%s", s->logs_name, tail);
		json_set_string(
		    json_object_array_get_idx(tasks, i), "output_log", path);
		free(path);
		free(tail);
	}
	text = json_object_to_json_string_length(o,
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
		JSON_C_TO_STRING_NOSLASHESCAPE,
	    &n);
	buf_add(out, text, n);
	buf_addc(out, '\n');
	json_object_put(o);
}

enum state_result state_parse(
    const char *text, size_t n, struct state *s, struct error *err)
{
	enum state_result result = STATE_CORRUPT;
	struct error local = ERROR_INIT;
	struct json_object *o;
	int64_t version = 0; /* none, or none that is right */

	err = err != NULL ? err : &local;
	o = json_parse(text, n, err);
	if (o == NULL)
		return STATE_CORRUPT;
	if (json_object_object_get(o, "version") == NULL)
		error_set(err, "version: want 1..%d, got none", INT_MAX);
	else
		json_get_int(o, "version", 1, INT_MAX, 0, &version, err);
	if (version > STATE_VERSION) {
		error_set(err,
		    "version: want at most %d, got %lld: written by a newer orchestrator",
		    STATE_VERSION, (long long)version);
		result = STATE_UNREADABLE;
	} else if (version > 0 && fields_read(o, &state_fields, s, err) == 0 &&
		   read_output_logs(o, s, err) == 0) {
		result = STATE_LOADED;
	}
	if (result != STATE_LOADED)
		state_release(s);
	json_object_put(o);
	return result;
}
