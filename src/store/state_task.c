/* state_task.c - one element of "tasks", and that its story holds together. */
#include "store/logs.h"
#include "store/state_read.h"

#include <limits.h>

static int get_requires(
    struct json_object *o, enum requires *out, struct error *err)
{
	bool yes;

	if (json_object_object_get(o, "requires_approval") == NULL)
		return 0;
	if (json_get_bool(o, "requires_approval", &yes, err) != 0)
		return -1;
	*out = yes ? REQUIRES_YES : REQUIRES_NO;
	return 0;
}

static int get_task(struct json_object *o, struct task *t, struct error *err)
{
	int priority;

	if (need_int(o, "id", 0, INT_MAX, &t->number, err) != 0 ||
	    read_text(o, "title", true, &t->title, err) != 0 ||
	    read_text(o, "type", true, &t->type, err) != 0 ||
	    json_get_enum(o, "priority", priority_name, PRIORITY_COUNT,
		PRIORITY_NONE, &priority, err) != 0 ||
	    get_requires(o, &t->requires_approval, err) != 0 ||
	    read_text(o, "description", false, &t->description, err) != 0 ||
	    json_get_strings(o, "acceptance_criteria", &t->criteria, err) !=
		0 ||
	    read_text(o, "instruction", true, &t->instruction, err) != 0 ||
	    read_int(o, "timeout", 1, TASK_TIMEOUT_MAX, 0, &t->timeout, err) !=
		0)
		return -1;
	t->priority = (enum priority)priority;
	return 0;
}

static int get_changes(
    struct json_object *o, struct changes *out, struct error *err)
{
	struct json_object *c;

	if (json_get_object(o, "changes", &c, err) != 0)
		return -1;
	if (c == NULL)
		return 0;
	out->known = true;
	if (read_int(c, "files", 0, INT_MAX, 0, &out->files, err) != 0 ||
	    read_int(c, "added", 0, INT_MAX, 0, &out->added, err) != 0)
		return -1;
	return read_int(c, "removed", 0, INT_MAX, 0, &out->removed, err);
}

static int get_verification(
    struct json_object *o, struct verification *out, struct error *err)
{
	struct json_object *v;
	int result;

	if (json_get_object(o, "verification", &v, err) != 0)
		return -1;
	if (v == NULL)
		return 0;
	if (need_enum(v, "result", task_result_name, TASK_RESULTS, &result,
		err) != 0 ||
	    read_text(v, "command", true, &out->command, err) != 0 ||
	    read_text(v, "error", false, &out->error, err) != 0 ||
	    read_text(v, "output", false, &out->output, err) != 0 ||
	    read_int(v, "exit_code", 0, 255, NO_EXIT_CODE, &out->exit_code,
		err) != 0 ||
	    json_get_int(
		v, "duration_ms", 0, INT64_MAX, 0, &out->duration_ms, err) != 0)
		return -1;
	out->result = (enum task_result)result;
	return 0;
}

static int get_outcome(
    struct json_object *o, struct outcome *out, struct error *err)
{
	int result;

	if (json_get_enum(o, "result", task_result_name, TASK_RESULTS,
		RESULT_NONE, &result, err) != 0 ||
	    read_text(o, "error", false, &out->error, err) != 0 ||
	    read_int(o, "exit_code", 0, 255, NO_EXIT_CODE, &out->exit_code,
		err) != 0 ||
	    read_usd(o, "cost_usd", &out->cost_usd, err) != 0 ||
	    read_int(o, "num_turns", 0, INT_MAX, 0, &out->num_turns, err) !=
		0 ||
	    read_int(o, "denials", 0, INT_MAX, 0, &out->denials, err) != 0 ||
	    json_get_strings(o, "denied", &out->denied, err) != 0 ||
	    json_get_int(o, "duration_ms", 0, INT64_MAX, 0, &out->duration_ms,
		err) != 0 ||
	    read_text(o, "summary", false, &out->summary, err) != 0 ||
	    get_verification(o, &out->verification, err) != 0 ||
	    get_changes(o, &out->changes, err) != 0)
		return -1;
	out->result = (enum task_result)result;
	return 0;
}

static int get_ended(
    struct json_object *o, struct outcome *out, struct error *err)
{
	struct json_object *ended;

	if (json_get_object(o, "ended", &ended, err) != 0)
		return -1;
	if (ended == NULL)
		return 0;
	if (get_outcome(ended, out, err) != 0 ||
	    read_reached(ended, &out->reached, err) != 0 ||
	    json_get_bool(ended, "limited", &out->limited, err) != 0)
		return -1;
	return json_get_time(ended, "resets_at", &out->resets_at, err);
}

/* The folder that output_log names must be the same in every task. */
static int get_output_log(struct json_object *o, struct state *s,
    const struct task_record *t, struct error *err)
{
	const char *log;
	char *name, *tail;
	size_t n, m;
	int rc = 0;

	if (json_get_string(o, "output_log", &log, err) != 0)
		return -1;
	if (log == NULL)
		return 0;
	name = task_log_name(t->task.number, TASK_LOG_OUTPUT);
	tail = xasprintf("/%s", name);
	n = strlen(log);
	m = strlen(tail);
	if (t->attempt == 0 || n <= m || strcmp(log + n - m, tail) != 0)
		rc = error_set(err,
		    "output_log: want FOLDER%s once it has run, got \"%s\"",
		    tail, log);
	else if (s->logs_name == NULL)
		s->logs_name = xstrndup(log, n - m);
	else if (strlen(s->logs_name) != n - m ||
		 strncmp(s->logs_name, log, n - m) != 0)
		rc = error_set(err, "output_log: want %s%s, got \"%s\"",
		    s->logs_name, tail, log);
	free(tail);
	free(name);
	return rc;
}

/* Status, result and attempts must tell the same story. */
static int check_record(const struct task_record *t, struct error *err)
{
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
	if (t->ended.result != RESULT_NONE && t->status != TASK_RUNNING)
		return error_set(err,
		    "ended: want null unless the status is 'running', got '%s'",
		    task_status_name[t->status]);
	if (!has_run && t->status != TASK_PENDING && t->status != TASK_SKIPPED)
		return error_set(err,
		    "attempt: does not fit the status '%s', got %d",
		    task_status_name[t->status], t->attempt);
	return 0;
}

int read_record(struct json_object *o, struct state *s, struct task_record *t,
    struct error *err)
{
	int status;

	t->outcome = t->ended = (struct outcome)OUTCOME_INIT;
	if (get_task(o, &t->task, err) != 0 ||
	    need_enum(o, "status", task_status_name, TASK_STATUSES, &status,
		err) != 0 ||
	    read_int(o, "attempt", 0, INT_MAX, 0, &t->attempt, err) != 0 ||
	    json_get_time(o, "started_at", &t->started_at, err) != 0 ||
	    json_get_time(o, "completed_at", &t->completed_at, err) != 0 ||
	    get_outcome(o, &t->outcome, err) != 0 ||
	    get_ended(o, &t->ended, err) != 0 ||
	    read_text(o, "agent_session_id", false, &t->conversation, err) !=
		0 ||
	    read_text(o, "resumed_from", false, &t->resumed_from, err) != 0 ||
	    read_text(o, "feedback", false, &t->feedback, err) != 0 ||
	    read_text(o, "approved_by", false, &t->approved_by, err) != 0 ||
	    json_get_time(o, "approved_at", &t->approved_at, err) != 0 ||
	    read_usd(o, "counted_from_usd", &t->counted_from, err) != 0 ||
	    json_get_bool(o, "auto_resumed", &t->auto_resumed, err) != 0 ||
	    read_int(o, "undone", 0, t->attempt, 0, &t->undone, err) != 0 ||
	    get_output_log(o, s, t, err) != 0)
		return -1;
	t->status = (enum task_status)status;
	return check_record(t, err);
}
