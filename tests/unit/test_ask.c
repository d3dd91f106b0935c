/* What Claude asks: read, bound by a hash, shown as what it is; and the
 * protocol in which it asks. */
#include "unit.h"

#include "core/claude/ask.h"
#include "core/claude/mcp.h"

static int read_one(struct ask *a, const char *json, struct error *err)
{
	struct json_object *o = json_parse(json, strlen(json), err);
	int rc = o == NULL ? -1 : ask_read(a, o, err);

	json_object_put(o);
	return rc;
}

static void same_hash(const char *one, const char *other, bool same)
{
	struct ask a = ASK_INIT, b = ASK_INIT;

	ck_assert_int_eq(read_one(&a, one, NULL), 0);
	ck_assert_int_eq(read_one(&b, other, NULL), 0);
	ck_assert_msg(
	    (strcmp(a.hash, b.hash) == 0) == same, "%s | %s", one, other);
	ask_release(&a);
	ask_release(&b);
}

#define BASH(more) "{\"tool_name\":\"Bash\",\"input\":{" more "}}"

START_TEST(the_hash_binds_all_that_would_run)
{
	same_hash(BASH("\"command\":\"ls\",\"timeout\":5"),
	    BASH("\"timeout\":5,\"command\":\"ls\""), true);
	same_hash(BASH("\"command\":\"ls\",\"description\":\"List\""),
	    BASH("\"command\":\"ls\""), true);
	same_hash(
	    BASH("\"command\":\"ls\""), BASH("\"command\":\"ls \""), false);
	same_hash(BASH("\"command\":\"ls\""),
	    BASH("\"command\":\"ls\",\"run_in_background\":true"), false);
	same_hash(BASH("\"command\":\"ls\""),
	    "{\"tool_name\":\"Other\",\"input\":{\"command\":\"ls\"}}", false);
	same_hash("{\"tool_name\":\"T\",\"input\":{\"description\":\"a\"}}",
	    "{\"tool_name\":\"T\",\"input\":{\"description\":\"b\"}}", false);
}
END_TEST

START_TEST(the_hash_is_the_one_that_the_manual_names)
{
	struct ask a = ASK_INIT;

	/* printf 'Bash\n{"command":"ls"}' | sha256sum */
	ck_assert_int_eq(read_one(&a, BASH("\"command\":\"ls\""), NULL), 0);
	ck_assert_str_eq(a.hash,
	    "3def8390520b23ee38d810bbd40e58cf894962a0f62f2d70472ff18cb58ab468");
	ask_release(&a);
}
END_TEST

START_TEST(what_nobody_could_be_shown_is_refused)
{
	static const char *const rows[] = {
		"{\"input\":{}}",
		"{\"tool_name\":\"\",\"input\":{}}",
		"{\"tool_name\":\"a b\",\"input\":{}}",
		"{\"tool_name\":7,\"input\":{}}",
		"{\"tool_name\":\"Bash\"}",
		"{\"tool_name\":\"Bash\",\"input\":[]}",
	};
	struct buf large = BUF_INIT;
	struct ask a = ASK_INIT;
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(read_one(&a, rows[i], &err) == -1, "%s", rows[i]);
	buf_adds(&large, "{\"tool_name\":\"Bash\",\"input\":{\"command\":\"");
	for (int i = 0; i < ASK_MAX; i++)
		buf_addc(&large, 'x');
	buf_adds(&large, "\"}}");
	ck_assert_int_eq(read_one(&a, large.data, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "smaller pieces"));
	ck_assert_ptr_null(a.tool);
	buf_release(&large);
}
END_TEST

START_TEST(what_hides_is_shown)
{
	static const struct {
		const char *text, *shown;
	} rows[] = {
		{ "rm -rf 'build'\n\tx", "rm -rf 'build'\n\tx" },
		{ "a\xe2\x80\xae"
		  "b",
		    "a⟨U+202E⟩b" },
		{ "a\xe2\x80\x8b"
		  "b",
		    "a⟨U+200B⟩b" },
		{ "a\rb\x1b[2K", "a⟨U+000D⟩b⟨U+001B⟩[2K" },
		{ "a\xc2\xa0"
		  "b",
		    "a⟨U+00A0⟩b" },
		{ "p\xd0\xb0ypal.com", "pа⟨U+0430⟩ypal.com" },
		{ "привет, мир", "привет, мир" },
		{ "grün 日本 🙂", "grün 日本 🙂" },
		{ "x \xe2\x88\x92rf", "x −⟨U+2212⟩rf" },
		{ "\xf3\xa0\x80\xa1", "⟨U+E0021⟩" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct buf out = BUF_INIT;

		ask_show(&out, rows[i].text, strlen(rows[i].text));
		ck_assert_str_eq(out.data, rows[i].shown);
		buf_release(&out);
	}
}
END_TEST

START_TEST(all_of_a_call_is_shown)
{
	struct ask a = ASK_INIT;
	struct buf out = BUF_INIT;

	ck_assert_int_eq(
	    read_one(&a,
		BASH("\"description\":\"Say\",\"command\":\"echo a\\necho b\","
		     "\"run_in_background\":true"),
		NULL),
	    0);
	ask_text(&out, &a);
	ck_assert_str_eq(out.data, "echo a\necho b\ndescription: Say\n"
				   "run_in_background: true\n");
	buf_reset(&out);
	ask_line(&out, &a);
	ck_assert_str_eq(out.data, "Bash: echo a echo b");
	ask_release(&a);
	buf_reset(&out);
	ck_assert_int_eq(read_one(&a,
			     "{\"tool_name\":\"Write\",\"input\":{"
			     "\"file_path\":\"/a\",\"content\":\"1\\n2\\n\"}}",
			     NULL),
	    0);
	ask_text(&out, &a);
	ck_assert_str_eq(out.data, "file_path: /a\ncontent:\n1\n2\n");
	ask_release(&a);
	buf_release(&out);
}
END_TEST

/* -- the protocol ---------------------------------------------------------- */

static void hear(
    struct mcp *m, const char *line, enum mcp_todo todo, const char *part)
{
	struct mcp_said s = MCP_SAID_INIT;

	mcp_hear(m, line, strlen(line), &s);
	ck_assert_msg(s.todo == todo, "%s: %s", line, s.reply.data);
	if (part != NULL)
		ck_assert_msg(strstr(s.reply.data, part) != NULL, "%s in %s",
		    part, s.reply.data);
	mcp_said_release(&s);
}

START_TEST(a_client_that_knows_the_order_is_served)
{
	struct mcp m = { .version = "1" };
	struct mcp_said s = MCP_SAID_INIT;
	static const char call[] =
	    "{\"jsonrpc\":\"2.0\",\"id\":\"c\",\"method\":\"tools/call\","
	    "\"params\":{\"name\":\"ask\",\"arguments\":{\"tool_name\":"
	    "\"Bash\",\"input\":{}}}}";

	hear(&m, "{\"id\":0,\"method\":\"server/discover\"}", MCP_REPLY,
	    "-32601");
	hear(&m, "{\"id\":1,\"method\":\"tools/list\"}", MCP_REPLY, "-32600");
	hear(&m, call, MCP_REPLY, "-32600");
	hear(&m,
	    "{\"id\":2,\"method\":\"initialize\",\"params\":{"
	    "\"protocolVersion\":\"2025-06-18\"}}",
	    MCP_REPLY, "\"protocolVersion\":\"2025-06-18\"");
	hear(&m,
	    "{\"id\":2,\"method\":\"initialize\",\"params\":{"
	    "\"protocolVersion\":\"2099-01-01\"}}",
	    MCP_REPLY, "\"protocolVersion\":\"2025-11-25\"");
	hear(&m, "{\"method\":\"notifications/initialized\"}", MCP_NOTHING,
	    NULL);
	hear(&m, "{\"id\":3,\"method\":\"ping\"}", MCP_REPLY,
	    "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{}}\n");
	hear(&m, "{\"id\":4,\"method\":\"tools/list\"}", MCP_REPLY,
	    "\"name\":\"ask\"");
	mcp_hear(&m, call, strlen(call), &s);
	ck_assert_int_eq(s.todo, MCP_ASK);
	ck_assert_str_eq(s.id, "\"c\"");
	ck_assert_ptr_nonnull(s.arguments);
	mcp_said_release(&s);
	hear(&m,
	    "{\"method\":\"notifications/cancelled\",\"params\":{"
	    "\"requestId\":\"c\"}}",
	    MCP_CANCEL, NULL);
}
END_TEST

START_TEST(what_is_no_message_is_refused_and_does_no_harm)
{
	static const struct {
		const char *line, *code;
	} rows[] = {
		{ "", "-32700" },
		{ "hello", "-32700" },
		{ "[{\"id\":1,\"method\":\"ping\"}]", "-32700" },
		{ "{\"id\":1,\"id\":2,\"method\":\"ping\"}", "-32700" },
		{ "{\"id\":{},\"method\":\"ping\"}", "-32600" },
		{ "{\"id\":null,\"method\":\"ping\"}", "-32600" },
		{ "{\"id\":1}", "-32600" },
		{ "{\"id\":1,\"result\":{}}", "-32600" },
		{ "{}", "-32600" },
		{ "{\"id\":1,\"method\":\"no/such\"}", "-32601" },
		{ "{\"id\":1,\"method\":\"tools/call\"}", "-32602" },
		{ "{\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
		  "\"other\",\"arguments\":{}}}",
		    "-32602" },
		{ "{\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":"
		  "\"ask\",\"arguments\":[]}}",
		    "-32602" },
	};
	struct mcp m = { .initialized = true, .version = "1" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		hear(&m, rows[i].line, MCP_REPLY, rows[i].code);
	hear(&m, "{\"method\":\"notifications/cancelled\"}", MCP_NOTHING, NULL);
}
END_TEST

#define QUESTIONS                                                       \
	"{\"tool_name\":\"AskUserQuestion\",\"input\":{\"questions\":[" \
	"{\"question\":\"Which?\",\"options\":[{\"label\":\"8\"},"      \
	"{\"label\":\"9\",\"description\":\"nine\"}]},"                 \
	"{\"question\":\"And?\",\"multiSelect\":true,\"options\":["     \
	"{\"label\":\"a\"},{\"label\":\"b\"}]}]}}"

static void resolves(const struct ask *a, const char *said, const char *to)
{
	struct buf out = BUF_INIT;

	ask_resolve(&out, a, said);
	ck_assert_str_eq(out.data, to);
	buf_release(&out);
}

START_TEST(questions_are_answered_one_after_the_other)
{
	struct ask a = ASK_INIT;
	struct buf out = BUF_INIT;
	struct json_object *o;

	ck_assert_int_eq(read_one(&a, QUESTIONS, NULL), 0);
	ck_assert_uint_eq(a.questions, 2);
	ask_text(&out, &a);
	ck_assert_str_eq(
	    out.data, "Question 1 of 2\nWhich?\n\n1. 8\n2. 9 - nine\n");
	resolves(&a, " 2 ", "9");
	resolves(&a, "8", "8");     /* no such option: a word */
	resolves(&a, "1 2", "1 2"); /* of which one may be chosen */
	resolves(&a, "18446744073709551617", "18446744073709551617");
	buf_reset(&out);
	ask_answer_line(&out, &a, "two\nlines");
	ck_assert_str_eq(out.data, "Which? two lines");
	ck_assert(!ask_answer(&a, "1"));
	resolves(&a, "2,1", "b, a");
	resolves(&a, "3", "3");
	ck_assert(ask_answer(&a, "1 2"));
	o = ask_input(&a);
	ck_assert_str_eq(
	    json_object_to_json_string_ext(
		json_object_object_get(o, "answers"), JSON_C_TO_STRING_PLAIN),
	    "{\"Which?\":\"8\",\"And?\":\"a, b\"}");
	json_object_put(o);
	buf_release(&out);
	ask_release(&a);
}
END_TEST

START_TEST(a_question_that_is_none_is_refused)
{
	static const char *const rows[] = { "{}", "{\"questions\":[]}",
		"{\"questions\":[1]}", "{\"questions\":[{\"question\":\"\"}]}",
		"{\"questions\":[{\"question\":\"a\",\"options\":[1]}]}",
		"{\"questions\":[{\"question\":\"a\",\"options\":[{}]}]}" };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ask a = ASK_INIT;
		struct error err = ERROR_INIT;

		ck_assert_int_eq(
		    ask_restore(&a, "AskUserQuestion", rows[i], &err), -1);
		ck_assert_ptr_null(a.tool);
		ck_assert_uint_eq(a.questions, 0);
	}
}
END_TEST

UNIT_MAIN("ask", the_hash_binds_all_that_would_run,
    the_hash_is_the_one_that_the_manual_names,
    what_nobody_could_be_shown_is_refused, what_hides_is_shown,
    all_of_a_call_is_shown, questions_are_answered_one_after_the_other,
    a_question_that_is_none_is_refused, a_client_that_knows_the_order_is_served,
    what_is_no_message_is_refused_and_does_no_harm)
