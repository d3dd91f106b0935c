/* prompt.c - a task as Markdown, in the words of its list. */
#include "core/claude/prompt.h"

const char prompt_instruction[] =
    "Carry out the task that is given on standard input, completely, and close with a short summary of what you did.";

static const char *const how_it_ended[] = {
	[RESULT_NONE] = "was put off before it was finished",
	[RESULT_SUCCESS] = "was completed, and is asked for once more",
	[RESULT_ERROR] = "failed",
	[RESULT_TIMEOUT] = "was ended because it took too long",
	[RESULT_CANCELLED] = "was cancelled by the user",
	[RESULT_INTERRUPTED] = "was cut off before it was finished",
};
_Static_assert(
    ARRAY_SIZE(how_it_ended) == TASK_RESULTS, "say how each result ended");

static void add_section(struct buf *out, const char *title, const char *text)
{
	if (text != NULL && *text != '\0')
		buf_addf(out, "\n## %s\n\n%s\n", title, text);
}

/* As code by indentation: whatever it says, it is no structure. */
static void add_verification(struct buf *out, const struct verification *v)
{
	const char *line = v->output;

	if (v->result == RESULT_NONE || v->result == RESULT_SUCCESS ||
	    line == NULL || *line == '\0')
		return;
	buf_addf(out, "Its work was tried by `%s`, whose last lines were:\n\n",
	    v->command);
	while (*line != '\0') {
		size_t n = strcspn(line, "\n");

		buf_addf(out, "    %.*s\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
	buf_addc(out, '\n');
}

static void add_last(struct buf *out, const struct outcome *last)
{
	buf_addf(out, "\n## The attempt before this one\n\nIt %s",
	    how_it_ended[last->result]);
	if (last->error != NULL)
		buf_addf(out, ": %s", last->error);
	buf_adds(out, ".\n");
	if (last->denials > 0)
		buf_addf(out,
		    "It was denied a tool %d time%s; do not count on it.\n",
		    last->denials, last->denials == 1 ? "" : "s");
	add_verification(out, &last->verification);
	buf_adds(out,
	    "See first what of its work is there already, and go on from that.\n");
	if (last->summary != NULL && *last->summary != '\0')
		buf_addf(out, "Its last words were:\n\n%s\n", last->summary);
}

/* Claude was ended while it waited for this. */
static void add_ruling(struct buf *out, const struct ruling *r)
{
	if (r->kind == RULING_NONE)
		return;
	buf_addf(out,
	    "\n## What the user has decided meanwhile\n\n"
	    "You were ended while you waited for an answer to this:\n\n"
	    "    %s\n\n",
	    r->what);
	if (r->kind == RULING_ALLOW)
		buf_adds(out,
		    "It is allowed. It has not been run: make exactly the same call again, and go on.\n");
	else if (r->kind == RULING_ANSWER)
		buf_adds(out,
		    "It is answered. Ask exactly the same again to read the answer, and go on.\n");
	else
		buf_addf(out,
		    "It is refused%s%s. Do not make that call again; go on without it.\n",
		    r->text != NULL ? ": " : "",
		    r->text != NULL ? r->text : "");
}

void prompt_write(struct buf *out, const struct task_record *t,
    const struct outcome *last, const struct ruling *ruling)
{
	const struct task *task = &t->task;

	buf_addf(out, "# Task %d: %s\n", task->number, task->title);
	add_section(out, "Description", task->description);
	if (task->criteria.n > 0)
		buf_adds(out, "\n## Acceptance criteria\n\n");
	for (size_t i = 0; i < task->criteria.n; i++)
		task_print_item(out, task->criteria.v[i]);
	add_section(out, "Instruction", task->instruction);
	if (last != NULL)
		add_last(out, last);
	add_section(out, "Feedback of the user on that attempt", t->feedback);
	if (ruling != NULL)
		add_ruling(out, ruling);
}
