#include "unit.h"

#include "base/clock.h"

START_TEST(writes_and_reads_rfc3339)
{
	char text[CLOCK_TEXT];
	int64_t when = 0;

	clock_rfc3339(1763631015, text);
	ck_assert_str_eq(text, "2025-11-20T09:30:15Z");
	ck_assert_int_eq(clock_from_rfc3339(text, &when), 0);
	ck_assert_int_eq(when, 1763631015);
	ck_assert_int_eq(clock_from_rfc3339("2025-11-20T09:30:15", &when), -1);
	ck_assert_int_eq(
	    clock_from_rfc3339("2025-11-20T09:30:15Zx", &when), -1);
	ck_assert_int_eq(clock_from_rfc3339("2025-11-20", &when), -1);
	ck_assert_int_eq(clock_from_rfc3339("", &when), -1);
	ck_assert_int_eq(clock_from_rfc3339(" 025-11-20T09:30:15Z", &when), -1);
	ck_assert_int_eq(clock_from_rfc3339("2025-02-31T09:30:15Z", &when), -1);
	ck_assert_int_eq(when, 1763631015);
}
END_TEST

START_TEST(years_have_four_digits)
{
	static const char *const times[] = { "0001-01-01T00:00:00Z",
		"0999-12-31T23:59:59Z", "1000-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z" };
	char text[CLOCK_TEXT];
	int64_t when = 0;

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		ck_assert_int_eq(clock_from_rfc3339(times[i], &when), 0);
		clock_rfc3339(when, text);
		ck_assert_str_eq(text, times[i]);
	}
	ck_assert(clock_is_date("0999-12-31"));
}
END_TEST

START_TEST(local_time_is_of_the_zone_set)
{
	char text[CLOCK_TEXT];

	ck_assert_int_eq(clock_set_zone("UTC"), 0);
	clock_local(1763631015, "%Y%m%d-%H%M%S", text);
	ck_assert_str_eq(text, "20251120-093015");
	ck_assert_int_eq(clock_set_zone("Mars/Olympus"), -1);
	ck_assert_int_eq(clock_set_zone("../UTC"), -1);
	ck_assert_int_eq(clock_set_zone(""), -1);
	clock_local(1763631015, "%H:%M", text);
	ck_assert_str_eq(text, "09:30");
	if (clock_zone_exists("Europe/Berlin")) {
		ck_assert_int_eq(clock_set_zone("Europe/Berlin"), 0);
		clock_local(1763631015, "%H:%M", text);
		ck_assert_str_eq(text, "10:30");
	}
}
END_TEST

START_TEST(a_span_of_the_day_may_go_over_midnight)
{
	static const char *const none[] = { "", "22:00", "22:00-22:00",
		"24:00-07:00", "22:60-07:00", "22:00 07:00", "7:00-22:00",
		"22:00-07:00 " };
	const int64_t noon = 1763640000; /* 2025-11-20T12:00:00Z */

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		ck_assert_msg(!clock_is_span(none[i]), "'%s'", none[i]);
	ck_assert(clock_is_span("22:00-07:00"));
	ck_assert(clock_span_has("22:00-07:00", "06:59"));
	ck_assert(!clock_span_has("22:00-07:00", "07:00"));
	ck_assert(!clock_span_has("12:00-13:00", "13:00"));
	ck_assert_int_eq(clock_set_zone("UTC"), 0);
	ck_assert(clock_within(noon, "12:00-13:00"));
	ck_assert(!clock_within(noon - 1, "12:00-13:00"));
	ck_assert(clock_within(noon + 3599, "12:00-13:00"));
	ck_assert(!clock_within(noon + 3600, "12:00-13:00"));
	for (int hour = 0; hour < 48; hour++)
		ck_assert_int_eq(
		    clock_within(noon + hour * 3600, "22:00-07:00"),
		    (12 + hour) % 24 >= 22 || (12 + hour) % 24 < 7);
	if (!clock_zone_exists("Europe/Berlin"))
		return;
	/* The night of 2026-10-25 has an hour twice, that of 03-29 one not. */
	ck_assert_int_eq(clock_set_zone("Europe/Berlin"), 0);
	ck_assert(!clock_within(1792871999, "22:00-07:00")); /* 21:59:59 */
	ck_assert(clock_within(1792872000, "22:00-07:00"));
	ck_assert(clock_within(1792907999, "22:00-07:00")); /* 10 hours */
	ck_assert(!clock_within(1792908000, "22:00-07:00"));
	ck_assert(clock_within(1774731600, "22:00-07:00"));
	ck_assert(clock_within(1774760399, "22:00-07:00")); /* 8 hours */
	ck_assert(!clock_within(1774760400, "22:00-07:00"));
}
END_TEST

START_TEST(no_zone_is_the_one_that_was_given)
{
	ck_assert_int_eq(setenv("TZ", "Asia/Tokyo", 1), 0);
	ck_assert_str_eq(clock_system_zone(), "Asia/Tokyo");
	ck_assert_int_eq(clock_set_zone("UTC"), 0);
	ck_assert_str_eq(getenv("TZ"), "UTC");
	ck_assert_str_eq(clock_system_zone(), "Asia/Tokyo");
	ck_assert_int_eq(clock_set_zone(NULL), 0);
	ck_assert_str_eq(getenv("TZ"), "Asia/Tokyo");
}
END_TEST

START_TEST(knows_the_days_that_exist)
{
	ck_assert(clock_is_date("2025-11-20"));
	ck_assert(clock_is_date("2024-02-29"));
	ck_assert(clock_is_date("1969-12-31"));
	ck_assert(!clock_is_date("2025-02-29"));
	ck_assert(!clock_is_date("2025-13-01"));
	ck_assert(!clock_is_date("2025-1-01"));
	ck_assert(!clock_is_date("2025-11-20x"));
	ck_assert(!clock_is_date(" 2025-11-2"));
	ck_assert(!clock_is_date(""));
}
END_TEST

START_TEST(the_monotonic_clock_does_not_go_back)
{
	int64_t first = clock_mono_us();

	ck_assert_int_ge(clock_mono_us(), first);
	ck_assert_int_gt(clock_now(), 1700000000);
}
END_TEST

START_TEST(a_time_of_day_is_past_until_midnight)
{
	static const char *const none[] = { "", "7:30", "07:30 ", "24:00",
		"07:60", "0730", "07:30-08:00", "morning" };
	const int64_t noon = 1763640000; /* 2025-11-20 12:00:00 UTC */

	for (size_t i = 0; i < ARRAY_SIZE(none); i++)
		ck_assert_msg(!clock_is_minute(none[i]), "'%s'", none[i]);
	ck_assert(clock_is_minute("07:30"));
	ck_assert(clock_is_minute("00:00"));
	ck_assert_int_eq(clock_set_zone("UTC"), 0);
	ck_assert(!clock_is_past(noon - 1, "12:00"));
	ck_assert(clock_is_past(noon, "12:00"));
	ck_assert(clock_is_past(noon + 12 * 3600 - 1, "12:00"));
	ck_assert(!clock_is_past(noon + 12 * 3600, "12:00"));
	if (!clock_zone_exists("Europe/Berlin"))
		return;
	/* 2:30 is not there in the night of 2026-03-29: 3:00 is past it. */
	ck_assert_int_eq(clock_set_zone("Europe/Berlin"), 0);
	ck_assert(!clock_is_past(1774745999, "02:30")); /* 1:59:59 */
	ck_assert(clock_is_past(1774746000, "02:30"));
}
END_TEST

UNIT_MAIN("clock", writes_and_reads_rfc3339, years_have_four_digits,
    local_time_is_of_the_zone_set, a_span_of_the_day_may_go_over_midnight,
    a_time_of_day_is_past_until_midnight, no_zone_is_the_one_that_was_given,
    knows_the_days_that_exist, the_monotonic_clock_does_not_go_back)
