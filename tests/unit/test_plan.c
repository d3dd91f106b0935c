/* What Claude is asked for a plan, and what its answer has to be. */
#include "unit.h"

#include "core/json.h"
#include "core/talk/message.h"
#include "core/session/plan.h"

static struct error err;
static struct task_list list;
static struct buf markdown;

static void fresh(void)
{
	task_list_release(&list);
	buf_release(&markdown);
	err = (struct error)ERROR_INIT;
}

static int take(const char *answer)
{
	fresh();
	return plan_to_list(answer, "2025-11-20", &markdown, &list, &err);
}

static void refused(const char *answer, const char *why)
{
	ck_assert_int_eq(take(answer), -1);
	ck_assert_str_eq(err.text, why);
	ck_assert_uint_eq(list.n, 0);
}

START_TEST(the_schema_is_json_and_asks_for_what_is_read)
{
	struct json_object *o =
	    json_parse(plan_schema, strlen(plan_schema), &err);

	ck_assert_msg(o != NULL, "%s", err.text);
	ck_assert_ptr_nonnull(
	    strstr(plan_schema, "\"required\":[\"title\",\"type\","
				"\"instruction\"]"));
	json_object_put(o);
}
END_TEST

START_TEST(an_answer_becomes_a_list_in_our_own_form)
{
	ck_assert_msg(
	    take("{\"tasks\":[{\"title\":\"Create the table\","
		 "\"type\":\"database\",\"priority\":\"high\","
		 "\"requires_approval\":true,\"description\":\"As weddings\","
		 "\"acceptance_criteria\":[\"plural\",\"scoped\"],"
		 "\"instruction\":\"Write the migration.\"},"
		 "{\"title\":\"Describe it\",\"type\":\"docs\","
		 "\"instruction\":\"Write docs/.\"}]}") == 0,
	    "%s", err.text);
	ck_assert_str_eq(markdown.data,
	    "# Tasks - 2025-11-20\n\n"
	    "## Task 1: Create the table\n"
	    "**Type:** database\n"
	    "**Priority:** high\n"
	    "**Requires Approval:** true\n"
	    "**Description:** As weddings\n"
	    "**Acceptance Criteria:**\n"
	    "- plural\n"
	    "- scoped\n\n"
	    "**Claude Instruction:**\nWrite the migration.\n\n---\n\n"
	    "## Task 2: Describe it\n"
	    "**Type:** docs\n\n"
	    "**Claude Instruction:**\nWrite docs/.\n\n---\n");
	ck_assert_uint_eq(list.n, 2);
	ck_assert_int_eq(list.v[1].requires_approval, REQUIRES_UNSAID);
	fresh();
}
END_TEST

START_TEST(what_does_not_fit_is_named_with_its_place)
{
	char *title = xasprintf("{\"tasks\":[{\"title\":\"%0121d\","
				"\"type\":\"a\",\"instruction\":\"a\"}]}",
	    0);

	refused(NULL, "Claude gave no structured answer");
	refused("", "Claude gave no structured answer");
	refused("I would rather not.\nReally.",
	    "Claude gave no structured answer; it said: I would rather not.");
	refused("{\"tasks\":[]}", "tasks: want at least one");
	refused("{\"nothing\":1}", "tasks: want at least one");
	refused("{\"tasks\":[7]}", "tasks[0]: want an object");
	refused("{\"tasks\":[{\"title\":\"a\",\"type\":\"a\"}]}",
	    "tasks[0].instruction: missing, want text");
	refused("{\"tasks\":[{\"title\":\" \",\"type\":\"a\"}]}",
	    "tasks[0].title: missing, want text");
	refused("{\"tasks\":[{\"title\":\"a\\nb\",\"type\":\"a\","
		"\"instruction\":\"a\"}]}",
	    "tasks[0].title: want one line");
	refused(title, "tasks[0].title: want at most 120 characters, got 121");
	refused("{\"tasks\":[{\"title\":\"a\",\"type\":\"Two words\","
		"\"instruction\":\"a\"}]}",
	    "tasks[0].type: want one lower-case word, got \"Two words\"");
	free(title);
	fresh();
}
END_TEST

/* A rule in an instruction would end it when the list is read. */
START_TEST(what_would_be_read_as_something_else_is_refused)
{
	ck_assert_int_eq(
	    take("{\"tasks\":[{\"title\":\"a\",\"type\":\"a\","
		 "\"instruction\":\"first\\n\\n---\\n\\nsecond\"}]}"),
	    -1);
	ck_assert_ptr_nonnull(strstr(err.text, "Claude Instruction"));
	fresh();
}
END_TEST

START_TEST(the_prompt_has_the_log_the_list_and_the_wish)
{
	struct buf out = BUF_INIT;

	plan_prompt(&out, "2025-11-20", "## Goals\n- baptisms", NULL, NULL);
	ck_assert_ptr_nonnull(strstr(out.data, "- baptisms"));
	ck_assert_ptr_null(strstr(out.data, "The list so far"));
	ck_assert_ptr_null(strstr(out.data, "What should be different"));
	buf_reset(&out);
	plan_prompt(&out, "2025-11-20", "log", "## Task 1: a", "smaller ones");
	ck_assert_ptr_nonnull(
	    strstr(out.data, "## The list so far\n\n## Task 1: a\n"));
	ck_assert_ptr_nonnull(
	    strstr(out.data, "## What should be different\n\nsmaller ones\n"));
	buf_release(&out);
}
END_TEST

static struct plan at(enum plan_status status)
{
	return (struct plan){
		.status = status,
		.date = (char *)(uintptr_t) "2025-11-20",
		.asked = "k3f9",
		.started_at = 1763631015,
		.completed_at = status == PLAN_RUNNING ? 0 : 1763631075,
	};
}

static void offers(const struct actions *a, size_t i, const char *command)
{
	ck_assert_uint_gt(a->n, i);
	ck_assert_str_eq(a->v[i].command, command);
}

START_TEST(the_buttons_fit_the_plan)
{
	struct session s = SESSION_INIT;
	struct plan p = at(PLAN_RUNNING);
	struct actions a;

	actions_with_plan(&a, &s, &p, p.started_at, ALL_COMMANDS);
	ck_assert_uint_eq(a.n, 2);
	offers(&a, 0, "/status");
	offers(&a, 1, "/cancel #k3f9");
	p = at(PLAN_READY);
	actions_with_plan(&a, &s, &p, p.started_at, ALL_COMMANDS);
	offers(&a, 0, "/start 2025-11-20");
	actions_of_plan(&a, &p, ALL_COMMANDS & ~(1u << CMD_START));
	ck_assert_uint_eq(a.n, 0);
	s.started_at = p.completed_at; /* it has been taken */
	actions_with_plan(&a, &s, &p, p.started_at, ALL_COMMANDS);
	offers(&a, 0, "/start 2025-11-20");
	ck_assert_str_eq(a.v[0].label, "Start 2025-11-20");
	p = at(PLAN_FAILED);
	actions_of_plan(&a, &p, ALL_COMMANDS);
	offers(&a, 0, "/plan 2025-11-20");
}
END_TEST

START_TEST(the_news_lists_titles_and_types)
{
	struct plan p = at(PLAN_READY);
	struct outcome o = { .duration_ms = 65000, .cost_usd = 0.12 };
	struct buf out = BUF_INIT;

	ck_assert_int_eq(take("{\"tasks\":[{\"title\":\"Create the table\","
			      "\"type\":\"database\","
			      "\"instruction\":\"Do.\"}]}"),
	    0);
	message_plan_ready(&out, &p, &list, "tasks/2025-11-20-tasks.md",
	    "2025-11-20-tasks.1.md", &o, ALL_COMMANDS);
	ck_assert_str_eq(out.data,
	    "🗓️ The plan for 2025-11-20 is ready: 1 task\n\n"
	    "1. Create the table (database)\n\n"
	    "📋 tasks/2025-11-20-tasks.md\n"
	    "The list that was there is kept as 2025-11-20-tasks.1.md.\n"
	    "⏱️ 1 m 5 s, $0.12\n\n"
	    "/start 2025-11-20 to begin, /plan FEEDBACK to revise");
	buf_reset(&out);
	message_plan_ready(&out, &p, &list, "tasks/2025-11-20-tasks.md", NULL,
	    &o, ALL_COMMANDS & ~(1u << CMD_PLAN | 1u << CMD_START));
	ck_assert_ptr_null(strstr(out.data, "/start"));
	ck_assert_ptr_null(strstr(out.data, "/plan"));
	buf_release(&out);
	fresh();
}
END_TEST

UNIT_MAIN("plan", the_schema_is_json_and_asks_for_what_is_read,
    an_answer_becomes_a_list_in_our_own_form,
    what_does_not_fit_is_named_with_its_place,
    what_would_be_read_as_something_else_is_refused,
    the_prompt_has_the_log_the_list_and_the_wish, the_buttons_fit_the_plan,
    the_news_lists_titles_and_types)
