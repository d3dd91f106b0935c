/* limits.c - what may be spent, what an attempt is given of it, and what waits
 * for the end of a usage limit.
 *
 * Claude is given what is left of the smallest limit. Every release that is
 * covered counts a resumed conversation from its resumption. When what waits
 * goes on is in the state, by the wall clock, and looked at with the
 * housekeeping: a restart, a suspended machine or a clock that was set changes
 * nothing. */
#include "base/clock.h"
#include "core/session/limit.h"
#include "engine/instance.h"

#include <sodium.h>

static double usd(const char *text)
{
	return text != NULL ? strtod(text, NULL) : 0;
}

void limits_budget(const struct instance *in, struct budget *out)
{
	const struct config *c = in->config;

	*out = (struct budget){
		.limits = {
			[LIMIT_TASK_USD] = usd(c->limits.task_usd),
			[LIMIT_SESSION_USD] = usd(c->limits.session_usd),
			[LIMIT_DAY_USD] = usd(c->limits.day_usd),
			[LIMIT_TASK_TURNS] = c->limits.task_turns,
		},
		.day_spent = state_spent(&in->state, clock_now()),
	};
}

void limits_hand_over(
    const struct instance *in, struct agent_job *job, struct strvec *words)
{
	const struct session *s = &in->state.session;
	struct budget b;
	enum limit which;
	double left;
	int turns;

	if (in->config->claude.output_format != OUTPUT_STREAM_JSON)
		return;
	limits_budget(in, &b);
	left = budget_left(&b, s, session_current(s), &which);
	turns = budget_turns(&b, s);
	if (which != LIMIT_NONE) {
		job->budget = left;
		strvec_add(words, "--max-budget-usd");
		strvec_addf(words, "%.6f", left);
	}
	if (turns > 0) {
		strvec_add(words, "--max-turns");
		strvec_addf(words, "%d", turns);
	}
	if (words->n > 0)
		job->more = words;
}

void limits_judge(const struct instance *in, struct outcome *o)
{
	const struct session *s = &in->state.session;
	const struct task_record *r = session_current(s);
	struct buf why = BUF_INIT;
	struct budget b;
	enum limit which;

	if (o->result != RESULT_ERROR || o->spent == SPENT_NOTHING)
		return;
	limits_budget(in, &b);
	budget_left(&b, s, r, &which);
	if (o->spent == SPENT_TURNS)
		which = budget_turns(&b, s) > 0 ? LIMIT_TASK_TURNS : LIMIT_NONE;
	if (which == LIMIT_NONE) /* claude.flags have one of their own */
		return;
	o->reached = budget_standing(&b, s, r, which, o->cost_usd);
	if (which == LIMIT_TASK_TURNS)
		o->reached.used = o->reached.of;
	budget_say(&why, r, &o->reached);
	free(o->error);
	o->error = buf_detach(&why);
}

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
