/* limit.c - when to try again. */
#include "core/session/limit.h"
#include "core/backoff.h"

/* A tenth of the wait at most, so that a short one stays short. */
static int64_t spread(int64_t wait, uint32_t jitter)
{
	int64_t most = wait / 10;

	if (most > LIMIT_JITTER_MAX)
		most = LIMIT_JITTER_MAX;
	return jitter % (most + 1);
}

int64_t limit_until(int64_t now, int64_t resets_at, int times, uint32_t jitter)
{
	int64_t wait = resets_at - now;

	if (wait > 0 && wait <= LIMIT_FAR)
		wait += LIMIT_MARGIN;
	else
		wait = backoff_ms(times, LIMIT_FIRST, LIMIT_MOST, 0);
	return now + wait + spread(wait, jitter);
}
