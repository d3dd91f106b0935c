/* states.h - records to try, and what may stand in one. */
#ifndef TESTS_UNIT_STATES_H
#define TESTS_UNIT_STATES_H

#include "unit.h"

#include "store/state.h"

static void add_notice(struct state *s, enum notice_type type, int number)
{
	struct notice n = {
		.id = xasprintf("msg_%d", number),
		.payload = xstrdup("{\"message\":\"\\u00fc \\\" \xc3\xbc\"}"),
		.type = type,
		.at = 1700000000 + number,
	};

	state_enqueue(s, &n);
}

static void remember_text(
    struct state *s, const char *id, const char *message, int code)
{
	struct json_object *o = json_object_new_object();

	json_set_string(o, "status", "ok");
	json_set_string(o, "message", message);
	state_remember(s, id, "0123456789abcdef0123456789abcdef", code, o);
	json_object_put(o);
}

/* A session of two tasks: the first completed, the second waiting. */
static UNUSED char *example(void)
{
	static const struct strvec none = STRVEC_INIT;
	struct policy p = { APPROVAL_REQUIRED, &none, &none };
	struct task_list list = { xcalloc(2, sizeof(struct task)), 2 };
	struct outcome o = { .result = RESULT_SUCCESS, .exit_code = 0 };
	struct event events[] = {
		{ .kind = EV_START,
		    .fresh_id = "k111",
		    .list = &list,
		    .session_id = "20251120-093015",
		    .now = 1763631000,
		    .task_file = "orchestrator_tasks/2025-11-20-tasks.md" },
		{ .kind = EV_APPROVE,
		    .fresh_id = "k222",
		    .fresh_conversation = "c1",
		    .by = "anna",
		    .now = 1763631015 },
		{ .kind = EV_SUCCEEDED,
		    .fresh_id = "k333",
		    .outcome = &o,
		    .now = 1763631165 },
	};
	struct state s = STATE_INIT;
	struct buf text = BUF_INIT;

	for (int i = 0; i < 2; i++)
		list.v[i] = (struct task){ .number = i + 1,
			.title = xasprintf("Title %d", i + 1),
			.type = xstrdup("database"),
			.instruction = xstrdup("Do it.") };
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		struct change c = { 0 };

		ck_assert_int_eq(
		    session_apply(&s.session, &p, &events[i], &c), 0);
	}
	s.plan = (struct plan){ .status = PLAN_READY,
		.date = xstrdup("2025-11-20"),
		.file = xstrdup("2025-11-20-tasks.md"),
		.by = xstrdup("anna"),
		.started_at = 1763630000,
		.completed_at = 1763630060 };
	s.logs_name = xstrdup("orchestrator_logs");
	add_notice(&s, TYPE_SUCCESS, 1);
	remember_text(&s, "4711", "Executing task 1", 200);
	state_print(&text, &s);
	state_release(&s);
	return buf_detach(&text);
}

#endif
