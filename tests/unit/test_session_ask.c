/* What Claude asks in the middle of a task, and the answer to it. */
#include "unit.h"
#include "sessions.h"

START_TEST(an_answer_is_for_the_question_that_was_shown)
{
	struct session s = SESSION_INIT;
	struct change c;
	char first[DECISION_ID_SIZE];
	struct event e = { .kind = EV_ALLOW,
		.now = 1763631099,
		.fresh_id = "zzzz",
		.by = "ben",
		.decision = first };

	apply(&s, &automatic, EV_START, &c);
	memcpy(first, s.asked, sizeof(first)); /* the attempt's */
	ck_assert_int_eq(apply(&s, &automatic, EV_ALLOW, &c), -1);
	apply(&s, &automatic, EV_ASKED, &c);
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), -1);
	ck_assert_int_eq(c.refusal, REFUSED_STALE);
	memcpy(first, s.ask_id, sizeof(first));
	apply(&s, &automatic, EV_DENY, &c);
	ck_assert_int_eq(c.actions, ACT_RULE);
	ck_assert(!session_is_asked(&s));
	apply(&s, &automatic, EV_ASKED, &c);
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), -1);
	ck_assert_int_eq(c.refusal, REFUSED_STALE);
	ck_assert_str_eq(c.stale->command, "deny");
	ck_assert_str_eq(c.stale->what, "Bash: ls");
	ck_assert_uint_eq(strlen(c.stale->hash), ASK_HASH_SIZE - 1);
	apply(&s, &automatic, EV_CANCEL, &c); /* asks no more */
	ck_assert(!session_is_asked(&s));
	session_release(&s);
}
END_TEST

START_TEST(a_question_nobody_answers_is_kept_and_its_answer_goes_on)
{
	static const struct {
		enum event_kind answer;
		enum ruling_kind kind;
	} rows[] = { { EV_ALLOW, RULING_ALLOW }, { EV_DENY, RULING_DENY } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct session s = SESSION_INIT;
		struct change c;
		char id[DECISION_ID_SIZE], hash[ASK_HASH_SIZE];

		apply(&s, &required, EV_START, &c);
		apply(&s, &required, EV_APPROVE, &c);
		apply(&s, &required, EV_ASKED, &c);
		memcpy(id, s.ask_id, sizeof(id));
		memcpy(hash, s.ask.hash, sizeof(hash));
		ck_assert_int_eq(apply(&s, &required, EV_SHELVED, &c), 0);
		ck_assert_int_eq(s.phase, PHASE_ASKED);
		ck_assert(c.actions & ACT_TELL_SHELVED);
		ck_assert_str_eq(session_decision(&s), id);
		ck_assert_int_eq(s.tasks[0].status, TASK_PENDING);
		ck_assert_int_eq(apply(&s, &required, rows[i].answer, &c), 0);
		ck_assert(c.actions & ACT_RUN);
		ck_assert(!(c.actions & ACT_RULE));
		ck_assert_int_eq(s.phase, PHASE_RUNNING);
		ck_assert_int_eq(s.tasks[0].attempt, 2);
		ck_assert_str_eq(s.tasks[0].resumed_from, "uuid");
		ck_assert_int_eq(s.ruling.kind, rows[i].kind);
		ck_assert_str_eq(s.ruling.hash, hash);
		ck_assert_str_eq(session_find_decision(&s, id)->hash, hash);
		apply(&s, &required, EV_RECALLED, &c);
		ck_assert_int_eq(s.ruling.kind, RULING_NONE);
		ck_assert(!session_allows(&s, EV_RECALLED));
		session_release(&s);
	}
}
END_TEST

START_TEST(an_answer_that_meets_the_end_of_its_claude_is_kept)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &required, EV_START, &c);
	apply(&s, &required, EV_APPROVE, &c);
	apply(&s, &required, EV_ASKED, &c);
	shelving = true;
	apply(&s, &required, EV_ALLOW, &c);
	ck_assert_int_eq(c.actions & ACT_RULE, 0);
	ck_assert_int_eq(s.ruling.kind, RULING_ALLOW);
	shelving = false;
	apply(&s, &required, EV_SHELVED, &c);
	ck_assert_int_eq(s.phase, PHASE_RUNNING);
	ck_assert_int_eq(s.tasks[0].attempt, 2);
	ck_assert_int_eq(s.ruling.kind, RULING_ALLOW);
	apply(&s, &required, EV_FAILED, &c);
	ck_assert_int_eq(s.ruling.kind, RULING_NONE);
	session_release(&s);
}
END_TEST

START_TEST(what_is_decided_is_for_its_task_alone)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &required, EV_START, &c);
	apply(&s, &required, EV_APPROVE, &c);
	apply(&s, &required, EV_ASKED, &c);
	apply(&s, &required, EV_SHELVED, &c);
	apply(&s, &required, EV_PAUSE, &c);
	ck_assert_int_eq(s.phase, PHASE_PAUSED_ASKED);
	ck_assert_int_eq(apply(&s, &required, EV_ALLOW, &c), -1);
	apply(&s, &required, EV_RESUME, &c);
	ck_assert_int_eq(s.phase, PHASE_ASKED);
	apply(&s, &required, EV_ALLOW, &c);
	apply(&s, &required, EV_SUCCEEDED, &c);
	ck_assert_uint_eq(s.current, 2);
	ck_assert_int_eq(s.ruling.kind, RULING_NONE);
	session_release(&s);
}
END_TEST

/* Claude asks two questions in one call; e is then ben's answer to the first.
 */
static void ask_two(struct session *s, struct event *e)
{
	static const char two[] = "{\"questions\":[{\"question\":\"a\"},"
				  "{\"question\":\"b\"}]}";
	struct ask question = ASK_INIT;
	struct change c;

	*e = (struct event){ .kind = EV_ASKED,
		.now = 1763631099,
		.fresh_id = "aaaa",
		.by = "ben",
		.feedback = "yes",
		.ask = &question };
	ask_restore(&question, "AskUserQuestion", two, NULL);
	apply(s, &automatic, EV_START, &c);
	session_apply(s, &automatic, e, &c);
	ask_release(&question);
	e->kind = EV_ANSWER;
	e->fresh_id = "bbbb";
	e->ask = NULL;
}

START_TEST(questions_of_a_call_have_each_an_id)
{
	struct session s = SESSION_INIT;
	struct change c;
	struct event e;

	ask_two(&s, &e);
	ck_assert_int_eq(session_question(&s), ASK_QUESTION);
	ck_assert(!session_allows(&s, EV_ALLOW));
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), 0);
	ck_assert_int_eq(c.actions, ACT_RULE | ACT_TELL_ASKED);
	ck_assert_str_eq(session_decision(&s), "bbbb");
	ck_assert_str_eq(session_find_decision(&s, "aaaa")->what, "a yes");
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), 0);
	ck_assert_int_eq(c.actions, ACT_RULE);
	ck_assert(!session_is_asked(&s));
	ck_assert(!session_allows(&s, EV_ANSWER));
	session_release(&s);
}
END_TEST

/* Where no Claude waits any more: one is started when all are answered. */
START_TEST(questions_that_are_parked_are_answered_one_by_one)
{
	struct session s = SESSION_INIT;
	struct change c;
	struct event e;

	ask_two(&s, &e);
	apply(&s, &automatic, EV_SHELVED, &c);
	ck_assert_int_eq(s.phase, PHASE_ASKED);
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), 0);
	ck_assert_int_eq(c.actions, ACT_TELL_ASKED);
	ck_assert_int_eq(s.phase, PHASE_ASKED);
	ck_assert_str_eq(session_decision(&s), "bbbb");
	e.fresh_conversation = "uuid";
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), 0);
	ck_assert(c.actions & ACT_RUN);
	ck_assert_int_eq(s.phase, PHASE_RUNNING);
	ck_assert_int_eq(s.ruling.kind, RULING_ANSWER);
	session_release(&s);
}
END_TEST

UNIT_MAIN("session_ask", an_answer_is_for_the_question_that_was_shown,
    a_question_nobody_answers_is_kept_and_its_answer_goes_on,
    an_answer_that_meets_the_end_of_its_claude_is_kept,
    what_is_decided_is_for_its_task_alone, questions_of_a_call_have_each_an_id,
    questions_that_are_parked_are_answered_one_by_one)
