/* What became of an attempt, and why, in words for a person. */
#include "unit.h"
#include "streams.h"

#include "base/clock.h"
#include "core/claude/complaint.h"

static int exited(int status)
{
	return status << 8;
}

static void check_failure(const char *why)
{
	const struct ending e = { .wait_status = exited(1) };

	check_verdict(&e, RESULT_ERROR, why, NULL);
}

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

UNIT_MAIN("verdict", every_refusal_has_a_reason_that_a_person_understands,
    a_rate_limit_says_when_it_ends, no_single_sign_of_success_is_trusted,
    a_claude_that_hung_after_its_result_has_succeeded,
    an_end_without_a_result_says_how, the_last_words_of_a_death_are_kept,
    timeouts_say_after_how_long, what_reads_like_the_error_is_the_complaint,
    another_program_is_judged_by_its_exit_status)
