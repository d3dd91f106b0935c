/* Lines of the real Claude Code (tests/fixtures/stream), and worse ones. */
#include "unit.h"
#include "fixture.h"

#include "base/clock.h"
#include "core/stream.h"

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
	ck_assert_int_eq(stream.denials, 1);
	check_verdict(&e, RESULT_SUCCESS, NULL, "I could not.");
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
#define RESULT(fields) "{\"type\":\"result\",\"subtype\":" fields "}\n"
#define REFUSED_429                                                      \
	RESULT("\"success\",\"is_error\":true,\"api_error_status\":429," \
	       "\"num_turns\":1,\"result\":\"API Error: no\"")

START_TEST(a_rate_limit_says_when_it_ends)
{
	ck_assert_int_eq(clock_set_zone("UTC"), 0);
	feed(LIMIT("rejected") REFUSED_429);
	ck_assert_ptr_nonnull(strstr(seen.data,
	    "limit! <rate limit reached, resets at 14:00 on 20 Nov>\n"));
	check_failure("Anthropic's API refused: rate limit (429), resets at "
		      "14:00 on 20 Nov");
	feed(LIMIT("allowed") REFUSED_429);
	ck_assert_ptr_null(strstr(seen.data, "limit"));
	check_failure("Anthropic's API refused: rate limit (429): no");
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
		.last_stderr = "boom\x1b\n" };

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
		.last_stderr = "error: unknown option '--nonsense'" };
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
	feed("npm warn \x1b[31mold\n[1]\n{\"type\":\"result\"} x\n{\"cut");
	ck_assert_str_eq(seen.data,
	    "other <npm warn  [31mold>\nother <[1]>\n"
	    "other <{\"type\":\"result\"} x>\nother <{\"cut>\n");
	ck_assert(!stream.has_result);
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
	    "Claude ended without a result (exit status 0); lines over 8 MiB "
	    "were passed over: 1",
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
		.last_stderr = "no such file" };
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
    denied_tools_are_counted,
    every_refusal_has_a_reason_that_a_person_understands, retries_are_told,
    a_rate_limit_says_when_it_ends, no_single_sign_of_success_is_trusted,
    a_claude_that_hung_after_its_result_has_succeeded,
    an_end_without_a_result_says_how, the_last_words_of_a_death_are_kept,
    timeouts_say_after_how_long, any_cut_of_the_bytes_is_the_same,
    lines_that_mean_nothing_are_passed_over, a_line_that_is_no_object_is_text,
    strange_characters_lose_no_result, tools_show_their_telling_argument,
    an_overlong_line_is_dropped_and_counted,
    a_long_summary_is_cut_between_characters,
    another_program_is_judged_by_its_exit_status)
