/* What a person reads, in sense of PLAN.md's conversation. */
#include "unit.h"

#include "base/clock.h"
#include "core/talk/answer.h"
#include "core/session/plan.h"
#include "core/talk/message_parts.h"

static const struct strvec nothing = STRVEC_INIT;
static const struct status_extra no_plan = { .now = 1763631015 };
static const struct policy policy = { APPROVAL_REQUIRED, &nothing, &nothing };

struct scene {
	struct session s;
	struct change c;
	struct buf text;
	bool denied; /* the next task that succeeds was denied two tools */
};

static void act(struct scene *sc, enum event_kind kind)
{
	static const char *const title[] = { "Create baptisms migration",
		"Create server actions", "Create list page" };
	static const char *const type[] = { "database", "backend", "frontend" };
	struct outcome o = { .result = RESULT_SUCCESS,
		.summary = (char *)(uintptr_t) "Migration created.",
		.duration_ms = 125000,
		.exit_code = 0 };
	struct task_list list = { xcalloc(3, sizeof(struct task)), 3 };
	struct event e = { .kind = kind,
		.now = 1763631015,
		.fresh_id = kind == EV_START ? "k3f9" : "m7p2",
		.by = "anna",
		.list = &list,
		.session_id = "20251120-093015",
		.task_file = "orchestrator_tasks/2025-11-20-tasks.md",
		.outcome = &o };

	if (kind == EV_SUCCEEDED && sc->denied) {
		o.denials = 2;
		strvec_add(&o.denied, "Bash: rm -rf build");
	}
	if (kind == EV_FAILED) {
		o.result = RESULT_TIMEOUT;
		o.error = (char *)(uintptr_t) "timed out after 300 s";
	}
	for (int i = 0; i < 3; i++)
		list.v[i] = (struct task){ .number = i + 1,
			.title = xstrdup(title[i]),
			.type = xstrdup(type[i]),
			.instruction = xstrdup("do") };
	session_apply(&sc->s, &policy, &e, &sc->c);
	task_list_release(&list);
	strvec_release(&o.denied);
	buf_reset(&sc->text);
	if (sc->c.refusal != 0)
		message_refused(
		    &sc->text, &sc->s, kind, &sc->c, e.now, ALL_COMMANDS);
	else if (kind <= EV_STOP)
		message_applied(&sc->text, &sc->s, kind, &sc->c, ALL_COMMANDS);
}

static void leave(struct scene *sc)
{
	session_release(&sc->s);
	buf_release(&sc->text);
}

#define SCENE                                        \
	{                                            \
		SESSION_INIT, { 0 }, BUF_INIT, false \
	}

START_TEST(a_start_lists_the_tasks_and_says_what_to_tap)
{
	struct scene sc = SCENE;

	act(&sc, EV_START);
	ck_assert_str_eq(sc.text.data,
	    "🤖 Orchestrator starting...\n\n"
	    "📋 Loading tasks from: orchestrator_tasks/2025-11-20-tasks.md\n\n"
	    "Found 3 tasks:\n"
	    "1. Create baptisms migration (database)\n"
	    "2. Create server actions (backend)\n"
	    "3. Create list page (frontend)\n\n"
	    "▶️ Ready to begin!\n\n"
	    "First: Task 1/3\n📝 Create baptisms migration\n"
	    "Type: database\n\nInstruction:\ndo\n\n"
	    "/approve to run it, /skip to skip it, /pause to pause, "
	    "/stop to end the session");
	leave(&sc);
}
END_TEST

START_TEST(a_completed_task_brings_the_next_question)
{
	struct scene sc = SCENE;

	act(&sc, EV_START);
	act(&sc, EV_APPROVE);
	ck_assert_str_eq(sc.text.data,
	    "⚙️ Executing task 1/3\n📝 Create baptisms migration\n"
	    "Type: database\n\nPlease wait...");
	act(&sc, EV_SUCCEEDED);
	message_notice(&sc.text, &sc.s, NOTICE_TASK_COMPLETED, sc.c.task, NULL,
	    ALL_COMMANDS);
	ck_assert_str_eq(sc.text.data,
	    "✅ Task 1/3 complete!\n📝 Create baptisms migration\n\n"
	    "⏱️ 2 m 5 s\n\n💬 Migration created.\n\n"
	    "📊 Progress: 1/3 (33%)\n\n"
	    "──────────────────\n\n"
	    "Next: Task 2/3\n📝 Create server actions\nType: backend\n\n"
	    "Instruction:\ndo\n\n"
	    "/approve to run it, /skip to skip it, /pause to pause, "
	    "/stop to end the session");
	leave(&sc);
}
END_TEST

START_TEST(a_denial_stays_seen_and_each_button_says_its_task)
{
	struct scene sc = SCENE;
	struct status_extra x = { .now = 1763631015 };
	struct actions a;

	sc.denied = true;
	act(&sc, EV_START);
	act(&sc, EV_APPROVE);
	act(&sc, EV_SUCCEEDED);
	message_notice(&sc.text, &sc.s, NOTICE_TASK_COMPLETED, sc.c.task, NULL,
	    ALL_COMMANDS);
	ck_assert_str_eq(sc.text.data,
	    "⚠️ Task 1/3 complete, but for what was denied\n"
	    "📝 Create baptisms migration\n\n"
	    "⏱️ 2 m 5 s\n"
	    "⚠️ Claude was denied Bash: rm -rf build and 1 more. See "
	    "whether "
	    "the task is really done.\n\n"
	    "💬 Migration created.\n\n"
	    "📊 Progress: 1/3 (33%)\n\n"
	    "──────────────────\n\n"
	    "Next: Task 2/3\n📝 Create server actions\nType: backend\n\n"
	    "Instruction:\ndo\n\n"
	    "/approve to run task 2, /retry to run task 1 again, "
	    "/skip to skip task 2, /stop to end the session");
	actions_for(&a, &sc.s, sc.s.last_activity, ALL_COMMANDS);
	ck_assert_str_eq(a.v[0].label, "Approve task 2");
	ck_assert_str_eq(a.v[1].label, "Retry task 1");
	ck_assert_str_eq(a.v[1].command, "/retry #m7p2");
	buf_reset(&sc.text);
	message_tasks(&sc.text, &sc.s, &no_plan, ALL_COMMANDS, false);
	ck_assert_ptr_nonnull(strstr(sc.text.data,
	    "⚠️ 1. Create baptisms migration (database), denied "
	    "Bash: rm -rf build and 1 more\n"));
	buf_reset(&sc.text);
	message_status(&sc.text, &sc.s, &x, ALL_COMMANDS);
	ck_assert_ptr_nonnull(strstr(sc.text.data,
	    "⚠️ Task 1 was denied Bash: rm -rf build and 1 more\n"));
	leave(&sc);
}
END_TEST

/* The notification of what a person just did, in *text. */
static void tell(struct scene *sc, enum notice_event event, enum event_kind did)
{
	const struct deed deed = {
		.kind = did, .by = "@anna", .at = 1763631015, .task = sc->c.task
	};

	buf_reset(&sc->text);
	message_notice(&sc->text, &sc->s, event, session_current(&sc->s), &deed,
	    ALL_COMMANDS);
}

START_TEST(a_notification_says_as_much_as_the_answer_and_who_did_it)
{
	struct scene sc = SCENE;

	act(&sc, EV_START);
	tell(&sc, NOTICE_SESSION_STARTED, EV_START);
	ck_assert_ptr_nonnull(strstr(
	    sc.text.data, "-tasks.md\n✔️ Started by @anna at 9:30 AM\n\n"));
	ck_assert_ptr_nonnull(strstr(sc.text.data, "First: Task 1/3\n"));
	act(&sc, EV_SKIP);
	tell(&sc, NOTICE_WAITING, EV_SKIP);
	ck_assert_str_eq(sc.text.data,
	    "⏭️ Skipped task 1: Create baptisms migration (by @anna)\n\n"
	    "⏳ Waiting for you\n\n"
	    "Next: Task 2/3\n📝 Create server actions\nType: backend\n\n"
	    "Instruction:\ndo\n\n"
	    "/approve to run it, /skip to skip it, /pause to pause, "
	    "/stop to end the session");
	act(&sc, EV_PAUSE);
	tell(&sc, NOTICE_PAUSED, EV_PAUSE);
	ck_assert_ptr_nonnull(strstr(sc.text.data,
	    "⏸️ Orchestrator paused\n✔️ Paused by @anna at 9:30 AM\n\n"
	    "Current: Task 2/3\nCompleted: 0/3\n\n"));
	ck_assert_ptr_nonnull(strstr(sc.text.data, "/resume"));
	act(&sc, EV_RESUME);
	tell(&sc, NOTICE_RESUMED, EV_RESUME);
	ck_assert_ptr_nonnull(strstr(sc.text.data,
	    "▶️ Orchestrator resumed\n✔️ Resumed by @anna at 9:30 "
	    "AM\n\n"
	    "Continuing from: Task 2/3\n📝 Create server actions\n"));
	act(&sc, EV_APPROVE);
	tell(&sc, NOTICE_TASK_STARTED, EV_APPROVE);
	ck_assert_str_eq(sc.text.data,
	    "⚙️ Executing task 2/3\n📝 Create server actions\n"
	    "Type: backend\n✔️ Approved by @anna at 9:30 AM");
	leave(&sc);
}
END_TEST

START_TEST(a_failure_says_why_and_what_now)
{
	struct scene sc = SCENE;

	act(&sc, EV_START);
	act(&sc, EV_APPROVE);
	act(&sc, EV_FAILED);
	message_notice(
	    &sc.text, &sc.s, NOTICE_TASK_FAILED, sc.c.task, NULL, ALL_COMMANDS);
	ck_assert_ptr_nonnull(
	    strstr(sc.text.data, "⚠️ Task 1/3 timed out\n"));
	ck_assert_ptr_nonnull(strstr(sc.text.data, "timed out after 300 s"));
	ck_assert_ptr_nonnull(strstr(sc.text.data, "/retry to try again"));
	leave(&sc);
}
END_TEST

START_TEST(a_refusal_names_what_would_be_right)
{
	struct scene sc = SCENE;

	act(&sc, EV_APPROVE);
	ck_assert_str_eq(sc.text.data,
	    "Cannot approve now. No session has been started: /start begins "
	    "one.");
	act(&sc, EV_START);
	act(&sc, EV_RESUME);
	ck_assert_str_eq(sc.text.data,
	    "Cannot resume now. Task 1/3 waits for approval: /approve, "
	    "/skip, /pause or /stop.");
	leave(&sc);
}
END_TEST

START_TEST(buttons_carry_the_question_and_only_what_is_enabled)
{
	struct scene sc = SCENE;
	struct actions a;

	act(&sc, EV_START);
	actions_for(
	    &a, &sc.s, 1763631015, 1u << CMD_APPROVE | 1u << CMD_STATUS);
	ck_assert_uint_eq(a.n, 1);
	ck_assert_str_eq(a.v[0].command, "/approve #k3f9");
	ck_assert_str_eq(a.v[0].label, "Approve");
	leave(&sc);
}
END_TEST

START_TEST(long_texts_are_cut_to_what_telegram_takes)
{
	struct buf text = BUF_INIT;
	size_t units = 0;

	for (int i = 0; i < 3000; i++)
		buf_adds(&text, "🤖");
	message_cut(&text);
	ck_assert(utf8_valid(text.data, text.len));
	for (size_t i = 0; i < text.len; i++)
		units += ((unsigned char)text.data[i] & 0xc0) != 0x80
			     ? ((unsigned char)text.data[i] >= 0xf0 ? 2 : 1)
			     : 0;
	ck_assert_uint_le(units, MESSAGE_MAX);
	ck_assert_uint_gt(units, MESSAGE_MAX - 4);
	ck_assert_str_eq(text.data + text.len - 10, "\n... (cut)");
	buf_release(&text);
}
END_TEST

START_TEST(only_what_is_enabled_is_named)
{
	struct scene sc = SCENE;

	act(&sc, EV_START);
	buf_reset(&sc.text);
	say_now(&sc.text, &sc.s, 1u << CMD_SKIP | 1u << CMD_STOP);
	ck_assert_str_eq(
	    sc.text.data, "Task 1/3 waits for approval: /skip or /stop.");
	buf_reset(&sc.text);
	say_now(&sc.text, &sc.s, 0);
	ck_assert_str_eq(sc.text.data, "Task 1/3 waits for approval.");
	buf_reset(&sc.text);
	sc.s.phase = PHASE_COMPLETED;
	say_now(&sc.text, &sc.s, ALL_COMMANDS);
	ck_assert_str_eq(sc.text.data,
	    "The session is completed: /start begins a new one, /retry runs "
	    "its last task again.");
	leave(&sc);
}
END_TEST

/* No answer of any phase names the command that is left out. */
START_TEST(what_is_left_out_is_named_nowhere)
{
	struct status_extra x = { .now = 1763631015 };

	for (int left_out = 0; left_out < COMMANDS; left_out++) {
		char *name = xasprintf("/%s", command_info[left_out].name);
		command_set enabled = ALL_COMMANDS & ~(1u << left_out);
		struct scene sc = SCENE;

		act(&sc, EV_START);
		for (int phase = PHASE_APPROVAL; phase < PHASES; phase++) {
			sc.s.phase = (enum phase)phase;
			buf_reset(&sc.text);
			message_status(&sc.text, &sc.s, &x, enabled);
			say_choices(&sc.text, &sc.s, enabled);
			say_now(&sc.text, &sc.s, enabled);
			ck_assert_ptr_null(strstr(sc.text.data, name));
		}
		buf_reset(&sc.text);
		message_help(&sc.text, enabled);
		ck_assert_ptr_null(strstr(sc.text.data, name));
		free(name);
		leave(&sc);
	}
}
END_TEST

START_TEST(a_terminal_is_told_its_own_commands)
{
	struct status_extra x = { .now = 1763631015 };
	struct scene sc = SCENE;

	act(&sc, EV_START);
	buf_reset(&sc.text);
	say_now(&sc.text, &sc.s, TERMINAL_COMMANDS);
	ck_assert_str_eq(sc.text.data,
	    "Task 1/3 waits for approval: orchestrator approve, skip, pause "
	    "or stop.");
	buf_reset(&sc.text);
	say_choices(&sc.text, &sc.s, TERMINAL_COMMANDS);
	ck_assert_str_eq(sc.text.data,
	    "orchestrator approve to run it, skip to skip it, pause to pause, "
	    "stop to end the session\n");
	for (int phase = PHASE_APPROVAL; phase < PHASES; phase++) {
		sc.s.phase = (enum phase)phase;
		buf_reset(&sc.text);
		message_status(&sc.text, &sc.s, &x, TERMINAL_COMMANDS);
		message_help(&sc.text, TERMINAL_COMMANDS);
		for (int i = 0; i < COMMANDS; i++) {
			char *name = xasprintf("/%s", command_info[i].name);

			ck_assert_ptr_null(strstr(sc.text.data, name));
			free(name);
		}
	}
	leave(&sc);
}
END_TEST

START_TEST(another_day_is_named)
{
	struct buf text = BUF_INIT;

	ck_assert_int_eq(clock_set_zone("UTC"), 0);
	say_time(&text, 1763631015, 1763631099, "at ", "on ");
	buf_adds(&text, ", ");
	say_time(&text, 1763631015, 1763731015, "at ", "on ");
	ck_assert_str_eq(text.data, "at 9:30 AM, on Nov 20 at 9:30 AM");
	buf_release(&text);
}
END_TEST

/* A list of n tasks with a title of long characters, at task `at`. */
static void begin_long(struct scene *sc, size_t n, int at)
{
	struct buf title = BUF_INIT;

	act(sc, EV_START);
	for (int i = 0; i < 200; i++)
		buf_adds(&title, "é");
	sc->s.tasks = realloc(sc->s.tasks, n * sizeof(*sc->s.tasks));
	ck_assert_ptr_nonnull(sc->s.tasks);
	for (size_t i = 0; i < n; i++) {
		if (i < sc->s.n) {
			xreplace(&sc->s.tasks[i].task.title, title.data);
			continue;
		}
		sc->s.tasks[i] =
		    (struct task_record){ .task = { .number = (int)i + 1,
					      .title = xstrdup(title.data),
					      .type = xstrdup("general") } };
	}
	sc->s.n = n;
	sc->s.current = (size_t)at;
	buf_release(&title);
	buf_reset(&sc->text);
}

START_TEST(a_long_list_is_shown_around_the_current_task)
{
	struct scene sc = SCENE;
	size_t before, more, lines = 0;
	const char *p;

	begin_long(&sc, 200, 100);
	message_tasks(&sc.text, &sc.s, &no_plan, ALL_COMMANDS, false);
	ck_assert_uint_le(sc.text.len, 2 * MESSAGE_MAX);
	ck_assert_ptr_null(strstr(sc.text.data, "(cut)"));
	p = strstr(sc.text.data, "\n... ");
	ck_assert_int_eq(sscanf(p, "\n... %zu before", &before), 1);
	p = strstr(p + 1, "\n... ");
	ck_assert_int_eq(sscanf(p, "\n... and %zu more", &more), 1);
	for (p = sc.text.data; (p = strstr(p, "\n⏳ ")) != NULL; p++)
		lines++;
	ck_assert_uint_eq(before + lines + more, 200);
	ck_assert_uint_gt(lines, 20);
	ck_assert_ptr_nonnull(
	    strstr(sc.text.data, "é... (general) ← current\n"));
	buf_reset(&sc.text);
	message_tasks(&sc.text, &sc.s, &no_plan, ALL_COMMANDS, true);
	ck_assert_ptr_null(strstr(sc.text.data, " more\n"));
	ck_assert_ptr_nonnull(strstr(sc.text.data, "\n⏳ 200. "));
	leave(&sc);
}
END_TEST

START_TEST(a_report_says_what_waits_then_what_came_of_each_task)
{
	struct scene sc = SCENE;
	struct status_extra later = { .now = 1763631015 + 24 * 3600 };
	struct outcome *first;

	sc.denied = true;
	act(&sc, EV_START);
	act(&sc, EV_APPROVE);
	act(&sc, EV_SUCCEEDED);
	first = &sc.s.tasks[0].outcome;
	first->cost_usd = 0.5;
	first->num_turns = 7;
	first->changes = (struct changes){ true, 3, 10, 2 };
	first->verification = (struct verification){ RESULT_SUCCESS,
		.command = xstrdup("make check") };
	act(&sc, EV_APPROVE);
	act(&sc, EV_FAILED);
	sc.s.tasks[1].outcome.cost_usd = 1.25;
	message_report(&sc.text, &sc.s, &later, ALL_COMMANDS);
	ck_assert_str_eq(sc.text.data,
	    "🗞️ Report: orchestrator_tasks/2025-11-20-tasks.md\n\n"
	    "🙋 Task 2/3 did not succeed: /retry, /skip, /pause or /stop. Since Nov 20 at 9:30 AM\n\n"
	    "📊 1/3 (33%), 1 failed\n"
	    "📁 +10 −2 lines\n"
	    "⏱️ 4 m 10 s, 7 turns, $1.75\n\n"
	    "⚠️ 1. Create baptisms migration · 3 files, +10 −2 · verified · denied Bash: rm -rf build and 1 more\n"
	    "❌ 2. Create server actions · timed out after 300 s\n"
	    "⏳ 3. Create list page");
	act(&sc, EV_STOP);
	tell(&sc, NOTICE_SESSION_STOPPED, EV_STOP);
	ck_assert(str_starts(sc.text.data,
	    "⏹️ Session stopped\n✔️ Stopped by @anna at 9:30 AM\n\n"
	    "📊 1/3 (33%), 1 failed\n"));
	ck_assert(str_ends(sc.text.data, "⏳ 3. Create list page"));
	leave(&sc);
}
END_TEST

START_TEST(a_report_of_a_long_list_is_one_message)
{
	struct scene sc = SCENE;

	begin_long(&sc, 200, 100);
	message_report(&sc.text, &sc.s, &no_plan, ALL_COMMANDS);
	ck_assert_ptr_null(strstr(sc.text.data, "(cut)"));
	ck_assert_uint_le(message_length(&sc.text), MESSAGE_MAX);
	ck_assert_ptr_nonnull(strstr(sc.text.data, "before\n"));
	ck_assert_ptr_nonnull(strstr(sc.text.data, " more"));
	ck_assert(str_starts(sc.text.data, "🗞️ Report: "));
	leave(&sc);
}
END_TEST

START_TEST(without_a_session_a_plan_is_reported)
{
	struct scene sc = SCENE;
	struct plan plan = { .status = PLAN_READY,
		.date = (char *)(uintptr_t) "2025-11-20",
		.file = (char *)(uintptr_t) "2025-11-20-tasks.md",
		.completed_at = 1763631000 };
	struct status_extra x = { .now = 1763631015, .plan = &plan };
	struct actions a;

	message_report(&sc.text, &sc.s, &x, ALL_COMMANDS);
	ck_assert(str_starts(sc.text.data,
	    "🗞️ Report\n\n🗓️ The plan for 2025-11-20 is ready, "));
	ck_assert_ptr_null(strstr(sc.text.data, "📊"));
	actions_of_report(&a, &sc.s, &plan, x.now, ALL_COMMANDS);
	ck_assert_str_eq(a.v[0].command, "/start 2025-11-20");
	leave(&sc);
}
END_TEST

/* It would be allowed unseen. */
START_TEST(what_claude_asks_can_be_looked_at_from_a_report_and_not_allowed)
{
	struct scene sc = SCENE;
	struct actions a;

	act(&sc, EV_START);
	act(&sc, EV_APPROVE);
	sc.s.ask.tool = xstrdup("Bash");
	sc.s.ask.input = xstrdup("{\"command\":\"rm -rf build\"}");
	memcpy(sc.s.ask_id, "q1w2", sizeof("q1w2"));
	message_report(&sc.text, &sc.s, &no_plan, ALL_COMMANDS);
	ck_assert_ptr_nonnull(
	    strstr(sc.text.data, "🙋 Claude asks for permission in task 1/3"));
	ck_assert_ptr_nonnull(strstr(sc.text.data, "\n🔐 Bash: rm -rf build\n"));
	actions_of_report(&a, &sc.s, NULL, 1763631015, ALL_COMMANDS);
	ck_assert_uint_eq(a.n, 2);
	ck_assert_str_eq(a.v[0].command, "/show");
	ck_assert_str_eq(a.v[1].command, "/deny #q1w2");
	leave(&sc);
}
END_TEST

UNIT_MAIN("message", a_start_lists_the_tasks_and_says_what_to_tap,
    a_completed_task_brings_the_next_question,
    a_denial_stays_seen_and_each_button_says_its_task,
    a_notification_says_as_much_as_the_answer_and_who_did_it,
    a_refusal_names_what_would_be_right, a_failure_says_why_and_what_now,
    a_refusal_names_what_would_be_right,
    buttons_carry_the_question_and_only_what_is_enabled,
    long_texts_are_cut_to_what_telegram_takes, only_what_is_enabled_is_named,
    what_is_left_out_is_named_nowhere, a_terminal_is_told_its_own_commands,
    another_day_is_named, a_long_list_is_shown_around_the_current_task,
    a_report_says_what_waits_then_what_came_of_each_task,
    a_report_of_a_long_list_is_one_message,
    without_a_session_a_plan_is_reported,
    what_claude_asks_can_be_looked_at_from_a_report_and_not_allowed)
