/* permissions.h - what Claude may do without asking: claude.permissions, and
 * the words of Claude's command line that say the same. */
#ifndef STORE_PERMISSIONS_H
#define STORE_PERMISSIONS_H

#include "base/strvec.h"

enum permissions {
	PERMIT_SKIP,
	PERMIT_EDITS,
	PERMIT_AUTO,
	PERMIT_ASK,
	PERMIT_NONE,
	PERMIT_BY_FLAGS, /* flags name a mode that has no name of ours */
	PERMISSIONS
};
/* The last one's is an empty value, which leaves it to the flags. */
extern const char *const permissions_name[PERMISSIONS];

/* What that lets Claude do, for people: one clause. */
const char *permissions_meaning(enum permissions p);
/* Adds the arguments that choose it: none for PERMIT_BY_FLAGS. */
void permissions_words(struct strvec *out, enum permissions p);

/* Do words name a mode themselves? Then *p is that one, and *word, where not
 * NULL, the word that names it (borrowed); the last one counts. */
bool permissions_named(
    const struct strvec *words, enum permissions *p, const char **word);

#endif
