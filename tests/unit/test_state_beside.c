/* What is kept beside the session: notifications, answers, the day's report. */
#include "unit.h"
#include "states.h"

#include "base/clock.h"

START_TEST(infos_are_dropped_first_past_the_limit)
{
	struct state s = STATE_INIT;

	add_notice(&s, TYPE_ERROR, 0);
	for (int i = 1; i <= NOTICES_MAX; i++)
		add_notice(&s, i % 2 ? TYPE_INFO : TYPE_WARNING, i);
	ck_assert_uint_eq(s.n_notices, NOTICES_MAX);
	ck_assert_int_eq(s.notices_dropped, 1);
	ck_assert_str_eq(s.notices[0].id, "msg_0");
	ck_assert_str_eq(s.notices[1].id, "msg_2");
	state_release(&s);
}
END_TEST

START_TEST(the_newest_question_outlives_a_full_queue)
{
	struct state s = STATE_INIT;

	add_notice(&s, TYPE_APPROVAL, 0);
	add_notice(&s, TYPE_APPROVAL, 1);
	for (int i = 2; i < 3 * NOTICES_MAX; i++)
		add_notice(&s, (enum notice_type)(i % TYPE_APPROVAL), i);
	ck_assert_uint_eq(s.n_notices, NOTICES_MAX);
	ck_assert_int_eq(s.notices_dropped, 2 * NOTICES_MAX);
	ck_assert_str_eq(s.notices[0].id, "msg_1");
	for (int i = 0; i < NOTICES_MAX; i++)
		add_notice(&s, TYPE_ERROR, 5000 + i);
	ck_assert_uint_eq(s.n_notices, NOTICES_MAX);
	ck_assert_str_eq(s.notices[0].id, "msg_1");
	ck_assert_str_eq(s.notices[1].id, "msg_5001");
	state_release(&s);
}
END_TEST

/* task_failed and task_completed carry the next question. */
START_TEST(a_question_is_known_by_its_buttons_too)
{
	struct state s = STATE_INIT;
	struct notice asks = { .id = xstrdup("asks"), .type = TYPE_ERROR };

	asks.payload = xstrdup("{\"actions\":[{\"label\":\"Retry\"}]}");
	state_enqueue(&s, &asks);
	for (int i = 0; i <= NOTICES_MAX; i++)
		add_notice(&s, TYPE_SUCCESS, i);
	ck_assert_uint_eq(s.n_notices, NOTICES_MAX);
	ck_assert_str_eq(s.notices[0].id, "asks");
	state_release(&s);
}
END_TEST

START_TEST(a_delivered_notice_is_taken_out_once)
{
	struct state s = STATE_INIT;

	for (int i = 0; i < 3; i++)
		add_notice(&s, TYPE_INFO, i);
	ck_assert(state_dequeue(&s, "msg_1"));
	ck_assert(!state_dequeue(&s, "msg_1"));
	ck_assert_uint_eq(s.n_notices, 2);
	ck_assert_str_eq(s.notices[0].id, "msg_0");
	ck_assert_str_eq(s.notices[1].id, "msg_2");
	state_release(&s);
}
END_TEST

START_TEST(the_last_answers_are_remembered)
{
	struct state s = STATE_INIT;
	const struct delivery *d;

	for (int i = 0; i <= DELIVERIES_KEPT; i++) {
		char *id = xasprintf("%d", i);

		remember_text(&s, id, "Done", 409);
		free(id);
	}
	ck_assert_uint_eq(s.n_deliveries, DELIVERIES_KEPT);
	ck_assert_ptr_null(state_find_delivery(&s, "0"));
	d = state_find_delivery(&s, "1");
	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(d->code, 409);
	ck_assert_str_eq(d->answer, "{\"status\":\"ok\",\"message\":\"Done\"}");
	state_release(&s);
}
END_TEST

START_TEST(a_long_answer_is_cut_and_still_one)
{
	struct state s = STATE_INIT;
	struct json_object *o = json_object_new_object(), *cut;
	struct json_object *long_list = json_object_new_array();
	struct buf text = BUF_INIT;
	const struct delivery *d;

	for (int i = 0; i < 200; i++)
		buf_adds(&text, i % 2 ? "\"\\\n" : "\xf0\x9f\xa4\x96");
	json_set_string(o, "status", "ok");
	json_set_string(o, "message", text.data);
	json_set(o, "actions", json_object_new_array());
	state_remember(&s, "1", "ab", 200, o);
	d = state_find_delivery(&s, "1");
	ck_assert_uint_le(strlen(d->answer), DELIVERY_ANSWER_MAX);
	ck_assert_uint_gt(strlen(d->answer), DELIVERY_ANSWER_MAX - 16);
	cut = json_parse(d->answer, strlen(d->answer), NULL);
	ck_assert_ptr_nonnull(cut);
	ck_assert_ptr_nonnull(json_object_object_get(cut, "actions"));
	json_object_put(cut);
	ck_assert_str_eq(
	    json_object_get_string(json_object_object_get(o, "message")),
	    text.data);

	for (int i = 0; i < 300; i++)
		json_object_array_add(long_list, json_object_new_int(i));
	json_set(o, "actions", long_list);
	state_remember(&s, "2", "ab", 200, o);
	d = state_find_delivery(&s, "2");
	ck_assert_uint_le(strlen(d->answer), DELIVERY_ANSWER_MAX);
	ck_assert(str_starts(d->answer, "{\"status\":\"ok\",\"message\":\""));
	json_object_put(o);
	buf_release(&text);
	state_release(&s);
}
END_TEST

START_TEST(each_day_is_reported_of_once_and_only_what_is_new)
{
	const int64_t noon = 1763640000; /* 2025-11-20 12:00:00 UTC */
	const int64_t day = 24 * 3600;
	struct state s = STATE_INIT;

	ck_assert_int_eq(clock_set_zone("UTC"), 0);
	ck_assert(!state_has_news(&s));
	s.session.phase = PHASE_COMPLETED;
	s.session.last_activity = noon - day;
	ck_assert(state_has_news(&s));
	ck_assert(!state_report_is_due(&s, noon - 1, "12:00"));
	ck_assert(state_report_is_due(&s, noon, "12:00"));
	state_reported(&s, noon + 5);
	ck_assert_str_eq(s.report.day, "2025-11-20");
	ck_assert(!state_report_is_due(&s, noon + 60, "12:00"));
	ck_assert(!state_report_is_due(&s, noon + 3600, "13:00"));
	ck_assert(!state_report_is_due(&s, noon + day - 1, "12:00"));
	ck_assert(state_report_is_due(&s, noon + day, "12:00"));
	ck_assert(state_report_is_due(&s, noon + day + 8 * 3600, "12:00"));
	/* Not what was told, but what came later. */
	ck_assert(!state_has_news(&s));
	s.session.last_activity = noon + 6;
	ck_assert(state_has_news(&s));
	state_reported(&s, noon + day);
	ck_assert(!state_has_news(&s));
	s.plan.completed_at = noon + day + 1;
	ck_assert(state_has_news(&s));
}
END_TEST

UNIT_MAIN("state_beside", infos_are_dropped_first_past_the_limit,
    the_newest_question_outlives_a_full_queue,
    a_question_is_known_by_its_buttons_too,
    a_delivered_notice_is_taken_out_once, the_last_answers_are_remembered,
    a_long_answer_is_cut_and_still_one,
    each_day_is_reported_of_once_and_only_what_is_new)
