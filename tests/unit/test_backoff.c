#include "unit.h"

#include "core/backoff.h"

START_TEST(doubles_from_low_to_high)
{
	ck_assert_int_eq(backoff_ms(1, 1000, 900000, 0), 1000);
	ck_assert_int_eq(backoff_ms(2, 1000, 900000, 0), 2000);
	ck_assert_int_eq(backoff_ms(5, 1000, 900000, 0), 16000);
	ck_assert_int_eq(backoff_ms(11, 1000, 900000, 0), 900000);
	ck_assert_int_eq(backoff_ms(2000000000, 1000, 900000, 0), 900000);
}
END_TEST

START_TEST(jitter_takes_at_most_a_quarter)
{
	for (uint32_t jitter = 0; jitter < 5000; jitter += 7) {
		int64_t ms = backoff_ms(3, 1000, 900000, jitter);

		ck_assert_int_le(ms, 4000);
		ck_assert_int_ge(ms, 3000);
	}
	ck_assert_int_eq(backoff_ms(3, 1000, 900000, 1023), 3000);
	ck_assert_int_ge(backoff_ms(3, 1000, 900000, UINT32_MAX), 3000);
}
END_TEST

enum { NOW = 1763631015 };

START_TEST(a_limit_is_waited_for_and_a_little_longer)
{
	for (uint32_t jitter = 0; jitter < 100000; jitter += 97) {
		int64_t soon = limit_until(NOW, NOW + 60, 1, jitter);
		int64_t late = limit_until(NOW, NOW + 18000, 1, jitter);

		ck_assert_int_ge(soon, NOW + 60 + LIMIT_MARGIN);
		ck_assert_int_le(soon, NOW + 60 + LIMIT_MARGIN + 7);
		ck_assert_int_ge(late, NOW + 18000 + LIMIT_MARGIN);
		ck_assert_int_le(
		    late, NOW + 18000 + LIMIT_MARGIN + LIMIT_JITTER_MAX);
	}
}
END_TEST

START_TEST(what_is_not_known_is_tried_ever_less_often)
{
	static const int64_t untold[] = { 0, NOW - 5, NOW,
		NOW + INT64_C(100) * 365 * 24 * 3600 };

	for (size_t i = 0; i < ARRAY_SIZE(untold); i++) {
		ck_assert_int_eq(limit_until(NOW, untold[i], 1, 0), NOW + 300);
		ck_assert_int_eq(limit_until(NOW, untold[i], 2, 0), NOW + 600);
		ck_assert_int_eq(limit_until(NOW, untold[i], 4, 0), NOW + 2400);
		ck_assert_int_eq(limit_until(NOW, untold[i], 5, 0), NOW + 3600);
		ck_assert_int_eq(
		    limit_until(NOW, untold[i], 99, 0), NOW + 3600);
	}
}
END_TEST

UNIT_MAIN("backoff", doubles_from_low_to_high, jitter_takes_at_most_a_quarter,
    a_limit_is_waited_for_and_a_little_longer,
    what_is_not_known_is_tried_ever_less_often)
