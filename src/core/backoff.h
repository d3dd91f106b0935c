/* backoff.h - how long until the next try. */
#ifndef CORE_BACKOFF_H
#define CORE_BACKOFF_H

#include "base/base.h"

/* Doubles from low to high milliseconds with the number of failures so far
 * (1: low); jitter (any number, from the caller's randomness) takes away up
 * to a quarter. */
int64_t backoff_ms(int failures, int64_t low, int64_t high, uint32_t jitter);

#endif
