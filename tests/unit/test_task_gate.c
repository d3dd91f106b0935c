/* The reader of task lists as a gate: what needs a yes is never text without a
 * word, and what is meant as text is never refused. */
#include "unit.h"

#include "core/list/task.h"

#include <time.h>

static struct faults faults;
static struct task_list list;

static int parse(const char *text, size_t n)
{
	faults_release(&faults);
	task_list_release(&list);
	return task_list_parse(&list, "f.md", text, n, &faults);
}

#define DO "**Claude Instruction:**\nDo it.\n"

/* -- the property --------------------------------------------------------- */

/* Numbers that look random and are the same each time. */
static unsigned next(unsigned *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Whole blocks of CommonMark, each of which is text. */
static const char *const blocks[] = {
	"A paragraph\nof two lines.",
	"    indented code",
	"\tcode behind a tab\n\n\tand more",
	"    ## Task 9: code\n    **Requires Approval:** true\n    ---",
	"    code\n\n\n      ## Task 9: deeper",
	"```\n## Task 9: fenced\n**Requires Approval**: true\n---\n```",
	"~~~md\n```\n##Task 9\n~~~",
	"````\n```\n## Task 9: x\n```\n````",
	"   ```\n   **Type:** x\n  ```",
	"- item\n- item\n  goes on",
	"- item\n\n  ```\n  ## Task 9: in an item\n  ```",
	"1. one\n   - two\n\n         ## Task 9: code in items",
	"* [ ] box\n* [x] box",
	"| Name | Kind |\n|------|------|\n| a    | b    |",
	"<div>\n<b>bold</b>\n</div>",
	"<pre>\n## Task 9: x\n\n**Requires Approval:** true\n</pre>",
	"<!-- ## Task 9: x -->",
	"<!--\n**Requires Approval**: true\n\n---\n-->",
	"<details>\n<summary>x</summary>\n\ntext\n\n</details>",
	"> quote\n> goes on",
	"> ```\n> ## Task 9: fence in a quote\n> ```",
	"### A smaller heading",
	"**Important:** keep **this** in mind.",
	"Setext\n======",
	"[a]: https://example.org",
	"***",
	"Requires approval by nobody, task 2 said.",
	"\xe2\x80\x94 a dash, `## Task 9: x` and <b>",
};

static void add_blocks(struct buf *out, unsigned *seed)
{
	unsigned n = 1 + next(seed) % 4;
	const char *block = NULL;
	bool in_list;

	for (unsigned i = 0; i < n; i++) {
		/* Behind a list, indented text is the list's. */
		in_list = block != NULL && (strchr("-*1", block[0]) != NULL);
		block = blocks[next(seed) % ARRAY_SIZE(blocks)];
		if (i > 0)
			buf_adds(out, "\n\n");
		if (in_list && (block[0] == ' ' || block[0] == '\t'))
			buf_adds(out, "Between.\n\n");
		buf_adds(out, block);
	}
}

struct made {
	char *text[2]; /* description, instruction; or NULL */
	bool typed, asks;
	unsigned criteria;
};

static void add_text(
    struct buf *out, struct made *m, unsigned which, unsigned *seed)
{
	struct buf text = BUF_INIT;

	add_blocks(&text, seed);
	buf_addf(out, "**%s:**\n%s%s",
	    which == 0 ? "Description" : "Claude Instruction",
	    next(seed) % 2 ? "" : "\n", text.data);
	m->text[which] = buf_detach(&text);
}

static void add_field(
    struct buf *out, struct made *m, unsigned field, unsigned *seed)
{
	switch (field) {
	case 0:
		add_text(out, m, 0, seed);
		break;
	case 1:
		add_text(out, m, 1, seed);
		break;
	case 2:
		buf_adds(out, "**Requires Approval:** true");
		m->asks = true;
		break;
	case 3:
		buf_adds(out, "**Type:** database");
		m->typed = true;
		break;
	default:
		m->criteria = 1 + next(seed) % 3;
		buf_adds(out, "**Acceptance Criteria:**");
		for (unsigned i = 0; i < m->criteria; i++)
			buf_addf(out, "\n- item %u\n\n      code", i);
		break;
	}
}

static void add_task(
    struct buf *out, struct made *m, unsigned number, unsigned *seed)
{
	unsigned order[] = { 0, 1, 2, 3, 4 };

	for (unsigned i = 4; i > 0; i--) {
		unsigned k = next(seed) % (i + 1), was = order[i];

		order[i] = order[k];
		order[k] = was;
	}
	*m = (struct made){ 0 };
	buf_addf(out, "## Task %u: T%u%s", number, number,
	    next(seed) % 2 ? "" : " ##");
	for (unsigned i = 0; i < 5; i++) {
		if (order[i] != 1 && next(seed) % 3 == 0)
			continue;
		buf_adds(out, next(seed) % 2 ? "\n" : "\n\n");
		add_field(out, m, order[i], seed);
	}
	buf_adds(out, next(seed) % 2 ? "\n" : "\n\n---\n");
	buf_adds(out, next(seed) % 2 ? "\n" : "");
}

/* Without the blank lines at its end, as a slice is. */
static void cut_blank_end(char *text)
{
	size_t n = strlen(text);

	while (n > 0 && strchr(" \t\n", text[n - 1]) != NULL)
		text[--n] = '\0';
}

static void check_task(const struct task *t, struct made *m, const char *doc)
{
	const char *got[] = { t->description, t->instruction };

	for (int i = 0; i < 2; i++) {
		if (m->text[i] != NULL)
			cut_blank_end(m->text[i]);
		ck_assert_msg((m->text[i] == NULL && got[i] == NULL) ||
				  (m->text[i] != NULL && got[i] != NULL &&
				      strcmp(m->text[i], got[i]) == 0),
		    "want %s\ngot %s\nof\n%s", m->text[i], got[i], doc);
		free(m->text[i]);
	}
	ck_assert_msg(
	    m->asks == (t->requires_approval == REQUIRES_YES), "%s", doc);
	ck_assert_msg(
	    strcmp(t->type, m->typed ? "database" : "general") == 0, "%s", doc);
	ck_assert_msg(t->criteria.n == m->criteria, "%s", doc);
}

static void check_list(const struct made *m, unsigned n, const char *doc)
{
	ck_assert_msg(
	    list.n == n, "want %u tasks, got %zu of\n%s", n, list.n, doc);
	for (unsigned i = 0; i < n; i++) {
		struct made one = m[i];

		check_task(&list.v[i], &one, doc);
	}
}

static bool same(const char *a, const char *b)
{
	return (a == NULL && b == NULL) ||
	       (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static void check_same(
    const struct task *a, const struct task *b, const char *doc)
{
	ck_assert_int_eq(a->number, b->number);
	ck_assert_msg(same(a->title, b->title), "%s", doc);
	ck_assert_msg(same(a->type, b->type), "%s", doc);
	ck_assert_msg(same(a->description, b->description), "%s", doc);
	ck_assert_msg(same(a->instruction, b->instruction), "%s", doc);
	ck_assert_int_eq(a->priority, b->priority);
	ck_assert_int_eq(a->requires_approval, b->requires_approval);
	ck_assert_int_eq(a->timeout, b->timeout);
	ck_assert_uint_eq(a->criteria.n, b->criteria.n);
	for (size_t i = 0; i < a->criteria.n; i++)
		ck_assert_msg(
		    same(a->criteria.v[i], b->criteria.v[i]), "%s", doc);
}

/* What was read is written and read again, the same. */
static void check_written(const char *doc)
{
	struct task_list first = list;
	struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;

	list = (struct task_list)TASK_LIST_INIT;
	ck_assert_msg(task_list_print(&out, "L", &first, &err) == 0, "%s\n%s",
	    err.text, doc);
	ck_assert_int_eq(parse(out.data, out.len), 0);
	ck_assert_uint_eq(list.n, first.n);
	for (size_t i = 0; i < list.n; i++)
		check_same(&list.v[i], &first.v[i], doc);
	task_list_release(&first);
	buf_release(&out);
}

/* A quarter of the 20,000 lists: each quarter has a time limit of its own. */
static void check_quarter(unsigned seed)
{
	struct buf doc = BUF_INIT;
	struct made made[3];

	for (int i = 0; i < 5000; i++) {
		unsigned n = 1 + next(&seed) % 3;

		buf_reset(&doc);
		buf_adds(&doc, "# L\n\n");
		if (next(&seed) % 2) {
			add_blocks(&doc, &seed);
			buf_adds(&doc, next(&seed) % 2 ? "\n" : "\n\n");
		}
		for (unsigned k = 0; k < n; k++)
			add_task(&doc, &made[k], k + 1, &seed);
		ck_assert_msg(parse(doc.data, doc.len) == 0, "%s\nin\n%s",
		    faults.lines.v[0], doc.data);
		ck_assert_msg(faults.warnings.n == 0, "%s\nin\n%s",
		    faults.warnings.v[0], doc.data);
		check_list(made, n, doc.data);
		check_written(doc.data);
	}
	task_list_release(&list);
	buf_release(&doc);
}

START_TEST(structure_counts_whatever_stands_around_it_1)
{
	check_quarter(1007);
}
END_TEST

START_TEST(structure_counts_whatever_stands_around_it_2)
{
	check_quarter(2007);
}
END_TEST

START_TEST(structure_counts_whatever_stands_around_it_3)
{
	check_quarter(3007);
}
END_TEST

START_TEST(structure_counts_whatever_stands_around_it_4)
{
	check_quarter(4007);
}
END_TEST

/* -- near misses ---------------------------------------------------------- */

/* The line in a description, in an instruction, behind a field: always one
 * fault, and on its line. */
static void check_refused(const char *line)
{
	static const char *const before[] = {
		"# L\n\n## Task 1: A\n**Description:**\nText.\n",
		"# L\n\n## Task 1: A\n**Claude Instruction:**\nText.\n",
		"# L\n\n## Task 1: A\n**Claude Instruction:**\n- item\n",
		"# L\n\n## Task 1: A\n**Type:** x\n**Priority:** low\n",
	};
	struct buf doc = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(before); i++) {
		bool has = strstr(before[i], "Claude") != NULL;

		buf_reset(&doc);
		buf_addf(&doc, "%s%s\n%s", before[i], line,
		    has || strstr(line, "ask") != NULL ? "" : "\n" DO);
		ck_assert_msg(parse(doc.data, doc.len) == -1,
		    "passes: %s\nin\n%s", line, doc.data);
		if (has)
			ck_assert_msg(faults.count == 1, "%zu faults of %s: %s",
			    faults.count, line, faults.lines.v[1]);
		for (size_t k = 0; k < faults.lines.n; k++)
			if (str_starts(faults.lines.v[k], "f.md:6: "))
				goto next_place;
		ck_abort_msg("not on line 6: %s", faults.lines.v[0]);
	next_place:;
	}
	buf_release(&doc);
}

START_TEST(what_is_nearly_an_approval_is_a_fault)
{
	static const char *const lines[] = { "**Requires Approval**: true",
		"- **Requires Approval:** true", "__Requires Approval:__ true",
		"Requires Approval: true", "requires approval : yes",
		"**Require Approval:** true", "**Requires Aproval:** true",
		"**Requires Approvla:** true", "**Reqiures Approval:** no",
		"**Requires-Approval:** true", "**RequiresApproval:** true",
		"**Requires_Approval**: true", "requires_approval: true",
		"*Requires Approval:* true", "***Requires Approval:*** true",
		"| Requires Approval: true", "| Requires Approval | true |",
		"> **Requires Approval:** true", "> Requires Approval: true",
		"1. **Requires Approval:** true",
		"- [ ] Requires Approval: yes",
		"**Requires Approval\xef\xbc\x9a** true",
		"**Requires\xc2\xa0"
		"Approval**: true",
		"\xc2\xa0**Requires Approval:** true",
		"**Requires\xe2\x80\x8b Approval**: true",
		"\xe2\x80\x8b**Requires Approval:** true",
		"**Requires Approval** true", "**Requires Approval** - true",
		"**Requires Approval**", "Requires Approval - yes",
		"Requires Approval \xe2\x80\x93 true", "Requires Approval true",
		"`Requires Approval: true`", "`**Requires Approval:** true`",
		"\\*\\*Requires Approval:\\*\\* true",
		"<b>Requires Approval:</b> true", "## Requires Approval: true",
		"### Requires Approval: true", "    Requires Approval: true",
		"\t**Requires Approval:** true",
		"      **Requires Approval**: true",
		"**Requires \xd0\x90pproval:** true",
		"**Requires Approval**\xef\xbc\x9a true",
		"** Requires Approval: ** true", "**Requires Approval: true**",
		"*Requires Approval*: true", "Requires Approval = true",
		"Requires Approval -> true",
		"Requires Approval \xe2\x86\x92 true",
		"**Approval Required:** true", "**Needs Approval:** yes",
		"**Approval:** true", "**Requires Review:** true",
		"**Requires Human Approval:** true",
		"**Requires Approvals:** true", "requiresApproval: true",
		"~~Requires Approval: true~~", "<p>Requires Approval: true</p>",
		"<!-- x --> **Requires Approval:** true",
		"&nbsp;**Requires Approval:** true",
		"\xe2\x9a\xa0\xef\xb8\x8f **Requires Approval:** true",
		"**\xe2\x9a\xa0\xef\xb8\x8f Requires Approval:** true",
		"\xf0\x9f\x94\x92 Requires Approval: true",
		"(Requires Approval: true)", "[Requires Approval: true]",
		"\"Requires Approval\": true", "'Requires Approval': true",
		"**\"Requires Approval\":** true",
		"**Requires Approval;** true", "**Requires Approval.** true",
		"**Requires Approval,** true", "##### Requires Approval: true",
		"#Requires Approval: true", "**Requires Approval:* true",
		"*Requires Approval:** true", "****Requires Approval:**** true",
		"Text. **Requires Approval:** true",
		"1) Requires Approval: true", "- - Requires Approval: true",
		"- > Requires Approval: yes",
		"\xe2\x80\x94 Requires Approval: true",
		"\xe2\x80\xa2 Requires Approval: true",
		"[ ] Requires Approval: true",
		"**\xef\xbc\xb2"
		"equires Approval:** true",
		"**Requires Approval (yes/no):** yes",
		"**Requires Approval?** yes" };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		check_refused(lines[i]);
}
END_TEST

START_TEST(what_is_nearly_a_heading_is_a_fault)
{
	static const char *const lines[] = { "##Task 2: B", "##Task 2",
		"##Task: B", "##\xc2\xa0Task 2: B", "##\xe2\x80\x8bTask 2: B",
		"# Task 2: B", "#Task 2: B", "## Task 2 - B",
		"## Task 2 \xe2\x80\x93 B", "## Task 1.1: B", "## Task 2. B",
		"## Tsak 2: B", "## Tasks 2: B", "## Step 2: B",
		"## Task\xc2\xa0"
		"2: B",
		"- ## Task 2: B", "> ## Task 2: B", "    ## Task 2: B",
		"\t## Task 2: B", "##  **Task 2:** B", "\\## Task 2: B",
		"Task 2: B\n====", "## Task #2: B", "##task 2: B",
		"##Taks 2: B", "## Task 2\xef\xbc\x9a B", "## Task-2: B",
		"## Task No. 2: B", "## Task II: B", "## Task two: B",
		"## Task 2/3: B", "## Task +2: B", "## Task 2b: B",
		"## Task 2 B", "## Task (2): B", "## [ ] Task 2: B",
		"## **Task 2: B**", "## 2. Task: B", "## Task 2; B",
		"## Task 2, B", "Task 2: B\n---", "1. ## Task 2: B",
		"## ## Task 2: B" };

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		struct buf doc = BUF_INIT;

		buf_addf(&doc,
		    "# L\n\n## Task 1: A\n**Claude Instruction:**\nText.\n%s\n"
		    "**Type**: x\n**Requires Approval**: true\n" DO,
		    lines[i]);
		ck_assert_msg(
		    parse(doc.data, doc.len) == -1, "passes: %s", lines[i]);
		ck_assert_msg(str_starts(faults.lines.v[0], "f.md:6: "),
		    "%s: %s", lines[i], faults.lines.v[0]);
		buf_release(&doc);
	}
	faults_release(&faults);
}
END_TEST

/* Is read, with that many warnings. */
static void check_passes(const char *line, size_t warnings)
{
	struct buf doc = BUF_INIT;

	buf_addf(&doc, "# Task list of 2026\n\n## Task 1: A\n" DO "%s\n", line);
	ck_assert_msg(parse(doc.data, doc.len) == 0, "%s: %s", line,
	    faults.lines.n > 0 ? faults.lines.v[0] : "");
	ck_assert_msg(faults.warnings.n == warnings, "%zu warnings of %s",
	    faults.warnings.n, line);
	task_list_release(&list);
	faults_release(&faults);
	buf_release(&doc);
}

START_TEST(the_same_of_other_fields_is_warned_of)
{
	static const char *const warned[] = { "**Type**: x", "Type: database",
		"- **Priority:** high", "**Prioritty:** high",
		"**Claude Instructions:** x", "Timeout: 5", "### Task 2: B",
		"###Task 2: B", "**Task 2: B**" };
	static const char *const text[] = { "Requires approval of the owner.",
		"It requires approval: ask.", "**Important:** x", "Tape: x",
		"# Tasks", "# Task list", "# Tasks of 2026-11-25", "# Tank 2",
		"# Mask 2: x", "#task is a tag", "Task 2: see above",
		"A type: x", "# Ask 2: x", "| Type | Description |",
		"## Task 2: real\n" DO };

	for (size_t i = 0; i < ARRAY_SIZE(warned); i++)
		check_passes(warned[i], 1);
	for (size_t i = 0; i < ARRAY_SIZE(text); i++)
		check_passes(text[i], 0);
}
END_TEST

START_TEST(an_open_block_that_holds_structure_is_a_fault)
{
	static const char *const open[] = { "```", "~~~ sh", "````", "<?php",
		"<!-- note", "<pre>", "<script>", "<![CDATA[", "<!DOCTYPE x",
		"   ```", "  <!--" };
	static const char *const held[] = { "## Task 2: B", "##Task 2: B",
		"**Requires Approval:** true", "**Requires Approval**: true",
		"**Type:** x", "## Notes" };

	for (size_t i = 0; i < ARRAY_SIZE(open); i++)
		for (size_t k = 0; k < ARRAY_SIZE(held); k++) {
			struct buf doc = BUF_INIT;

			buf_addf(&doc, "## Task 1: A\n" DO "%s\nx\n\n%s\n",
			    open[i], held[k]);
			ck_assert_msg(parse(doc.data, doc.len) == -1,
			    "passes: %s", doc.data);
			ck_assert_uint_eq(faults.count, 1);
			ck_assert_msg(str_starts(faults.lines.v[0], "f.md:4: "),
			    "%s", faults.lines.v[0]);
			buf_release(&doc);
		}
	check_passes("<?php echo 1;", 1);
	check_passes("<?php echo 1; ?>", 0);
	faults_release(&faults);
}
END_TEST

static void check_says(const char *doc, size_t n, const char *first)
{
	ck_assert_msg(parse(doc, strlen(doc)) == -1, "passes: %s", doc);
	ck_assert_msg(faults.count == n, "%zu faults: %s\n%s", faults.count,
	    faults.lines.v[0], faults.count > 1 ? faults.lines.v[1] : "");
	ck_assert_msg(
	    strstr(faults.lines.v[0], first) != NULL, "%s", faults.lines.v[0]);
}

/* -- approvals and tasks that nobody sees --------------------------------- */

START_TEST(an_approval_behind_something_else_is_no_text)
{
	static const char *const refused[] = {
		"**Description:** x **Requires Approval:** true",
		"**Description:** x, requires approval: yes",
		"**Type:** x, requires approval: yes",
		"**Priority:** high **Requires Approval:** true",
		"**Timeout:** 5 | **Requires Approval**: true",
		"**Description:** x (requires approval)",
		"**Description:** **Requires Approval:** true **Type:** x"
	};
	static const char *const titled[] = { "B (requires approval: yes)",
		"B **Requires Approval:** true", "B [Requires Approval]",
		"B, requires approval: true" };
	struct buf doc = BUF_INIT;

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		buf_reset(&doc);
		buf_addf(&doc, "## Task 1: A\n%s\n" DO, refused[i]);
		ck_assert_msg(
		    parse(doc.data, doc.len) == -1, "passes: %s", refused[i]);
		ck_assert_uint_eq(faults.count, 1);
		ck_assert_msg(str_starts(faults.lines.v[0], "f.md:2: \""), "%s",
		    faults.lines.v[0]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(titled); i++) {
		buf_reset(&doc);
		buf_addf(&doc, "## Task 1: %s\n" DO, titled[i]);
		ck_assert_msg(
		    parse(doc.data, doc.len) == -1, "passes: %s", titled[i]);
		ck_assert_uint_eq(faults.count, 1);
	}
	check_passes("Text. Requires Approval: true.", 1);
	check_passes("Drop it (requires approval).", 1);
	check_passes("Write `Requires Approval: true` into it.", 0);
	check_passes("Say `x`, then `**Requires Approval:** true`", 0);
	check_passes("Whoever requires approval: ask the owner.", 0);
	check_passes("**Approval:** comes from the owner.", 0);
	faults_release(&faults);
	buf_release(&doc);
}
END_TEST

#define NESTED "```markdown\n# T\n\n```bash\nmake\n```\n\nUse\n```\n"

static void check_warns(const char *doc, const char *first)
{
	ck_assert_msg(parse(doc, strlen(doc)) == 0, "%s", faults.lines.v[0]);
	ck_assert_msg(faults.warnings.n > 0, "no word of %s", doc);
	ck_assert_msg(strstr(faults.warnings.v[0], first) != NULL, "%s",
	    faults.warnings.v[0]);
	task_list_release(&list);
}

/* Fences that close each other across tasks, so that no fence is open. */
START_TEST(a_task_between_mismatched_blocks_is_told)
{
	check_warns("## Task 1: A\n" DO NESTED "---\n\n## Task 2: B\n"
		    "**Requires Approval:** true\n" DO "```sh\nx\n```\n",
	    "f.md:15: this is text, for the code fence of line 12 goes on");
	check_warns("## Task 1: A\n" DO NESTED "## Task 2: B\n" DO
		    "```sh\nx\n```\n## Task 3: C\n" DO,
	    "f.md:13: this is text, for the code fence of line 12 goes on");
	check_says("## Task 1: A\n" DO NESTED "## Task 2: B\n" DO
		   "```\nx\n```\nEnd.\n",
	    1, "f.md:18: this code fence is never closed, so one above it may");
	check_says("## Task 1: A\n" DO NESTED "## Task 2: B\n" DO NESTED, 1,
	    "is never closed, so one above it may have taken line 13 for text");
	check_warns("## Task 1: A\n" DO "<!-- a\n\n## Task 2: B\n" DO
		    "<!-- b -->\n",
	    "f.md:6: this is text, for the comment of line 4");
	check_warns("## Task 1: A\n" DO "<?php\n\n## Task 2: B\n" DO
		    "<?php x ?>\n",
	    "f.md:6: this is text, for the HTML block of line 4");
	check_warns("## Task 1: A\n" DO "<pre>\n\n**Requires Approval:** true"
		    "\n<pre>x</pre>\n",
	    "f.md:6: this is text, for the HTML block of line 4");
	check_passes("```\n## Task 9: x\n**Requires Approval:** true\n```", 0);
	check_passes("````md\n```sh\n## Task 9: x\n```\n````", 0);
	check_passes("```md\n## Usage\n\n```sh\nx\n```", 0);
	faults_release(&faults);
}
END_TEST

/* A fence in a list ends with its item; a list in a quote with the quote. */
START_TEST(what_contains_a_block_ends_it)
{
	static const char cut[] = "## Task 1: A\n" DO "- x\n\n  ```\n  a\n\n"
				  "## Task 2: B\n"
				  "**Requires Approval:** true\n" DO;

	ck_assert_int_eq(parse(cut, strlen(cut)), 0);
	ck_assert_uint_eq(list.n, 2);
	ck_assert_int_eq(list.v[1].requires_approval, REQUIRES_YES);
	check_passes("> - a\n>   - b\n>\n>     more", 0);
	check_says("## Task 1: A\n" DO "> - a\n>   **Requires Approval**: x\n",
	    1, "f.md:5: ");
	check_says("## Task 1: A\r\n**Claude Instruction:**\r\nDo.\r\n"
		   "**Requires Approval**: true\r\n",
	    1, "f.md:4: \"**Requires Approval**: true\" is nearly");
	check_says("## Task 1: A\r**Claude Instruction:**\rDo.\r"
		   "##Task 2: B\r",
	    1, "f.md:4: ");
	faults_release(&faults);
}
END_TEST

START_TEST(one_cause_gives_one_fault)
{
	check_says(
	    "# Plan\n\n### Task 1: One\n\n- [ ] do\n\n### Task 2: Two\n\n"
	    "- [ ] do\n",
	    2,
	    "f.md:3: \"### Task 1: One\" is nearly a task's heading (of a "
	    "deeper level), want \"## Task N: Title\"");
	check_says("## Task 1: A\n\nText.\n\n**Files:** x\n\nMore.\n\n- [ ] a\n"
		   "\n## Task 2: B\n\nText.\n\n**Steps:** y\n",
	    2, "f.md:1: this task has no Claude Instruction");
	check_says("## Task 1: A\n\n**Kind:** x\n\n## Task 2: B\n" DO, 2,
	    "f.md:3: unknown field \"Kind\"");
	check_says("## Task 1 - Title\n**Claude Instruction:** do\n", 1,
	    "f.md:1: want a colon behind the task's number");
	check_says("## Task 1.1: Title\n**Claude Instruction:** do\n", 1,
	    "f.md:1: task number 1.1: want a whole number");
	check_says("## Task 1: A\n**Claude Instruction**: do\n", 1,
	    "f.md:2: this is nearly the field Claude Instruction");
	check_says("##Task 1: A\n**Claude Instruction:** do\n", 1,
	    "f.md:1: \"##Task 1: A\" is nearly a task's heading (no blank "
	    "behind the #)");
	check_says("**Requires Approval:** true\n\n## Task 1: A\n" DO, 1,
	    "f.md:1: a Requires Approval before the first task");
	check_says("## Task 1: A\n**Type:** x **Requires Approval:** true\n" DO,
	    1, "f.md:2: \"Requires Approval:** true\" is not on a line");
	check_says("\xff\xfe#", 1, "f.md:1: this is UTF-16, want UTF-8");
}
END_TEST

/* -- the cases ------------------------------------------------------------ */

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

UNIT_MAIN("task_gate", structure_counts_whatever_stands_around_it_1,
    structure_counts_whatever_stands_around_it_2,
    structure_counts_whatever_stands_around_it_3,
    structure_counts_whatever_stands_around_it_4,
    what_is_nearly_an_approval_is_a_fault, what_is_nearly_a_heading_is_a_fault,
    the_same_of_other_fields_is_warned_of,
    an_open_block_that_holds_structure_is_a_fault, one_cause_gives_one_fault,
    structure_behind_indented_code_counts, a_nested_fence_eats_no_task,
    decoration_is_no_part_of_a_type, two_types_or_a_hidden_blank_are_no_type,
    a_list_of_headings_is_refused_at_once, long_lines_take_linear_time,
    a_task_between_mismatched_blocks_is_told,
    an_approval_behind_something_else_is_no_text, what_contains_a_block_ends_it)
