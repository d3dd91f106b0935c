/* A sentence becomes a task or a line of the day's log, and into its file it
 * comes once. */
#include "unit.h"
#include "scratch.h"

#include "core/list/addition.h"
#include "store/writing.h"

#include <sys/stat.h>
#include <unistd.h>

static struct strvec automatic = STRVEC_INIT;
static const struct strvec nothing = STRVEC_INIT;
static const struct policy policy = { APPROVAL_AUTO, &nothing, &automatic };
static struct error err;

static void becomes(const char *text, const char *title, const char *type,
    const char *instruction)
{
	struct task t = TASK_INIT;

	ck_assert_msg(
	    addition_task(&t, text, &policy, &err) == 0, "%s", err.text);
	ck_assert_str_eq(t.title, title);
	ck_assert_str_eq(t.type, type);
	ck_assert_str_eq(t.instruction, instruction);
	task_release(&t);
}

START_TEST(the_first_line_is_the_title_and_the_rest_what_to_do)
{
	struct task t = TASK_INIT;
	char *line;

	becomes("Fix the login", "Fix the login", "general", "Fix the login");
	becomes(" Fix the  #Backend login\n\n Do it\nwell. \n", "Fix the login",
	    "backend", "Do it\nwell.");
	becomes("#frontend Fix #12 and a#b #more", "Fix #12 and a#b #more",
	    "frontend", "Fix #12 and a#b #more");
	becomes("Fix # 1\nNow.", "Fix # 1", "general", "Now.");
	ck_assert_int_ne(
	    addition_task(&t, "#backend\n Do it", &policy, &err), 0);
	task_release(&t);
	line = xcalloc(202, 1);
	memset(line, 'a', 200);
	ck_assert_int_eq(addition_task(&t, line, &policy, &err), 0);
	ck_assert_uint_eq(strlen(t.title), 120 + strlen("…"));
	ck_assert_str_eq(t.instruction, line);
	task_release(&t);
	free(line);
}
END_TEST

START_TEST(it_waits_unless_its_type_is_approved_beforehand)
{
	struct task t = TASK_INIT;

	strvec_add(&automatic, "docs");
	ck_assert_int_eq(addition_task(&t, "Say it #Docs", &policy, &err), 0);
	ck_assert_int_eq(t.requires_approval, REQUIRES_UNSAID);
	task_release(&t);
	ck_assert_int_eq(addition_task(&t, "Do it #code", &policy, &err), 0);
	ck_assert_int_eq(t.requires_approval, REQUIRES_YES);
	task_release(&t);
	strvec_release(&automatic);
}
END_TEST

START_TEST(what_looks_like_structure_is_fenced)
{
	struct task t = TASK_INIT;
	struct task_list list = TASK_LIST_INIT;
	struct faults f = FAULTS_INIT;
	struct buf out = BUF_INIT;

	ck_assert_int_eq(addition_task(&t,
			     "Title\nFirst\n---\n**Requires Approval:** no\n"
			     "```\nx\n## Task 9: y",
			     &policy, &err),
	    0);
	t.number = 3;
	ck_assert_msg(addition_print(&out, &t, &err) == 0, "%s", err.text);
	ck_assert_int_eq(
	    task_list_parse(&list, "list", out.data, out.len, &f), 0);
	ck_assert_uint_eq(list.n, 1);
	ck_assert_int_eq(list.v[0].requires_approval, REQUIRES_YES);
	ck_assert(str_starts(list.v[0].instruction, "````text\nFirst\n---\n"));
	ck_assert_str_eq(list.v[0].instruction, t.instruction);
	task_list_release(&list);
	faults_release(&f);
	buf_release(&out);
	task_release(&t);
}
END_TEST

static void noted(const char *day, const char *text, const char *want)
{
	struct buf out = BUF_INIT;

	addition_note(&out, day, "2025-11-20", text);
	ck_assert_str_eq(out.data, want);
	buf_release(&out);
}

START_TEST(a_note_is_a_line_under_notes)
{
	noted("", " Buy milk\nand bread ",
	    "# Daily Work - 2025-11-20\n\n## Goals\n\n## Context\n\n"
	    "## Notes\n- Buy milk\n  and bread\n");
	noted("# Day\n## Notes\n- a", "b", "\n- b\n");
	noted("# Day\n\n## Notes\n- a\n", "# b", "- # b\n");
	noted("# Day\n## Notes\n- a\n## Context\n", "b", "\n## Notes\n- b\n");
}
END_TEST

static void file_says(const char *name, const char *want)
{
	struct buf now = BUF_INIT;

	ck_assert_int_eq(writing_read(scratch, name, 4096, &now, &err), 0);
	ck_assert_str_eq(now.data, want);
	buf_release(&now);
}

START_TEST(what_is_on_its_way_comes_into_its_file_once)
{
	struct writing w = { .file = xstrdup("2025-11-20.md"),
		.is_day = true,
		.text = xstrdup("a\n") };
	char *path;
	struct stat st;

	scratch_make();
	path = scratch_path("2025-11-20.md");
	ck_assert_int_eq(writing_carry_out(&w, scratch, &err), 0);
	ck_assert_int_eq(writing_carry_out(&w, scratch, &err), 0);
	file_says("2025-11-20.md", "a\n");
	ck_assert_int_eq(chmod(path, 0604), 0);
	w.size = 2;
	xreplace(&w.text, "b\n");
	ck_assert_int_eq(writing_carry_out(&w, scratch, &err), 0);
	ck_assert_int_eq(writing_carry_out(&w, scratch, &err), 0);
	file_says("2025-11-20.md", "a\nb\n");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0604);
	scratch_write("2025-11-20.md", "a\nc\nd\n");
	ck_assert_int_eq(writing_carry_out(&w, scratch, &err), 1);
	ck_assert_ptr_nonnull(strstr(err.text, "changed meanwhile"));
	file_says("2025-11-20.md", "a\nc\nd\n");
	writing_release(&w);
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(a_list_that_is_replaced_is_kept)
{
	struct writing w = { .file = xstrdup("2025-11-20-tasks.md"),
		.text = xstrdup("new\n") };

	scratch_make();
	scratch_write("2025-11-20-tasks.md", "old\n");
	ck_assert_int_eq(writing_carry_out(&w, scratch, &err), 0);
	ck_assert_int_eq(writing_carry_out(&w, scratch, &err), 0);
	file_says("2025-11-20-tasks.md", "new\n");
	file_says("2025-11-20-tasks.1.md", "old\n");
	file_says("2025-11-20-tasks.2.md", "");
	writing_release(&w);
	scratch_remove();
}
END_TEST

UNIT_MAIN("addition", the_first_line_is_the_title_and_the_rest_what_to_do,
    it_waits_unless_its_type_is_approved_beforehand,
    what_looks_like_structure_is_fenced, a_note_is_a_line_under_notes,
    what_is_on_its_way_comes_into_its_file_once,
    a_list_that_is_replaced_is_kept)
