/* Scenes of a session: what was decided, retried, skipped, wished. */
#include "unit.h"
#include "sessions.h"

START_TEST(the_last_decisions_are_kept)
{
	const struct policy p = { APPROVAL_MANUAL, &nothing, &nothing };
	struct session s = SESSION_INIT;
	struct change c;
	char last[DECISION_ID_SIZE];

	apply(&s, &p, EV_START, &c);
	apply(&s, &p, EV_APPROVE, &c);
	for (int i = 0; i < DECISIONS_KEPT; i++) {
		ck_assert_int_eq(apply(&s, &p, EV_FAILED, &c), 0);
		memcpy(last, s.asked, sizeof(last));
		ck_assert_int_eq(apply(&s, &p, EV_RETRY, &c), 0);
	}
	ck_assert_uint_eq(s.n_decisions, DECISIONS_KEPT);
	ck_assert_str_eq(s.decisions[0].command, "retry");
	ck_assert_str_eq(s.decisions[DECISIONS_KEPT - 1].id, last);
	session_release(&s);
}
END_TEST

START_TEST(a_tap_on_an_answered_question_is_stale)
{
	struct session s = SESSION_INIT;
	struct change c;
	char id[DECISION_ID_SIZE];
	struct event e = { .kind = EV_APPROVE,
		.now = 1763631099,
		.fresh_id = "zzzz",
		.by = "ben",
		.decision = id };

	apply(&s, &required, EV_START, &c);
	ck_assert_int_eq(s.phase, PHASE_APPROVAL);
	memcpy(id, s.asked, sizeof(id));
	ck_assert_int_eq(session_apply(&s, &required, &e, &c), 0);
	ck_assert_str_eq(s.tasks[0].approved_by, "ben");
	ck_assert_int_eq(session_apply(&s, &required, &e, &c), -1);
	ck_assert_int_eq(c.refusal, REFUSED_STALE);
	ck_assert_ptr_nonnull(c.stale);
	ck_assert_str_eq(c.stale->command, "approve");
	ck_assert_str_eq(c.stale->by, "ben");
	session_release(&s);
}
END_TEST

START_TEST(retry_runs_the_task_before_and_the_next_stays_pending)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &required, EV_START, &c);
	apply(&s, &required, EV_APPROVE, &c);
	apply(&s, &required, EV_PAUSE, &c);
	apply(&s, &required, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.phase, PHASE_PAUSED);
	ck_assert_int_eq(apply(&s, &required, EV_RETRY, &c), 0);
	ck_assert_uint_eq(s.current, 1);
	ck_assert_int_eq(s.tasks[0].attempt, 2);
	ck_assert_str_eq(s.tasks[0].resumed_from, "uuid");
	ck_assert_int_eq(s.tasks[1].status, TASK_PENDING);
	session_release(&s);
}
END_TEST

START_TEST(what_the_api_refused_is_not_resumed_again)
{
	static const struct {
		const char *error;
		bool afresh;
	} rows[] = {
		{ "Anthropic's API refused (400): no", true },
		{ "Anthropic's API refused (413)", true },
		{ "Anthropic's API refused (403): no", false },
		{ "Anthropic's API refused: rate limit (429)", false },
		{ NULL, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task_record t = { .attempt = 2,
			.resumed_from = xstrdup("uuid"),
			.outcome = { .error = xstrdup(rows[i].error) } };

		ck_assert_int_eq(task_is_poisoned(&t), rows[i].afresh);
		xreplace(&t.resumed_from, NULL); /* it was a first one */
		ck_assert(!task_is_poisoned(&t));
		outcome_release(&t.outcome);
	}
}
END_TEST

START_TEST(a_pause_after_the_last_task_is_no_pause)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &automatic, EV_START, &c);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	apply(&s, &automatic, EV_APPROVE, &c);
	ck_assert_uint_eq(s.current, 3);
	apply(&s, &automatic, EV_PAUSE, &c);
	ck_assert_int_eq(s.phase, PHASE_PAUSING);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.phase, PHASE_COMPLETED);
	session_release(&s);
}
END_TEST

START_TEST(a_wish_survives_a_crash)
{
	static const struct {
		enum event_kind wish;
		enum phase ends;
	} cases[] = { { EV_PAUSE, PHASE_PAUSED_INTERRUPTED },
		{ EV_CANCEL, PHASE_FAILED }, { EV_STOP, PHASE_STOPPED } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct session s = SESSION_INIT;
		struct change c;

		apply(&s, &automatic, EV_START, &c);
		apply(&s, &automatic, cases[i].wish, &c);
		apply(&s, &automatic, EV_INTERRUPTED, &c);
		ck_assert_int_eq(s.phase, cases[i].ends);
		session_release(&s);
	}
}
END_TEST

/* What a skip leads to would run at once, too. */
START_TEST(nothing_is_run_beside_a_plan)
{
	static const struct {
		enum event_kind kind;
		bool is_taken;
	} rows[] = { { EV_APPROVE, false }, { EV_SKIP, false },
		{ EV_PAUSE, true }, { EV_STOP, true } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct session s = SESSION_INIT, before = SESSION_INIT;
		struct change c;
		struct event e = { .kind = rows[i].kind,
			.now = 1763631099,
			.fresh_id = "zzzz",
			.by = "ben",
			.busy = true };

		apply(&s, &required, EV_START, &c);
		session_copy(&before, &s);
		ck_assert_int_eq(session_apply(&s, &automatic, &e, &c),
		    rows[i].is_taken ? 0 : -1);
		if (!rows[i].is_taken) {
			ck_assert_int_eq(c.refusal, REFUSED_BUSY);
			ck_assert_int_eq(s.phase, before.phase);
			ck_assert_str_eq(s.asked, before.asked);
			ck_assert_uint_eq(s.current, before.current);
			ck_assert_int_eq(s.tasks[0].status, TASK_PENDING);
		}
		session_release(&before);
		session_release(&s);
	}
}
END_TEST

UNIT_MAIN("session", the_last_decisions_are_kept,
    a_tap_on_an_answered_question_is_stale,
    retry_runs_the_task_before_and_the_next_stays_pending,
    what_the_api_refused_is_not_resumed_again,
    a_pause_after_the_last_task_is_no_pause, a_wish_survives_a_crash,
    nothing_is_run_beside_a_plan)
