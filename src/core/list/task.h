/* task.h - one task of a list, and the reader of the Markdown it is in.
 *
 * The format is that of orchestrator-tasks(5), read as CommonMark 0.30:
 * libcmark tells where headings, rules, fences and lists are; text that is
 * wanted verbatim is a slice of the source between two such places. */
#ifndef CORE_TASK_H
#define CORE_TASK_H

#include "base/buf.h"
#include "base/error.h"
#include "base/faults.h"
#include "base/strvec.h"
#include "core/fields.h"

enum {
	TASK_MAX_BYTES = 64 * 1024,
	TASK_LIST_MAX_BYTES = 1024 * 1024,
	TASK_LIST_MAX = 1000,
	TASK_TIMEOUT_MAX = 86400,
	TASK_NUMBER_MAX = 999999,
};

enum priority {
	PRIORITY_NONE,
	PRIORITY_HIGH,
	PRIORITY_MEDIUM,
	PRIORITY_LOW,
	PRIORITY_COUNT
};
extern const char *const priority_name[PRIORITY_COUNT]; /* [0] is NULL */

/* What the task itself says of approval. */
enum requires { REQUIRES_UNSAID, REQUIRES_NO, REQUIRES_YES };

struct task {
	int number;  /* the one in the heading, from 1 */
	char *title; /* one line */
	char *type;  /* "general" where the list does not say */
	enum priority priority;
	enum requires requires_approval;
	char *description; /* NULL: none */
	char *instruction; /* never NULL once parsed */
	struct strvec criteria;
	int timeout; /* seconds; 0: as configured */
};

#define TASK_INIT            \
	{                    \
		.type = NULL \
	}

struct task_list {
	struct task *v; /* in file order */
	size_t n;
};

#define TASK_LIST_INIT  \
	{               \
		NULL, 0 \
	}

/* What is stored of a task. */
extern const struct fields task_fields;

void task_release(struct task *t);
void task_copy(struct task *to, const struct task *from);
void task_list_release(struct task_list *l);

/* Reads a whole list. name stands for the file in every fault. Returns 0, or
 * -1 when f has at least one fault more than before; l is then empty. */
int task_list_parse(struct task_list *l, const char *name, const char *text,
    size_t len, struct faults *f);

/* Adds the text as an item of a list, its later lines indented. */
void task_print_item(struct buf *out, const char *text);

/* Writes a list that task_list_parse() reads back as the same list, under
 * the level-1 heading (NULL: none). Texts lose blank lines at their edges.
 * What would be read as something else (an unfenced line of --- or a known
 * field in an instruction, a title of two lines) is refused: -1 with the
 * task and the place in err, and out is as it was. */
int task_list_print(struct buf *out, const char *heading,
    const struct task_list *l, struct error *err);

#endif
