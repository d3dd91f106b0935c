/* limits.c - what waits for the end of a usage limit.
 *
 * When it goes on is in the state, by the wall clock, and looked at with the
 * housekeeping: a restart, a suspended machine or a clock that was set changes
 * nothing. */
#include "base/clock.h"
#include "core/session/limit.h"
#include "engine/instance.h"

#include <sodium.h>

int64_t limits_until(const struct instance *in, const struct outcome *o)
{
	return limit_until(clock_now(), o->resets_at,
	    in->state.session.parked_times + 1, randombytes_random());
}

/* Not beside a plan that is being made, nor what is left of a former job. */
void limits_tick(struct instance *in)
{
	const struct session *s = &in->state.session;
	struct event e;
	struct fresh fresh;

	if (s->phase != PHASE_LIMIT || clock_now() < s->parked_until ||
	    in->stopping || !job_is_idle(in))
		return;
	event_init(in, &e, &fresh, EV_CONTINUE);
	log_info("The usage limit is over: going on");
	commit_event(in, &e, NULL, NULL);
}
