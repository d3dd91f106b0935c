/* answer.c - the JSON that is said back. */
#include "core/talk/answer.h"
#include "core/talk/message_parts.h"
#include "core/session/plan.h"
#include "core/session/session_fields.h"
#include "core/session/phases.h"

enum { FAULTS_IN_MESSAGE = 10 };

void answer_release(struct answer *a)
{
	json_object_put(a->body);
	*a = (struct answer)ANSWER_INIT;
}

struct json_object *actions_to_json(const struct actions *a)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; a != NULL && i < a->n; i++) {
		struct json_object *o = json_object_new_object();

		json_set_string(o, "label", a->v[i].label);
		json_set_string(o, "command", a->v[i].command);
		if (a->v[i].feedback)
			json_set_bool(o, "feedback", true);
		json_object_array_add(list, o);
	}
	return list;
}

/* What was there is gone. */
static void new_body(struct answer *a, int code)
{
	answer_release(a);
	a->code = code;
	a->body = json_object_new_object();
}

static void set_message(
    struct answer *a, const char *message, const struct actions *actions)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, message);
	message_cut(&text);
	json_set_string(a->body, "message", text.data);
	json_set(a->body, "actions", actions_to_json(actions));
	buf_release(&text);
}

void answer_ok(
    struct answer *a, const char *message, const struct actions *actions)
{
	new_body(a, 200);
	json_set_string(a->body, "status", "ok");
	set_message(a, message, actions);
}

static const char *usual_error(int code)
{
	static const struct {
		int code;
		const char *error;
	} usual[] = {
		{ 400, "bad_request" },
		{ 401, "unauthorized" },
		{ 403, "forbidden" },
		{ 404, "not_found" },
		{ 405, "method_not_allowed" },
		{ 409, "conflict" },
		{ 413, "too_large" },
		{ 415, "unsupported_media_type" },
		{ 422, "bad_task_file" },
		{ 503, "unavailable" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		if (usual[i].code == code)
			return usual[i].error;
	bug("no error is called %d", code);
}

void answer_error(struct answer *a, int code, const char *error,
    const char *message, const struct actions *actions)
{
	new_body(a, code);
	json_set_string(a->body, "status", "error");
	json_set_string(a->body, "error", error ? error : usual_error(code));
	set_message(a, message, actions);
}

void answer_faults(
    struct answer *a, const char *message, const struct faults *f)
{
	size_t shown =
	    f->lines.n < FAULTS_IN_MESSAGE ? f->lines.n : FAULTS_IN_MESSAGE;
	struct buf text = BUF_INIT;

	buf_adds(&text, message);
	if (shown > 0)
		buf_addc(&text, '\n');
	for (size_t i = 0; i < shown; i++)
		buf_addf(&text, "\n%s", f->lines.v[i]);
	if (f->count > shown)
		buf_addf(&text, "\n… and %zu more", f->count - shown);
	answer_error(a, 422, NULL, text.data, NULL);
	json_set_strings(a->body, "faults", &f->lines);
	buf_release(&text);
}

void answer_follow_up(struct answer *a)
{
	json_set_bool(a->body, "follow_up", true);
}

void answer_warnings(struct answer *a, const struct faults *f)
{
	struct json_object *said;
	struct buf text = BUF_INIT;

	if (a->code != 200 || f->warnings.n == 0)
		return;
	json_object_object_get_ex(a->body, "message", &said);
	buf_adds(&text, json_object_get_string(said));
	for (size_t i = 0; i < f->warnings.n; i++)
		buf_addf(&text, "\nWarning: %s", f->warnings.v[i]);
	message_cut(&text);
	json_set_string(a->body, "message", text.data);
	json_set_strings(a->body, "warnings", &f->warnings);
	buf_release(&text);
}

/* The wording is message.c's, the order of the keys orchestrator-http(7)'s. */

static struct json_object *waiting_for(const struct session *s)
{
	enum question q = session_question(s);
	const char *decision = session_decision(s);
	const struct task_record *t = session_current(s);
	struct json_object *o;

	if (q == ASK_NOTHING)
		return NULL;
	o = json_object_new_object();
	json_set_string(o, "kind", question_name[q]);
	json_set(
	    o, "task", t != NULL ? json_object_new_int(t->task.number) : NULL);
	json_set_string(o, "decision", decision[0] ? decision : NULL);
	if (q == ASK_LIMIT)
		json_set_time(o, "until", s->parked_until);
	if (s->reached.limit != LIMIT_NONE)
		json_set_string(o, "limit", limit_name[s->reached.limit]);
	if (q == ASK_PERMISSION || q == ASK_QUESTION) {
		json_set_string(o, "tool", s->ask.tool);
		json_set_string(o, "hash", s->ask.hash);
	}
	if (q == ASK_QUESTION) {
		struct ask_question asked = { 0 };

		ask_question(&asked, &s->ask);
		json_set_string(o, "question", asked.text);
		json_set_strings(o, "options", &asked.labels);
		json_set_bool(o, "several", asked.several);
		ask_question_release(&asked);
	}
	return o;
}

static void set_session(struct json_object *o, const struct session *s,
    const struct status_extra *x)
{
	const struct task_record *t = session_current(s);
	const char *decision = session_decision(s);
	struct session_counts n;

	session_count(s, &n);
	json_set_int(o, "index", (int64_t)s->current);
	json_set_string(o, "decision", decision[0] ? decision : NULL);
	json_set_string(o, "session_id", s->id);
	json_set_string(o, "title", t ? t->task.title : NULL);
	json_set_string(o, "type", t ? t->task.type : NULL);
	json_set_int(o, "completed", n.completed);
	json_set_int(o, "failed", n.failed);
	json_set_int(o, "skipped", n.skipped);
	json_set_int(o, "pending", n.pending);
	json_set_time(o, "started_at", s->started_at);
	json_set_int(o, "runtime_seconds", session_runtime(s, x->now));
	json_set_string(o, "intent", intent_name[phases[s->phase].intent]);
	json_set(o, "waiting_for", waiting_for(s));
	json_set_string(o, "activity", x->activity);
	json_set_int(o, "undelivered", (int64_t)x->undelivered);
	json_set_string(o, "undelivered_error",
	    x->undelivered > 0 ? x->undelivered_error : NULL);
	json_set_double(o, "cost_usd", n.cost_usd);
}

static struct json_object *plan_to_json(const struct status_extra *x)
{
	const struct plan *p = x->plan;
	struct json_object *o;

	if (p == NULL || p->status == PLAN_NONE)
		return NULL;
	o = json_object_new_object();
	json_set_string(o, "date", p->date);
	json_set_string(o, "status", plan_status_name[p->status]);
	json_set_string(o, "error", p->error);
	json_set_string(o, "file", p->file);
	json_set_string(o, "decision", p->asked[0] ? p->asked : NULL);
	json_set_time(o, "started_at", p->started_at);
	json_set_time(o, "completed_at", p->completed_at);
	json_set_string(
	    o, "activity", p->status == PLAN_RUNNING ? x->activity : NULL);
	return o;
}

void answer_print(struct buf *out, const struct answer *a)
{
	json_print(out, a->body);
	buf_addc(out, '\n');
}

void answer_status(struct answer *a, const struct session *s,
    const struct status_extra *x, command_set enabled)
{
	static const char *const of_session[] = { "index", "decision",
		"session_id", "title", "type", "completed", "failed", "skipped",
		"pending", "started_at", "runtime_seconds", "intent",
		"waiting_for", "activity", "undelivered", "undelivered_error",
		"cost_usd" };
	const struct task_record *t = session_current(s);
	bool idle = s->phase == PHASE_IDLE;
	struct buf text = BUF_INIT;
	struct actions actions;

	new_body(a, 200);
	json_set_int(a->body, "task", t ? t->task.number : 0);
	json_set_int(a->body, "total", (int64_t)s->n);
	json_set_string(
	    a->body, "status", session_status_name[session_status(s)]);
	for (size_t i = 0; idle && i < ARRAY_SIZE(of_session); i++)
		json_set(a->body, of_session[i], NULL);
	if (!idle)
		set_session(a->body, s, x);
	json_set(a->body, "plan", plan_to_json(x));
	json_set(a->body, "rolling_back",
	    x->undoing != 0 ? json_object_new_int(x->undoing) : NULL);
	message_status(&text, s, x, enabled);
	actions_with_plan(&actions, s, x->plan, x->now, enabled);
	set_message(a, text.data, &actions);
	buf_release(&text);
}

static struct json_object *task_to_json(
    const struct task_record *t, size_t index)
{
	struct json_object *o = json_object_new_object();
	bool ended = t->outcome.result != RESULT_NONE;

	json_set_int(o, "id", t->task.number);
	json_set_int(o, "index", (int64_t)index);
	json_set_string(o, "title", t->task.title);
	json_set_string(o, "type", t->task.type);
	json_set_string(o, "priority", priority_name[t->task.priority]);
	json_set_string(o, "status", task_status_name[t->status]);
	json_set_string(o, "result", task_result_name[t->outcome.result]);
	json_set_string(o, "error", t->outcome.error);
	json_set_int(o, "attempt", t->attempt);
	json_set_time(o, "started_at", t->started_at);
	json_set_time(o, "completed_at", t->completed_at);
	json_set(o, "duration_ms",
	    ended ? json_object_new_int64(t->outcome.duration_ms) : NULL);
	json_set(o, "cost_usd", NULL);
	if (ended)
		json_set_double(o, "cost_usd", t->outcome.cost_usd);
	return o;
}

void answer_tasks(struct answer *a, const struct session *s,
    const struct status_extra *x, command_set enabled)
{
	struct json_object *list = json_object_new_array();
	struct buf text = BUF_INIT;
	struct actions actions;

	for (size_t i = 0; i < s->n; i++)
		json_object_array_add(list, task_to_json(&s->tasks[i], i + 1));
	message_tasks(&text, s, x, enabled, false);
	actions_with_plan(&actions, s, x->plan, x->now, enabled);
	answer_ok(a, text.data, &actions);
	json_set(a->body, "tasks", list);
	buf_release(&text);
}

void answer_no_task(struct answer *a, const struct session *s, int number,
    int64_t now, command_set enabled)
{
	struct actions actions;
	struct buf text = BUF_INIT;

	actions_for(&actions, s, now, enabled);
	if (number > 0)
		buf_addf(
		    &text, "There is no task %d in this session. ", number);
	say_now(&text, s, enabled);
	answer_error(a, 409, NULL, text.data, &actions);
	buf_release(&text);
}

static struct json_object *whole_task_to_json(
    const struct task_record *t, size_t index)
{
	static const char *const requires[] = { [REQUIRES_UNSAID] = NULL,
		[REQUIRES_NO] = "no",
		[REQUIRES_YES] = "yes" };
	struct json_object *o = task_to_json(t, index);
	const struct outcome *out = &t->outcome;

	json_set_string(
	    o, "requires_approval", requires[t->task.requires_approval]);
	json_set(o, "timeout",
	    t->task.timeout > 0 ? json_object_new_int(t->task.timeout) : NULL);
	json_set_string(o, "description", t->task.description);
	json_set_strings(o, "acceptance_criteria", &t->task.criteria);
	json_set_string(o, "instruction", t->task.instruction);
	json_set(o, "exit_code",
	    out->exit_code == NO_EXIT_CODE
		? NULL
		: json_object_new_int(out->exit_code));
	json_set_int(o, "denials", out->denials);
	json_set_int(o, "num_turns", out->num_turns);
	json_set_string(o, "summary", out->summary);
	json_set(o, "verification",
	    fields_to_json(&verification_fields, &out->verification));
	json_set(o, "changes", fields_to_json(&changes_fields, &out->changes));
	json_set_string(o, "feedback", t->feedback);
	json_set_string(o, "approved_by", t->approved_by);
	json_set_time(o, "approved_at", t->approved_at);
	json_set_string(o, "agent_session_id", t->conversation);
	return o;
}

void answer_show(struct answer *a, const struct session *s, int number,
    int64_t now, command_set enabled)
{
	const struct task_record *t = session_task(s, number);
	struct strvec parts = STRVEC_INIT;
	struct actions actions;
	struct buf text = BUF_INIT;

	if (t == NULL) {
		answer_no_task(a, s, number, now, enabled);
		return;
	}
	if (number == 0 && session_is_asked(s))
		message_asked(&text, s, enabled, &parts);
	else
		message_show(&text, s, t, now);
	actions_for(&actions, s, now, enabled);
	answer_ok(a, text.data, &actions);
	if (message_length(&text) > MESSAGE_MAX) {
		char *name = xasprintf("task-%d.txt", t->task.number);

		json_set_string(a->body, "text", text.data);
		answer_document(a, "text", name);
		free(name);
	}
	if (parts.n > 0)
		json_set_strings(a->body, "parts", &parts);
	strvec_release(&parts);
	json_set(
	    a->body, "task", whole_task_to_json(t, (size_t)(t - s->tasks) + 1));
	buf_release(&text);
}

void answer_help(struct answer *a, command_set enabled)
{
	struct json_object *list = json_object_new_array();
	struct buf text = BUF_INIT;

	for (int i = 0; i < COMMANDS; i++) {
		struct json_object *o;

		if ((enabled & 1u << i) == 0)
			continue;
		o = json_object_new_object();
		json_set_string(o, "command", command_info[i].name);
		json_set_string(o, "args", command_info[i].args);
		json_set_string(o, "help", command_info[i].help);
		json_object_array_add(list, o);
	}
	message_help(&text, enabled);
	answer_ok(a, text.data, NULL);
	json_set(a->body, "commands", list);
	buf_release(&text);
}
