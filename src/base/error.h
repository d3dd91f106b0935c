/* error.h - how a failure climbs: -1 and a sentence for a person.
 *
 * The sentence is lower case and says what was attempted, on what, and why
 * not: "cannot open 'x': Permission denied". Only the top speaks. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include "base/base.h"

struct error {
	char text[1024];
};

#define ERROR_INIT        \
	{                 \
		{         \
			0 \
		}         \
	}

/* Both set the text (cut at the array's end, on a whole character) and
 * return -1, so that a caller can `return error_set(...)`. err may be NULL.
 * error_errno appends ": " and what errno says. errno stays as it is. */
int error_set(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
int error_errno(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
