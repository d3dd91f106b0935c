/* session_grant.h - what a person has allowed for the rest of a session
 * (`always`), so that it is not asked about again.
 *
 * A call about a file grants its tool the folder that the file lies in, and
 * what is below it, but for hidden files and folders there (.env, .git). A call
 * about a hidden file, and any other, grants exactly itself, by its hash. */
#ifndef CORE_SESSION_GRANT_H
#define CORE_SESSION_GRANT_H

#include "core/session/session.h"

/* The folder that always would grant to a's tool, the caller's to free; NULL:
 * exactly this call. */
char *grant_folder(const struct ask *a);
/* What always would grant: "Bash: make test" or "Edit in /srv/app/src". */
void grant_line(struct buf *out, const struct ask *a);
/* Keeps that, of what is asked; the oldest goes where there is no room, and is
 * asked about again. */
void grant_remember(struct session *s, int64_t now, const char *by);
/* The one that covers a, or NULL: it is to be asked about. */
const struct grant *session_find_grant(
    const struct session *s, const struct ask *a);

#endif
