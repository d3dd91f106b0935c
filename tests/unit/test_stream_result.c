/* What the results of an attempt add up to: turns, cost, denials, and work that
 * goes on behind one. */
#include "unit.h"
#include "streams.h"

START_TEST(success_has_its_numbers)
{
	const struct ending e = { .duration_ms = 314 };
	struct outcome out = OUTCOME_INIT;

	feed_fixture("success");
	stream_verdict(&stream, &e, &out);
	ck_assert_int_eq(out.result, RESULT_SUCCESS);
	ck_assert_ptr_null(out.error);
	ck_assert_str_eq(out.summary, "The file\nis there.");
	ck_assert_int_eq(out.exit_code, 0);
	ck_assert_int_eq(out.num_turns, 3);
	ck_assert_int_eq(out.denials, 0);
	ck_assert_double_eq_tol(out.cost_usd, 0.00069, 1e-9);
	ck_assert_int_eq(out.duration_ms, 314);
	outcome_release(&out);
	done();
}
END_TEST

START_TEST(denied_tools_are_counted)
{
	const struct ending e = { 0 };

	feed_fixture("denied");
	ck_assert_int_eq(stream.denials.n, 1);
	ck_assert_str_eq(stream.denials.named.v[0], "Bash: touch x");
	check_verdict(&e, RESULT_SUCCESS, NULL, "I could not.");
	done();
}
END_TEST

START_TEST(a_denial_is_counted_once_wherever_it_is_told)
{
	static const struct {
		const char *lines;
		int n;
		const char *named;
	} cases[] = {
		{ TOOL_USE LISTED(ID), 1, "Read: a.key" },
		{ TOOL_USE TOLD(ID) TOOL_FAILED("Permission to use Read has "
						"been denied.") LISTED(ID),
		    1, "Read: a.key" },
		{ TOOL_USE TOOL_FAILED(BY_RULE) GOOD("\"result\":\"x\""), 1,
		    "Read: a.key" },
		{ TOOL_FAILED(BY_RULE) GOOD("\"result\":\"x\""), 1, "a tool" },
		{ TOLD("") LISTED(""), 1, "Read" },
		{ TOLD("") LISTED(ID), 1, "Read" },
		{ LISTED("") GOOD("\"permission_denials\":[]"), 1, "Read" },
		{ LISTED(ID) LISTED(ID), 1, "Read" },
		{ LISTED("") LISTED(""), 2, "Read" },
		{ TOOL_USE TOOL_FAILED(
		      "Exit code 1\\ndenied by your permission "
		      "settings"),
		    0, NULL },
		{ TOOL_USE TOOL_FAILED("Permission to dream"), 0, NULL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		feed(cases[i].lines);
		ck_assert_msg(stream.denials.n == cases[i].n, "case %zu: %d", i,
		    stream.denials.n);
		if (cases[i].named != NULL)
			ck_assert_str_eq(
			    stream.denials.named.v[0], cases[i].named);
	}
	done();
}
END_TEST

START_TEST(denials_without_end_are_counted_and_a_few_named)
{
	struct buf lines = BUF_INIT;

	for (int i = 0; i < 3000; i++)
		buf_addf(&lines,
		    "{\"type\":\"system\",\"subtype\":\"permission_denied\","
		    "\"tool_name\":\"T%0300d\",\"tool_use_id\":\"i%d\"}\n",
		    i, i);
	feed(lines.data);
	ck_assert_int_eq(stream.denials.n, 3000);
	ck_assert_uint_eq(stream.denials.named.n, DENIED_MAX);
	ck_assert_uint_eq(strlen(stream.denials.named.v[0]), DENIED_SIZE);
	buf_release(&lines);
	done();
}
END_TEST

#define SYSTEM(fields) "{\"type\":\"system\",\"subtype\":" fields "}\n"
#define STARTED                                       \
	SYSTEM("\"task_started\",\"task_id\":\"b1\"," \
	       "\"description\":\"make test\"")
#define ENDED(status)                                      \
	SYSTEM("\"task_notification\",\"task_id\":\"b1\"," \
	       "\"status\":\"" status "\"")
#define SUCCESS GOOD("\"result\":\"Done.\"")
#define CUT_OFF "background work: \"make test\" was cut off"

/* What success is, one row a kind: NULL for success, else the reason. */
START_TEST(a_result_ends_a_turn_and_the_end_decides)
{
	static const struct {
		const char *lines, *why;
	} cases[] = {
		{ SUCCESS, NULL },
		{ STARTED SUCCESS ENDED("completed") SUCCESS, NULL },
		{ STARTED SUCCESS ENDED("stopped"), CUT_OFF },
		{ STARTED SUCCESS SYSTEM("\"task_updated\",\"task_id\":\"b1\","
					 "\"patch\":{\"status\":\"killed\"}"),
		    CUT_OFF },
		{ STARTED SUCCESS ENDED("failed") SUCCESS,
		    "background work: \"make test\" failed" },
		{ STARTED SUCCESS,
		    "background work: \"make test\" had not ended" },
		{ STARTED SUCCESS SYSTEM("\"background_tasks_changed\","
					 "\"tasks\":[]"),
		    NULL },
		{ SYSTEM("\"background_tasks_changed\",\"tasks\":[{\"task_id\":"
			 "\"x\",\"description\":\"an agent\"},{\"task_id\":"
			 "\"y\",\"ambient\":true}]") SUCCESS,
		    "background work: \"an agent\" had not ended" },
		{ SYSTEM("\"task_started\",\"task_id\":\"f\","
			 "\"is_backgrounded\":false") SUCCESS,
		    NULL },
		{ STARTED "{\"type\":\"assistant\",\"message\":{\"content\":[{"
			  "\"type\":\"tool_use\",\"name\":\"TaskStop\","
			  "\"input\":{\"task_id\":\"b1\"}}]}}\n" ENDED(
			      "stopped") SUCCESS,
		    NULL },
		{ GOOD("\"terminal_reason\":\"completed\""), NULL },
		{ GOOD("\"terminal_reason\":\"tool_deferred\""),
		    "Claude stopped before it was done: a tool call was put "
		    "off" },
		{ GOOD("\"terminal_reason\":\"new_one\""),
		    "Claude stopped before it was done: new_one" },
		{ GOOD("\"terminal_reason\":\"max_turns\"") SUCCESS, NULL },
		{ GOOD("\"session_id\":\"ours\""), NULL },
		{ GOOD("\"session_id\":\"theirs\"")
			GOOD("\"session_id\":\"ours\""),
		    "a result of another session (theirs) came on Claude's "
		    "standard output: something else wrote there" },
		{ SUCCESS RESULT("\"error_max_turns\",\"is_error\":true"),
		    "Claude stopped after reaching its turn limit" },
	};
	const struct ending e = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct outcome out = OUTCOME_INIT;

		fresh();
		stream.session = "ours";
		stream_feed(&stream, cases[i].lines, strlen(cases[i].lines));
		stream_end(&stream);
		stream_verdict(&stream, &e, &out);
		ck_assert_pstr_eq(out.error, cases[i].why);
		outcome_release(&out);
	}
	feed(SUCCESS);
	stream.after_end = true;
	check_verdict(&e, RESULT_ERROR,
	    "something wrote on Claude's standard output after Claude had "
	    "ended",
	    "Done.");
	done();
}
END_TEST

START_TEST(work_after_a_result_is_seen)
{
	feed(SUCCESS);
	ck_assert(stream_is_over(&stream));
	feed(SUCCESS SYSTEM("\"init\""));
	ck_assert(!stream_is_over(&stream));
	feed(STARTED SUCCESS);
	ck_assert(!stream_is_over(&stream));
	feed(STARTED SUCCESS ENDED("completed"));
	ck_assert(stream_is_over(&stream));
	done();
}
END_TEST

#define SPENT(total, since) GOOD("\"total_cost_usd\":" total since)
#define SINCE(a, b)                                                 \
	",\"model_usage_since_last_result\":{\"m\":{\"costUSD\":" a \
	"},\"n\":{\"costUSD\":" b "}}"

START_TEST(turns_and_cost_are_those_of_all_results)
{
	static const struct {
		const char *lines;
		double cost;
		int turns;
	} cases[] = {
		{ SPENT("0.01", ""), 0.01, 1 },
		{ SPENT("0.01", "") SPENT("0.01", ""), 0.01, 2 },
		{ SPENT("0.001", "") SPENT("0.0033", ""), 0.0033, 2 },
		{ SPENT("0.0032", SINCE("0.0007", "0.0001")), 0.0008, 1 },
		{ SPENT("0.0032", SINCE("0.1", "0.2"))
			SPENT("9", SINCE("0", "0.4")),
		    0.7, 2 },
		{ SPENT("-1", "") SPENT("\"x\"", ""), 0, 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		feed(cases[i].lines);
		ck_assert_double_eq(stream.cost_usd, cases[i].cost);
		ck_assert_int_eq(stream.num_turns, cases[i].turns);
	}
	done();
}
END_TEST

UNIT_MAIN("stream_result", success_has_its_numbers, denied_tools_are_counted,
    a_denial_is_counted_once_wherever_it_is_told,
    denials_without_end_are_counted_and_a_few_named,
    a_result_ends_a_turn_and_the_end_decides, work_after_a_result_is_seen,
    turns_and_cost_are_those_of_all_results)
