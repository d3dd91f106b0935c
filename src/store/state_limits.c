/* state_limits.c - what may be spent, as far as it is part of the record, and
 * what a day has cost. */
#include "base/clock.h"
#include "store/state_read.h"

#include <math.h>

int read_usd(
    struct json_object *o, const char *key, double *out, struct error *err)
{
	if (json_get_double(o, key, out, err) != 0)
		return -1;
	if (!isfinite(*out) || *out < 0 || *out > COST_MAX)
		return error_set(
		    err, "%s: want 0..%d, got %g", key, COST_MAX, *out);
	return 0;
}

int read_reached(struct json_object *o, struct reached *r, struct error *err)
{
	struct json_object *reached;
	int limit;

	if (json_get_object(o, "limit_reached", &reached, err) != 0)
		return -1;
	if (reached == NULL)
		return 0;
	if (need_enum(reached, "limit", limit_name, LIMITS, &limit, err) != 0 ||
	    read_usd(reached, "used", &r->used, err) != 0 ||
	    read_usd(reached, "of", &r->of, err) != 0)
		return read_below(err, "limit_reached");
	r->limit = (enum limit)limit;
	return 0;
}

int read_raised(struct json_object *o, struct session *s, struct error *err)
{
	struct json_object *raised;

	if (json_get_object(o, "limits_raised", &raised, err) != 0)
		return -1;
	for (int i = LIMIT_NONE + 1; raised != NULL && i < LIMITS; i++)
		if (read_usd(raised, limit_name[i], &s->raised[i], err) != 0)
			return read_below(err, "limits_raised");
	return 0;
}

int read_spent(struct json_object *o, struct day_spent *d, struct error *err)
{
	struct json_object *spent;
	const char *day;

	if (json_get_object(o, "spent", &spent, err) != 0)
		return -1;
	if (spent == NULL)
		return 0;
	if (json_get_string(spent, "day", &day, err) != 0 ||
	    read_usd(spent, "usd", &d->usd, err) != 0)
		return -1;
	if (day == NULL || !clock_is_date(day))
		return error_set(err, "spent.day: want a date, got %s",
		    day != NULL ? day : "none");
	snprintf(d->day, sizeof(d->day), "%s", day);
	return 0;
}

void state_spend(struct state *s, int64_t now, double usd)
{
	struct day_spent *d = &s->spent;
	char today[CLOCK_TEXT];

	if (!(usd > 0))
		return;
	clock_local(now, "%Y-%m-%d", today);
	if (strcmp(d->day, today) != 0)
		d->usd = 0;
	snprintf(d->day, sizeof(d->day), "%.10s", today);
	d->usd += usd;
	if (d->usd > COST_MAX)
		d->usd = COST_MAX;
}

double state_spent(const struct state *s, int64_t now)
{
	char today[CLOCK_TEXT];

	clock_local(now, "%Y-%m-%d", today);
	return strcmp(s->spent.day, today) == 0 ? s->spent.usd : 0;
}
