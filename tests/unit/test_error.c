#include "unit.h"

#include "base/buf.h"
#include "base/error.h"

#include <errno.h>

START_TEST(sets_a_sentence_and_returns_minus_one)
{
	struct error err = ERROR_INIT;

	ck_assert_str_eq(err.text, "");
	ck_assert_int_eq(error_set(&err, "want %d, got '%s'", 1, "x"), -1);
	ck_assert_str_eq(err.text, "want 1, got 'x'");
	errno = EACCES;
	ck_assert_int_eq(error_errno(&err, "cannot open '%s'", "x"), -1);
	ck_assert_str_eq(err.text, "cannot open 'x': Permission denied");
	ck_assert_int_eq(error_set(NULL, "nobody asked"), -1);
	ck_assert_int_eq(error_errno(NULL, "nobody asked"), -1);
}
END_TEST

START_TEST(a_long_sentence_is_cut_on_a_character)
{
	struct error err;
	struct buf text = BUF_INIT;

	for (int i = 0; i < 600; i++)
		buf_adds(&text, "\xc3\xa9");
	error_set(&err, "%s", text.data);
	ck_assert_uint_eq(strlen(err.text), sizeof(err.text) - 2);
	ck_assert(utf8_valid(err.text, strlen(err.text)));
	buf_release(&text);
}
END_TEST

UNIT_MAIN("error", sets_a_sentence_and_returns_minus_one,
    a_long_sentence_is_cut_on_a_character)
