/* ask_file.h - the file that Claude asks about: where its path leads, and what
 * of it may be shown. */
#ifndef ENGINE_ASK_FILE_H
#define ENGINE_ASK_FILE_H

#include "core/claude/ask.h"
#include "store/config.h"

/* Claude's own account: that of claude.user, else ours. */
uid_t ask_account(const struct config *c);

/* Where the path of its file leads now, to be freed; NULL: nowhere, or it has
 * none. */
char *ask_file_now(const struct ask *a);
/* Does it lead elsewhere than to file (may be NULL)? A link may have been
 * exchanged since a person looked at it. */
bool ask_leads_elsewhere(const struct ask *a, const char *file);

/* Sets a's diff to what becomes of the file, against what it is now: one that
 * is not there is empty. NULL where that is more than a person is shown, and of
 * a file that Claude may not read or a phone should not have: shown is only
 * what lies below claude.workdir, neither hidden nor in a hidden folder (.env,
 * .ssh), has no other name elsewhere, and is not the orchestrator's own. */
void ask_compare(struct ask *a, const struct config *c);

#endif
