/* session_fields.c - the tables of a session's members. */
#include "core/session/session_fields.h"
#include "core/session/phases.h"

#include <limits.h>

/* -- what became of an attempt ----------------------------------------------
 */

#define T struct changes
static int set_known(
    void *changes, struct json_object *o UNUSED, struct error *err UNUSED)
{
	((T *)changes)->known = true;
	return 0;
}

static const struct field changes_rows[] = {
	ROW_INT(T, files, "files", 0, 0, INT_MAX, 0),
	ROW_INT(T, added, "added", 0, 0, INT_MAX, 0),
	ROW_INT(T, removed, "removed", 0, 0, INT_MAX, 0),
};

const struct fields changes_fields = { FIELDS(changes_rows, T),
	FIELDS_THERE(T, known), .check = set_known };
#undef T

#define T struct verification
static const struct field verification_rows[] = {
	ROW_TEXT(T, command, "command", FIELD_NEEDED),
	ROW_ENUM(
	    T, result, "result", FIELD_NEEDED, task_result_name, TASK_RESULTS),
	ROW_TEXT(T, error, "error", 0),
	ROW_INT(T, exit_code, "exit_code", 0, 0, 255, NO_EXIT_CODE),
	ROW_LONG(T, duration_ms, "duration_ms", 0, INT64_MAX),
	ROW_TEXT(T, output, "output", 0),
};

const struct fields verification_fields = { FIELDS(verification_rows, T),
	FIELDS_THERE(T, result) };
#undef T

#define T struct reached
static const struct field reached_rows[] = {
	ROW_ENUM(T, limit, "limit", FIELD_NEEDED, limit_name, LIMITS),
	ROW_USD(T, used, "used"),
	ROW_USD(T, of, "of"),
};

static const struct fields reached_fields = { FIELDS(reached_rows, T),
	FIELDS_THERE(T, limit) };
#undef T

#define T struct outcome
static const struct field outcome_rows[] = {
	ROW_ENUM(T, result, "result", 0, task_result_name, TASK_RESULTS),
	ROW_TEXT(T, error, "error", 0),
	ROW_INT(T, exit_code, "exit_code", 0, 0, 255, NO_EXIT_CODE),
	ROW_USD(T, cost_usd, "cost_usd"),
	ROW_INT(T, num_turns, "num_turns", 0, 0, INT_MAX, 0),
	ROW_INT(T, denials, "denials", 0, 0, INT_MAX, 0),
	ROW_STRINGS(T, denied, "denied"),
	ROW_LONG(T, duration_ms, "duration_ms", 0, INT64_MAX),
	ROW_TEXT(T, summary, "summary", 0),
	ROW_OBJECT(T, verification, "verification", &verification_fields),
	ROW_OBJECT(T, changes, "changes", &changes_fields),
};

const struct fields outcome_fields = { FIELDS(outcome_rows, T) };

/* While what Claude did is looked at; see struct task_record. */
static const struct field ended_rows[] = {
	{ .key = "", .kind = FIELD_INLINE, .of = &outcome_fields },
	ROW_OBJECT(T, reached, "limit_reached", &reached_fields),
	ROW_BOOL(T, limited, "limited"),
	ROW_TIME(T, resets_at, "resets_at", 0),
};

static const struct fields ended_fields = { FIELDS(ended_rows, T),
	FIELDS_THERE(T, result) };
#undef T

/* -- a task -----------------------------------------------------------------
 */

#define T struct task_record
static const struct field record_rows[] = {
	ROW_INLINE(T, task, &task_fields),
	ROW_ENUM(
	    T, status, "status", FIELD_NEEDED, task_status_name, TASK_STATUSES),
	ROW_INT(T, attempt, "attempt", 0, 0, INT_MAX, 0),
	ROW_TIME(T, started_at, "started_at", 0),
	ROW_TIME(T, completed_at, "completed_at", 0),
	ROW_INLINE(T, outcome, &outcome_fields),
	ROW_OBJECT(T, ended, "ended", &ended_fields),
	ROW_TEXT(T, conversation, "agent_session_id", 0),
	ROW_TEXT(T, resumed_from, "resumed_from", 0),
	ROW_TEXT(T, feedback, "feedback", 0),
	ROW_TEXT(T, approved_by, "approved_by", 0),
	ROW_TIME(T, approved_at, "approved_at", 0),
	ROW_USD(T, counted_from, "counted_from_usd"),
	ROW_BOOL(T, auto_resumed, "auto_resumed"),
	ROW_INT(T, undone, "undone", 0, 0, INT_MAX, 0),
};

const struct fields task_record_fields = { FIELDS(record_rows, T),
	.check = record_check };
#undef T

/* -- a decision -------------------------------------------------------------
 */

#define T struct decision
static int check_decision(
    void *decision, struct json_object *o UNUSED, struct error *err)
{
	const T *d = decision;

	if (d->what != NULL && d->hash[0] == '\0')
		return error_set(err, "hash: want an id, got none");
	return 0;
}

static const struct field decision_rows[] = {
	ROW_WORD(T, id, "id", FIELD_NEEDED),
	ROW_TEXT(T, command, "command", FIELD_NEEDED),
	ROW_INT(T, task, "task", 0, 0, INT_MAX, 0),
	ROW_TEXT(T, by, "by", 0),
	ROW_TIME(T, at, "at", 0),
	ROW_TEXT(T, what, "what", FIELD_LEFT_OUT),
	ROW_WORD(T, hash, "hash", FIELD_LEFT_OUT),
};

static const struct fields decision_fields = { FIELDS(decision_rows, T),
	.check = check_decision };
#undef T

/* -- a ruling ---------------------------------------------------------------
 */

#define T struct ruling
static const struct field ruling_rows[] = {
	ROW_ENUM(T, kind, "kind", FIELD_NEEDED, ruling_name, RULINGS),
	ROW_WORD(T, hash, "hash", FIELD_NEEDED),
	ROW_TEXT(T, what, "what", FIELD_NEEDED),
	ROW_TEXT(T, text, "text", 0),
	ROW_TEXT(T, file, "file", FIELD_LEFT_OUT),
};

const struct fields ruling_fields = { FIELDS(ruling_rows, T),
	FIELDS_THERE(T, kind) };
#undef T

/* -- a grant ----------------------------------------------------------------
 */

#define T struct grant
static const struct field grant_rows[] = {
	ROW_TEXT(T, tool, "tool", FIELD_NEEDED),
	ROW_TEXT(T, folder, "folder", 0),
	ROW_WORD(T, hash, "hash", FIELD_NEEDED),
	ROW_TEXT(T, what, "what", FIELD_NEEDED),
	ROW_TEXT(T, by, "by", 0),
	ROW_TIME(T, at, "at", 0),
};

const struct fields grant_fields = { FIELDS(grant_rows, T) };
#undef T

/* -- what limits were raised by ---------------------------------------------
 */

#define RAISED(K, which)                                                \
	{                                                               \
		.key = (K), .kind = FIELD_USD, .flags = FIELD_LEFT_OUT, \
		.at = (which) * sizeof(double)                          \
	}
static const struct field raised_rows[] = {
	RAISED("task_usd", LIMIT_TASK_USD),
	RAISED("session_usd", LIMIT_SESSION_USD),
	RAISED("day_usd", LIMIT_DAY_USD),
	RAISED("task_turns", LIMIT_TASK_TURNS),
};
_Static_assert(ARRAY_SIZE(raised_rows) == LIMITS - 1, "a row for each limit");

static const struct fields raised_fields = { FIELDS(
						 raised_rows, double[LIMITS]),
	.there_size = LIMITS * sizeof(double) };

/* -- the session ------------------------------------------------------------
 */

#define T struct session
static struct json_object *print_position(const void *s)
{
	return json_object_new_int64((int64_t)((const T *)s)->current);
}

static struct json_object *print_name(const char *name)
{
	return name == NULL ? NULL : json_object_new_string(name);
}

static struct json_object *print_status(const void *s)
{
	return print_name(session_status_name[session_status(s)]);
}

static struct json_object *print_intent(const void *s)
{
	return print_name(intent_name[phases[((const T *)s)->phase].intent]);
}

static struct json_object *print_decision(const void *s)
{
	const char *id = session_decision(s);

	return print_name(id[0] != '\0' ? id : NULL);
}

static void copy_ask(void *to, const void *from)
{
	ask_copy(&((T *)to)->ask, &((const T *)from)->ask);
}

static void release_ask(void *s)
{
	ask_release(&((T *)s)->ask);
}

/* Read by session_check(), when the tasks are there. */
static const struct field_hook position_hook = { .print = print_position },
			       status_hook = { .print = print_status },
			       intent_hook = { .print = print_intent },
			       waiting_hook = { .print = waiting_to_json },
			       decision_hook = { .print = print_decision },
			       ask_hook = { .print = ask_to_json,
				       .copy = copy_ask,
				       .release = release_ask };

static const struct field session_rows[] = {
	ROW_TEXT(T, id, "session_id", 0),
	ROW_TEXT(T, task_file, "task_file", 0),
	ROW_HOOK("current_task_index", &position_hook),
	ROW_HOOK("status", &status_hook),
	ROW_HOOK("intent", &intent_hook),
	ROW_HOOK_BY("waiting_for", &waiting_hook, &waiting_fields),
	ROW_HOOK("decision", &decision_hook),
	ROW_HOOK_BY("ask", &ask_hook, &ask_fields),
	ROW_OBJECT(T, ruling, "ruling", &ruling_fields),
	ROW_ARRAY(T, grants, "always", n_grants, &grant_fields, GRANTS_KEPT),
	ROW_LIST(T, tasks, "tasks", n, &task_record_fields, TASK_LIST_MAX),
	ROW_TIME(T, started_at, "started_at", 0),
	ROW_TIME(T, paused_at, "paused_at", 0),
	ROW_TIME(T, parked_until, "parked_until", 0),
	ROW_INT(T, parked_times, "parked_times", 0, 0, INT_MAX, 0),
	ROW_OBJECT(T, reached, "limit_reached", &reached_fields),
	ROW_OBJECT(T, raised, "limits_raised", &raised_fields),
	ROW_BOOL(T, held, "held"),
	ROW_TIME(T, last_activity, "last_activity", 0),
	ROW_ARRAY(T, decisions, "decisions", n_decisions, &decision_fields,
	    DECISIONS_KEPT),
};

const struct fields session_fields = { FIELDS(session_rows, T),
	.check = session_check };
#undef T
