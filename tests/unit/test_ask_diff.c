/* What a person is shown of a call that changes a file. */
#include "unit.h"

#include "core/claude/ask_diff.h"

#include <sys/resource.h>
#include <time.h>

static const char ten[] = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n";

static const struct {
	const char *tool, *input, *before, *diff; /* NULL: none */
} rows[] = {
	{ "Edit", "{\"old_string\":\"5\",\"new_string\":\"five\"}", ten,
	    "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n" },
	{ "Edit", "{\"old_string\":\"1\\n\",\"new_string\":\"\"}", "1\n2\n",
	    "@@ -1,2 +1 @@\n-1\n 2\n" },
	{ "Edit",
	    "{\"old_string\":\"x\",\"new_string\":\"y\",\"replace_all\":true}",
	    "x\na\nb\nc\nd\ne\nf\ng\nh\nx\n",
	    "@@ -1,4 +1,4 @@\n-x\n+y\n a\n b\n c\n"
	    "@@ -7,4 +7,4 @@\n f\n g\n h\n-x\n+y\n" },
	{ "Edit", "{\"old_string\":\"x\",\"new_string\":\"y\"}", "x x\n",
	    NULL },
	{ "Edit", "{\"old_string\":\"z\",\"new_string\":\"y\"}", "x\n", NULL },
	{ "Edit", "{\"old_string\":\"x\",\"new_string\":\"x\"}", "x\n", NULL },
	{ "Edit", "{\"old_string\":\"x\"}", "x\n", NULL },
	{ "Edit", "{\"old_string\":\"\",\"new_string\":\"a\\n\"}", NULL,
	    "@@ -0,0 +1 @@\n+a\n" },
	{ "MultiEdit",
	    "{\"edits\":[{\"old_string\":\"1\\n\",\"new_string\":\"a\\n\"},"
	    "{\"old_string\":\"a\",\"new_string\":\"b\"}]}",
	    "1\n2\n", "@@ -1,2 +1,2 @@\n-1\n+b\n 2\n" },
	{ "Write", "{\"content\":\"a\\n\",\"mode\":511}", NULL, NULL },
	{ "MultiEdit", "{\"edits\":7}", "1\n", NULL },
	{ "Write", "{\"content\":\"a\\nc\\nd\"}", "a\nb\nc\nd\n",
	    "@@ -1,4 +1,3 @@\n a\n-b\n c\n-d\n+d\n"
	    "\\ No newline at end of file\n" },
	{ "Write", "{\"content\":\"new\\n\"}", NULL, "@@ -0,0 +1 @@\n+new\n" },
	{ "Write", "{\"content\":\"\"}", "old\n", "@@ -1 +0,0 @@\n-old\n" },
	{ "Write", "{\"content\":\"same\\n\"}", "same\n", NULL },
};

START_TEST(a_change_is_shown_as_diff_shows_it)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ask a = ASK_INIT;
		struct buf out = BUF_INIT;
		const char *before = rows[i].before;
		bool shown;

		ck_assert_int_eq(
		    ask_restore(&a, rows[i].tool, rows[i].input, NULL), 0);
		ck_assert(ask_has_diff(&a));
		shown = ask_diff(
		    &out, &a, before, before == NULL ? 0 : strlen(before));
		ck_assert_msg(shown == (rows[i].diff != NULL), "row %zu", i);
		ck_assert_msg(strcmp(out.len > 0 ? out.data : "",
				  shown ? rows[i].diff : "") == 0,
		    "row %zu:\n%s", i, out.data);
		ask_release(&a);
		buf_release(&out);
	}
}
END_TEST

/* A letter that is there often, and the whole call in its place each time. */
START_TEST(what_would_be_too_long_is_not_made)
{
	enum { TIMES = 200000, LONG = 60000, MAX_KIB = 64 * 1024 };
	struct ask a = ASK_INIT;
	struct buf before = BUF_INIT, input = BUF_INIT, out = BUF_INIT;
	struct rusage then, now;

	for (int i = 0; i < TIMES; i++)
		buf_addc(&before, 'a');
	buf_adds(&input,
	    "{\"replace_all\":true,\"old_string\":\"a\",\"new_string\":\"");
	for (int i = 0; i < LONG; i++)
		buf_addc(&input, 'b');
	buf_adds(&input, "\"}");
	ck_assert_int_eq(ask_restore(&a, "Edit", input.data, NULL), 0);
	getrusage(RUSAGE_SELF, &then);
	ck_assert(!ask_diff(&out, &a, before.data, before.len));
	getrusage(RUSAGE_SELF, &now);
	ck_assert_uint_eq(out.len, 0);
	ck_assert_int_lt(now.ru_maxrss - then.ru_maxrss, MAX_KIB);
	ask_release(&a);
	buf_release(&before);
	buf_release(&input);
}
END_TEST

/* Meanwhile the loop waits, 50 ms at most. Letters that become others, again
 * and again, took 270. */
START_TEST(a_change_in_too_many_places_holds_nobody_up)
{
	enum { EDITS = 64, LETTERS = 250000 };
	struct ask a = ASK_INIT;
	struct buf before = BUF_INIT, input = BUF_INIT, out = BUF_INIT;
	clock_t from;

	for (int i = 0; i < LETTERS; i++)
		buf_addc(&before, 'a');
	buf_adds(&input, "{\"edits\":[");
	for (int i = 0; i < EDITS; i++)
		buf_addf(&input,
		    "%s{\"replace_all\":true,\"old_string\":\"%c\","
		    "\"new_string\":\"%c\"}",
		    i > 0 ? "," : "", 'a' + i % 2, 'b' - i % 2);
	buf_adds(&input, "]}");
	ck_assert_int_eq(ask_restore(&a, "MultiEdit", input.data, NULL), 0);
	from = clock();
	ck_assert(!ask_diff(&out, &a, before.data, before.len));
#ifndef __SANITIZE_ADDRESS__ /* its strstr measures all the text each time */
	ck_assert_int_lt(clock() - from, CLOCKS_PER_SEC / 20);
#else
	(void)from;
#endif
	ask_release(&a);
	buf_release(&before);
	buf_release(&input);
}
END_TEST

START_TEST(what_is_no_text_is_not_compared)
{
	struct ask a = ASK_INIT;
	struct buf out = BUF_INIT;

	ask_restore(&a, "Write", "{\"content\":\"x\"}", NULL);
	ck_assert(!ask_diff(&out, &a, "a\0b", 3));
	ck_assert_uint_eq(out.len, 0);
	ask_release(&a);
	ask_restore(&a, "Bash", "{\"command\":\"ls\"}", NULL);
	ck_assert(!ask_has_diff(&a));
	ask_release(&a);
	buf_release(&out);
}
END_TEST

/* Too many lines for the table: all of what differs goes and comes. */
START_TEST(a_large_change_is_shown_whole)
{
	struct ask a = ASK_INIT;
	struct buf before = BUF_INIT, input = BUF_INIT, out = BUF_INIT;
	size_t lines = 0;

	buf_adds(&input, "{\"content\":\"");
	for (int i = 0; i < 3000; i++) {
		buf_addf(&before, "a%d\n", i);
		buf_addf(&input, "b%d\\n", i);
	}
	buf_adds(&input, "\"}");
	ask_restore(&a, "Write", input.data, NULL);
	ck_assert(ask_diff(&out, &a, before.data, before.len));
	for (size_t i = 0; i < out.len; i++)
		lines += out.data[i] == '\n';
	ck_assert_uint_eq(lines, 6001);
	ask_release(&a);
	buf_release(&before);
	buf_release(&input);
	buf_release(&out);
}
END_TEST

UNIT_MAIN("ask_diff", a_change_is_shown_as_diff_shows_it,
    what_would_be_too_long_is_not_made,
    a_change_in_too_many_places_holds_nobody_up,
    what_is_no_text_is_not_compared, a_large_change_is_shown_whole)
