/* task_outline.h - the lines of a task list, and what each one is.
 *
 * Only for task_reader.c. libcmark says where headings, fences, HTML and
 * lists are; here its tree becomes one word for each line of the source, so
 * that text can be cut out of the source as it stands. */
#ifndef CORE_TASK_OUTLINE_H
#define CORE_TASK_OUTLINE_H

#include "base/buf.h"
#include "base/faults.h"

enum task_field {
	FIELD_TYPE,
	FIELD_PRIORITY,
	FIELD_APPROVAL,
	FIELD_DESCRIPTION,
	FIELD_CRITERIA,
	FIELD_INSTRUCTION,
	FIELD_TIMEOUT,
	FIELD_UNKNOWN,
	FIELDS = FIELD_UNKNOWN
};
extern const char *const task_field_name[FIELDS];

enum line_kind {
	LINE_TEXT,
	LINE_BLANK,
	LINE_COMMENT, /* of an HTML comment that stands alone */
	LINE_HEADING, /* ATX, level 2 */
	LINE_RULE,    /* --- */
	LINE_FIELD    /* **Name:** value */
};

struct line {
	const char *text; /* no newline, not terminated; into outline.text */
	size_t n;
	enum line_kind kind;
	enum task_field field; /* LINE_FIELD only, as the two below */
	const char *name;
	size_t name_n;
	/* In a fence, indented code or HTML that ends: text whatever it says */
	bool quoted;
};

struct outline {
	struct buf text; /* the source, line ends as \n, no BOM */
	struct line *v;  /* v[i] is line i + 1 of the file */
	size_t n;
	bool is_cut; /* a block that never ends holds structure: told */
};

#define OUTLINE_INIT                     \
	{                                \
		BUF_INIT, NULL, 0, false \
	}

void outline_release(struct outline *o);
/* Fills o, which is fresh. A line that is nested too deep, or is no text (NUL,
 * broken UTF-8), is a fault; a fence or HTML that is never closed a warning,
 * and a fault where it holds what is, or nearly is, structure. Returns 0, or
 * -1 with the one fault that makes any other pointless: a file that is too
 * large, or UTF-16. */
int outline_build(struct outline *o, const char *name, const char *text,
    size_t len, struct faults *f);

/* What stands behind the heading's ## or the field's name, without blanks
 * around it. */
const char *outline_value(const struct line *l, size_t *n);

/* Is this a heading of level 2 with "Task" and then no letter that would make
 * it another word? */
bool outline_is_task(const struct line *l);

/* Is this the field that no task is without? */
bool outline_is_instruction(const struct line *l);

/* Blanks before the text; a tab is none of the three that a block may have. */
size_t outline_indent(const struct line *l);

/* The source from there up to line end, without blank lines at the edges: to
 * be freed, or NULL where nothing is left. */
char *outline_slice(const struct outline *o, const char *from, size_t end);

/* Adds the line as libcmark is to see it: as structure it is the same, but it
 * cannot take more than linear time. */
void outline_add_sanitized(struct buf *out, const struct line *l);

/* The text without blanks and tabs around it. */
const char *trim_blanks(const char *text, size_t *n);

#endif
