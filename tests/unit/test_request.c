#include "unit.h"

#include "core/talk/request.h"

static struct request r;
static struct error err;

static void fresh(void)
{
	request_release(&r);
	err.text[0] = '\0';
}

/* A body of /webhook/command, or of the path of command. */
static int take(int command, const char *body)
{
	struct json_object *o = json_parse(body, strlen(body), &err);
	int rc;

	ck_assert_msg(o != NULL, "%s: %s", body, err.text);
	fresh();
	if (command >= 0)
		r.command = (enum command)command;
	rc = request_from_body(&r, o, command < 0, &err);
	json_object_put(o);
	return rc;
}

static int text(const char *command)
{
	struct json_object *o = json_object_new_object();
	int rc;

	fresh();
	json_set_string(o, "command", command);
	rc = request_from_body(&r, o, true, &err);
	json_object_put(o);
	return rc;
}

START_TEST(reads_what_a_person_types)
{
	ck_assert_int_eq(text("start"), 0);
	ck_assert_int_eq(r.command, CMD_START);
	ck_assert_ptr_null(r.task_file);
	ck_assert_int_eq(text("/start 2025-11-20"), 0);
	ck_assert_str_eq(r.task_file, "2025-11-20");
	ck_assert_int_eq(text("  /Logs@MyBot  50 "), 0);
	ck_assert_int_eq(r.command, CMD_LOGS);
	ck_assert_int_eq(r.lines, 50);
	ck_assert_int_eq(text("/approve #k3f9"), 0);
	ck_assert_str_eq(r.decision, "k3f9");
	ck_assert_int_eq(text("/approve ##k3f9"), 0);
	ck_assert_str_eq(r.decision, "k3f9");
	ck_assert_int_eq(
	    text("/approve #0123456789012345678901234567890123456789"
		 "0123456789012345678901234"),
	    -1);
	ck_assert_int_eq(r.task, 0);
	ck_assert_int_eq(text("/skip 2"), 0);
	ck_assert_int_eq(r.task, 2);
	fresh();
}
END_TEST

START_TEST(feedback_is_what_is_left)
{
	ck_assert_int_eq(text("/retry@MyBot #k3f9 use plural names\n"), 0);
	ck_assert_str_eq(r.decision, "k3f9");
	ck_assert_str_eq(r.feedback, "use plural names");
	ck_assert_int_eq(text("/retry 2 use\n  two lines"), 0);
	ck_assert_int_eq(r.task, 2);
	ck_assert_str_eq(r.feedback, "use\n  two lines");
	ck_assert_int_eq(text("/retry 2nd table is wrong"), 0);
	ck_assert_int_eq(r.task, 0);
	ck_assert_str_eq(r.feedback, "2nd table is wrong");
	ck_assert_int_eq(text("/retry"), 0);
	ck_assert_ptr_null(r.feedback);
	fresh();
}
END_TEST

START_TEST(a_plan_has_a_day_and_a_wish)
{
	ck_assert_int_eq(text("/plan"), 0);
	ck_assert_int_eq(r.command, CMD_PLAN);
	ck_assert_ptr_null(r.date);
	ck_assert_ptr_null(r.feedback);
	ck_assert_int_eq(text("/plan 2025-11-20"), 0);
	ck_assert_str_eq(r.date, "2025-11-20");
	ck_assert_ptr_null(r.feedback);
	ck_assert_int_eq(text("/plan use smaller tasks"), 0);
	ck_assert_ptr_null(r.date);
	ck_assert_str_eq(r.feedback, "use smaller tasks");
	ck_assert_int_eq(text("/plan@MyBot 2025-11-20 3 tasks\nat most"), 0);
	ck_assert_str_eq(r.date, "2025-11-20");
	ck_assert_str_eq(r.feedback, "3 tasks\nat most");
	ck_assert_int_eq(text("/plan 2025-11-20-and-on is a word"), 0);
	ck_assert_ptr_null(r.date);
	ck_assert_int_ne(text("/plan 2025-13-20"), 0);
	ck_assert_str_eq(
	    err.text, "date: want a day as YYYY-MM-DD, got '2025-13-20'");
	ck_assert_int_eq(take(CMD_PLAN, "{\"date\":\"2025-11-20\","
					"\"feedback\":\"smaller\"}"),
	    0);
	ck_assert_str_eq(r.date, "2025-11-20");
	ck_assert_str_eq(r.feedback, "smaller");
	ck_assert_int_ne(take(CMD_PLAN, "{\"date\":\"tomorrow\"}"), 0);
	ck_assert_int_ne(take(CMD_PLAN, "{\"date\":20251120}"), 0);
	ck_assert_int_ne(take(-1, "{\"command\":\"/plan 2025-11-20\","
				  "\"date\":\"2025-11-21\"}"),
	    0);
	ck_assert_int_eq(take(CMD_RETRY, "{\"date\":\"2025-11-20\"}"), 0);
	ck_assert_ptr_null(r.date);
	fresh();
}
END_TEST

START_TEST(what_is_not_understood_is_refused)
{
	ck_assert_int_ne(text("/dance"), 0);
	ck_assert_str_eq(
	    err.text, "there is no command 'dance'; /help lists what there is");
	ck_assert_int_ne(text(""), 0);
	ck_assert_int_ne(text("/"), 0);
	ck_assert_int_ne(take(-1, "{}"), 0);
	ck_assert_int_ne(take(-1, "{\"command\":7}"), 0);
	ck_assert_int_ne(text("/approve please"), 0);
	ck_assert_str_eq(err.text, "approve: want a task's number or #ID, if "
				   "anything, got 'please'");
	ck_assert_int_ne(text("/approve 0"), 0);
	ck_assert_int_ne(text("/approve 99999999999"), 0);
	ck_assert_int_ne(text("/logs 1001"), 0);
	ck_assert_int_ne(text("/logs 0"), 0);
	ck_assert_int_ne(text("/logs all"), 0);
	ck_assert_int_ne(text("/status now"), 0);
	fresh();
}
END_TEST

START_TEST(reads_fields)
{
	ck_assert_int_eq(
	    take(CMD_RETRY, "{\"secret\":\"x\",\"task\":2,"
			    "\"decision\":\"#k3f9\",\"chat_id\":-100123,"
			    "\"user\":\"anna\",\"delivery_id\":987,"
			    "\"feedback\":\"shorter\",\"unknown\":[]}"),
	    0);
	ck_assert_int_eq(r.task, 2);
	ck_assert_str_eq(r.decision, "k3f9");
	ck_assert_str_eq(r.chat_id, "-100123");
	ck_assert_str_eq(r.user, "anna");
	ck_assert_str_eq(r.delivery_id, "987");
	ck_assert_str_eq(r.feedback, "shorter");
	ck_assert_int_eq(take(CMD_LOGS, "{\"lines\":1000,\"task\":3}"), 0);
	ck_assert_int_eq(r.lines, 1000);
	ck_assert_int_eq(take(CMD_LOGS, "{}"), 0);
	ck_assert_int_eq(r.lines, LOG_LINES);
	fresh();
}
END_TEST

START_TEST(an_empty_field_says_nothing)
{
	ck_assert_int_eq(take(CMD_START, "{\"task_file\":\"\",\"user\":\"\","
					 "\"decision\":null,\"task\":null}"),
	    0);
	ck_assert_ptr_null(r.task_file);
	ck_assert_ptr_null(r.user);
	ck_assert_ptr_null(r.decision);
	ck_assert_int_eq(take(CMD_RETRY, "{\"task\":\"\",\"decision\":\"\","
					 "\"fresh\":\"\",\"feedback\":\"\"}"),
	    0);
	ck_assert(r.task == 0 && r.decision == NULL && !r.fresh);
	ck_assert_int_eq(take(-1, "{\"command\":\"/retry 2 use b\","
				  "\"task\":\"\",\"decision\":\"\"}"),
	    0);
	ck_assert_int_eq(r.task, 2);
	ck_assert_str_eq(r.feedback, "use b");
	fresh();
}
END_TEST

START_TEST(a_number_may_be_a_string_of_digits)
{
	ck_assert_int_eq(take(CMD_LOGS, "{\"lines\":\"50\"}"), 0);
	ck_assert_int_eq(r.lines, 50);
	ck_assert_int_eq(take(CMD_APPROVE, "{\"task\":\"1\"}"), 0);
	ck_assert_int_eq(r.task, 1);
	ck_assert_int_ne(take(CMD_APPROVE, "{\"task\":\"0\"}"), 0);
	ck_assert_int_ne(take(CMD_APPROVE, "{\"task\":\"1 \"}"), 0);
	ck_assert_int_ne(take(CMD_LOGS, "{\"lines\":\"12abc\"}"), 0);
	fresh();
}
END_TEST

START_TEST(an_empty_decision_is_a_fault)
{
	ck_assert_int_ne(take(CMD_APPROVE, "{\"decision\":\"#\"}"), 0);
	ck_assert_int_ne(take(-1, "{\"command\":\"/approve #\"}"), 0);
	ck_assert_int_ne(take(-1, "{\"command\":\"/retry # faster\"}"), 0);
	fresh();
}
END_TEST

START_TEST(who_asks_is_one_plain_line)
{
	const char *said = "{\"user\":\"a\\nb\",\"chat_id\":7}";
	struct json_object *body;

	ck_assert_int_ne(take(CMD_PAUSE, "{\"user\":\"a\\nb\"}"), 0);
	ck_assert_int_ne(take(CMD_PAUSE, "{\"chat_id\":\"a\\u001bb\"}"), 0);
	ck_assert_int_ne(take(CMD_PAUSE, "{\"delivery_id\":\"\\u0085\"}"), 0);
	ck_assert_int_eq(take(CMD_PAUSE, "{\"user\":\"Zoë 🤖\"}"), 0);
	fresh();
	body = json_parse(said, strlen(said), NULL);
	request_peek_who(&r, body);
	ck_assert_ptr_null(r.user);
	ck_assert_str_eq(r.chat_id, "7");
	json_object_put(body);
	fresh();
}
END_TEST

START_TEST(field_faults_name_the_field)
{
	ck_assert_int_ne(take(CMD_APPROVE, "{\"task\":\"two\"}"), 0);
	ck_assert_str_eq(err.text, "task: want 1..2147483647, got \"two\"");
	ck_assert_int_ne(take(CMD_APPROVE, "{\"task\":0}"), 0);
	ck_assert_int_ne(take(CMD_LOGS, "{\"lines\":1001}"), 0);
	ck_assert_str_eq(err.text, "lines: want 1..1000, got 1001");
	ck_assert_int_ne(take(CMD_RETRY, "{\"feedback\":5}"), 0);
	ck_assert_int_ne(take(CMD_STOP, "{\"delivery_id\":1.5}"), 0);
	ck_assert_int_ne(take(CMD_STOP, "{\"user\":{}}"), 0);
	fresh();
}
END_TEST

START_TEST(text_and_field_must_agree)
{
	ck_assert_int_eq(
	    take(-1, "{\"command\":\"/approve 2\",\"task\":2}"), 0);
	ck_assert_int_ne(
	    take(-1, "{\"command\":\"/approve 2\",\"task\":3}"), 0);
	ck_assert_int_ne(
	    take(-1, "{\"command\":\"/skip #aaaa\",\"decision\":\"bbbb\"}"), 0);
	ck_assert_int_ne(
	    take(-1, "{\"command\":\"/start a.md\",\"task_file\":\"b.md\"}"),
	    0);
	ck_assert_int_ne(
	    take(-1, "{\"command\":\"/logs 50\",\"lines\":20}"), 0);
	ck_assert_int_ne(
	    take(-1, "{\"command\":\"/logs 20\",\"lines\":50}"), 0);
	ck_assert_int_eq(take(-1, "{\"command\":\"/logs\",\"lines\":50}"), 0);
	fresh();
}
END_TEST

START_TEST(a_field_of_the_socket_is_not_one_of_http)
{
	ck_assert_int_eq(take(CMD_START, "{\"list_text\":\"# x\","
					 "\"by\":\"root\"}"),
	    0);
	ck_assert_ptr_null(r.list_text);
	ck_assert_ptr_null(r.by);
	fresh();
}
END_TEST

START_TEST(the_sockets_form_loses_nothing)
{
	struct request again = REQUEST_INIT;
	struct json_object *o;
	char before[33], after[33];

	fresh();
	r = (struct request){ .command = CMD_RETRY,
		.task = 7,
		.decision = xstrdup("k3f9"),
		.chat_id = xstrdup("1"),
		.user = xstrdup("anna"),
		.delivery_id = xstrdup("5"),
		.feedback = xstrdup("a\nb"),
		.task_file = xstrdup("x.md"),
		.list_text = xstrdup("# x"),
		.by = xstrdup("root"),
		.lines = 33 };
	o = request_to_json(&r);
	ck_assert_int_eq(request_from_json(&again, o, &err), 0);
	ck_assert_int_eq(again.command, CMD_RETRY);
	ck_assert_int_eq(again.task, 7);
	ck_assert_int_eq(again.lines, 33);
	ck_assert_str_eq(again.chat_id, "1");
	ck_assert_str_eq(again.user, "anna");
	ck_assert_str_eq(again.delivery_id, "5");
	ck_assert_str_eq(again.by, "root");
	request_fingerprint(&r, before);
	request_fingerprint(&again, after);
	ck_assert_str_eq(before, after);
	json_object_put(o);
	request_release(&again);
	fresh();
}
END_TEST

START_TEST(fingerprints_tell_requests_apart)
{
	static const char *const texts[] = { "/approve", "/skip", "/approve 1",
		"/approve 2", "/approve #a2", "/retry", "/retry a",
		"/retry #a b", "/start a.md", "/start b.md", "/plan", "/plan a",
		"/plan 2025-11-20", "/plan 2025-11-20 a" };
	char print[ARRAY_SIZE(texts)][33], again[33];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		ck_assert_int_eq(text(texts[i]), 0);
		request_fingerprint(&r, print[i]);
		ck_assert_uint_eq(strlen(print[i]), 32);
		for (size_t j = 0; j < i; j++)
			ck_assert_str_ne(print[i], print[j]);
		xreplace(&r.user, "somebody"); /* who asks does not count */
		request_fingerprint(&r, again);
		ck_assert_str_eq(print[i], again);
	}
	fresh();
}
END_TEST

START_TEST(says_who_asked)
{
	fresh();
	ck_assert_str_eq(request_by(&r), "http");
	r.by = xstrdup("root");
	ck_assert_str_eq(request_by(&r), "root");
	r.chat_id = xstrdup("42");
	ck_assert_str_eq(request_by(&r), "42");
	r.user = xstrdup("anna");
	ck_assert_str_eq(request_by(&r), "anna");
	fresh();
}
END_TEST

START_TEST(a_retry_may_want_a_fresh_conversation)
{
	ck_assert_int_eq(text("/retry #k3f9 Fresh  use b"), 0);
	ck_assert(r.fresh);
	ck_assert_str_eq(r.feedback, "use b");
	ck_assert_int_eq(text("/retry fresh #k3f9 use b"), 0);
	ck_assert(r.fresh);
	ck_assert_str_eq(r.decision, "k3f9");
	ck_assert_str_eq(r.feedback, "use b");
	ck_assert_int_eq(text("/retry fresh"), 0);
	ck_assert(r.fresh);
	ck_assert_ptr_null(r.feedback);
	ck_assert_int_eq(text("/retry 2 fresh"), 0);
	ck_assert(r.fresh && r.task == 2);
	ck_assert_int_eq(text("/retry freshly, please"), 0);
	ck_assert(!r.fresh);
	ck_assert_str_eq(r.feedback, "freshly, please");
	ck_assert_int_eq(text("/retry use fresh names"), 0);
	ck_assert(!r.fresh);
	ck_assert_int_eq(take(CMD_RETRY, "{\"fresh\":true}"), 0);
	ck_assert(r.fresh);
	ck_assert_int_eq(take(CMD_RETRY, "{\"fresh\":false}"), 0);
	ck_assert(!r.fresh);
	ck_assert_int_ne(take(CMD_RETRY, "{\"fresh\":\"soon\"}"), 0);
	request_release(&r);
}
END_TEST

START_TEST(a_number_before_a_retrys_words_may_be_feedback)
{
	ck_assert_int_eq(text("/retry 3 columns please"), 0);
	ck_assert_int_eq(r.task, 3);
	ck_assert_str_eq(r.feedback, "columns please");
	ck_assert_str_eq(r.words, "3 columns please");
	ck_assert(!request_number_is_feedback(&r, 3));
	ck_assert(request_number_is_feedback(&r, 2));
	ck_assert(request_number_is_feedback(&r, 0));
	ck_assert_int_eq(text("/retry 3"), 0);
	ck_assert(!request_number_is_feedback(&r, 2));
	ck_assert_int_eq(text("/retry 99999999999 bottles"), 0);
	ck_assert_int_eq(r.task, 0);
	ck_assert_str_eq(r.feedback, "99999999999 bottles");
	fresh();
}
END_TEST

UNIT_MAIN("request", reads_what_a_person_types, feedback_is_what_is_left,
    a_plan_has_a_day_and_a_wish, what_is_not_understood_is_refused,
    reads_fields, an_empty_field_says_nothing,
    a_number_may_be_a_string_of_digits, an_empty_decision_is_a_fault,
    who_asks_is_one_plain_line, field_faults_name_the_field,
    text_and_field_must_agree, a_field_of_the_socket_is_not_one_of_http,
    the_sockets_form_loses_nothing, fingerprints_tell_requests_apart,
    says_who_asked, a_retry_may_want_a_fresh_conversation,
    a_number_before_a_retrys_words_may_be_feedback)
