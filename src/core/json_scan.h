/* json_scan.h - what RFC 8259 allows, seen before json-c reads it. */
#ifndef CORE_JSON_SCAN_H
#define CORE_JSON_SCAN_H

#include "base/error.h"

/* How much is in it: members of its objects; bytes of its strings, keys among
 * them, without their escapes. */
struct json_size {
	size_t members, bytes;
};

/* Is text one JSON value from end to end, UTF-8 without NUL, no \u0000, and
 * nested at most depth deep? Says how much is in it. The whole grammar is
 * looked at here, because what json-c takes or refuses of it depends on its
 * release: 0.18 in its strict mode refuses every byte above 127. Returns 0, or
 * -1 with the reason. */
int json_scan(const char *text, size_t len, int depth, struct json_size *size,
    struct error *err);

#endif
