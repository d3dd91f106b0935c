/* Limits: of money and turns, which a person raises, and of the account, whose
 * end is waited for. */
#include "unit.h"
#include "sessions.h"

START_TEST(where_nothing_is_left_a_task_does_not_begin_but_asks)
{
	struct session s = SESSION_INIT;
	struct change c;

	budget.limits[LIMIT_SESSION_USD] = 1.1;
	cost = 0.55;
	apply(&s, &automatic, EV_START, &c);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.phase, PHASE_RUNNING);
	apply(&s, &automatic, EV_FAILED, &c);
	ck_assert_int_eq(s.phase, PHASE_FAILED);
	ck_assert_int_eq(apply(&s, &automatic, EV_RETRY, &c), -1);
	ck_assert_int_eq(c.refusal, REFUSED_SPENT);
	ck_assert_int_eq(c.spent.limit, LIMIT_SESSION_USD);
	apply(&s, &automatic, EV_SKIP, &c);
	ck_assert_int_eq(s.phase, PHASE_APPROVAL);
	ck_assert_int_eq(s.reached.limit, LIMIT_SESSION_USD);
	ck_assert(c.actions & ACT_TELL_WAITING);
	check_shape(&s);
	ck_assert_int_eq(apply(&s, &automatic, EV_APPROVE, &c), -1);
	more = 0.001;
	ck_assert_int_eq(apply(&s, &automatic, EV_RAISE, &c), 0);
	ck_assert_double_eq_tol(c.spent.of, 1.101, 1e-9);
	ck_assert_int_eq(s.phase, PHASE_APPROVAL); /* its own wish */
	ck_assert(c.actions & ACT_TELL_WAITING);
	ck_assert_int_eq(apply(&s, &automatic, EV_RAISE, &c), -1);
	ck_assert_int_eq(apply(&s, &automatic, EV_APPROVE, &c), 0);
	apply(&s, &automatic, EV_FAILED, &c);
	check_shape(&s);
	ck_assert_int_eq(apply(&s, &automatic, EV_RAISE, &c), 0);
	ck_assert_int_eq(s.phase, PHASE_FAILED);
	ck_assert(c.actions & ACT_TELL_WAITING);
	more = 0;
	ck_assert_int_eq(apply(&s, &automatic, EV_RAISE, &c), 0);
	ck_assert_int_eq(s.phase, PHASE_RUNNING);
	ck_assert_int_eq(s.reached.limit, LIMIT_NONE);
	budget = (struct budget){ .day_spent = 0 };
	cost = 0;
	session_release(&s);
}
END_TEST

START_TEST(a_task_s_own_limit_counts_from_the_last_yes)
{
	struct session s = SESSION_INIT;
	struct change c;
	enum limit which;

	budget.limits[LIMIT_TASK_USD] = 1;
	budget.limits[LIMIT_DAY_USD] = 50;
	cost = 0.75;
	apply(&s, &automatic, EV_START, &c);
	apply(&s, &automatic, EV_PARKED, &c);
	apply(&s, &automatic, EV_CONTINUE, &c);
	ck_assert_double_eq_tol(
	    budget_left(&budget, &s, &s.tasks[0], &which), 0.25, 1e-9);
	ck_assert_int_eq(which, LIMIT_TASK_USD);
	apply(&s, &automatic, EV_PARKED, &c);
	apply(&s, &automatic, EV_CONTINUE, &c);
	ck_assert_int_eq(s.phase, PHASE_APPROVAL);
	ck_assert(c.actions & ACT_TELL_WAITING);
	ck_assert_int_eq(s.reached.limit, LIMIT_TASK_USD);
	ck_assert_int_eq(apply(&s, &automatic, EV_APPROVE, &c), 0);
	ck_assert_double_eq_tol(
	    budget_left(&budget, &s, &s.tasks[0], &which), 1, 1e-9);
	resume = true;
	cost = 1;
	apply(&s, &automatic, EV_INTERRUPTED, &c);
	ck_assert_int_eq(s.phase, PHASE_INTERRUPTED);
	resume = false;
	budget = (struct budget){ .day_spent = 0 };
	cost = 0;
	session_release(&s);
}
END_TEST

START_TEST(a_limit_is_raised_to_a_bound)
{
	const struct policy p = { APPROVAL_AUTO, &nothing, &nothing };
	struct session s = SESSION_INIT;
	struct change c;

	budget.limits[LIMIT_SESSION_USD] = 1;
	cost = 1;
	apply(&s, &p, EV_START, &c);
	apply(&s, &p, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.reached.limit, LIMIT_SESSION_USD);
	more = 2.0 * USD_MAX;
	ck_assert_int_eq(apply(&s, &p, EV_RAISE, &c), 0);
	ck_assert_double_eq(s.raised[LIMIT_SESSION_USD], USD_MAX);
	ck_assert_int_eq(session_status(&s), SESSION_RUNNING);
	budget = (struct budget){ .day_spent = 0 };
	cost = more = 0;
	session_release(&s);
}
END_TEST

START_TEST(a_usage_limit_is_no_failure_and_the_task_goes_on)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &automatic, EV_START, &c);
	apply(&s, &automatic, EV_PARKED, &c);
	ck_assert_int_eq(s.phase, PHASE_LIMIT);
	ck_assert_int_eq(s.tasks[0].status, TASK_PENDING);
	ck_assert_int_gt(s.parked_until, s.last_activity);
	ck_assert(c.actions & ACT_TELL_LIMIT);
	apply(&s, &automatic, EV_CONTINUE, &c);
	ck_assert_int_eq(s.phase, PHASE_RUNNING);
	ck_assert_int_eq(s.tasks[0].attempt, 2);
	ck_assert_str_eq(s.tasks[0].resumed_from, "uuid");
	ck_assert_int_eq(s.parked_until, 0);
	apply(&s, &automatic, EV_PARKED, &c);
	ck_assert_int_eq(s.parked_times, 2);
	ck_assert_int_eq(apply(&s, &automatic, EV_RESUME, &c), 0);
	ck_assert(c.actions & ACT_RUN);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.parked_times, 0);
	apply(&s, &automatic, EV_PAUSE, &c);
	apply(&s, &automatic, EV_PARKED, &c);
	ck_assert_int_eq(s.phase, PHASE_PAUSED);
	session_release(&s);
}
END_TEST

UNIT_MAIN("session_limit", a_usage_limit_is_no_failure_and_the_task_goes_on,
    a_limit_is_raised_to_a_bound,
    where_nothing_is_left_a_task_does_not_begin_but_asks,
    a_task_s_own_limit_counts_from_the_last_yes)
