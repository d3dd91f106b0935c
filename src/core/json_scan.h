/* json_scan.h - what RFC 8259 allows, seen before json-c reads it. */
#ifndef CORE_JSON_SCAN_H
#define CORE_JSON_SCAN_H

#include "base/error.h"

/* Is every character, escape and number of text one that JSON knows, is it
 * UTF-8 without NUL, and nested at most depth deep? Says how many members
 * (colons outside strings) it has. The grammar between them is json-c's to
 * check. Returns 0, or -1 with the reason. */
int json_scan(const char *text, size_t len, int depth, size_t *members,
    struct error *err);

#endif
