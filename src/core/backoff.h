/* backoff.h - how long until the next try. Jitter is any number, from the
 * caller's randomness, so that not all who wait go on at once. */
#ifndef CORE_BACKOFF_H
#define CORE_BACKOFF_H

#include "base/base.h"

/* Doubles from low to high milliseconds with the number of failures so far
 * (1: low); jitter takes away up to a quarter. */
int64_t backoff_ms(int failures, int64_t low, int64_t high, uint32_t jitter);

enum {
	LIMIT_MARGIN = 10,          /* seconds behind the time that is told */
	LIMIT_JITTER_MAX = 120,     /* and so many more, at most */
	LIMIT_FIRST = 5 * 60,       /* not known: after that, */
	LIMIT_MOST = 60 * 60,       /* doubling up to that */
	LIMIT_FAR = 31 * 24 * 3600, /* what ends later than that is not known */
};

/* Until when a usage limit of the account is waited for. resets_at: what was
 * told, 0 for nothing; one that is past is not believed. times: by how many
 * limits in a row it was stopped, this one too. */
int64_t limit_until(int64_t now, int64_t resets_at, int times, uint32_t jitter);

#endif
