/* backoff.h - how long until the next try. */
#ifndef CORE_BACKOFF_H
#define CORE_BACKOFF_H

#include "base/base.h"

/* Doubles from low to high milliseconds with the number of failures so far
 * (1: low); jitter (any number, from the caller's randomness) takes away up
 * to a quarter. */
int64_t backoff_ms(int failures, int64_t low, int64_t high, uint32_t jitter);

/* Retry-After of RFC 9110: seconds, or an HTTP date seen from now (seconds).
 * Milliseconds to wait, 0 where it is absent, past or no such thing, at most
 * a day. */
int64_t retry_after_ms(const char *value, int64_t now);

#endif
