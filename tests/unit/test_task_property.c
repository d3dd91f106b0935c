/* Whatever text stands around it, structure counts: 20,000 lists, made at
 * random. */
#include "unit.h"
#include "lists.h"

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

UNIT_MAIN("task_property", structure_counts_whatever_stands_around_it_1,
    structure_counts_whatever_stands_around_it_2,
    structure_counts_whatever_stands_around_it_3,
    structure_counts_whatever_stands_around_it_4)
