#include "unit.h"

#include "store/shellwords.h"

static const struct {
	const char *text;
	const char *words[5];
} split[] = {
	{ "", { NULL } },
	{ "  \t\n ", { NULL } },
	{ "claude -p", { "claude", "-p" } },
	{ " a  b\tc\nd ", { "a", "b", "c", "d" } },
	{ "'a b' \"c d\"", { "a b", "c d" } },
	{ "a'b c'\"d\"e", { "ab cde" } },
	{ "'' \"\"", { "", "" } },
	{ "a\\ b \\'", { "a b", "'" } },
	{ "'a\\b\"c'", { "a\\b\"c" } },
	{ "\"a\\\"b\\\\c\\d\\$e\"", { "a\"b\\c\\d$e" } },
	{ "a\\\nb \"c\\\nd\"", { "ab", "cd" } },
	{ "a;b | c $HOME", { "a;b", "|", "c", "$HOME" } },
	{ "# is no comment", { "#", "is", "no", "comment" } },
};

START_TEST(splits_as_a_shell_does)
{
	for (size_t i = 0; i < sizeof(split) / sizeof(split[0]); i++) {
		struct strvec out = STRVEC_INIT;
		size_t n = 0;

		ck_assert_int_eq(
		    shellwords_split(&out, split[i].text, NULL), 0);
		for (; split[i].words[n] != NULL; n++) {
			ck_assert_uint_lt(n, out.n);
			ck_assert_str_eq(out.v[n], split[i].words[n]);
		}
		ck_assert_uint_eq(out.n, n);
		strvec_release(&out);
	}
}
END_TEST

/* clang-format off */
static const char *wrong[][2] = {
	{ "a 'b", "a single quote that is not closed" },
	{ "a \"b", "a double quote that is not closed" },
	{ "a \"b\\", "a double quote that is not closed" },
	{ "a b\\", "a backslash at the end" },
};
/* clang-format on */

START_TEST(says_what_is_not_closed)
{
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct strvec out = STRVEC_INIT;
		struct error err = ERROR_INIT;

		ck_assert_int_eq(shellwords_split(&out, wrong[i][0], &err), -1);
		ck_assert_str_eq(err.text, wrong[i][1]);
		strvec_release(&out);
	}
}
END_TEST

UNIT_MAIN("shellwords", splits_as_a_shell_does, says_what_is_not_closed)
