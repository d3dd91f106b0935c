/* notice.c - what n8n is told. */
#include "core/talk/notice.h"
#include "core/talk/answer.h"

const char *const notice_type_name[] = {
	[TYPE_INFO] = "info",
	[TYPE_SUCCESS] = "success",
	[TYPE_WARNING] = "warning",
	[TYPE_ERROR] = "error",
	[TYPE_APPROVAL] = "approval",
};
_Static_assert(ARRAY_SIZE(notice_type_name) == NOTICE_TYPES, "name every type");

static const enum notice_type usual_type[] = {
	[NOTICE_SESSION_STARTED] = TYPE_INFO,
	[NOTICE_TASK_STARTED] = TYPE_INFO,
	[NOTICE_TASK_COMPLETED] = TYPE_SUCCESS,
	[NOTICE_TASK_FAILED] = TYPE_ERROR,
	[NOTICE_WAITING] = TYPE_APPROVAL,
	[NOTICE_PAUSED] = TYPE_INFO,
	[NOTICE_RESUMED] = TYPE_INFO,
	[NOTICE_SESSION_COMPLETED] = TYPE_SUCCESS,
	[NOTICE_SESSION_STOPPED] = TYPE_WARNING,
	[NOTICE_RECOVERED] = TYPE_WARNING,
	[NOTICE_LIMIT] = TYPE_WARNING,
	[NOTICE_ASKED] = TYPE_APPROVAL,
	[NOTICE_SHELVED] = TYPE_APPROVAL,
	[NOTICE_ERROR] = TYPE_ERROR,
	[NOTICE_PLAN_READY] = TYPE_APPROVAL,
	[NOTICE_PLAN_FAILED] = TYPE_ERROR,
	[NOTICE_ROLLED_BACK] = TYPE_SUCCESS,
	[NOTICE_NOT_ROLLED_BACK] = TYPE_ERROR,
	[NOTICE_REPORT] = TYPE_INFO,
	[NOTICE_PROGRESS] = TYPE_INFO,
};
_Static_assert(ARRAY_SIZE(usual_type) == NOTICE_EVENTS, "type every event");

#define T struct notice
static const struct field notice_rows[] = {
	ROW_TEXT(T, id, "id", FIELD_NEEDED),
	ROW_ENUM(T, type, "type", FIELD_NEEDED, notice_type_name, NOTICE_TYPES),
	ROW_TIME(T, at, "at", 0),
	ROW_JSON(T, payload, "payload"),
};
const struct fields notice_fields = { FIELDS(notice_rows, T) };
#undef T

void notice_release(struct notice *n)
{
	fields_release(&notice_fields, n);
}

/* What asks a question must not be of type info: those are the first to go
 * when too many are undelivered. */
static enum notice_type type_of(const struct notice_source *from)
{
	enum notice_type type = usual_type[from->event];

	if (from->event == NOTICE_TASK_COMPLETED && from->task != NULL &&
	    !task_is_clean(from->task))
		type = TYPE_WARNING;
	if (type == TYPE_INFO &&
	    session_status(from->session) == SESSION_WAITING)
		return TYPE_APPROVAL;
	return type;
}

/* Before the message: what did not fit into it. */
static void set_message(struct json_object *o, const struct notice_source *from)
{
	struct buf text = BUF_INIT;
	struct strvec parts = STRVEC_INIT;

	if (from->event == NOTICE_ASKED || from->event == NOTICE_SHELVED)
		message_asked(&text, from->session, from->enabled, &parts);
	else if (from->message != NULL)
		buf_adds(&text, from->message);
	else
		message_notice(&text, from->session, from->event, from->task,
		    from->deed, from->enabled);
	message_cut(&text);
	json_set_string(o, "message", text.data);
	/* Claude's own words in the message of a result: Markdown, where all
	 * else is plain text. */
	if ((from->event == NOTICE_TASK_COMPLETED ||
		from->event == NOTICE_TASK_FAILED) &&
	    from->task != NULL && from->task->outcome.summary != NULL)
		json_set_string(o, "summary", from->task->outcome.summary);
	if (parts.n > 0)
		json_set_strings(o, "parts", &parts);
	strvec_release(&parts);
	buf_release(&text);
}

/* Session and task; null where there is none. */
static void set_about(struct json_object *o, const struct notice_source *from)
{
	const struct session *s = from->session;
	const struct task_record *t = from->task;

	/* Of a task the receiver changes the message while it runs. */
	if (t == NULL && session_is_unfinished(s) &&
	    from->event != NOTICE_REPORT)
		t = session_current(s);
	json_set_string(o, "session_id", s->id);
	json_set(o, "task",
	    t == NULL ? NULL : json_object_new_int64(t->task.number));
	json_set(o, "total",
	    s->phase == PHASE_IDLE ? NULL
				   : json_object_new_int64((int64_t)s->n));
	json_set_string(o, "title", t == NULL ? NULL : t->task.title);
}

/* Whom it is for: the first, and all the others; and who caused it. */
static void set_people(struct json_object *o, const struct notice_source *from)
{
	const struct strvec *chats = from->chat_ids;
	struct json_object *others = json_object_new_array(), *cause = NULL;

	for (size_t i = 1; chats != NULL && i < chats->n; i++)
		json_object_array_add(
		    others, json_object_new_string(chats->v[i]));
	json_set_string(
	    o, "chat_id", chats != NULL && chats->n > 0 ? chats->v[0] : NULL);
	json_set(o, "chat_ids", others);
	if (from->cause != NULL) {
		cause = json_object_new_object();
		json_set_string(cause, "chat_id", from->cause->chat_id);
		json_set_string(cause, "user", from->cause->user);
		json_set_string(cause, "delivery_id", from->cause->delivery_id);
	}
	json_set(o, "caused_by", cause);
}

void notice_build(struct notice *n, const struct notice_source *from)
{
	struct json_object *o = json_object_new_object();
	const char *asked = session_decision(from->session);
	const struct progress *p = from->progress;
	struct buf payload = BUF_INIT;
	struct actions actions;

	if (from->actions != NULL)
		actions = *from->actions;
	else
		actions_for(&actions, from->session, from->now, from->enabled);
	n->type = type_of(from);
	n->id = xstrdup(from->id);
	n->at = from->now;
	set_message(o, from);
	json_set_string(o, "type", notice_type_name[n->type]);
	json_set_string(o, "event", notice_event_name[from->event]);
	json_set_string(o, "id", from->id);
	json_set_time(o, "timestamp", from->now);
	set_about(o, from);
	json_set(o, "actions", actions_to_json(&actions));
	set_people(o, from);
	json_set_string(o, "decision",
	    (from->actions == NULL || from->event == NOTICE_REPORT) &&
		    actions.n > 0 && asked[0] != '\0'
		? asked
		: NULL);
	json_set_bool(o, "silent",
	    from->event == NOTICE_TASK_STARTED ||
		from->event == NOTICE_PROGRESS);
	json_set(o, "reminder",
	    from->reminder > 0 ? json_object_new_int(from->reminder) : NULL);
	if (p != NULL) {
		json_set_string(o, "activity", p->activity);
		json_set_int(o, "elapsed_seconds", p->elapsed);
		json_set(o, "cost_usd",
		    p->cost_usd > 0 ? json_object_new_double(p->cost_usd)
				    : NULL);
		json_set(o, "num_turns",
		    p->num_turns > 0 ? json_object_new_int(p->num_turns)
				     : NULL);
	}
	json_print(&payload, o);
	n->payload = buf_detach(&payload);
	json_object_put(o);
}
