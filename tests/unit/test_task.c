/* The reader of task lists: what is text, what is structure, every fault. */
#include "unit.h"
#include "fixture.h"
#include "lists.h"

#include "base/clock.h"

static int parse_text(const char *text)
{
	return parse(text, strlen(text));
}

/* The faults of a text are exactly these, each a line. */
static void check_faults(const char *text, size_t n, const char *expected)
{
	struct buf got = BUF_INIT;

	ck_assert_int_eq(parse(text, n), -1);
	ck_assert_uint_eq(list.n, 0);
	for (size_t i = 0; i < faults.lines.n; i++)
		buf_addf(&got, "%s\n", faults.lines.v[i]);
	ck_assert_str_eq(got.data, expected);
	buf_release(&got);
	faults_release(&faults);
}

static void parse_fixture(const char *name)
{
	size_t n;
	char *text = fixture(name, &n);

	ck_assert_msg(parse(text, n) == 0, "%s", faults.lines.v[0]);
	free(text);
}

#define DO        "**Claude Instruction:**\nDo it.\n"
#define TASK      "## Task 1: One\n" DO
#define WANT_H    "want \"## Task N: Title\""
#define READS(ok) ck_assert_int_eq(parse_text(ok), 0)

START_TEST(reads_the_example_of_the_plan)
{
	parse_fixture("plan-tasks.md");
	ck_assert_uint_eq(list.n, 3);
	ck_assert_str_eq(list.v[0].title, "Create baptisms migration");
	ck_assert_str_eq(list.v[0].type, "database");
	ck_assert_int_eq(list.v[0].priority, PRIORITY_HIGH);
	ck_assert_int_eq(list.v[0].requires_approval, REQUIRES_YES);
	ck_assert_str_eq(list.v[0].description,
	    "Create database migration for baptisms table following wedding "
	    "pattern");
	ck_assert_uint_eq(list.v[0].criteria.n, 4);
	ck_assert_str_eq(list.v[0].criteria.v[3], "Parish scoping included");
	ck_assert(str_starts(list.v[0].instruction,
	    "Create a database migration for the baptisms table. Follow"));
	ck_assert_int_eq(list.v[2].number, 3);
	ck_assert_int_eq(list.v[2].requires_approval, REQUIRES_NO);
	ck_assert(strstr(list.v[2].instruction, "---") == NULL);
	task_list_release(&list);
}
END_TEST

START_TEST(tells_text_from_structure)
{
	const struct task *t;

	parse_fixture("nasty-tasks.md");
	ck_assert_uint_eq(list.n, 3);
	t = &list.v[0];
	ck_assert_int_eq(t->number, 10);
	ck_assert_str_eq(t->title, "Structure in *fences*");
	ck_assert_int_eq(t->priority, PRIORITY_LOW);
	ck_assert_int_eq(t->requires_approval, REQUIRES_NO);
	ck_assert_int_eq(t->timeout, 90);
	ck_assert_str_eq(t->description,
	    "First line,\n  second one indented.\n\n"
	    "**Important:** this is text.");
	ck_assert_uint_eq(t->criteria.n, 3);
	ck_assert_str_eq(t->criteria.v[0], "one\ngoes on\n- nested");
	ck_assert_str_eq(t->criteria.v[1], "another list");
	ck_assert_str_eq(t->criteria.v[2],
	    "numbered\n```\n## Task 99: in a fence in an item\n```");
	ck_assert_str_eq(list.v[1].title, "Behind HTML");
	ck_assert_str_eq(list.v[1].instruction, "On one line");
	ck_assert_int_eq(list.v[2].number, 1);
	ck_assert_str_eq(list.v[2].type, "general");
	ck_assert_str_eq(list.v[2].instruction, "last");
	ck_assert_uint_eq(faults.warnings.n, 2); /* Type in a quote, an item */
	task_list_release(&list);
}
END_TEST

START_TEST(keeps_an_instruction_byte_for_byte)
{
	size_t n;
	char *text = fixture("nasty-tasks.md", &n);
	char *from = strstr(text, "    indented code first");
	char *to = strstr(text, "\n## Task 2:");

	ck_assert_int_eq(parse(text, n), 0);
	*to = '\0';
	ck_assert_str_eq(list.v[0].instruction, from);
	task_list_release(&list);
	free(text);
}
END_TEST

START_TEST(accepts_a_bom_and_any_line_ends)
{
	READS("\xef\xbb\xbf## Task 1: One\r\n**Type:** x\r\n"
	      "**Claude Instruction:**\r\na\r\n\r\n  b\r\n---\r\n");
	ck_assert_str_eq(list.v[0].type, "x");
	ck_assert_str_eq(list.v[0].title, "One");
	ck_assert_str_eq(list.v[0].instruction, "a\n\n  b");
	READS("## Task 1: One\r**Claude Instruction:** a\rb");
	ck_assert_str_eq(list.v[0].instruction, "a\nb");
	task_list_release(&list);
}
END_TEST

START_TEST(a_field_ends_a_list_and_html_without_a_blank_line)
{
	READS("## Task 1: One\n**Acceptance Criteria:**\n- a\n"
	      "**Requires Approval:** yes\n**Claude Instruction:**\n  ```\n"
	      "## Task 2: text\n  ```\n</details>\n---\n## Task 3: Three\n" DO);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_int_eq(list.v[0].requires_approval, REQUIRES_YES);
	ck_assert_str_eq(
	    list.v[0].instruction, "  ```\n## Task 2: text\n  ```\n</details>");
	ck_assert_int_eq(list.v[1].number, 3);
	task_list_release(&list);
}
END_TEST

START_TEST(a_fence_inside_an_item_ends_with_the_item)
{
	READS("## Task 1: One\n" DO "- x\n  ```\n## Task 2: Two\n" DO);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_str_eq(list.v[0].instruction, "Do it.\n- x\n  ```");
	task_list_release(&list);
}
END_TEST

START_TEST(indented_up_to_three_blanks_is_structure)
{
	READS("  ## Task 1: One\n   **Type:** x\n " DO "   ---\n"
	      " ## Task 2: Two\n" DO "\n    ## Task 3: code\n");
	ck_assert_uint_eq(list.n, 2);
	ck_assert_str_eq(list.v[0].type, "x");
	ck_assert_str_eq(
	    list.v[1].instruction, "Do it.\n\n    ## Task 3: code");
	task_list_release(&list);
}
END_TEST

START_TEST(only_three_dashes_end_a_text)
{
	READS("## Task 1: One\n" DO "----\n- - -\n***\nSetext\n---  \n");
	ck_assert_str_eq(
	    list.v[0].instruction, "Do it.\n----\n- - -\n***\nSetext");
	task_list_release(&list);
}
END_TEST

START_TEST(an_unclosed_fence_is_warned_of)
{
	READS("## Task 1: One\n" DO "```\n# shell\n");
	ck_assert_uint_eq(list.n, 1);
	ck_assert_uint_eq(faults.warnings.n, 1);
	ck_assert_str_eq(faults.warnings.v[0],
	    "f.md:4: this code fence is never closed: all below it is text");
	task_list_release(&list);
	faults_release(&faults);
}
END_TEST

START_TEST(says_every_fault_with_its_line_in_one_run)
{
	const char *text = "# Day\n"
			   "## Task 1: One\n"
			   "stray\ngoes on\n\n"
			   "**Priority:** urgent\n"
			   "**Colour:** red\n"
			   "**Requires Approval:** maybe\n"
			   "**Timeout:** 5m\n"
			   "**Type:**\n"
			   "**Acceptance Criteria:** none\n"
			   "**Claude Instruction:**\n"
			   "## Task: Unnumbered\n" DO "---\n"
			   "behind the rule\n"
			   "## Notes\n**Colour:** not said again\n"
			   "## Task 1: Again\n" DO DO "## Task 4\n" DO;

	check_faults(text, strlen(text),
	    "f.md:3: the text \"stray\" belongs to no field, want it under "
	    "Description or Claude Instruction\n"
	    "f.md:6: Priority \"urgent\": want high, medium or low\n"
	    "f.md:7: unknown field \"Colour\", want Type, Priority, Requires "
	    "Approval, Description, Acceptance Criteria, Claude Instruction "
	    "or Timeout\n"
	    "f.md:8: Requires Approval \"maybe\": want true, false, yes or "
	    "no\n"
	    "f.md:9: Timeout \"5m\": want 1..86400 seconds\n"
	    "f.md:10: Type \"\": want a word\n"
	    "f.md:11: Acceptance Criteria \"none\": want a list under it, "
	    "lines that begin with \"- \"\n"
	    "f.md:12: Claude Instruction: empty, want text in it or under it\n"
	    "f.md:13: the task's number is missing, " WANT_H "\n"
	    "f.md:17: the text \"behind the rule\" belongs to no field, want "
	    "it under Description or Claude Instruction\n"
	    "f.md:18: the heading \"Notes\" is no task, " WANT_H
	    " (or a heading of another level)\n"
	    "f.md:20: task 1 is there twice, first on line 2\n"
	    "f.md:23: Claude Instruction is there twice in this task, first "
	    "on line 21\n"
	    "f.md:25: the task's title is missing, " WANT_H "\n");
}
END_TEST

START_TEST(a_list_without_a_task_is_a_fault)
{
	check_faults("", 0,
	    "f.md:1: no task, want a heading \"## Task N: "
	    "Title\"\n");
	check_faults(DO, strlen(DO),
	    "f.md:1: a Claude Instruction before the first task, want a "
	    "heading \"## Task N: Title\" above it\n"
	    "f.md:1: no task, want a heading \"## Task N: Title\"\n");
	check_faults("Task 1 One\n---\n", 15,
	    "f.md:1: no task, want a heading \"## Task N: Title\"\n");
}
END_TEST

START_TEST(numbers_are_1_to_999999)
{
	static const char *const bad[] = { "0", "1000000",
		"99999999999999999999" };
	struct buf text = BUF_INIT, want = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		buf_reset(&text);
		buf_reset(&want);
		buf_addf(&text, "## Task %s: One\n" DO, bad[i]);
		buf_addf(
		    &want, "f.md:1: task number %s: want 1..999999\n", bad[i]);
		check_faults(text.data, text.len, want.data);
	}
	READS("## task 007 : Bond\n" DO);
	ck_assert_int_eq(list.v[0].number, 7);
	ck_assert_str_eq(list.v[0].title, "Bond");
	task_list_release(&list);
	buf_release(&text);
	buf_release(&want);
}
END_TEST

START_TEST(criteria_are_a_list_and_nothing_else)
{
	const char *text = "## Task 1: One\n**Acceptance Criteria:**\n- a\n\n"
			   "loose\n" DO;

	check_faults(text, strlen(text),
	    "f.md:5: text among the Acceptance Criteria that belongs to no "
	    "item, want lines that begin with \"- \"\n");
	text =
	    "## Task 1: One\n**Acceptance Criteria:**\n- a\n**Note:** b\n" DO;
	check_faults(text, strlen(text),
	    "f.md:4: unknown field \"Note\", want Type, Priority, Requires "
	    "Approval, Description, Acceptance Criteria, Claude Instruction "
	    "or Timeout\n");
	text = "## Task 1: One\n**Acceptance Criteria:**\n\n" DO;
	check_faults(text, strlen(text),
	    "f.md:2: Acceptance Criteria \"\": want a list under it, lines "
	    "that begin with \"- \"\n");
}
END_TEST

START_TEST(bytes_that_are_no_text_are_faults)
{
	const char nul[] = TASK "a\0b\n\xff\n";

	check_faults(nul, sizeof(nul) - 1,
	    "f.md:4: a NUL byte, want text\n"
	    "f.md:5: invalid UTF-8, want text in UTF-8\n");
}
END_TEST

/* TASK, then as many x as make n bytes. */
static void padded_task(struct buf *out, size_t n)
{
	size_t start = out->len;

	buf_adds(out, TASK);
	while (out->len - start < n)
		buf_addc(out, 'x');
}

START_TEST(sizes_are_limited)
{
	struct buf text = BUF_INIT;

	padded_task(&text, TASK_MAX_BYTES);
	ck_assert_int_eq(parse(text.data, text.len), 0);
	buf_addc(&text, 'x');
	check_faults(text.data, text.len,
	    "f.md:1: this task has 65537 bytes, want 65536 at most\n");
	buf_reset(&text);
	while (text.len <= TASK_LIST_MAX_BYTES)
		buf_adds(&text, "a line of twenty by\n");
	check_faults(text.data, text.len,
	    "f.md:52429: the file goes on after 1048576 bytes, want 1048576 "
	    "at most\n");
	buf_reset(&text);
	for (int i = 1; i <= TASK_LIST_MAX; i++)
		buf_addf(&text, "## Task %d: T\n" DO, i);
	ck_assert_int_eq(parse(text.data, text.len), 0);
	ck_assert_uint_eq(list.n, TASK_LIST_MAX);
	buf_adds(&text, "## Task 2000: T\n" DO "## Task 2001: T\n" DO);
	check_faults(text.data, text.len,
	    "f.md:3001: one task too many, want 1000 at most\n");
	buf_release(&text);
}
END_TEST

START_TEST(nothing_takes_more_than_linear_time)
{
	static const char *const units[] = { "![[]()", "[a](", "<![CDATA[[]()",
		"*a _a ", "`a``b", "> ", "\n", "[a]: b\n", "- a\n", "<!--",
		"<?x ", "<a b=", "&", "\\*", "*_", "`", "## Task 1: a\n",
		"## a\n", "##Task 1: a\n", "> ```\n", "- ```\n", "    a\n\n",
		"**Requires Approval**: x\n", "<!x\n", "<pre>\n", "~~~\n" };
	struct buf text = BUF_INIT;
	int64_t start;

	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		buf_reset(&text);
		buf_adds(&text, TASK);
		while (text.len < TASK_LIST_MAX_BYTES - 16)
			buf_adds(&text, units[i]);
		start = clock_mono_ms();
		parse(text.data, text.len);
		ck_assert_int_lt(clock_mono_ms() - start, 20000);
	}
	buf_reset(&text);
	buf_adds(&text, TASK);
	for (int i = 0; i < 30000; i++)
		buf_adds(&text, "- ");
	buf_adds(&text, "x");
	for (int i = 0; i < 3000; i++)
		buf_adds(&text, "\n");
	check_faults(text.data, text.len,
	    "f.md:4: nested 60000 columns deep, want 512 at most\n");
	task_list_release(&list);
	buf_release(&text);
}
END_TEST

/* Writing. */

static struct task make(const char *instruction)
{
	struct task t = TASK_INIT;

	t.number = 1;
	t.title = xstrdup("T");
	t.type = xstrdup("general");
	t.instruction = xstrdup(instruction);
	return t;
}

static int print(struct buf *out, struct task *t, struct error *err)
{
	const struct task_list l = { t, 1 };

	buf_reset(out);
	return task_list_print(out, "Tasks", &l, err);
}

START_TEST(what_is_written_reads_back_as_the_same)
{
	struct task_list first;
	struct buf out = BUF_INIT, again = BUF_INIT;

	parse_fixture("nasty-tasks.md");
	first = list;
	list = (struct task_list)TASK_LIST_INIT;
	ck_assert_int_eq(task_list_print(&out, "Tasks", &first, NULL), 0);
	ck_assert_int_eq(parse(out.data, out.len), 0);
	ck_assert_uint_eq(list.n, first.n);
	ck_assert_str_eq(list.v[0].title, first.v[0].title);
	ck_assert_str_eq(list.v[0].description, first.v[0].description);
	ck_assert_str_eq(list.v[0].instruction, first.v[0].instruction);
	ck_assert_str_eq(list.v[0].criteria.v[2], first.v[0].criteria.v[2]);
	ck_assert_int_eq(list.v[0].timeout, 90);
	ck_assert_int_eq(task_list_print(&again, "Tasks", &list, NULL), 0);
	ck_assert_str_eq(out.data, again.data);
	task_list_release(&first);
	task_list_release(&list);
	buf_release(&again);
	buf_release(&out);
}
END_TEST

START_TEST(what_would_be_taken_for_structure_is_refused)
{
	static const struct {
		const char *instruction, *why;
	} bad[] = {
		{ "a\n---\nb",
		    "cannot write the list: task 1:7: the text \"b\" belongs "
		    "to no field, want it under Description or Claude "
		    "Instruction" },
		{ "a\n---",
		    "cannot write task 1 as a list: line 2 of its Claude "
		    "Instruction, \"---\", would be read as something else" },
		{ "a\n**Timeout:** 5",
		    "cannot write task 1 as a list: line 2 of its Claude "
		    "Instruction, \"**Timeout:** 5\", would be read as "
		    "something else" },
		{ "a\n## Task 2: b\n" DO,
		    "cannot write task 1 as a list: line 2 of its Claude "
		    "Instruction, \"## Task 2: b\", would be read as "
		    "something else" },
		{ "```\nnever closed",
		    "cannot write task 1 as a list: line 2 of its Claude "
		    "Instruction, \"never closed\", would be read as "
		    "something else" },
		{ "", "cannot write the list: task 1:4: Claude Instruction: "
		      "empty, want text in it or under it" },
		{ "\xff", "cannot write the list: task 1:5: invalid UTF-8, "
			  "want text in UTF-8" },
	};
	struct error err;
	struct buf out = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct task t = make(bad[i].instruction);

		ck_assert_int_eq(print(&out, &t, &err), -1);
		ck_assert_str_eq(err.text, bad[i].why);
		ck_assert_uint_eq(out.len, 0);
		task_release(&t);
	}
	buf_release(&out);
}
END_TEST

START_TEST(titles_and_criteria_are_written_whole_or_refused)
{
	static const char *const titles[] = { "C#", "Sharp #", "#", "a ## b ##",
		"*x* `y` : z", "\\" };
	struct buf out = BUF_INIT;
	struct task t = make("do");
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(titles); i++) {
		xreplace(&t.title, titles[i]);
		ck_assert_int_eq(print(&out, &t, &err), 0);
		ck_assert_int_eq(parse(out.data, out.len), 0);
		ck_assert_str_eq(list.v[0].title, titles[i]);
	}
	xreplace(&t.title, "two\nlines");
	ck_assert_int_eq(print(&out, &t, &err), -1);
	xreplace(&t.title, "T");
	strvec_add(&t.criteria, "- [ ] box\n\n    code\nmore");
	strvec_add(&t.criteria, "    trimmed ");
	ck_assert_msg(print(&out, &t, &err) == 0, "%s", err.text);
	ck_assert_int_eq(parse(out.data, out.len), 0);
	ck_assert_str_eq(
	    list.v[0].criteria.v[0], "- [ ] box\n\n    code\nmore");
	ck_assert_str_eq(list.v[0].criteria.v[1], "trimmed");
	strvec_add(&t.criteria, "");
	ck_assert_int_eq(print(&out, &t, &err), -1);
	task_release(&t);
	task_list_release(&list);
	buf_release(&out);
}
END_TEST

/* Lines that mean something somewhere. */
static const char *const nasty[] = { "text", "", "---", "```", "~~~", "- item",
	"  in item", "    code", "> quote", "**Type:** x", "**Note:** x",
	"## Task 2: x", "## x", "### x", "===", "<!--", "-->", "<div>",
	"</div>", "1. one", "\tcode", " ---", "  **Timeout:** 9",
	"**Claude Instruction:**", "[a]: b", "````", "  ```", "***", "<pre>",
	"**Acceptance Criteria:**" };

/* Numbers that look random and are the same each time. */
static unsigned next(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

static void nasty_text(struct buf *out, unsigned *seed)
{
	unsigned n = 1 + next(seed) % 8;

	buf_reset(out);
	buf_adds(out, "start");
	while (n-- > 0)
		buf_addf(out, "\n%s", nasty[next(seed) % ARRAY_SIZE(nasty)]);
	buf_adds(out, "\nend");
}

START_TEST(any_text_is_written_to_be_read_or_refused)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	unsigned seed = 1, written = 0, refused = 0;

	for (int i = 0; i < 20000; i++) {
		struct task t = make("do");

		nasty_text(&text, &seed);
		xreplace(i % 2 ? &t.instruction : &t.description, text.data);
		if (print(&out, &t, NULL) != 0) {
			refused++;
		} else {
			written++;
			ck_assert_int_eq(parse(out.data, out.len), 0);
			ck_assert_uint_eq(list.n, 1);
			ck_assert_str_eq(list.v[0].instruction, t.instruction);
			if (t.description != NULL)
				ck_assert_str_eq(
				    list.v[0].description, t.description);
		}
		task_release(&t);
	}
	ck_assert_uint_gt(written, 2000);
	ck_assert_uint_gt(refused, 2000);
	task_list_release(&list);
	buf_release(&text);
	buf_release(&out);
}
END_TEST

START_TEST(any_text_inside_a_long_fence_is_text)
{
	struct buf text = BUF_INIT, doc = BUF_INIT;
	unsigned seed = 2;

	for (int i = 0; i < 5000; i++) {
		nasty_text(&text, &seed);
		buf_reset(&doc);
		buf_addf(&doc,
		    "## Task 1: One\n**Claude Instruction:**\n`````md\n%s\n"
		    "`````\n## Task 2: Two\n" DO,
		    text.data);
		ck_assert_int_eq(parse(doc.data, doc.len), 0);
		ck_assert_uint_eq(list.n, 2);
		buf_truncate(&doc, doc.len - strlen("\n## Task 2: Two\n" DO));
		ck_assert_str_eq(list.v[0].instruction,
		    doc.data + strlen("## Task 1: One\n"
				      "**Claude Instruction:**\n"));
	}
	task_list_release(&list);
	buf_release(&text);
	buf_release(&doc);
}
END_TEST

START_TEST(any_bytes_are_read_without_harm)
{
	struct buf doc = BUF_INIT;
	unsigned seed = 3;

	for (int i = 0; i < 20000; i++) {
		nasty_text(&doc, &seed);
		for (unsigned k = next(&seed) % 3; k > 0; k--)
			doc.data[next(&seed) % doc.len] = (char)next(&seed);
		if (parse(doc.data, doc.len) != 0)
			ck_assert_uint_gt(faults.count, 0);
	}
	task_list_release(&list);
	faults_release(&faults);
	buf_release(&doc);
}
END_TEST

UNIT_MAIN("task", reads_the_example_of_the_plan, tells_text_from_structure,
    keeps_an_instruction_byte_for_byte, accepts_a_bom_and_any_line_ends,
    a_field_ends_a_list_and_html_without_a_blank_line,
    a_fence_inside_an_item_ends_with_the_item,
    indented_up_to_three_blanks_is_structure, only_three_dashes_end_a_text,
    an_unclosed_fence_is_warned_of, says_every_fault_with_its_line_in_one_run,
    a_list_without_a_task_is_a_fault, numbers_are_1_to_999999,
    criteria_are_a_list_and_nothing_else, bytes_that_are_no_text_are_faults,
    sizes_are_limited, nothing_takes_more_than_linear_time,
    what_is_written_reads_back_as_the_same,
    what_would_be_taken_for_structure_is_refused,
    titles_and_criteria_are_written_whole_or_refused,
    any_text_is_written_to_be_read_or_refused,
    any_text_inside_a_long_fence_is_text, any_bytes_are_read_without_harm)
