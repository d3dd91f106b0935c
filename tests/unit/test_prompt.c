#include "unit.h"

#include "core/claude/prompt.h"

static struct task_record make(void)
{
	struct task_record t = { .task = TASK_INIT, .outcome = OUTCOME_INIT };

	t.task.number = 2;
	t.task.title = xstrdup("Make it");
	t.task.instruction = xstrdup("Write\n\n```\n---\n```\nthen `x`");
	return t;
}

static void check_prompt(
    struct task_record *t, const struct outcome *last, const char *expected)
{
	struct buf out = BUF_INIT;

	prompt_write(&out, t, last, NULL);
	ck_assert_str_eq(out.data, expected);
	buf_release(&out);
	task_release(&t->task);
}

#define INSTRUCTION "\n## Instruction\n\nWrite\n\n```\n---\n```\nthen `x`\n"

START_TEST(says_what_the_list_says_verbatim)
{
	struct task_record t = make();

	t.task.description = xstrdup("Why\n  it is so");
	strvec_add(&t.task.criteria, "one\ngoes on\n\n- nested");
	strvec_add(&t.task.criteria, "two");
	check_prompt(&t, NULL,
	    "# Task 2: Make it\n"
	    "\n## Description\n\nWhy\n  it is so\n"
	    "\n## Acceptance criteria\n\n"
	    "- one\n  goes on\n\n  - nested\n- two\n" INSTRUCTION);
}
END_TEST

START_TEST(leaves_out_what_there_is_not)
{
	struct task_record t = make();

	check_prompt(&t, NULL, "# Task 2: Make it\n" INSTRUCTION);
}
END_TEST

START_TEST(a_retry_hears_how_the_last_attempt_ended_and_the_feedback)
{
	struct task_record t = make();
	struct outcome last = { .result = RESULT_ERROR,
		.error = (char *)"API error 529",
		.summary = (char *)"I began.",
		.denials = 2 };

	t.feedback = (char *)"use plural names";
	check_prompt(&t, &last,
	    "# Task 2: Make it\n" INSTRUCTION
	    "\n## The attempt before this one\n\n"
	    "It failed: API error 529.\n"
	    "It was denied a tool 2 times; do not count on it.\n"
	    "See first what of its work is there already, and go on from "
	    "that.\n"
	    "Its last words were:\n\nI began.\n"
	    "\n## Feedback of the user on that attempt\n\n"
	    "use plural names\n");
}
END_TEST

START_TEST(every_end_has_its_words)
{
	static const char *const words[] = {
		[RESULT_SUCCESS] = "It was completed, and is asked for once "
				   "more.\n",
		[RESULT_ERROR] = "It failed.\n",
		[RESULT_TIMEOUT] = "It was ended because it took too long.\n",
		[RESULT_CANCELLED] = "It was cancelled by the user.\n",
		[RESULT_INTERRUPTED] = "It was cut off before it was "
				       "finished.\n",
	};
	struct buf out = BUF_INIT;
	struct task_record t = make();

	for (int i = RESULT_SUCCESS; i < TASK_RESULTS; i++) {
		struct outcome last = { .result = (enum task_result)i };

		buf_reset(&out);
		prompt_write(&out, &t, &last, NULL);
		ck_assert_ptr_nonnull(strstr(out.data, words[i]));
	}
	buf_release(&out);
	task_release(&t.task);
}
END_TEST

START_TEST(what_was_decided_meanwhile_is_told)
{
	static const struct {
		enum ruling_kind kind;
		const char *text, *told;
	} rows[] = {
		{ RULING_ALLOW, NULL,
		    "It is allowed. It has not been run: make exactly the same call again, and go on.\n" },
		{ RULING_ANSWER, "Red",
		    "It is answered. Ask exactly the same again to read the answer, and go on.\n" },
		{ RULING_DENY, "keep it",
		    "It is refused: keep it. Do not make that call again; go on without it.\n" },
		{ RULING_DENY, NULL,
		    "It is refused. Do not make that call again; go on without it.\n" },
	};
	struct buf none = BUF_INIT, out = BUF_INIT, expected = BUF_INIT;
	struct ruling nothing = { .kind = RULING_NONE };
	struct task_record t = make();

	prompt_write(&none, &t, NULL, &nothing);
	ck_assert_ptr_null(strstr(none.data, "meanwhile"));
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct ruling r = { .kind = rows[i].kind,
			.what = (char *)"Bash: rm x",
			.text = (char *)rows[i].text };

		buf_reset(&out);
		buf_reset(&expected);
		prompt_write(&out, &t, NULL, &r);
		buf_addf(&expected,
		    "%s\n## What the user has decided meanwhile\n\n"
		    "You were ended while you waited for an answer to this:\n\n"
		    "    Bash: rm x\n\n%s",
		    none.data, rows[i].told);
		ck_assert_str_eq(out.data, expected.data);
	}
	buf_release(&none);
	buf_release(&out);
	buf_release(&expected);
	task_release(&t.task);
}
END_TEST

START_TEST(the_argument_is_one_plain_sentence)
{
	ck_assert_ptr_null(strpbrk(prompt_instruction, "\n\"'`$\\%"));
	ck_assert_int_ne(prompt_instruction[0], '-');
}
END_TEST

UNIT_MAIN("prompt", says_what_the_list_says_verbatim,
    leaves_out_what_there_is_not,
    a_retry_hears_how_the_last_attempt_ended_and_the_feedback,
    every_end_has_its_words, what_was_decided_meanwhile_is_told,
    the_argument_is_one_plain_sentence)
