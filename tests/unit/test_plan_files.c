/* A day's log is read, and a list takes its place without losing another. */
#include "unit.h"
#include "scratch.h"

#include "core/session/plan.h"
#include "store/plan_files.h"

#include <sys/stat.h>
#include <unistd.h>

#define DAY "2025-11-20"

static struct error err;

/* NULL: it was read, and says what it should. */
static void day_says(const char *why)
{
	struct buf text = BUF_INIT;
	int rc = plan_read_day(scratch, DAY, &text, &err);

	ck_assert_int_eq(rc, why == NULL ? 0 : -1);
	if (why != NULL)
		ck_assert_msg(strstr(err.text, why) != NULL, "%s", err.text);
	else
		ck_assert_str_eq(text.data, "- goals\n");
	buf_release(&text);
}

START_TEST(a_daily_log_is_text_and_not_too_much_of_it)
{
	char *big = xcalloc(DAY_MAX_BYTES + 2, 1);

	scratch_make();
	day_says("there is no daily log '");
	ck_assert_ptr_nonnull(strstr(err.text, scratch));
	ck_assert_ptr_nonnull(strstr(err.text, DAY ".md"));
	scratch_write(DAY ".md", " \n\n");
	day_says("is empty");
	scratch_write(DAY ".md", "gr\xfcn\n");
	day_says("is not valid UTF-8");
	memset(big, 'a', DAY_MAX_BYTES + 1);
	scratch_write(DAY ".md", big);
	day_says("is too long: want at most 256 KiB");
	scratch_write(DAY ".md", "- goals\n");
	day_says(NULL);
	scratch_remove();
	free(big);
}
END_TEST

START_TEST(a_daily_log_that_leads_out_is_not_read)
{
	char *path;

	scratch_make();
	path = scratch_path(DAY ".md");
	ck_assert_int_eq(symlink("/etc/passwd", path), 0);
	day_says("it leads out of its folder");
	free(path);
	scratch_remove();
}
END_TEST

static char *write_list(const char *text)
{
	struct buf b = BUF_INIT;
	char *kept;

	buf_adds(&b, text);
	ck_assert_msg(plan_write_list(scratch, DAY, &b, &kept, &err) == 0, "%s",
	    err.text);
	buf_release(&b);
	return kept;
}

static void holds(const char *name, const char *want)
{
	char *text = scratch_read(name);

	ck_assert_pstr_eq(text, want);
	free(text);
}

START_TEST(no_list_is_ever_lost)
{
	char *kept, *path;
	struct stat st;

	scratch_make();
	kept = write_list("first");
	ck_assert_ptr_null(kept);
	kept = write_list("second");
	ck_assert_str_eq(kept, DAY "-tasks.1.md");
	free(kept);
	kept = write_list("third");
	ck_assert_str_eq(kept, DAY "-tasks.2.md");
	free(kept);
	holds(DAY "-tasks.1.md", "first");
	holds(DAY "-tasks.2.md", "second");
	holds(DAY "-tasks.md", "third");
	path = scratch_path(DAY "-tasks.md");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0640);
	free(path);
	scratch_remove();
}
END_TEST

/* A full disk, time and again, must not fill the folder with names. */
START_TEST(a_list_that_cannot_be_written_leaves_no_second_name)
{
	struct buf b = BUF_INIT;
	char *kept, *inside, *beside;

	scratch_make();
	kept = write_list("first");
	ck_assert_ptr_null(kept);
	beside = scratch_path("." DAY "-tasks.md.new");
	inside = scratch_path("." DAY "-tasks.md.new/in");
	ck_assert_int_eq(mkdir(beside, 0700), 0);
	ck_assert_int_eq(mkdir(inside, 0700), 0);
	buf_adds(&b, "second");
	ck_assert_int_eq(plan_write_list(scratch, DAY, &b, &kept, &err), -1);
	ck_assert_ptr_null(kept);
	holds(DAY "-tasks.md", "first");
	free(inside);
	inside = scratch_path(DAY "-tasks.1.md");
	ck_assert_int_ne(access(inside, F_OK), 0);
	buf_release(&b);
	free(inside);
	free(beside);
	scratch_remove();
}
END_TEST

START_TEST(a_list_that_is_not_there_is_no_fault)
{
	struct buf text = BUF_INIT;

	scratch_make();
	ck_assert_int_eq(plan_read_list(scratch, DAY, &text, &err), 0);
	ck_assert_uint_eq(text.len, 0);
	scratch_write(DAY "-tasks.md", "## Task 1: a\n");
	ck_assert_int_eq(plan_read_list(scratch, DAY, &text, &err), 0);
	ck_assert_str_eq(text.data, "## Task 1: a\n");
	buf_release(&text);
	scratch_remove();
}
END_TEST

UNIT_MAIN("plan_files", a_daily_log_is_text_and_not_too_much_of_it,
    a_daily_log_that_leads_out_is_not_read, no_list_is_ever_lost,
    a_list_that_cannot_be_written_leaves_no_second_name,
    a_list_that_is_not_there_is_no_fault)
