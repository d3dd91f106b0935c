/* The last lines of a log: `logs` and `output`. */
#include "unit.h"
#include "scratch.h"

#include "base/clock.h"
#include "store/logs.h"

#include <fcntl.h>
#include <unistd.h>

static void begin(void)
{
	scratch_make();
	clock_set_zone("UTC");
}

static char *tail(int task, int lines)
{
	struct buf out = BUF_INIT, what = BUF_INIT;
	struct error err = ERROR_INIT;

	ck_assert_msg(logs_tail(scratch, task, lines, &out, &what, &err) == 0,
	    "%s", err.text);
	ck_assert(utf8_valid(out.data, out.len));
	ck_assert_uint_le(out.len, TAIL_MAX);
	buf_release(&what);
	return buf_detach(&out);
}

static void assert_tail(int task, int lines, const char *want)
{
	char *got = tail(task, lines);

	ck_assert_str_eq(got, want);
	free(got);
}

START_TEST(no_log_is_an_empty_end)
{
	begin();
	assert_tail(0, 20, "");
	assert_tail(3, 20, "");
	scratch_write("2025-11-20.log", "");
	assert_tail(0, 20, "");
	scratch_remove();
	assert_tail(0, 20, "");
}
END_TEST

START_TEST(gives_the_last_lines)
{
	begin();
	scratch_write("task-2-output.log", "a\nb\n\nc\nd\n");
	assert_tail(2, 1, "d\n");
	assert_tail(2, 3, "\nc\nd\n");
	assert_tail(2, 5, "a\nb\n\nc\nd\n");
	assert_tail(2, 1000, "a\nb\n\nc\nd\n");
	scratch_remove();
}
END_TEST

START_TEST(goes_back_over_midnight)
{
	struct buf out = BUF_INIT, what = BUF_INIT;
	char *want;

	begin();
	scratch_write("2025-11-18.log", "18a\n18b\n");
	scratch_write("2025-11-19.log", "19a\n19b\n");
	scratch_write("2025-11-20.log", "20a\n");
	scratch_write("2025-11-21.log.1", "rotated\n");
	scratch_write("2025-13-40.log", "no day\n");
	assert_tail(0, 1, "20a\n");
	assert_tail(0, 2, "19b\n20a\n");
	assert_tail(0, 3, "19a\n19b\n20a\n");
	assert_tail(0, 4, "18b\n19a\n19b\n20a\n");
	assert_tail(0, 99, "18a\n18b\n19a\n19b\n20a\n");
	ck_assert_int_eq(logs_tail(scratch, 0, 1, &out, &what, NULL), 0);
	want = xasprintf("%s/2025-11-20.log", path_name(scratch));
	ck_assert_str_eq(what.data, want);
	free(want);
	buf_release(&out);
	buf_release(&what);
	scratch_remove();
}
END_TEST

START_TEST(leaves_out_a_line_that_is_not_whole_yet)
{
	begin();
	scratch_write("task-1-output.log", "one\ntwo\nthr");
	assert_tail(1, 1, "two\n");
	scratch_write("task-1-output.log", "thr");
	assert_tail(1, 1, "");
	scratch_remove();
}
END_TEST

START_TEST(agrees_with_reading_it_all_at_every_length)
{
	struct buf text = BUF_INIT;

	begin();
	srand(5);
	for (int i = 0; i < 3000; i++)
		buf_addf(&text, "%d%*s\n", i, rand() % 90, "");
	scratch_write("task-1-output.log", text.data);
	for (int lines = 1; lines <= 1000; lines += 37) {
		const char *p = text.data + text.len;

		for (int left = lines + 1; p > text.data && left > 0;)
			left -= *--p == '\n';
		assert_tail(1, lines, p + 1);
	}
	buf_release(&text);
	scratch_remove();
}
END_TEST

START_TEST(keeps_to_its_limit_in_whole_lines)
{
	struct buf text = BUF_INIT;
	char *got;

	begin();
	for (int i = 0; i < 500; i++)
		buf_addf(&text, "%04d %0300d\n", i, 0);
	scratch_write("2025-11-19.log", text.data);
	scratch_write("2025-11-20.log", text.data);
	got = tail(0, 1000);
	ck_assert_uint_gt(strlen(got), TAIL_MAX - 310);
	ck_assert_uint_eq(strlen(got) % 306, 0);
	free(got);

	/* Each of these bytes becomes three. */
	buf_reset(&text);
	for (int i = 0; i < 500; i++) {
		buf_addf(&text, "%04d ", i);
		for (int j = 0; j < 300; j++)
			buf_addc(&text, '\xff');
		buf_addc(&text, '\n');
	}
	scratch_write("2025-11-20.log", text.data);
	got = tail(0, 1000);
	ck_assert_uint_gt(strlen(got), TAIL_MAX - 910);
	ck_assert(got[4] == ' ' && got[5] == '\xef');
	free(got);
	buf_release(&text);
	scratch_remove();
}
END_TEST

START_TEST(shows_the_end_of_a_line_that_is_too_long)
{
	struct buf text = BUF_INIT;
	char *got;

	begin();
	buf_adds(&text, "before\n");
	for (int i = 0; i < TAIL_MAX; i++)
		buf_adds(&text, "\xe2\x82\xac");
	buf_adds(&text, "the end\n");
	scratch_write("task-1-output.log", text.data);
	got = tail(1, 20);
	ck_assert(str_starts(got, "\xe2\x80\xa6\xe2\x82\xac"));
	ck_assert_str_eq(got + strlen(got) - 8, "the end\n");
	ck_assert_uint_gt(strlen(got), TAIL_MAX - 8);
	free(got);
	buf_adds(&text, "after\n");
	scratch_write("task-1-output.log", text.data);
	assert_tail(1, 20, "after\n");
	buf_release(&text);
	scratch_remove();
}
END_TEST

START_TEST(does_not_follow_a_link_out)
{
	struct buf out = BUF_INIT, what = BUF_INIT;
	char *link;

	begin();
	link = scratch_path("task-1-output.log");
	ck_assert_int_eq(symlink("/etc/passwd", link), 0);
	ck_assert_int_eq(logs_tail(scratch, 1, 20, &out, &what, NULL), -1);
	ck_assert_uint_eq(out.len, 0);
	free(link);
	buf_release(&what);
	scratch_remove();
}
END_TEST

/* Gigabytes without a newline hold nobody up: of what is there so far the end
 * is shown. */
START_TEST(looks_back_only_so_far)
{
	enum { MOST_MS = 2000 };
	int64_t began = clock_mono_ms();
	char *path, *got;
	int fd;

	begin();
	path = scratch_path("task-1-output.log");
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	ck_assert_int_eq(pwrite(fd, "the end", 7, INT64_C(10) << 30), 7);
	close(fd);
	got = tail(1, 20);
	ck_assert_str_eq(got + strlen(got) - 7, "the end");
	ck_assert_int_lt(clock_mono_ms() - began, MOST_MS);
	free(got);
	free(path);
	scratch_remove();
}
END_TEST

UNIT_MAIN("logs_tail", no_log_is_an_empty_end, gives_the_last_lines,
    goes_back_over_midnight, leaves_out_a_line_that_is_not_whole_yet,
    agrees_with_reading_it_all_at_every_length,
    keeps_to_its_limit_in_whole_lines, shows_the_end_of_a_line_that_is_too_long,
    does_not_follow_a_link_out, looks_back_only_so_far)
