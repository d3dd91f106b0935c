#include "unit.h"

#include "core/talk/answer.h"

static const struct strvec nothing = STRVEC_INIT;
static const struct policy policy = { APPROVAL_REQUIRED, &nothing, &nothing };

enum { NOW = 1763631015 };

/* Three tasks, numbered 10, 20, 30; the first waits. */
static void begin(struct session *s)
{
	struct task_list list = { xcalloc(3, sizeof(struct task)), 3 };
	struct event e = { .kind = EV_START,
		.now = NOW,
		.fresh_id = "k3f9",
		.by = "anna",
		.list = &list,
		.session_id = "20251120-093015",
		.task_file = "tasks.md" };
	struct change c;

	for (int i = 0; i < 3; i++)
		list.v[i] = (struct task){ .number = 10 * (i + 1),
			.title = xasprintf("title %d", i),
			.type = xstrdup("backend"),
			.instruction = xstrdup("do") };
	ck_assert_int_eq(session_apply(s, &policy, &e, &c), 0);
	task_list_release(&list);
}

static void print(struct buf *b, const struct answer *a)
{
	buf_reset(b);
	json_print(b, a->body);
}

static void has(const struct buf *b, const char *part)
{
	ck_assert_msg(
	    strstr(b->data, part) != NULL, "no %s in %s", part, b->data);
}

START_TEST(idle_is_zeros_and_nulls)
{
	struct session s = SESSION_INIT;
	struct status_extra x = { .now = NOW };
	struct answer a = ANSWER_INIT;
	struct buf b = BUF_INIT;

	answer_status(&a, &s, &x, ALL_COMMANDS);
	print(&b, &a);
	ck_assert_int_eq(a.code, 200);
	has(&b, "{\"task\":0,\"total\":0,\"status\":\"idle\",\"index\":null,"
		"\"decision\":null,\"session_id\":null,\"title\":null,"
		"\"type\":null,\"completed\":null,\"failed\":null,"
		"\"skipped\":null,\"pending\":null,\"started_at\":null,"
		"\"runtime_seconds\":null,\"intent\":null,\"waiting_for\":null,"
		"\"activity\":null,\"undelivered\":null,"
		"\"undelivered_error\":null,\"cost_usd\":null,"
		"\"plan\":null,\"rolling_back\":null,\"message\":\"");
	buf_release(&b);
	answer_release(&a);
}
END_TEST

START_TEST(status_tells_number_from_position)
{
	struct session s = SESSION_INIT;
	struct status_extra x = { .now = NOW + 300,
		.undelivered = 2,
		.undelivered_error = "n8n answers 503",
		.undoing = 9 };
	struct answer a = ANSWER_INIT;
	struct buf b = BUF_INIT;

	begin(&s);
	answer_status(&a, &s, &x, ALL_COMMANDS);
	print(&b, &a);
	has(&b,
	    "{\"task\":10,\"total\":3,\"status\":\"waiting_approval\","
	    "\"index\":1,\"decision\":\"k3f9\","
	    "\"session_id\":\"20251120-093015\",\"title\":\"title 0\","
	    "\"type\":\"backend\",\"completed\":0,\"failed\":0,\"skipped\":0,"
	    "\"pending\":3,\"started_at\":\"2025-11-20T09:30:15Z\","
	    "\"runtime_seconds\":300,\"intent\":null,\"waiting_for\":{"
	    "\"kind\":\"approval\",\"task\":10,\"decision\":\"k3f9\"},"
	    "\"activity\":null,\"undelivered\":2,"
	    "\"undelivered_error\":\"n8n answers 503\",\"cost_usd\":0,");
	has(&b, "\"rolling_back\":9,");
	has(&b, "Rolling back to before task 9\\n");
	has(&b, "Not delivered yet: 2, n8n answers 503\\n");
	has(&b, "\"actions\":[{\"label\":\"Approve\","
		"\"command\":\"/approve #k3f9\"},");
	buf_release(&b);
	answer_release(&a);
	session_release(&s);
}
END_TEST

START_TEST(errors_have_a_code_and_no_actions)
{
	struct answer a = ANSWER_INIT;
	struct buf b = BUF_INIT;

	answer_error(&a, 404, NULL, "Nothing here.", NULL);
	print(&b, &a);
	ck_assert_str_eq(b.data,
	    "{\"status\":\"error\",\"error\":\"not_found\","
	    "\"message\":\"Nothing here.\",\"actions\":[]}");
	answer_error(&a, 409, "stale_decision", "Too late.", NULL);
	print(&b, &a);
	ck_assert_int_eq(a.code, 409);
	has(&b, "\"error\":\"stale_decision\"");
	buf_release(&b);
	answer_release(&a);
}
END_TEST

START_TEST(faults_are_listed)
{
	struct faults f = FAULTS_INIT;
	struct answer a = ANSWER_INIT;
	struct buf b = BUF_INIT;

	faults_add(&f, "t.md", 3, "unknown field 'Tpye'");
	answer_faults(&a, "Nothing was started.", &f);
	print(&b, &a);
	ck_assert_int_eq(a.code, 422);
	has(&b, "\"error\":\"bad_task_file\"");
	has(&b, "\"faults\":[\"t.md:3: unknown field 'Tpye'\"]");
	has(&b, "\"message\":\"Nothing was started.\\n\\n"
		"t.md:3: unknown field 'Tpye'\"");
	faults_release(&f);
	buf_release(&b);
	answer_release(&a);
}
END_TEST

START_TEST(tasks_are_listed_in_file_order)
{
	struct session s = SESSION_INIT;
	struct answer a = ANSWER_INIT;
	struct buf b = BUF_INIT;
	struct status_extra x = { .now = 1763631015 };

	begin(&s);
	answer_tasks(&a, &s, &x, ALL_COMMANDS);
	print(&b, &a);
	has(&b, "{\"status\":\"ok\",\"message\":");
	has(&b, "\"tasks\":[{\"id\":10,\"index\":1,\"title\":\"title 0\",");
	has(&b, "{\"id\":30,\"index\":3,\"title\":\"title 2\","
		"\"type\":\"backend\",\"priority\":null,"
		"\"status\":\"pending\",\"result\":null");
	buf_release(&b);
	answer_release(&a);
	session_release(&s);
}
END_TEST

START_TEST(help_knows_only_what_is_enabled)
{
	struct answer a = ANSWER_INIT;
	struct json_object *list;

	answer_help(&a, 1u << CMD_START | 1u << CMD_HELP);
	ck_assert_int_eq(json_get_array(a.body, "commands", &list, NULL), 0);
	ck_assert_uint_eq(json_object_array_length(list), 2);
	answer_release(&a);
}
END_TEST

static bool has_document(const struct answer *a, const char *printed)
{
	struct buf b = BUF_INIT;
	bool there;

	print(&b, a);
	if (printed != NULL)
		has(&b, printed);
	there = strstr(b.data, "\"document\":") != NULL;
	buf_release(&b);
	return there;
}

START_TEST(a_task_longer_than_a_message_has_its_text_beside_it)
{
	struct session s = SESSION_INIT;
	struct answer a = ANSWER_INIT;
	struct buf text = BUF_INIT;
	const char *message, *all;

	begin(&s);
	answer_show(&a, &s, 10, NOW, ALL_COMMANDS);
	ck_assert(!has_document(&a, "title 0"));
	while (text.len < 5000)
		buf_adds(&text, "é is one of many\n");
	buf_adds(&text, "the end");
	xreplace(&s.tasks[0].task.instruction, text.data);
	answer_show(&a, &s, 10, NOW, ALL_COMMANDS);
	ck_assert(has_document(
	    &a, "\"document\":{\"name\":\"task-10.txt\",\"member\":\"text\"}"));
	ck_assert_int_eq(json_get_string(a.body, "text", &all, NULL), 0);
	ck_assert_ptr_nonnull(strstr(all, "the end"));
	ck_assert_int_eq(json_get_string(a.body, "message", &message, NULL), 0);
	ck_assert_ptr_null(strstr(message, "the end"));
	buf_release(&text);
	session_release(&s);
	answer_release(&a);
}
END_TEST

START_TEST(a_diff_longer_than_a_message_is_a_document)
{
	struct session s = SESSION_INIT;
	struct answer a = ANSWER_INIT;
	struct buf diff = BUF_INIT;

	begin(&s);
	s.tasks[0].attempt = 1;
	s.tasks[0].status = TASK_COMPLETED;
	s.tasks[0].outcome.changes.known = true;
	answer_diff(&a, &s.tasks[0], "diff --git a b\n+x\n", false, 0);
	ck_assert(!has_document(&a, "+x"));
	while (diff.len < 5000)
		buf_adds(&diff, "+a line\n");
	answer_diff(&a, &s.tasks[0], diff.data, false, 0);
	ck_assert(has_document(&a,
	    "\"document\":{\"name\":\"task-10-diff.txt\",\"member\":\"diff\"}"));
	buf_release(&diff);
	session_release(&s);
	answer_release(&a);
}
END_TEST

START_TEST(a_message_of_logs_keeps_the_newest)
{
	struct answer a = ANSWER_INIT;
	struct buf logs = BUF_INIT;
	const char *message, *all;

	for (int i = 0; i < 1000; i++)
		buf_addf(&logs, "line %d\n", i);
	answer_logs(&a, logs.data, "orchestrator_logs/2025-11-20.log");
	ck_assert_int_eq(json_get_string(a.body, "logs", &all, NULL), 0);
	ck_assert_str_eq(all, logs.data);
	ck_assert_int_eq(json_get_string(a.body, "message", &message, NULL), 0);
	ck_assert_uint_le(strlen(message), MESSAGE_MAX);
	ck_assert_ptr_nonnull(strstr(message, "\nline 999\n"));
	ck_assert_ptr_null(strstr(message, "\nline 1\n"));
	ck_assert_ptr_nonnull(
	    strstr(message, "Full logs: orchestrator_logs/2025-11-20.log"));
	ck_assert(has_document(&a,
	    "\"document\":{\"name\":\"2025-11-20.txt\",\"member\":\"logs\"}"));
	answer_logs(&a, "one\n", "2025-11-20.log");
	ck_assert(!has_document(&a, "Full logs: 2025-11-20.log"));
	answer_logs(&a, "", "");
	ck_assert_int_eq(json_get_string(a.body, "message", &message, NULL), 0);
	ck_assert_str_eq(message, "There is no log yet.");
	buf_release(&logs);
	answer_release(&a);
}
END_TEST

START_TEST(a_long_last_line_is_shown_by_its_end)
{
	struct answer a = ANSWER_INIT;
	struct buf logs = BUF_INIT;
	const char *message;

	buf_adds(&logs, "the oldest\n");
	for (int i = 0; i < 3000; i++)
		buf_adds(&logs, "é");
	buf_adds(&logs, " the end\n");
	answer_logs(&a, logs.data, "2025-11-20.log");
	ck_assert_int_eq(json_get_string(a.body, "message", &message, NULL), 0);
	ck_assert_ptr_nonnull(strstr(message, "é the end\n"));
	ck_assert_ptr_null(strstr(message, "the oldest"));
	ck_assert(utf8_valid(message, strlen(message)));
	buf_release(&logs);
	answer_release(&a);
}
END_TEST

UNIT_MAIN("answer", idle_is_zeros_and_nulls, status_tells_number_from_position,
    errors_have_a_code_and_no_actions, faults_are_listed,
    tasks_are_listed_in_file_order, help_knows_only_what_is_enabled,
    a_task_longer_than_a_message_has_its_text_beside_it,
    a_diff_longer_than_a_message_is_a_document,
    a_message_of_logs_keeps_the_newest, a_long_last_line_is_shown_by_its_end)
