/* Lines of the real Claude Code (tests/fixtures/stream), and worse ones. */
#include "unit.h"
#include "fixture.h"

#include "base/clock.h"
#include "core/claude/complaint.h"
#include "core/claude/stream.h"

#include <sys/resource.h>
#include <time.h>

static struct stream stream;
static struct buf seen = BUF_INIT; /* one line an event */
static size_t raw_lines;

static void record(void *arg UNUSED, const char *raw, size_t n UNUSED,
    const struct stream_event *e)
{
	static const char *const kind[] = { "init", "text", "tool", "result-of",
		"retry", "limit", "result", "other" };

	raw_lines += raw != NULL;
	if (e == NULL)
		return;
	ck_assert(utf8_valid(e->text, strlen(e->text)));
	buf_addf(&seen, "%s%s", kind[e->kind], e->is_error ? "!" : "");
	if (e->tool != NULL)
		buf_addf(&seen, " %s", e->tool);
	buf_addf(&seen, " <%s>\n", e->text);
}

static void fresh(void)
{
	stream_release(&stream);
	stream_init(&stream, record, NULL);
	buf_reset(&seen);
	raw_lines = 0;
}

static void done(void)
{
	stream_release(&stream);
	buf_release(&seen);
}

static void feed(const char *text)
{
	fresh();
	stream_feed(&stream, text, strlen(text));
	stream_end(&stream);
}

static void feed_fixture(const char *name)
{
	char *path = xasprintf("stream/%s.jsonl", name);
	size_t n;
	char *text = fixture(path, &n);

	fresh();
	stream_feed(&stream, text, n);
	stream_end(&stream);
	free(text);
	free(path);
}

static int exited(int status)
{
	return status << 8;
}

static void check_verdict(const struct ending *e, enum task_result result,
    const char *error, const char *summary)
{
	struct outcome out = OUTCOME_INIT;

	stream_verdict(&stream, e, &out);
	ck_assert_pstr_eq(out.error, error);
	ck_assert_pstr_eq(out.summary, summary);
	ck_assert_int_eq(out.result, result);
	outcome_release(&out);
}

static void check_failure(const char *why)
{
	const struct ending e = { .wait_status = exited(1) };

	check_verdict(&e, RESULT_ERROR, why, NULL);
}

START_TEST(tells_what_claude_says_and_does)
{
	feed_fixture("success");
	ck_assert_str_eq(seen.data,
	    "init <claude-opus-4-8[1m]>\n"
	    "tool Bash <echo hello; echo err >&2; exit 3>\n"
	    "result-of! <Exit code 3\nhello\nerr>\n"
	    "tool Write <a.txt>\n"
	    "result-of <File created successfully at: a.txt (file state is "
	    "current in your context \xe2\x80\x94 no need to Read it back)>\n"
	    "text <The file\nis there.>\n"
	    "result <The file\nis there.>\n");
	ck_assert_uint_eq(raw_lines, 7);
	done();
}
END_TEST

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

#define RESULT(fields) "{\"type\":\"result\",\"subtype\":" fields "}\n"
#define GOOD(fields) \
	RESULT("\"success\",\"is_error\":false,\"num_turns\":1," fields)
#define TOOL_USE                                                       \
	"{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":" \
	"\"tool_use\",\"id\":\"t1\",\"name\":\"Read\",\"input\":"      \
	"{\"file_path\":\"a.key\"}}]}}\n"
#define TOOL_FAILED(text)                                           \
	"{\"type\":\"user\",\"message\":{\"content\":[{\"type\":"   \
	"\"tool_result\",\"tool_use_id\":\"t1\",\"is_error\":true," \
	"\"content\":\"" text "\"}]}}\n"
#define TOLD(id)                                                               \
	"{\"type\":\"system\",\"subtype\":\"permission_denied\",\"tool_name\"" \
	":\"Read\"" id "}\n"
#define LISTED(id) \
	GOOD("\"permission_denials\":[{\"tool_name\":\"Read\"" id "}]")
#define ID ",\"tool_use_id\":\"t1\""
#define BY_RULE                                                          \
	"<tool_use_error>File is in a directory that is denied by your " \
	"permission settings.</tool_use_error>"

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

START_TEST(every_refusal_has_a_reason_that_a_person_understands)
{
	static const struct {
		const char *fixture, *why;
	} cases[] = {
		{ "401", "Claude is not logged in (API error 401): run "
			 "`claude` as that account once, or set "
			 "ANTHROPIC_API_KEY" },
		{ "not_logged_in", "Claude is not logged in: run `claude` as "
				   "that account once, or set "
				   "ANTHROPIC_API_KEY" },
		{ "403", "Anthropic's API refused (403): Failed to "
			 "authenticate. API Error: 403 scripted 403" },
		{ "404", "Anthropic's API refused (404): There's an issue "
			 "with the selected model (claude-opus-4-8[1m]). It "
			 "may not exist or you may not have access to it. Run "
			 "--model to pick a different model." },
		{ "429", "Anthropic's API refused: rate limit (429): Request "
			 "rejected (429) \xc2\xb7 scripted 429" },
		{ "500", "Anthropic's API failed (500), mostly for a short "
			 "time: retry in a few minutes" },
		{ "529", "Anthropic's API is overloaded (529): retry in a "
			 "few minutes" },
		{ "no_connection", "Claude ended with an error: Unable to "
				   "connect to API (ECONNRESET)" },
		{ "max_turns", "Claude stopped after reaching its turn "
			       "limit" },
		{ "max_budget", "Claude stopped after reaching its budget in "
				"USD" },
		{ "structured_retries",
		    "Claude's answer did not have the form that was asked "
		    "for: Output does not match required schema: root: must "
		    "have required property 'tasks', root: must NOT have "
		    "additional properties" },
		{ "no_conversation",
		    "Claude failed while it worked: No conversation found "
		    "with session ID: e1dc5d61-3d10-4dc7-a403-001179396592" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		feed_fixture(cases[i].fixture);
		check_failure(cases[i].why);
		ck_assert_int_eq(stream.no_conversation,
		    str_equal(cases[i].fixture, "no_conversation"));
	}
	done();
}
END_TEST

START_TEST(retries_are_told)
{
	feed_fixture("529");
	ck_assert_ptr_nonnull(
	    strstr(seen.data, "retry! <API error 529, try 2 in 1 s>\n"));
	feed_fixture("no_connection");
	ck_assert_ptr_nonnull(strstr(
	    seen.data, "retry! <no connection to the API, try 2 in 1 s>\n"));
	done();
}
END_TEST

#define LIMIT(status)                                                     \
	"{\"type\":\"rate_limit_event\",\"rate_limit_info\":{\"status\":" \
	"\"" status "\",\"resetsAt\":1763647200}}\n"
#define REFUSED_429                                                      \
	RESULT("\"success\",\"is_error\":true,\"api_error_status\":429," \
	       "\"num_turns\":1,\"result\":\"API Error: no\"")

static void check_limited(bool limited, int64_t resets_at)
{
	const struct ending e = { .wait_status = exited(limited) };
	struct outcome o = OUTCOME_INIT;

	stream_verdict(&stream, &e, &o);
	ck_assert_int_eq(o.limited, limited);
	ck_assert_int_eq(o.resets_at, resets_at);
	outcome_release(&o);
}

START_TEST(a_rate_limit_says_when_it_ends)
{
	ck_assert_int_eq(clock_set_zone("UTC"), 0);
	feed(LIMIT("rejected") REFUSED_429);
	ck_assert_ptr_nonnull(strstr(seen.data,
	    "limit! <rate limit reached, resets at 14:00 UTC on 20 Nov>\n"));
	check_failure("Anthropic's API refused: rate limit (429), resets at "
		      "14:00 UTC on 20 Nov");
	check_limited(true, 1763647200);
	feed(LIMIT("allowed") REFUSED_429);
	ck_assert_ptr_null(strstr(seen.data, "limit"));
	check_failure("Anthropic's API refused: rate limit (429): no");
	check_limited(true, 0);
	feed("{\"type\":\"rate_limit_event\",\"rate_limit_info\":{\"status\":"
	     "\"rejected\",\"resetsAt\":1763647200,\"overageStatus\":"
	     "\"allowed\",\"isUsingOverage\":true}}\n" REFUSED_429);
	ck_assert_ptr_null(strstr(seen.data, "limit"));
	feed(RESULT("\"success\",\"is_error\":true,\"num_turns\":1,\"result\":"
		    "\"Claude AI usage limit reached|1763647200\""));
	check_failure("Claude ended with an error: Claude AI usage limit "
		      "reached, resets at 14:00 UTC on 20 Nov");
	check_limited(true, 1763647200);
	feed(RESULT("\"success\",\"is_error\":true,\"num_turns\":1,\"result\":"
		    "\"You've hit your session limit \xc2\xb7 resets 5pm\""));
	check_limited(true, 0);
	feed(LIMIT("rejected")
		RESULT("\"success\",\"is_error\":true,\"api_error_status\":500,"
		       "\"num_turns\":1,\"result\":\"API Error: no\""));
	check_limited(false, 0);
	feed(RESULT("\"success\",\"is_error\":false,\"num_turns\":1,\"result\":"
		    "\"You've hit your match: usage limit reached\""));
	check_limited(false, 0);
	feed("{\"type\":\"rate_limit_event\",\"rate_limit_info\":{\"status\":"
	     "\"allowed_warning\",\"resetsAt\":null}}");
	ck_assert_str_eq(seen.data, "limit <close to the rate limit>\n");
	done();
}
END_TEST

START_TEST(no_single_sign_of_success_is_trusted)
{
	const struct ending good = { 0 };
	const struct ending bad = { .wait_status = exited(1),
		.complaint = "boom\x1b\n" };

	feed(RESULT("\"success\",\"is_error\":false,\"num_turns\":0"));
	check_verdict(&good, RESULT_ERROR,
	    "Claude ended without having done anything (no turn was taken)",
	    NULL);
	feed(RESULT("\"success\",\"num_turns\":1"));
	check_verdict(&good, RESULT_ERROR, "Claude ended with an error", NULL);
	feed(RESULT("\"error_new\",\"is_error\":false,\"num_turns\":1,"
		    "\"errors\":[\"why\"]"));
	check_verdict(&good, RESULT_ERROR,
	    "Claude ended with the result \"error_new\": why", NULL);
	feed_fixture("success");
	check_verdict(&bad, RESULT_ERROR,
	    "Claude reported success, but ended badly (exit status 1): boom",
	    "The file\nis there.");
	done();
}
END_TEST

START_TEST(a_claude_that_hung_after_its_result_has_succeeded)
{
	const struct ending e = { .wait_status = 9, .hung = true };
	const struct ending killed = { .wait_status = 9 };

	feed_fixture("success");
	check_verdict(&e, RESULT_SUCCESS, NULL, "The file\nis there.");
	check_verdict(&killed, RESULT_ERROR,
	    "Claude reported success, but ended badly (killed by signal 9, "
	    "SIGKILL)",
	    "The file\nis there.");
	feed_fixture("401");
	check_verdict(&e, RESULT_ERROR,
	    "Claude is not logged in (API error 401): run `claude` as that "
	    "account once, or set ANTHROPIC_API_KEY",
	    NULL);
	done();
}
END_TEST

START_TEST(an_end_without_a_result_says_how)
{
	struct ending e = { .wait_status = exited(143) };

	feed_fixture("killed");
	check_verdict(&e, RESULT_ERROR,
	    "Claude ended without a result (exit status 143)", NULL);
	e.wait_status = 9;
	check_verdict(&e, RESULT_ERROR,
	    "Claude ended without a result (killed by signal 9, SIGKILL)",
	    NULL);
	e.wait_status = exited(0);
	check_verdict(&e, RESULT_ERROR,
	    "Claude ended without a result (exit status 0)", NULL);
	e = (struct ending){ .wait_status = exited(1),
		.complaint = "error: unknown option '--nonsense'" };
	feed("");
	check_verdict(&e, RESULT_ERROR,
	    "Claude ended without a result (exit status 1): error: unknown "
	    "option '--nonsense'",
	    NULL);
	done();
}
END_TEST

START_TEST(the_last_words_of_a_death_are_kept)
{
	const struct ending e = { .wait_status = exited(143) };
	struct outcome out = OUTCOME_INIT;

	feed("{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":"
	     "\"text\",\"text\":\"I begin.\"}]}}\n");
	stream_verdict(&stream, &e, &out);
	ck_assert_str_eq(out.summary, "I begin.");
	ck_assert_int_eq(out.exit_code, 143);
	outcome_release(&out);
	done();
}
END_TEST

START_TEST(timeouts_say_after_how_long)
{
	struct ending e = {
		.wait_status = 15, .timed_out = true, .timeout = 300
	};

	feed_fixture("killed");
	check_verdict(&e, RESULT_TIMEOUT, "timed out after 300 s", NULL);
	e = (struct ending){
		.wait_status = 15, .idle_timed_out = true, .timeout = 60
	};
	check_verdict(&e, RESULT_TIMEOUT, "no output for 60 s", NULL);
	done();
}
END_TEST

START_TEST(any_cut_of_the_bytes_is_the_same)
{
	size_t n;
	char *text = fixture("stream/success.jsonl", &n);
	char *whole;

	feed_fixture("success");
	whole = buf_detach(&seen);
	for (size_t step = 1; step < 64; step += 7) {
		fresh();
		for (size_t i = 0; i < n; i += step)
			stream_feed(
			    &stream, text + i, step < n - i ? step : n - i);
		stream_end(&stream);
		ck_assert_str_eq(seen.data, whole);
	}
	free(whole);
	free(text);
	done();
}
END_TEST

START_TEST(lines_that_mean_nothing_are_passed_over)
{
	feed("{\"type\":\"stream_event\",\"event\":{}}\n"
	     "{\"type\":7}\n{}\n"
	     "{\"type\":\"assistant\",\"message\":null}\n"
	     "{\"type\":\"assistant\",\"message\":{\"content\":[7,{\"type\":"
	     "\"thinking\",\"thinking\":\"hm\"},null]}}\n"
	     "{\"type\":\"user\",\"message\":{\"content\":\"plain\"}}\n"
	     "{\"type\":\"system\",\"subtype\":\"new\"}\n");
	ck_assert_str_eq(seen.data, "");
	ck_assert_uint_eq(raw_lines, 7);
	ck_assert(!stream.has_result);
	done();
}
END_TEST

START_TEST(a_line_that_is_no_object_is_text)
{
	feed("npm warn \x1b[31mold\n[1]\n{\"type\":\"note\"} x\n{\"cut");
	ck_assert_str_eq(seen.data, "other <npm warn old>\nother <[1]>\n"
				    "other < x>\nother <{\"cut>\n");
	ck_assert(!stream.result_ok);
	done();
}
END_TEST

#define DONE                                                         \
	"{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":" \
	"false,\"num_turns\":2,\"result\":\"Done.\"}"
#define SAID                                                           \
	"{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":" \
	"\"text\",\"text\":\"a } { b\"}]}}"

START_TEST(an_object_counts_wherever_it_begins)
{
	static const struct {
		const char *before, *after, *seen;
	} rows[] = {
		{ "\x1b]0;ready\007", "", "" },
		{ "\x1b]0;{ready}\x1b\\", "", "" },
		{ "\x1b[2K\x1b[1G", "\x1b[0m", "" },
		{ "\xef\xbb\xbf", "\r", "" },
		{ "$ claude ", "", "other <$ claude >\n" },
		{ "{\"type\":\"assistant\",\"message\":{\"content\":[{\"te", "",
		    NULL },
		{ "{\"type\":\"user\",\"a\":\"half", "", NULL },
		{ SAID, "", "text <a } { b>\n" },
		{ SAID " ", "", "text <a } { b>\n" },
		{ "{not json} ", "", "other <{not json} >\n" },
		{ "[[[{", "", "other <[[[{>\n" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *line =
		    xasprintf("%s" DONE "%s\n", rows[i].before, rows[i].after);
		char *want = xasprintf("%sresult <Done.>\n",
		    rows[i].seen != NULL ? rows[i].seen : "");

		feed(line);
		ck_assert_msg(stream.result_ok, "%s", line);
		if (rows[i].seen != NULL)
			ck_assert_str_eq(seen.data, want);
		ck_assert_uint_eq(raw_lines, 1);
		free(want);
		free(line);
	}
	fresh();
	stream_feed(&stream, "\0\0" DONE "\0", strlen(DONE) + 3);
	stream_end(&stream);
	ck_assert(stream.result_ok);
	done();
}
END_TEST

START_TEST(what_reads_like_the_error_is_the_complaint)
{
	static const struct {
		const char *lines, *want;
	} rows[] = {
		{ "[eval]:1\nthrow new Error(\"no\")\n^\n\nError: no\n"
		  "    at [eval]:1:7\n    at node:internal/x:1:2 {\n"
		  "  code: 'MODULE_NOT_FOUND'\n}\n\nNode.js v20.19.2",
		    "Error: no" },
		{ "file:///x.js:3\n  foo(\n  ^\nTypeError [ERR_X]: bad\n"
		  "    at x\n\nNode.js v22.1.0",
		    "TypeError [ERR_X]: bad" },
		{ "Traceback (most recent call last):\n  File \"x\", line 1\n"
		  "    import y\nModuleNotFoundError: No module named 'y'",
		    "ModuleNotFoundError: No module named 'y'" },
		{ "Traceback (most recent call last):\n  File \"x\", line 1\n"
		  "ValueError: a\nDuring handling of the above exception, x\n"
		  "Traceback (most recent call last):\n  File \"x\"\n"
		  "my.pkg.BadException: b\nwarning: 3 left",
		    "my.pkg.BadException: b" },
		{ "error: unknown option '--foo'\nUsage: claude [options]\n"
		  "\nOptions:\n  -p, --print  x",
		    "error: unknown option '--foo'" },
		{ "x: invalid option -- 'q'\nTry 'x --help' for more.",
		    "x: invalid option -- 'q'" },
		{ "out of tokens\n(node:7) [DEP0040] DeprecationWarning: x\n"
		  "(Use `node --trace-deprecation ...` to show where)",
		    "out of tokens" },
		{ "git: fatal: no\nnpm notice new version", "git: fatal: no" },
		{ "\x1b[31mError: red\x1b[0m", "Error: red" },
		{ "first\nlast\n\n", "last" },
		{ "npm ERR! code ENOENT\n"
		  "npm ERR! A complete log of this run can be found in: /x",
		    "npm ERR! code ENOENT" },
		{ "warning: only this", "warning: only this" },
		{ "", NULL },
	};
	struct complaint c = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *text = xstrdup(rows[i].lines), *rest = text, *line;

		while ((line = strsep(&rest, "\n")) != NULL)
			complaint_add(&c, line);
		ck_assert_pstr_eq(c.line, rows[i].want);
		complaint_release(&c);
		free(text);
	}
	complaint_add(&c, "Error: long ago");
	for (int i = 0; i < 60; i++)
		complaint_add(&c, "and on it went");
	ck_assert_str_eq(c.line, "and on it went");
	complaint_release(&c);
}
END_TEST

static long rss_peak_kib(void)
{
	struct rusage use;

	getrusage(RUSAGE_SELF, &use);
	return use.ru_maxrss;
}

/* Of the processor: the machine may have other work. */
static int64_t cpu_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000;
}

/* One line of 8 MiB took 2.2 GB and held the loop for 15 s. */
START_TEST(a_line_cannot_bloat_or_block_the_reader)
{
	static const char *const pieces[] = { "{\"a\":1},", "{},", "[],", "1,",
		"{\"a\":{", "[{", "{" };
	const struct ending e = { 0 };
	size_t size = STREAM_LINE_MAX - 1024;

	for (size_t i = 0; i < ARRAY_SIZE(pieces); i++) {
		struct buf line = BUF_INIT;
		long before, grown;
		int64_t from, worst = 0;

		buf_adds(&line, "{\"type\":\"result\",\"l\":[");
		while (line.len < size)
			buf_adds(&line, pieces[i]);
		buf_adds(&line, "1]}\n");
		fresh();
		stream.handler = NULL;
		before = rss_peak_kib();
		for (size_t at = 0; at < line.len; at += 16 * 1024) {
			size_t left = line.len - at;

			from = cpu_us();
			stream_feed(&stream, line.data + at,
			    left < 16 * 1024 ? left : 16 * 1024);
			from = cpu_us() - from;
			worst = from > worst ? from : worst;
		}
		grown = rss_peak_kib() - before;
		if (getenv("SHOW_FIGURES") != NULL)
			printf("%-8s %6lld us %6ld KiB\n", pieces[i],
			    (long long)worst, grown);
		/* Thrice what is promised: a sanitizer may look on. */
		ck_assert_msg(worst < 150 * 1000, "%s: %lld us", pieces[i],
		    (long long)worst);
		ck_assert_msg(grown < 4 * STREAM_LINE_MAX / 1024, "%s: %ld KiB",
		    pieces[i], grown);
		ck_assert(!stream.has_result);
		buf_release(&line);
	}
	feed("{\"type\":\"note\"}\n");
	stream.dropped = 1;
	check_verdict(&e, RESULT_ERROR,
	    "Claude ended without a result (exit status 0); lines over 8 MiB, "
	    "or of too many values, were passed over: 1",
	    NULL);
	done();
}
END_TEST

START_TEST(strange_characters_lose_no_result)
{
	const struct ending e = { 0 };

	feed(RESULT("\"success\",\"is_error\":false,\"num_turns\":1,"
		    "\"result\":\"a\\u0000b\\ud83d!\\u001b\""));
	ck_assert(stream.result_ok);
	check_verdict(&e, RESULT_SUCCESS, NULL, "a b\xef\xbf\xbd! ");
	done();
}
END_TEST

START_TEST(tools_show_their_telling_argument)
{
	feed("{\"type\":\"assistant\",\"message\":{\"content\":["
	     "{\"type\":\"tool_use\",\"name\":\"Bash\",\"input\":"
	     "{\"description\":\"d\",\"command\":\"a\\n\\tb\"}},"
	     "{\"type\":\"tool_use\",\"name\":\"mcp__x\",\"input\":"
	     "{\"n\":1}},"
	     "{\"type\":\"tool_use\",\"name\":\"Ask\",\"input\":{}}]}}\n"
	     "{\"type\":\"user\",\"message\":{\"content\":[{\"type\":"
	     "\"tool_result\",\"content\":[{\"type\":\"text\",\"text\":\"x\"},"
	     "{\"type\":\"image\"},{\"type\":\"text\",\"text\":\"y\"}]}]}}");
	ck_assert_str_eq(seen.data,
	    "tool Bash <a b>\ntool mcp__x <{\"n\":1}>\ntool Ask <>\n"
	    "result-of <x\ny>\n");
	ck_assert_uint_eq(raw_lines, 2);
	done();
}
END_TEST

START_TEST(an_overlong_line_is_dropped_and_counted)
{
	const struct ending e = { 0 };
	char *part = xcalloc(1 << 20, 1);

	memset(part, 'x', 1 << 20);
	fresh();
	for (int i = 0; i < 9; i++)
		stream_feed(&stream, part, 1 << 20);
	stream_feed(&stream, "\nnext", 5);
	stream_end(&stream);
	ck_assert_uint_eq(stream.dropped, 1);
	ck_assert_str_eq(seen.data, "other <next>\n");
	check_verdict(&e, RESULT_ERROR,
	    "Claude ended without a result (exit status 0); lines over 8 MiB, "
	    "or of too many values, were passed over: 1",
	    NULL);
	free(part);
	done();
}
END_TEST

START_TEST(a_long_summary_is_cut_between_characters)
{
	const struct ending e = { 0 };
	struct outcome out = OUTCOME_INIT;
	struct buf line = BUF_INIT;

	buf_adds(&line, "{\"type\":\"result\",\"subtype\":\"success\","
			"\"is_error\":false,\"num_turns\":1,\"result\":\"x");
	for (int i = 0; i < SUMMARY_MAX; i++)
		buf_adds(&line, "\xc3\xa9");
	buf_adds(&line, "\"}");
	feed(line.data);
	stream_verdict(&stream, &e, &out);
	ck_assert_uint_eq(strlen(out.summary), SUMMARY_MAX - 1);
	ck_assert(utf8_valid(out.summary, strlen(out.summary)));
	outcome_release(&out);
	text_verdict(stream.closing, &e, &out);
	ck_assert_uint_eq(strlen(out.summary), SUMMARY_MAX);
	outcome_release(&out);
	buf_release(&line);
	done();
}
END_TEST

START_TEST(another_program_is_judged_by_its_exit_status)
{
	struct ending e = { 0 };
	struct outcome out = OUTCOME_INIT;

	text_verdict("all done\n\n", &e, &out);
	ck_assert_int_eq(out.result, RESULT_SUCCESS);
	ck_assert_str_eq(out.summary, "all done");
	outcome_release(&out);
	e = (struct ending){ .wait_status = exited(3),
		.complaint = "no such file" };
	text_verdict("", &e, &out);
	ck_assert_int_eq(out.result, RESULT_ERROR);
	ck_assert_str_eq(
	    out.error, "the program failed (exit status 3): no such file");
	ck_assert_int_eq(out.exit_code, 3);
	ck_assert_ptr_null(out.summary);
	outcome_release(&out);
	e = (struct ending){
		.wait_status = 15, .timed_out = true, .timeout = 5
	};
	text_verdict(NULL, &e, &out);
	ck_assert_int_eq(out.result, RESULT_TIMEOUT);
	ck_assert_int_eq(out.exit_code, 143);
	outcome_release(&out);
}
END_TEST

UNIT_MAIN("stream", tells_what_claude_says_and_does, success_has_its_numbers,
    denied_tools_are_counted, a_denial_is_counted_once_wherever_it_is_told,
    denials_without_end_are_counted_and_a_few_named,
    a_result_ends_a_turn_and_the_end_decides, work_after_a_result_is_seen,
    turns_and_cost_are_those_of_all_results,
    every_refusal_has_a_reason_that_a_person_understands, retries_are_told,
    a_rate_limit_says_when_it_ends, no_single_sign_of_success_is_trusted,
    a_claude_that_hung_after_its_result_has_succeeded,
    an_end_without_a_result_says_how, the_last_words_of_a_death_are_kept,
    timeouts_say_after_how_long, any_cut_of_the_bytes_is_the_same,
    lines_that_mean_nothing_are_passed_over, a_line_that_is_no_object_is_text,
    an_object_counts_wherever_it_begins,
    what_reads_like_the_error_is_the_complaint,
    a_line_cannot_bloat_or_block_the_reader, strange_characters_lose_no_result,
    tools_show_their_telling_argument, an_overlong_line_is_dropped_and_counted,
    a_long_summary_is_cut_between_characters,
    another_program_is_judged_by_its_exit_status)
