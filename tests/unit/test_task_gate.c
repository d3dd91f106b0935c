/* The reader of task lists as a gate: what needs a yes is never text without a
 * word, and what is meant as text is never refused. */
#include "unit.h"
#include "lists.h"

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
		"**Requires &#65;pproval:** true",
		"**Requires &#x41;pproval&#x3A;** true",
		"**Requires&nbsp;Approval&colon;** true",
		"&#82;equires Approval: true",
		"[**Requires Approval:** true](x)",
		"[Requires Approval:]: true",
		"**\xef\xbc\xb2\xef\xbd\x85\xef\xbd\x91\xef\xbd\x95\xef\xbd\x89"
		"res Approval:** true",
		"**\xf0\x9d\x90\x91\xf0\x9d\x90\x9e\xf0\x9d\x90\xaauires "
		"Approval:** true",
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

UNIT_MAIN("task_gate", what_is_nearly_an_approval_is_a_fault,
    what_is_nearly_a_heading_is_a_fault, the_same_of_other_fields_is_warned_of,
    an_open_block_that_holds_structure_is_a_fault, one_cause_gives_one_fault,
    a_task_between_mismatched_blocks_is_told,
    an_approval_behind_something_else_is_no_text, what_contains_a_block_ends_it)
