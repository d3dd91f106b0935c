/* limits.c - what may be spent, and what an attempt is given of it.
 *
 * Claude is given what is left of the smallest limit. Every release that is
 * covered counts a resumed conversation from its resumption. */
#include "base/clock.h"
#include "engine/instance.h"

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
