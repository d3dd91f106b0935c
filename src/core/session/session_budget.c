/* session_budget.c - sums, and what is left of them. */
#include "core/session/session_budget.h"
#include "core/session/session.h"

#include <math.h>

/* Prices are added up in binary fractions. */
static const double nothing_left = 0.0000005;

const char *const limit_name[] = {
	[LIMIT_NONE] = NULL,
	[LIMIT_TASK_USD] = "task_usd",
	[LIMIT_SESSION_USD] = "session_usd",
	[LIMIT_DAY_USD] = "day_usd",
	[LIMIT_TASK_TURNS] = "task_turns",
};
_Static_assert(ARRAY_SIZE(limit_name) == LIMITS, "name every limit");

bool budget_is_amount(const char *text)
{
	size_t n = strspn(text, "0123456789");
	size_t cents = text[n] == '.' ? strspn(text + n + 1, "0123456789") : 0;

	return n > 0 && n <= 7 && cents <= 6 &&
	       text[n + (cents > 0 ? cents + 1 : 0)] == '\0' &&
	       strtod(text, NULL) > 0 && strtod(text, NULL) <= USD_MAX;
}

static double limit_of(
    const struct budget *b, const struct session *s, enum limit which)
{
	return b->limits[which] > 0 ? b->limits[which] + s->raised[which] : 0;
}

static double used_of(const struct budget *b, const struct session *s,
    const struct task_record *r, enum limit which)
{
	struct session_counts n;

	switch (which) {
	case LIMIT_TASK_USD:
		return r->outcome.cost_usd - r->counted_from;
	case LIMIT_SESSION_USD:
		session_count(s, &n);
		return n.cost_usd;
	case LIMIT_DAY_USD:
		return b->day_spent;
	default:
		return 0;
	}
}

struct reached budget_standing(const struct budget *b, const struct session *s,
    const struct task_record *r, enum limit which, double more)
{
	return (struct reached){ which, used_of(b, s, r, which) + more,
		limit_of(b, s, which) };
}

struct reached budget_reached(const struct budget *b, const struct session *s,
    const struct task_record *r, bool by_person)
{
	for (int i = LIMIT_TASK_USD; i <= LIMIT_DAY_USD; i++) {
		struct reached at = budget_standing(b, s, r, (enum limit)i, 0);

		if (at.of > 0 && at.of - at.used < nothing_left &&
		    !(by_person && i == LIMIT_TASK_USD))
			return at;
	}
	return (struct reached)REACHED_NONE;
}

double budget_left(const struct budget *b, const struct session *s,
    const struct task_record *r, enum limit *which)
{
	double least = HUGE_VAL;

	*which = LIMIT_NONE;
	for (int i = LIMIT_TASK_USD; i <= LIMIT_DAY_USD; i++) {
		struct reached at = budget_standing(b, s, r, (enum limit)i, 0);

		if (at.of > 0 && at.of - at.used < least) {
			least = at.of - at.used;
			*which = (enum limit)i;
		}
	}
	return least;
}

int budget_turns(const struct budget *b, const struct session *s)
{
	return (int)limit_of(b, s, LIMIT_TASK_TURNS);
}

/* Cents, and more digits only where a price is below them. */
static void say_usd(struct buf *out, double usd)
{
	bool small = usd > 0 && usd < 0.01;

	buf_addf(out, small ? "$%.4f" : "$%.2f", usd);
}

bool budget_is_shared(enum limit which)
{
	return which == LIMIT_SESSION_USD || which == LIMIT_DAY_USD;
}

void budget_say_limit(struct buf *out, const struct reached *what)
{
	buf_addf(out, "limits.%s: ", limit_name[what->limit]);
	if (what->limit == LIMIT_TASK_TURNS)
		buf_addf(out, "%.0f turns", what->of);
	else
		say_usd(out, what->of);
}

void budget_say(
    struct buf *out, const struct task_record *r, const struct reached *what)
{
	if (what->limit == LIMIT_SESSION_USD)
		buf_adds(out, "the session");
	else if (what->limit == LIMIT_DAY_USD)
		buf_adds(out, "the day");
	else
		buf_addf(out, "task %d", r->task.number);
	buf_addf(out, " reached limits.%s: ", limit_name[what->limit]);
	if (what->limit == LIMIT_TASK_TURNS) {
		buf_addf(out, "%.0f of %.0f turns", what->used, what->of);
		return;
	}
	say_usd(out, what->used);
	buf_adds(out, " of ");
	say_usd(out, what->of);
}
