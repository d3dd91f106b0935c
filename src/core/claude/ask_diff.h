/* ask_diff.h - what a call of Edit, MultiEdit or Write would change, as a
 * unified diff (as of diff -u, without its two lines about files). */
#ifndef CORE_ASK_DIFF_H
#define CORE_ASK_DIFF_H

#include "core/claude/ask.h"

enum { ASK_FILE_MAX = 256 * 1024 }; /* bytes of a file that is compared */

/* Is the call one that is shown so? */
bool ask_has_diff(const struct ask *a);
/* Adds the diff against the file as it is: before, n bytes; NULL: there is
 * none. False, and nothing is added: it changes nothing, it is no text,
 * what it is to replace is not there just so, or it has a member that no diff
 * tells of; then the call is shown as it is.
 * Nothing here is shown without ask_show(). */
bool ask_diff(
    struct buf *out, const struct ask *a, const char *before, size_t n);

#endif
