/* Lists that were read wrong once (tests/cases.md), and lists that cost time.
 */
#include "unit.h"
#include "lists.h"

#include <time.h>

static void read_case(const char *doc)
{
	ck_assert_msg(parse(doc, strlen(doc)) == 0, "%s", faults.lines.v[0]);
}

START_TEST(structure_behind_indented_code_counts)
{
	read_case("# L\n\n## Task 1: Drop the table\n**Type:** database\n"
		  "**Description:** Like this:\n\n    DROP TABLE old;\n\n"
		  "**Requires Approval:** true\n\n" DO);
	ck_assert_int_eq(list.v[0].requires_approval, REQUIRES_YES);
	ck_assert_str_eq(
	    list.v[0].description, "Like this:\n\n    DROP TABLE old;");
	read_case("# L\n\n## Task 1: Test\n\n**Claude Instruction:**\nRun:\n\n"
		  "\tmake test\n\n## Task 2: Deploy\n"
		  "**Requires Approval:** true\n\n" DO);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_str_eq(list.v[0].instruction, "Run:\n\n\tmake test");
	task_list_release(&list);
}
END_TEST

START_TEST(a_nested_fence_eats_no_task)
{
	check_says("# L\n\n## Task 1: Write docs\n\n**Claude Instruction:**\n"
		   "Write README.md:\n\n```markdown\n# Tool\n\n```bash\nmake\n"
		   "```\n\n### Usage\nRun it.\n```\n\n---\n\n"
		   "## Task 2: Deploy\n**Requires Approval:** true\n\n" DO,
	    1, "f.md:17: this code fence is never closed");
}
END_TEST

START_TEST(decoration_is_no_part_of_a_type)
{
	static const char *const values[] = { "`database`", "database\\",
		"database  \\", "\"database\"", "[database]", "database.",
		"~~database~~" };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char *doc =
		    xasprintf("## Task 1: A\n**Type:** %s\n" DO, values[i]);

		read_case(doc);
		ck_assert_str_eq(list.v[0].type, "database");
		task_list_release(&list);
		free(doc);
	}
}
END_TEST

START_TEST(two_types_or_a_hidden_blank_are_no_type)
{
	static const char *const values[] = { "database, backend",
		"data\u200bbase", "database\u00a0" };

	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		char *doc =
		    xasprintf("## Task 1: A\n**Type:** %s\n" DO, values[i]);

		ck_assert_int_eq(parse(doc, strlen(doc)), -1);
		free(doc);
	}
}
END_TEST

/* Of this process alone, whatever else the machine does. */
static int64_t cpu_ms(void)
{
	return (int64_t)clock() * 1000 / CLOCKS_PER_SEC;
}

static int64_t time_to_parse(const char *line, int n)
{
	struct buf doc = BUF_INIT;
	int64_t start;

	for (int i = 0; i < n; i++)
		buf_addf(&doc, line, i + 1);
	start = cpu_ms();
	ck_assert_int_eq(parse(doc.data, doc.len), -1);
	start = cpu_ms() - start;
	buf_release(&doc);
	return start;
}

START_TEST(a_list_of_headings_is_refused_at_once)
{
	ck_assert_int_lt(time_to_parse("## Task %d\n", 60000), 5000);
	ck_assert_int_lt(time_to_parse("##Task %d\n", 60000), 5000);
	ck_assert_int_lt(time_to_parse("# Task %d\n", 60000), 5000);
	faults_release(&faults);
}
END_TEST

/* A megabyte of what a parser may try again and again. */
START_TEST(long_lines_take_linear_time)
{
	static const char *const parts[] = { "*", "_", "[", "`", "<", "> ",
		"- ", "**a", "`*", "<!--", "r ", "requires approval: ", "(",
		"\xc2\xa0", "** _", "1. " };
	struct buf doc = BUF_INIT;
	int64_t start;

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		buf_reset(&doc);
		buf_adds(&doc, "## Task 1: A\n" DO);
		while (doc.len < 1000000)
			buf_adds(&doc, parts[i]);
		start = cpu_ms();
		ck_assert_int_eq(parse(doc.data, doc.len), -1);
		start = cpu_ms() - start;
		ck_assert_msg(
		    start < 5000, "%d ms of %s", (int)start, parts[i]);
	}
	faults_release(&faults);
	buf_release(&doc);
}
END_TEST

UNIT_MAIN("task_cases", structure_behind_indented_code_counts,
    a_nested_fence_eats_no_task, decoration_is_no_part_of_a_type,
    two_types_or_a_hidden_blank_are_no_type,
    a_list_of_headings_is_refused_at_once, long_lines_take_linear_time)
