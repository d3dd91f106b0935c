/* task_near.h - lines that are nearly structure.
 *
 * Only for task_reader.c and task_outline.c. A line that a person meant as a
 * field or a heading, and that is text by the letter, would lose an approval
 * without a word. It is judged by its own bytes alone; whether it stands
 * where all is text (a fence) the outline knows. */
#ifndef CORE_TASK_NEAR_H
#define CORE_TASK_NEAR_H

#include "core/list/task_outline.h"

enum near_kind { NEAR_NOTHING, NEAR_FIELD, NEAR_HEADING };

struct near {
	enum near_kind kind;
	enum task_field field; /* NEAR_FIELD only */
	int level;             /* NEAR_HEADING: of its #; 0: bold text */
	const char *what;      /* NEAR_HEADING: what it has that is wrong */
};

/* What l is nearly, or would be if it stood alone at the left edge: so call it
 * only for lines that are none. Looks at its first bytes only. */
struct near near_of(const struct line *l);

/* Where the line, behind from, goes on to "Requires Approval: yes" with its
 * answer, or NULL. What is in backticks is text. */
const char *near_hidden_approval(const struct line *l, const char *from);

/* Is nothing but marks and symbols before p on its line? */
bool near_begins_line(const struct line *l, const char *p);

/* Are the two lines "Task N: Title" and a row of = or - under it? */
bool near_is_setext(const struct line *l, const struct line *under);

#endif
