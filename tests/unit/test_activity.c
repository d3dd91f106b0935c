#include "unit.h"
#include "scratch.h"

#include "base/buf.h"
#include "store/activity.h"

static char *path;

static void begin(void)
{
	scratch_make();
	path = scratch_path("activity");
}

static void end(void)
{
	free(path);
	scratch_remove();
}

static void assert_activity(const char *attempt, const char *what)
{
	char *is = activity_get(path, attempt);

	if (what == NULL)
		ck_assert_ptr_null(is);
	else
		ck_assert_str_eq(is, what);
	free(is);
}

START_TEST(says_what_its_own_attempt_does)
{
	begin();
	assert_activity("k3f9", NULL);
	activity_set(path, "k3f9", "Bash: make test");
	assert_activity("k3f9", "Bash: make test");
	activity_set(path, "k3f9", "writing");
	assert_activity("k3f9", "writing");
	assert_activity("k3f", NULL); /* of a former attempt */
	assert_activity("", NULL);
	activity_set(path, "k3f9", NULL);
	assert_activity("k3f9", NULL);
	end();
}
END_TEST

START_TEST(is_one_line_of_a_bounded_length)
{
	struct buf text = BUF_INIT;
	char *is;

	begin();
	activity_set(path, "k1", "two\nlines \x1b[31m\xff");
	assert_activity("k1", "two lines \xef\xbf\xbd");
	while (text.len < 2 * ACTIVITY_MAX)
		buf_adds(&text, "\xe2\x82\xac");
	activity_set(path, "k1", text.data);
	is = activity_get(path, "k1");
	ck_assert_uint_eq(strlen(is), ACTIVITY_MAX - ACTIVITY_MAX % 3);
	free(is);
	buf_release(&text);
	end();
}
END_TEST

UNIT_MAIN(
    "activity", says_what_its_own_attempt_does, is_one_line_of_a_bounded_length)
