#include "unit.h"

#include "core/backoff.h"

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

UNIT_MAIN("limit", a_limit_is_waited_for_and_a_little_longer,
    what_is_not_known_is_tried_ever_less_often)
