/* permissions.c - one table: our names, Claude's words, and what they mean.
 *
 * Claude's own default changes between releases, and a setting of the account
 * changes it too: one mode is always passed on. */
#include "store/permissions.h"

static const struct {
	const char *words[2];
	const char *mode; /* of --permission-mode */
	const char *meaning;
} table[] = {
	[PERMIT_SKIP] = { { "--dangerously-skip-permissions" },
	    "bypassPermissions",
	    "Claude may do whatever its account may, and asks nobody" },
	[PERMIT_EDITS] = { { "--permission-mode", "acceptEdits" },
	    "acceptEdits",
	    "Claude may edit the files of its folder; whatever else would need a yes is denied" },
	[PERMIT_AUTO] = { { "--permission-mode", "auto" }, "auto",
	    "Claude may edit the files of its folder, and Claude Code judges by itself what else is safe; "
	    "all else is denied" },
	/* Newer releases call it manual and take both; 2.1.197 only this. */
	[PERMIT_ASK] = { { "--permission-mode", "default" }, "default",
	    "what Claude's own rules do not allow, you are asked about" },
	[PERMIT_NONE] = { { "--permission-mode", "dontAsk" }, "dontAsk",
	    "Claude may look at its folder and do what its own settings and claude.flags allow; "
	    "all else is denied" },
	[PERMIT_BY_FLAGS] = { .meaning = "as its flags say" },
};
_Static_assert(ARRAY_SIZE(table) == PERMISSIONS, "a row for every mode");

const char *const permissions_name[] = {
	[PERMIT_SKIP] = "skip",
	[PERMIT_EDITS] = "edits",
	[PERMIT_AUTO] = "auto",
	[PERMIT_ASK] = "ask",
	[PERMIT_NONE] = "none",
	[PERMIT_BY_FLAGS] = "\"\"",
};
_Static_assert(ARRAY_SIZE(permissions_name) == PERMISSIONS, "name every mode");

const char *permissions_meaning(enum permissions p)
{
	return table[p].meaning;
}

void permissions_words(struct strvec *out, enum permissions p)
{
	for (size_t i = 0; i < ARRAY_SIZE(table[p].words); i++)
		if (table[p].words[i] != NULL)
			strvec_add(out, table[p].words[i]);
}

static enum permissions by_mode(const char *mode)
{
	/* default is what ask begins with, but asks nobody by itself. */
	for (enum permissions p = 0; p < PERMIT_BY_FLAGS; p++)
		if (p != PERMIT_ASK && strcmp(table[p].mode, mode) == 0)
			return p;
	return PERMIT_BY_FLAGS;
}

bool permissions_named(
    const struct strvec *words, enum permissions *p, const char **word)
{
	static const char option[] = "--permission-mode";
	size_t n = strlen(option);
	bool found = false;

	for (size_t i = 0; i < words->n; i++) {
		const char *at = words->v[i];

		if (strcmp(at, table[PERMIT_SKIP].words[0]) == 0)
			*p = PERMIT_SKIP;
		else if (strcmp(at, option) == 0 && i + 1 < words->n)
			*p = by_mode(words->v[++i]);
		else if (strncmp(at, option, n) == 0 && at[n] == '=')
			*p = by_mode(at + n + 1);
		else
			continue;
		found = true;
		if (word != NULL)
			*word = words->v[i];
	}
	return found;
}
