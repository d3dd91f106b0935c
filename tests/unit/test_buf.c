#include "unit.h"

#include "base/buf.h"

START_TEST(grows_and_stays_terminated)
{
	struct buf b = BUF_INIT;

	for (int i = 0; i < 1000; i++)
		buf_addf(&b, "%d,", i);
	ck_assert_uint_eq(b.len, 3890);
	ck_assert_int_eq(b.data[b.len], '\0');
	buf_consume(&b, b.len - 4);
	ck_assert_str_eq(b.data, "999,");
	buf_release(&b);
	ck_assert_str_eq(b.data, "");
}
END_TEST

START_TEST(cuts_between_characters)
{
	const char *text = "a\xe2\x82\xac"; /* a, euro sign */

	ck_assert_uint_eq(utf8_cut(text, 4, 4), 4);
	ck_assert_uint_eq(utf8_cut(text, 4, 3), 1);
	ck_assert_uint_eq(utf8_cut(text, 4, 2), 1);
}
END_TEST

START_TEST(tells_utf8_from_other_bytes)
{
	ck_assert(utf8_valid("gr\xc3\xbc\xc3\x9f", 6));
	ck_assert(utf8_valid("\xf0\x9f\xa4\x96", 4));
	ck_assert(!utf8_valid("\xc0\xaf", 2));         /* overlong */
	ck_assert(!utf8_valid("\xed\xa0\x80", 3));     /* surrogate */
	ck_assert(!utf8_valid("\xf4\x90\x80\x80", 4)); /* past U+10FFFF */
	ck_assert(!utf8_valid("a\0b", 3));
	ck_assert(!utf8_valid("\xe2\x82", 2));
}
END_TEST

START_TEST(cleans_what_came_from_outside)
{
	struct buf b = BUF_INIT;

	buf_add_clean(&b, "a\x1b[31m\nb\xff\tc\0d", 13);
	ck_assert_str_eq(b.data, "a\nb\xef\xbf\xbd\tc d");
	buf_release(&b);
}
END_TEST

START_TEST(escape_sequences_go_whole)
{
	static const struct {
		const char *given, *want;
	} rows[] = {
		{ "\x1b[31mboom\x1b[0m", "boom" },
		{ "a\x1b[38;5;200mb\x1b[?25lc\x1b[2 qd", "abcd" },
		{ "\x1b]0;ready\007x", "x" },
		{ "\x1b]8;;http://a/\x1b\\link\x1b]8;;\x1b\\!", "link!" },
		{ "\x1bP1$r0m\x1b\\x\x1b_app\x1b\\y", "xy" },
		{ "\033(Ba\0337b\033=c\033M", "abc" },
		{ "\xc2\x9b"
		  "31mred\xc2\x9b"
		  "0m",
		    "red" },
		{ "\xc2\x9d"
		  "0;t\xc2\x9cx",
		    "x" },
		{ "\x9b"
		  "31mred\x9b"
		  "0m",
		    "red" },
		/* Without their end they take no text along. */
		{ "\x1b]0;why it failed", "0;why it failed" },
		{ "\x1b]0;a\nb\007", "0;a\nb " },
		{ "a\x1b[31", "a" },
		{ "a\x1b", "a " },
		{ "a\xc2\x9b", "a" },
		{ "rm \xe2\x80\xae"
		  "gnp.x",
		    "rm \xef\xbf\xbd"
		    "gnp.x" },
		{ "\xe2\x80\x9c\xe2\x80\x8d", "\xe2\x80\x9c\xe2\x80\x8d" },
		{ "\xc3\x9b"
		  "1m",
		    "\xc3\x9b"
		    "1m" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf b = BUF_INIT;

		buf_add_clean(&b, rows[i].given, strlen(rows[i].given));
		ck_assert_str_eq(b.data, rows[i].want);
		buf_release(&b);
	}
}
END_TEST

UNIT_MAIN("buf", grows_and_stays_terminated, cuts_between_characters,
    tells_utf8_from_other_bytes, cleans_what_came_from_outside,
    escape_sequences_go_whole)
