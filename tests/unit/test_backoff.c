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

UNIT_MAIN("backoff", doubles_from_low_to_high, jitter_takes_at_most_a_quarter)
