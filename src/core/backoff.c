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
