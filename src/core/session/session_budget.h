/* session_budget.h - what a task, a session and a day may cost, and what is
 * left.
 *
 * Dollars, but for task_turns. A limit of 0 is none. What a person has raised
 * a limit by holds for the session and is in it. */
#ifndef CORE_SESSION_BUDGET_H
#define CORE_SESSION_BUDGET_H

#include "base/buf.h"

struct session;
struct task_record;

/* In the order in which the first one reached is told. */
enum limit {
	LIMIT_NONE,
	LIMIT_TASK_USD, /* since a person last let the task begin */
	LIMIT_SESSION_USD,
	LIMIT_DAY_USD,    /* of the local day, plans included */
	LIMIT_TASK_TURNS, /* of one attempt; only Claude counts them */
	LIMITS
};
extern const char *const limit_name[LIMITS]; /* [0] is NULL */

/* Is it an amount above 0, of digits and a point? */
bool budget_is_amount(const char *text);

struct budget {
	double limits[LIMITS]; /* as configured */
	double day_spent;
};

/* A limit that was reached: which, and the two numbers that say so. */
struct reached {
	enum limit limit; /* LIMIT_NONE: none was */
	double used, of;
};

#define REACHED_NONE             \
	{                        \
		LIMIT_NONE, 0, 0 \
	}

/* What r, the next to run, would begin with: the first limit that nothing is
 * left of. by_person: somebody lets it begin, so that its own spending counts
 * from now. */
struct reached budget_reached(const struct budget *b, const struct session *s,
    const struct task_record *r, bool by_person);
/* The dollars that are left for r, and of which limit; HUGE_VAL and
 * LIMIT_NONE where nothing limits it. */
double budget_left(const struct budget *b, const struct session *s,
    const struct task_record *r, enum limit *which);
/* The turns that an attempt may take; 0: as many as it likes. */
int budget_turns(const struct budget *b, const struct session *s);
/* How r's attempt stands to a limit once it has spent so much more. */
struct reached budget_standing(const struct budget *b, const struct session *s,
    const struct task_record *r, enum limit which, double more);

/* Would a person's retry be refused for it? Of a task's own limits it has as
 * much once more. */
bool budget_is_shared(enum limit which);
/* "limits.task_usd: $1.00" */
void budget_say_limit(struct buf *out, const struct reached *what);
/* "task 2 reached limits.task_usd: $0.50 of $0.50" */
void budget_say(
    struct buf *out, const struct task_record *r, const struct reached *what);

#endif
