/* task_scan.h - along a line as a person sees it.
 *
 * Only for task_near.c. Blanks that are none for CommonMark, list, quote and
 * emphasis marks, and names by their letters. Every call moves the place
 * forward and looks at each byte once. */
#ifndef CORE_TASK_SCAN_H
#define CORE_TASK_SCAN_H

#include "base/base.h"

/* A name is judged by so many letters; a tag is no longer than that. */
enum { SCAN_LETTERS_MAX = 24, SCAN_TAG_MAX = 16 };

/* A place in a line. */
struct scan {
	const char *p, *end;
};

bool scan_is_one_of(char c, const char *set);
char scan_lower(char c);
/* Over exactly these bytes, if they are there. */
bool scan_bytes(struct scan *a, const char *bytes);
/* Over a short stretch between two marks, as "<>" or "()", with them. */
bool scan_enclosed(struct scan *a, const char *marks);
/* Over a colon, or what is taken for one. */
bool scan_colon(struct scan *a);
/* Over blanks of any kind and the given marks; was there an odd one? */
bool scan_blanks(struct scan *a, const char *marks);
/* Over list, quote, table and emphasis marks; was there emphasis? */
bool scan_marks(struct scan *a, const char *emphasis, bool *odd);
/* The letters of a name, in lower case, without what may stand between them;
 * one in another dress (fullwidth, an entity) is itself, one of another
 * alphabet '?'. */
size_t scan_letters(struct scan *a, char *out, size_t max, const char *gap);
/* How many letters are missing, too many, wrong or swapped: each name
 * SCAN_LETTERS_MAX long at most. */
size_t scan_distance(const char *a, size_t n, const char *b, size_t m);

#endif
