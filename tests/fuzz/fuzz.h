/* fuzz.h - what every target leans on.
 *
 * A target is one function that gets bytes. It must neither crash nor leak,
 * and what it MUST hold is the promise of the reader's header. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include "base/buf.h"
#include "base/error.h"

#define MUST(what)                                        \
	do {                                              \
		if (!(what))                              \
			bug("broken promise: %s", #what); \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

#endif
