/* denials.h - the tools that Claude was denied, each counted once.
 *
 * One denial is told in up to three places: as it happens
 * (system/permission_denied), in what the tool gives back, and in the result
 * of its turn; a deny rule tells some only in the second. The tool use's id
 * holds them together; "" where there is none. Texts are borrowed. */
#ifndef CORE_DENIALS_H
#define CORE_DENIALS_H

#include "base/strvec.h"

struct denials {
	int n;
	struct strvec named; /* the first DENIED_MAX, "Bash: rm -rf build" */
	struct strvec ids;   /* of those counted */
	int nameless;        /* told in this turn without an id */
	struct strvec uses;  /* the last tool uses: id, what, id, what ... */
};

void denials_release(struct denials *d);

/* A tool is about to be used: what says of it may be wanted later. */
void denials_tool_use(struct denials *d, const char *id, const char *what);
/* It gave this error back: a denial, if it reads like one. */
void denials_tool_failed(struct denials *d, const char *id, const char *error);
/* Told as it happened; what is the tool's name. */
void denials_told(struct denials *d, const char *id, const char *what);
/* Listed by the result of the turn, whose last is denials_turn_over(). */
void denials_listed(struct denials *d, const char *id, const char *what);
void denials_turn_over(struct denials *d);

#endif
