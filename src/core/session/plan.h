/* plan.h - from a day's log to a task list, by way of Claude.
 *
 * Pure: what Claude is asked, and what its structured answer becomes. The
 * engine runs it (engine/planning), the store keeps how it stands. */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "base/buf.h"
#include "base/error.h"
#include "core/session/session.h"
#include "core/list/task.h"

enum plan_status {
	PLAN_NONE,
	PLAN_RUNNING,
	PLAN_READY,
	PLAN_FAILED,
	PLAN_STATUSES
};
extern const char *const plan_status_name[PLAN_STATUSES]; /* [0] is NULL */

/* The last plan that was asked for. Pointers may be NULL and are its own. */
struct plan {
	enum plan_status status;
	char *date;  /* 2025-11-20 */
	char *file;  /* the list's plain name, once one has been ready; a
		      * revision that fails leaves it */
	char *error; /* why it failed, one line */
	char *by;
	char asked[DECISION_ID_SIZE]; /* of the running one; "" otherwise */
	char *conversation;
	bool cancelling;
	int64_t started_at, completed_at;
};

enum { DAY_MAX_BYTES = 256 * 1024 }; /* of a day's log */

/* What is stored of it. */
extern const struct fields plan_fields;

void plan_release(struct plan *p);

/* Ready, and no list has been started since. */
bool plan_waits(const struct plan *p, const struct session *s);

/* The one constant sentence that is an argument. */
extern const char plan_instruction[];
/* The JSON schema of the answer, for --json-schema. */
extern const char plan_schema[];

/* What Claude reads: the day's log; to revise a list also that list and what
 * should be different (both NULL for a first plan). */
void plan_prompt(struct buf *out, const char *date, const char *daily_log,
    const char *list, const char *feedback);

/* Claude's structured answer to the Markdown of a task list, checked against
 * the schema and by reading it back. Returns 0 with list filled too, or -1 with
 * what does not fit: "tasks[2].title: want ...". */
int plan_to_list(const char *answer, const char *date, struct buf *markdown,
    struct task_list *list, struct error *err);

#endif
