/* Lines of the real Claude Code (tests/fixtures/stream), and worse ones: what
 * is seen in them. */
#include "unit.h"
#include "streams.h"

#include "base/clock.h"

#include <sys/resource.h>
#include <time.h>

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

UNIT_MAIN("stream", tells_what_claude_says_and_does, retries_are_told,
    any_cut_of_the_bytes_is_the_same, lines_that_mean_nothing_are_passed_over,
    a_line_that_is_no_object_is_text, an_object_counts_wherever_it_begins,
    a_line_cannot_bloat_or_block_the_reader, strange_characters_lose_no_result,
    tools_show_their_telling_argument, an_overlong_line_is_dropped_and_counted,
    a_long_summary_is_cut_between_characters)
