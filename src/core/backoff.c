/* backoff.c - how long until the next try. */
#include "core/backoff.h"

#include <time.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

int64_t backoff_ms(int failures, int64_t low, int64_t high, uint32_t jitter)
{
	int64_t ms = low;

	for (int i = 1; i < failures && ms < high; i++)
		ms *= 2;
	if (ms > high)
		ms = high;
	return ms - ms / 4 * (jitter % 1024) / 1023;
}

static int64_t seconds_ms(const char *digits)
{
	int64_t n = 0;

	for (; *digits >= '0' && *digits <= '9'; digits++)
		if (n <= DAY_MS)
			n = n * 10 + (*digits - '0');
	if (*digits != '\0')
		return 0;
	return n > DAY_MS / 1000 ? DAY_MS : n * 1000;
}

/* RFC 9110, section 5.6.7: the form of today and the two of old. */
static int64_t date_ms(const char *text, int64_t now)
{
	static const char *const forms[] = {
		"%a, %d %b %Y %H:%M:%S GMT",
		"%a, %d-%b-%y %H:%M:%S GMT",
		"%a %b %d %H:%M:%S %Y",
	};

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		struct tm tm = { 0 };
		const char *end = strptime(text, forms[i], &tm);
		int64_t left;

		if (end == NULL || *end != '\0')
			continue;
		left = (int64_t)timegm(&tm) - now;
		if (left <= 0)
			return 0;
		return left > DAY_MS / 1000 ? DAY_MS : left * 1000;
	}
	return 0;
}

int64_t retry_after_ms(const char *value, int64_t now)
{
	if (value == NULL || value[0] == '\0')
		return 0;
	if (value[0] >= '0' && value[0] <= '9')
		return seconds_ms(value);
	return date_ms(value, now);
}
