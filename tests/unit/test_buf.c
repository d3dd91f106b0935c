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
	ck_assert_str_eq(b.data, "a [31m\nb\xef\xbf\xbd\tc d");
	buf_release(&b);
}
END_TEST

UNIT_MAIN("buf", grows_and_stays_terminated, cuts_between_characters,
    tells_utf8_from_other_bytes, cleans_what_came_from_outside)
