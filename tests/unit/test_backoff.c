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

START_TEST(reads_retry_after)
{
	const int64_t now = 1763631015; /* 2025-11-20T09:30:15Z */

	ck_assert_int_eq(retry_after_ms("120", now), 120000);
	ck_assert_int_eq(retry_after_ms("0", now), 0);
	ck_assert_int_eq(
	    retry_after_ms("Thu, 20 Nov 2025 09:31:15 GMT", now), 60000);
	ck_assert_int_eq(
	    retry_after_ms("Thursday, 20-Nov-25 09:31:15 GMT", now), 60000);
	ck_assert_int_eq(
	    retry_after_ms("Thu Nov 20 09:31:15 2025", now), 60000);
}
END_TEST

START_TEST(retry_after_is_never_absurd)
{
	const int64_t now = 1763631015, day = 86400000;

	ck_assert_int_eq(retry_after_ms("99999999999999999999", now), day);
	ck_assert_int_eq(
	    retry_after_ms("Thu, 20 Nov 2099 09:31:15 GMT", now), day);
	ck_assert_int_eq(
	    retry_after_ms("Thu, 20 Nov 2024 09:31:15 GMT", now), 0);
	ck_assert_int_eq(retry_after_ms("soon", now), 0);
	ck_assert_int_eq(retry_after_ms("12 s", now), 0);
	ck_assert_int_eq(retry_after_ms("-5", now), 0);
	ck_assert_int_eq(retry_after_ms("", now), 0);
	ck_assert_int_eq(retry_after_ms(NULL, now), 0);
}
END_TEST

UNIT_MAIN("backoff", doubles_from_low_to_high, jitter_takes_at_most_a_quarter,
    reads_retry_after, retry_after_is_never_absurd)
