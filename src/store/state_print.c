/* state_print.c - the record as JSON: state.json as a person may open it.
 *
 * Whatever the structs hold, what is printed here passes state_parse.c: a
 * record that could be stored and not loaded again would lose the day. */
#include "base/path.h"
#include "store/logs.h"
#include "store/state_read.h"
#include "core/session/phases.h"

#include <math.h>

static void put_text(struct json_object *o, const char *key, const char *s)
{
	json_set_clean(o, key, s);
}

static void put_count(struct json_object *o, const char *key, int64_t n)
{
	json_set_int(o, key, n < 0 ? 0 : n);
}

static void put_unless_zero(struct json_object *o, const char *key, int64_t n)
{
	if (n > 0)
		json_set_int(o, key, n);
	else
		json_set(o, key, NULL);
}

static void put_requires(struct json_object *o, enum requires r)
{
	if (r == REQUIRES_UNSAID)
		json_set(o, "requires_approval", NULL);
	else
		json_set_bool(o, "requires_approval", r == REQUIRES_YES);
}

/* What the list says of the task. */
static void put_task(struct json_object *o, const struct task *t)
{
	put_text(o, "type", t->type);
	json_set_string(o, "priority", priority_name[t->priority]);
	put_requires(o, t->requires_approval);
	put_text(o, "description", t->description);
	json_set_strings(o, "acceptance_criteria", &t->criteria);
	put_text(o, "instruction", t->instruction);
	put_unless_zero(o, "timeout", t->timeout);
}

static double sane_usd(double usd)
{
	return isfinite(usd) && usd > 0 && usd <= COST_MAX ? usd : 0;
}

static void put_outcome(struct json_object *o, const struct outcome *out)
{
	json_set_string(o, "result", task_result_name[out->result]);
	put_text(o, "error", out->error);
	if (out->exit_code == NO_EXIT_CODE)
		json_set(o, "exit_code", NULL);
	else
		json_set_int(o, "exit_code", out->exit_code & 0xff);
	json_set_double(o, "cost_usd", sane_usd(out->cost_usd));
	put_count(o, "num_turns", out->num_turns);
	put_count(o, "denials", out->denials);
	json_set_strings(o, "denied", &out->denied);
	put_count(o, "duration_ms", out->duration_ms);
	put_text(o, "summary", out->summary);
	json_set_verification(o, &out->verification);
	json_set_changes(o, &out->changes);
}

static struct json_object *reached_to_json(const struct reached *r)
{
	struct json_object *o;

	if (r->limit == LIMIT_NONE)
		return NULL;
	o = json_object_new_object();
	json_set_string(o, "limit", limit_name[r->limit]);
	json_set_double(o, "used", sane_usd(r->used));
	json_set_double(o, "of", sane_usd(r->of));
	return o;
}

/* By what; null where nothing was raised. */
static struct json_object *raised_to_json(const struct session *s)
{
	struct json_object *o = NULL;

	for (int i = LIMIT_NONE + 1; i < LIMITS; i++) {
		if (sane_usd(s->raised[i]) <= 0)
			continue;
		if (o == NULL)
			o = json_object_new_object();
		json_set_double(o, limit_name[i], s->raised[i]);
	}
	return o;
}

static struct json_object *spent_to_json(const struct day_spent *d)
{
	struct json_object *o;

	if (d->day[0] == '\0')
		return NULL;
	o = json_object_new_object();
	json_set_string(o, "day", d->day);
	json_set_double(o, "usd", sane_usd(d->usd));
	return o;
}

/* While it is looked at; see struct task_record. */
static struct json_object *ended_to_json(const struct task_record *t)
{
	struct json_object *o;

	if (t->ended.result == RESULT_NONE)
		return NULL;
	o = json_object_new_object();
	put_outcome(o, &t->ended);
	json_set(o, "limit_reached", reached_to_json(&t->ended.reached));
	json_set_bool(o, "limited", t->ended.limited);
	json_set_time(o, "resets_at", t->ended.resets_at);
	return o;
}

static void put_output_log(
    struct json_object *o, const struct state *s, const struct task_record *t)
{
	char *name, *path;

	if (s->logs_name == NULL || t->attempt == 0) {
		put_text(o, "output_log", NULL);
		return;
	}
	name = task_log_name(t->task.number, TASK_LOG_OUTPUT);
	path = path_join(s->logs_name, name);
	put_text(o, "output_log", path);
	free(path);
	free(name);
}

static struct json_object *task_to_json(
    const struct state *s, const struct task_record *t)
{
	struct json_object *o = json_object_new_object();

	json_set_int(o, "id", t->task.number);
	put_text(o, "title", t->task.title);
	json_set_string(o, "status", task_status_name[t->status]);
	put_task(o, &t->task);
	json_set_int(o, "attempt", t->attempt);
	json_set_time(o, "started_at", t->started_at);
	json_set_time(o, "completed_at", t->completed_at);
	put_outcome(o, &t->outcome);
	json_set(o, "ended", ended_to_json(t));
	put_text(o, "agent_session_id", t->conversation);
	put_text(o, "resumed_from", t->resumed_from);
	put_text(o, "feedback", t->feedback);
	put_text(o, "approved_by", t->approved_by);
	json_set_time(o, "approved_at", t->approved_at);
	json_set_double(o, "counted_from_usd", sane_usd(t->counted_from));
	json_set_bool(o, "auto_resumed", t->auto_resumed);
	put_count(o, "undone", t->undone);
	put_output_log(o, s, t);
	return o;
}

static const char *asked(const struct session *s)
{
	const char *id = session_decision(s);

	return id[0] != '\0' ? id : NULL;
}

static struct json_object *question_to_json(const struct session *s)
{
	enum question q = session_question(s);
	const struct task_record *t = session_current(s);
	struct json_object *o;

	if (q == ASK_NOTHING || t == NULL)
		return NULL;
	o = json_object_new_object();
	json_set_string(o, "kind", question_name[q]);
	json_set_int(o, "task", t->task.number);
	json_set_string(o, "decision", asked(s));
	if (q == ASK_LIMIT)
		json_set_time(o, "until", s->parked_until);
	return o;
}

static struct json_object *decision_to_json(const struct decision *d)
{
	struct json_object *o = json_object_new_object();

	json_set_string(o, "id", d->id);
	put_text(o, "command", d->command);
	json_set_int(o, "task", d->task);
	put_text(o, "by", d->by);
	json_set_time(o, "at", d->at);
	if (d->what != NULL) {
		put_text(o, "what", d->what);
		json_set_string(o, "hash", d->hash);
	}
	return o;
}

static struct json_object *notice_to_json(const struct notice *n)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "id", n->id);
	json_set_string(o, "type", notice_type_name[n->type]);
	json_set_time(o, "at", n->at);
	put_text(o, "payload", n->payload);
	return o;
}

static struct json_object *delivery_to_json(const struct delivery *d)
{
	struct json_object *o = json_object_new_object();

	put_text(o, "id", d->id);
	json_set_string(o, "fingerprint", d->fingerprint);
	json_set_int(o, "code", d->code);
	put_text(o, "answer", d->answer);
	return o;
}

static void put_session(struct json_object *o, const struct state *st)
{
	const struct session *s = &st->session;
	const struct phase_row *view = &phases[s->phase];
	struct json_object *tasks = json_object_new_array();

	put_text(o, "session_id", s->id);
	put_text(o, "task_file", s->task_file);
	json_set_int(o, "current_task_index", (int64_t)s->current);
	json_set_string(o, "status", session_status_name[view->status]);
	json_set_string(o, "intent", intent_name[view->intent]);
	json_set(o, "waiting_for", question_to_json(s));
	json_set_string(o, "decision", asked(s));
	json_set(o, "ask", ask_to_json(s));
	for (size_t i = 0; i < s->n; i++)
		json_object_array_add(tasks, task_to_json(st, &s->tasks[i]));
	json_set(o, "tasks", tasks);
	json_set_time(o, "started_at", s->started_at);
	json_set_time(o, "paused_at", s->paused_at);
	json_set_time(o, "parked_until", s->parked_until);
	put_count(o, "parked_times", s->parked_times);
	json_set(o, "limit_reached", reached_to_json(&s->reached));
	json_set(o, "limits_raised", raised_to_json(s));
	json_set_bool(o, "held", s->held);
	json_set_time(o, "last_activity", s->last_activity);
}

static struct json_object *plan_to_json(const struct plan *p)
{
	struct json_object *o;

	if (p->status == PLAN_NONE)
		return NULL;
	o = json_object_new_object();
	put_text(o, "date", p->date);
	json_set_string(o, "status", plan_status_name[p->status]);
	put_text(o, "error", p->error);
	put_text(o, "file", p->file);
	put_text(o, "by", p->by);
	json_set_string(o, "decision", p->asked[0] ? p->asked : NULL);
	put_text(o, "agent_session_id", p->conversation);
	json_set_time(o, "started_at", p->started_at);
	json_set_time(o, "completed_at", p->completed_at);
	json_set_bool(o, "cancelling", p->cancelling);
	return o;
}

static struct json_object *reminder_to_json(const struct reminder *r)
{
	struct json_object *o;

	if (r->decision[0] == '\0')
		return NULL;
	o = json_object_new_object();
	json_set_string(o, "decision", r->decision);
	json_set_int(o, "told", r->told);
	json_set_time(o, "at", r->at);
	return o;
}

static void put_records(struct json_object *o, const struct state *st)
{
	const struct session *s = &st->session;
	struct json_object *decisions = json_object_new_array();
	struct json_object *notices = json_object_new_array();
	struct json_object *deliveries = json_object_new_array();

	for (size_t i = 0; i < s->n_decisions; i++)
		json_object_array_add(
		    decisions, decision_to_json(&s->decisions[i]));
	for (size_t i = 0; i < st->n_notices; i++)
		json_object_array_add(notices, notice_to_json(&st->notices[i]));
	for (size_t i = 0; i < st->n_deliveries; i++)
		json_object_array_add(
		    deliveries, delivery_to_json(&st->deliveries[i]));
	json_set(o, "plan", plan_to_json(&st->plan));
	json_set(o, "decisions", decisions);
	json_set(o, "notifications", notices);
	put_count(o, "notifications_dropped", st->notices_dropped);
	put_text(o, "undelivered_error", st->undelivered_error);
	json_set(o, "deliveries", deliveries);
	json_set(o, "receipts", receipts_to_json(st));
	json_set(o, "reminder", reminder_to_json(&st->reminder));
	json_set(o, "spent", spent_to_json(&st->spent));
	json_set(o, "rollback", rollback_to_json(&st->rollback));
	json_set(o, "writing", writing_to_json(&st->writing));
}

void state_print(struct buf *out, const struct state *s)
{
	struct json_object *o = json_object_new_object();
	size_t n;
	const char *text;

	json_set_int(o, "version", STATE_VERSION);
	put_session(o, s);
	put_records(o, s);
	text = json_object_to_json_string_length(o,
	    JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
		JSON_C_TO_STRING_NOSLASHESCAPE,
	    &n);
	if (text == NULL)
		bug("out of memory to print the state");
	buf_add(out, text, n);
	buf_addc(out, '\n');
	json_object_put(o);
}
