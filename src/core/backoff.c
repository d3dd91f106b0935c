/* backoff.c - how long until the next try. */
#include "core/backoff.h"

int64_t backoff_ms(int failures, int64_t low, int64_t high, uint32_t jitter)
{
	int64_t ms = low;

	for (int i = 1; i < failures && ms < high; i++)
		ms *= 2;
	if (ms > high)
		ms = high;
	return ms - ms / 4 * (jitter % 1024) / 1023;
}

int64_t limit_until(int64_t now, int64_t resets_at, int times, uint32_t jitter)
{
	int64_t wait = resets_at - now, most;

	if (wait > 0 && wait <= LIMIT_FAR)
		wait += LIMIT_MARGIN;
	else
		wait = backoff_ms(times, LIMIT_FIRST, LIMIT_MOST, 0);
	/* A tenth of the wait at most, so that a short one stays short. */
	most = wait / 10 < LIMIT_JITTER_MAX ? wait / 10 : LIMIT_JITTER_MAX;
	return now + wait + jitter % (most + 1);
}
