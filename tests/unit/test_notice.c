#include "unit.h"

#include "core/talk/notice.h"

static const struct strvec nothing = STRVEC_INIT;
static const struct policy required = { APPROVAL_REQUIRED, &nothing, &nothing };
static const struct policy automatic = { APPROVAL_AUTO, &nothing, &nothing };

static void begin(struct session *s, const struct policy *policy)
{
	struct task_list list = { xcalloc(1, sizeof(struct task)), 1 };
	struct event e = { .kind = EV_START,
		.now = 1763631015,
		.fresh_id = "k3f9",
		.by = "anna",
		.list = &list,
		.session_id = "20251120-093015",
		.task_file = "tasks.md" };
	struct change c;

	list.v[0] = (struct task){ .number = 7,
		.title = xstrdup("a title"),
		.type = xstrdup("backend"),
		.instruction = xstrdup("do") };
	ck_assert_int_eq(session_apply(s, policy, &e, &c), 0);
	task_list_release(&list);
}

static struct notice_source about(
    const struct session *s, enum notice_event event)
{
	return (struct notice_source){ .id = "msg_1",
		.now = 1763631015,
		.event = event,
		.session = s,
		.message = "text",
		.enabled = ALL_COMMANDS };
}

START_TEST(carries_every_key)
{
	struct session s = SESSION_INIT;
	struct notice n = { 0 };
	struct cause cause = { "42", "anna", "987" };
	struct strvec chats = STRVEC_INIT;
	struct notice_source from;
	const char *actions;

	begin(&s, &required);
	strvec_add(&chats, "42");
	strvec_add(&chats, "43");
	from = about(&s, NOTICE_WAITING);
	from.chat_ids = &chats;
	from.cause = &cause;
	notice_build(&n, &from);
	ck_assert_str_eq(n.id, "msg_1");
	ck_assert_int_eq(n.at, 1763631015);
	ck_assert_int_eq(n.type, TYPE_APPROVAL);
	actions = strstr(n.payload, "\"actions\":");
	ck_assert_ptr_nonnull(actions);
	ck_assert(str_starts(n.payload,
	    "{\"message\":\"text\",\"type\":\"approval\","
	    "\"event\":\"waiting_approval\",\"id\":\"msg_1\","
	    "\"timestamp\":\"2025-11-20T09:30:15Z\","
	    "\"session_id\":\"20251120-093015\",\"task\":7,\"total\":1,"
	    "\"title\":\"a title\",\"actions\":[{\"label\":\"Approve\","
	    "\"command\":\"/approve #k3f9\"}"));
	ck_assert_ptr_nonnull(
	    strstr(actions, "],\"chat_id\":\"42\",\"chat_ids\":[\"43\"],"
			    "\"caused_by\":{\"chat_id\":\"42\","
			    "\"user\":\"anna\",\"delivery_id\":\"987\"},"
			    "\"decision\":\"k3f9\",\"silent\":false,"
			    "\"reminder\":null}"));
	strvec_release(&chats);
	notice_release(&n);
	session_release(&s);
}
END_TEST

START_TEST(nobodys_command_is_null)
{
	struct session s = SESSION_INIT;
	struct notice n = { 0 };
	struct notice_source from = about(&s, NOTICE_ERROR);

	from.enabled = 0;
	notice_build(&n, &from);
	ck_assert_str_eq(n.payload,
	    "{\"message\":\"text\",\"type\":\"error\",\"event\":\"error\","
	    "\"id\":\"msg_1\",\"timestamp\":\"2025-11-20T09:30:15Z\","
	    "\"session_id\":null,\"task\":null,\"total\":null,"
	    "\"title\":null,\"actions\":[],\"chat_id\":null,\"chat_ids\":[],"
	    "\"caused_by\":"
	    "null,\"decision\":null,\"silent\":false,"
	    "\"reminder\":null}");
	notice_release(&n);
}
END_TEST

START_TEST(what_asks_is_never_of_type_info)
{
	struct session asks = SESSION_INIT, runs = SESSION_INIT;
	struct notice n = { 0 };
	struct notice_source from;

	begin(&asks, &required);
	begin(&runs, &automatic);
	for (int event = 0; event < NOTICE_EVENTS; event++) {
		/* what Claude asks is asked beside the session's state */
		if (event == NOTICE_ASKED || event == NOTICE_SHELVED)
			continue;
		from = about(&asks, (enum notice_event)event);
		notice_build(&n, &from);
		ck_assert_int_ne(n.type, TYPE_INFO);
		notice_release(&n);
	}
	from = about(&runs, NOTICE_SESSION_STARTED);
	notice_build(&n, &from);
	ck_assert_int_eq(n.type, TYPE_INFO);
	notice_release(&n);
	session_release(&asks);
	session_release(&runs);
}
END_TEST

/* What is of a task may be changed into how it comes along. */
START_TEST(a_report_is_of_no_task_and_names_its_question)
{
	struct session s = SESSION_INIT;
	struct notice n = { 0 };
	struct notice_source from = about(&s, NOTICE_REPORT);
	struct actions actions;

	begin(&s, &required);
	actions_of_report(&actions, &s, NULL, from.now, ALL_COMMANDS);
	from.actions = &actions;
	notice_build(&n, &from);
	ck_assert_ptr_nonnull(strstr(n.payload, "\"event\":\"report\""));
	ck_assert_ptr_nonnull(strstr(n.payload, "\"task\":null,\"total\":1"));
	ck_assert_ptr_nonnull(strstr(n.payload, "\"title\":null"));
	ck_assert_ptr_nonnull(strstr(n.payload, "\"decision\":\"k3f9\""));
	ck_assert_ptr_nonnull(strstr(n.payload, "/approve #k3f9"));
	notice_release(&n);
	session_release(&s);
}
END_TEST

UNIT_MAIN("notice", carries_every_key, nobodys_command_is_null,
    what_asks_is_never_of_type_info,
    a_report_is_of_no_task_and_names_its_question)
