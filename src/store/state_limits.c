/* state_limits.c - what a day has cost. */
#include "base/clock.h"
#include "store/state.h"

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
	if (d->usd > USD_MAX)
		d->usd = USD_MAX;
}

double state_spent(const struct state *s, int64_t now)
{
	char today[CLOCK_TEXT];

	clock_local(now, "%Y-%m-%d", today);
	return strcmp(s->spent.day, today) == 0 ? s->spent.usd : 0;
}
