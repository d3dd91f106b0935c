#include "unit.h"

#include "core/session/event.h"
#include "core/session/session.h"

/* What a session says of itself and of its budget, and what is refused because
 * it is meant for something else. */

START_TEST(an_amount_is_digits_and_a_point)
{
	static const char *const good[] = { "1", "0.5", "12.345678", "0000001",
		"1000000" };
	static const char *const bad[] = { "", "0", "0.0", ".5", "1.", "-1",
		"1e3", "1.1234567", "12345678", "1x", "0.5x", "9999999" };

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_msg(budget_is_amount(good[i]), "%s", good[i]);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!budget_is_amount(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(a_limit_is_told_with_its_numbers)
{
	static const struct {
		struct reached what;
		const char *reached, *limit;
	} cases[] = {
		{ { LIMIT_TASK_USD, 0.5, 0.5 },
		    "task 2 reached limits.task_usd: $0.50 of $0.50",
		    "limits.task_usd: $0.50" },
		{ { LIMIT_SESSION_USD, 3, 2 },
		    "the session reached limits.session_usd: $3.00 of $2.00",
		    "limits.session_usd: $2.00" },
		{ { LIMIT_DAY_USD, 0, 0.0025 },
		    "the day reached limits.day_usd: $0.00 of $0.0025",
		    "limits.day_usd: $0.0025" },
		{ { LIMIT_TASK_TURNS, 9, 8 },
		    "task 2 reached limits.task_turns: 9 of 8 turns",
		    "limits.task_turns: 8 turns" },
	};
	const struct task_record r = { .task.number = 2 };
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		buf_reset(&out);
		budget_say(&out, &r, &cases[i].what);
		ck_assert_str_eq(out.data, cases[i].reached);
		buf_reset(&out);
		budget_say_limit(&out, &cases[i].what);
		ck_assert_str_eq(out.data, cases[i].limit);
	}
	ck_assert(budget_is_shared(LIMIT_DAY_USD));
	ck_assert(budget_is_shared(LIMIT_SESSION_USD));
	ck_assert(!budget_is_shared(LIMIT_TASK_USD));
	buf_release(&out);
}
END_TEST

START_TEST(what_has_changed_last_is_shown)
{
	struct task_record tasks[] = {
		{ .task.number = 1, .attempt = 1, .completed_at = 20 },
		{ .task.number = 2, .attempt = 1, .completed_at = 30 },
		{ .task.number = 3, .attempt = 1, .completed_at = 10 },
		{ .task.number = 4, .attempt = 1 },
		{ .task.number = 5, .completed_at = 40 },
	};
	struct session s = SESSION_INIT;

	s.tasks = tasks;
	s.n = ARRAY_SIZE(tasks);
	s.current = 4;
	ck_assert_ptr_eq(session_changed(&s, 0), &tasks[1]);
	ck_assert_ptr_eq(session_changed(&s, 3), &tasks[2]);
	ck_assert_ptr_null(session_changed(&s, 9));
	s.n = 0;
	ck_assert_ptr_eq(session_changed(&s, 0), &tasks[3]);
}
END_TEST

START_TEST(a_shortstat_is_read)
{
	struct changes c;

	changes_read(&c, " 3 files changed, 10 insertions(+), 2 deletions(-)");
	ck_assert(c.known);
	ck_assert_int_eq(c.files, 3);
	ck_assert_int_eq(c.added, 10);
	ck_assert_int_eq(c.removed, 2);
	changes_read(&c, "1 file");
	ck_assert_int_eq(c.files, 1);
	ck_assert_int_eq(c.added, 0);
	changes_read(&c, "  file");
	ck_assert_int_eq(c.files, 0);
	changes_read(&c, " file");
	ck_assert_int_eq(c.files, 0);
	changes_read(&c, "x file");
	ck_assert_int_eq(c.files, 0);
}
END_TEST

static void check_tail(const char *said, const char *expected)
{
	char *tail = verification_tail(said);

	ck_assert_str_eq(tail, expected);
	free(tail);
}

START_TEST(of_a_verification_the_end_is_kept)
{
	char *line = xasprintf("%0*d", VERIFY_KEPT, 7);
	char *umlauts = xcalloc(2 * VERIFY_KEPT + 2, 1);
	char *tail;

	check_tail("", "");
	check_tail(" \n\t", "");
	check_tail("one\ntwo \n", "one\ntwo");
	tail = xasprintf("cut\nhere\n%s\n", line + 4); /* in a line's middle */
	check_tail(tail, line + 4);
	free(tail);
	tail = xasprintf("x%s", line);
	check_tail(tail, line);
	free(tail);
	for (size_t i = 0; i < VERIFY_KEPT; i++)
		memcpy(umlauts + 2 * i, "\xc3\xbc", 2);
	umlauts[2 * VERIFY_KEPT] = '.';
	tail = verification_tail(umlauts);
	ck_assert_uint_le(strlen(tail), VERIFY_KEPT);
	ck_assert_uint_eq((unsigned char)tail[0], 0xc3);
	free(tail);
	free(umlauts);
	free(line);
}
END_TEST

/* e with what every event brings. */
static int apply(struct session *s, struct event e, struct change *c)
{
	static const struct strvec none = STRVEC_INIT;
	static const struct policy p = { APPROVAL_MANUAL, &none, &none };
	struct outcome o = OUTCOME_INIT;
	struct task_list list = { xcalloc(2, sizeof(*list.v)), 2 };
	static char id[DECISION_ID_SIZE];
	static unsigned n;
	int rc;

	snprintf(id, sizeof(id), "a%06x", ++n & 0xffffff);
	for (int i = 0; i < 2; i++)
		list.v[i] = (struct task){ .number = i + 1,
			.title = xstrdup("title"),
			.type = xstrdup("web"),
			.instruction = xstrdup("do it") };
	o.result = e.kind == EV_SUCCEEDED ? RESULT_SUCCESS : RESULT_ERROR;
	e.now = 1763631015 + n;
	e.fresh_id = id;
	e.fresh_conversation = "uuid";
	e.by = "anna";
	e.outcome = &o;
	e.list = &list;
	e.session_id = "20251120-093015";
	e.task_file = "tasks.md";
	rc = session_apply(s, &p, &e, c);
	task_list_release(&list);
	return rc;
}

#define REFUSES(why, ...)                                              \
	do {                                                           \
		ck_assert_int_eq(                                      \
		    apply(&s, (struct event){ __VA_ARGS__ }, &c), -1); \
		ck_assert_int_eq(c.refusal, why);                      \
	} while (0)
#define TAKES(...) \
	ck_assert_int_eq(apply(&s, (struct event){ __VA_ARGS__ }, &c), 0)

START_TEST(what_is_meant_for_another_task_is_refused)
{
	struct session s = SESSION_INIT;
	struct change c;

	REFUSES(REFUSED_STALE, .kind = EV_RETRY, .task = 1);
	REFUSES(REFUSED_BUSY, .kind = EV_START, .busy = true);
	TAKES(.kind = EV_START);
	TAKES(.kind = EV_APPROVE, .task = 1, .decision = s.asked,
	    .later_day = true);
	REFUSES(REFUSED_CONFLICT, .kind = EV_CANCEL, .result_is_in = true);
	TAKES(.kind = EV_SUCCEEDED);
	REFUSES(REFUSED_STALE, .kind = EV_APPROVE, .task = 1);
	ck_assert_str_eq(c.stale->command, "approve");
	REFUSES(REFUSED_STALE, .kind = EV_RETRY, .task = 9);
	ck_assert_ptr_null(c.stale);
	REFUSES(REFUSED_CONFLICT, .kind = EV_RETRY, .task = 2);
	REFUSES(REFUSED_CONFLICT, .kind = EV_ROLLBACK, .task = 9);
	TAKES(.kind = EV_RETRY, .task = 1, .fresh = true);
	ck_assert_ptr_null(s.tasks[0].resumed_from);
	ck_assert(task_is_afresh(&s.tasks[0]));
	TAKES(.kind = EV_STOP);
	TAKES(.kind = EV_FAILED);
	REFUSES(REFUSED_STALE, .kind = EV_START, .decision = s.asked,
	    .later_day = true);
	session_release(&s);
}
END_TEST

START_TEST(where_a_day_is_spent_nothing_goes_on_by_itself)
{
	const struct budget spent = { .limits[LIMIT_DAY_USD] = 1,
		.day_spent = 1 };
	struct session s = SESSION_INIT;
	struct change c;

	TAKES(.kind = EV_START);
	TAKES(.kind = EV_APPROVE);
	TAKES(.kind = EV_PARKED, .until = 1763640000);
	TAKES(.kind = EV_CONTINUE, .budget = spent);
	ck_assert_int_eq(session_status(&s), SESSION_WAITING);
	ck_assert_int_eq(s.reached.limit, LIMIT_DAY_USD);
	session_release(&s);
	TAKES(.kind = EV_START);
	TAKES(.kind = EV_APPROVE);
	TAKES(.kind = EV_INTERRUPTED, .hold = true);
	TAKES(.kind = EV_CONTINUE, .budget = spent);
	ck_assert_int_eq(session_question(&s), ASK_INTERRUPTED);
	ck_assert(!s.tasks[0].auto_resumed);
	session_release(&s);
}
END_TEST

START_TEST(what_the_api_has_refused_is_begun_afresh)
{
	struct session s = SESSION_INIT;
	struct change c;

	TAKES(.kind = EV_START);
	TAKES(.kind = EV_APPROVE);
	TAKES(.kind = EV_FAILED);
	TAKES(.kind = EV_RETRY);
	ck_assert_str_eq(s.tasks[0].resumed_from, "uuid");
	TAKES(.kind = EV_FAILED);
	xreplace(&s.tasks[0].outcome.error, API_REFUSED "400): too long");
	ck_assert(task_is_poisoned(&s.tasks[0]));
	TAKES(.kind = EV_RETRY);
	ck_assert(task_is_afresh(&s.tasks[0]));
	session_release(&s);
}
END_TEST

START_TEST(clean_is_completed_without_a_denial)
{
	struct task_record r = { .status = TASK_COMPLETED };

	ck_assert(task_is_clean(&r));
	r.outcome.denials = 1;
	ck_assert(!task_is_clean(&r));
	r = (struct task_record){ .status = TASK_FAILED };
	ck_assert(!task_is_clean(&r));
}
END_TEST

UNIT_MAIN("session_data", an_amount_is_digits_and_a_point,
    a_limit_is_told_with_its_numbers, what_has_changed_last_is_shown,
    a_shortstat_is_read, of_a_verification_the_end_is_kept,
    what_is_meant_for_another_task_is_refused,
    where_a_day_is_spent_nothing_goes_on_by_itself,
    clean_is_completed_without_a_denial,
    what_the_api_has_refused_is_begun_afresh)
