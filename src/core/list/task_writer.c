/* task_writer.c - tasks to a list in Markdown that reads back as the same.
 *
 * What an instruction may say without being taken for structure depends on
 * fences, lists and HTML around it. So there is no second set of rules here:
 * what was written is read again and compared. */
#include "core/list/task.h"
#include "core/list/task_outline.h"

/* Drops the blank lines around a text, which is NULL where nothing is left. */
static void drop_edges(char **text)
{
	char *from = *text, *to, *p, *kept = NULL;

	if (from == NULL)
		return;
	for (p = from; *p != '\0' && strchr(" \t\r\n", *p) != NULL; p++)
		if (*p == '\n')
			from = p + 1;
	if (*p != '\0') {
		to = p + strlen(p);
		for (p = to; strchr(" \t\r\n", p[-1]) != NULL; p--)
			if (p[-1] == '\n')
				to = p - 1;
		kept = xstrndup(from, (size_t)(to - from));
	}
	free(*text);
	*text = kept;
}

/* t as it should be read back. */
static void settle(struct task *to, const struct task *t)
{
	task_copy(to, t);
	for (size_t i = 0; i < to->criteria.n; i++) {
		char *item = to->criteria.v[i];
		size_t n;

		item += strspn(item, " \t\n");
		n = strlen(item);
		while (n > 0 && strchr(" \t\n", item[n - 1]) != NULL)
			n--;
		item = xstrndup(item, n);
		free(to->criteria.v[i]);
		to->criteria.v[i] = item;
	}
	drop_edges(&to->description);
	drop_edges(&to->instruction);
	if (to->type == NULL)
		to->type = xstrdup("general");
}

void task_print_item(struct buf *out, const char *text)
{
	buf_adds(out, "- ");
	for (; *text != '\0'; text++) {
		buf_addc(out, *text);
		if (*text == '\n' && text[1] != '\n' && text[1] != '\0')
			buf_adds(out, "  ");
	}
	buf_addc(out, '\n');
}

static void print_task(struct buf *out, const struct task *t)
{
	const char *title = t->title != NULL ? t->title : "";
	const char *text = t->description;
	size_t n = strlen(title);

	/* A title that ends in "#" would lose it: CommonMark takes a last run
	 * of them for the heading's end, so it gets one. */
	buf_addf(out, "## Task %d: %s%s\n", t->number, title,
	    n > 0 && title[n - 1] == '#' ? " #" : "");
	buf_addf(out, "**Type:** %s\n", t->type);
	if (t->priority != PRIORITY_NONE)
		buf_addf(out, "**Priority:** %s\n", priority_name[t->priority]);
	if (t->requires_approval != REQUIRES_UNSAID)
		buf_addf(out, "**Requires Approval:** %s\n",
		    t->requires_approval == REQUIRES_YES ? "true" : "false");
	if (t->timeout > 0)
		buf_addf(out, "**Timeout:** %d\n", t->timeout);
	if (text != NULL) {
		bool own_lines = strchr(text, '\n') != NULL || *text == ' ' ||
				 *text == '\t' || text[strlen(text) - 1] == ' ';

		buf_addf(out, "**Description:**%c%s\n", own_lines ? '\n' : ' ',
		    text);
	}
	if (t->criteria.n > 0)
		buf_adds(out, "**Acceptance Criteria:**\n");
	for (size_t i = 0; i < t->criteria.n; i++)
		task_print_item(out, t->criteria.v[i]);
	buf_addf(out, "\n**Claude Instruction:**\n%s\n\n---\n",
	    t->instruction != NULL ? t->instruction : "");
}

/* Names the first line of want (NULL: none) that is not in got. */
static int compare_text(struct error *err, int number, const char *field,
    const char *want, const char *got)
{
	size_t same = 0, from;
	int line = 1;

	if (str_equal(want, got))
		return 0;
	want = want != NULL ? want : "";
	while (got != NULL && want[same] != '\0' && want[same] == got[same])
		same++;
	if (want[same] == '\n')
		same++; /* whole in both: it is the next that is not */
	for (from = same; from > 0 && want[from - 1] != '\n'; from--)
		;
	for (size_t i = 0; i < from; i++)
		line += want[i] == '\n';
	return error_set(err,
	    "cannot write task %d as a list: line %d of its %s, \"%.*s\", would be read as something else",
	    number, line, field,
	    (int)utf8_cut(want + from, strcspn(want + from, "\n"), 60),
	    want + from);
}

static int compare(
    const struct task *want, const struct task *got, struct error *err)
{
	int n = want->number;

	if (compare_text(err, n, "Title", want->title, got->title) != 0 ||
	    compare_text(err, n, "Type", want->type, got->type) != 0 ||
	    compare_text(err, n, "Description", want->description,
		got->description) != 0 ||
	    compare_text(err, n, "Claude Instruction", want->instruction,
		got->instruction) != 0)
		return -1;
	for (size_t i = 0; i < want->criteria.n; i++)
		if (compare_text(err, n, "Acceptance Criteria",
			want->criteria.v[i],
			i < got->criteria.n ? got->criteria.v[i] : NULL) != 0)
			return -1;
	if (want->criteria.n != got->criteria.n || n != got->number ||
	    want->priority != got->priority || want->timeout != got->timeout ||
	    want->requires_approval != got->requires_approval)
		return error_set(err,
		    "cannot write task %d as a list: it would be read as another one",
		    n);
	return 0;
}

/* Is this text the list? */
static int check(const char *name, const char *text, size_t len,
    const struct task_list *want, struct error *err)
{
	struct task_list got = TASK_LIST_INIT;
	struct faults f = FAULTS_INIT;
	int rc = 0;

	if (task_list_parse(&got, name, text, len, &f) != 0)
		rc = error_set(err, "cannot write the list: %s", f.lines.v[0]);
	for (size_t i = 0; rc == 0 && i < want->n && i < got.n; i++)
		rc = compare(&want->v[i], &got.v[i], err);
	if (rc == 0 && want->n != got.n)
		rc = error_set(err,
		    "cannot write %zu tasks as a list: it would be read as %zu",
		    want->n, got.n);
	task_list_release(&got);
	faults_release(&f);
	return rc;
}

int task_list_print(struct buf *out, const char *heading,
    const struct task_list *l, struct error *err)
{
	struct task_list settled = { xcalloc(l->n, sizeof(*settled.v)), 0 };
	struct buf text = BUF_INIT;
	int rc = 0;

	if (heading != NULL)
		buf_addf(&text, "# %s\n", heading);
	while (rc == 0 && settled.n < l->n) {
		struct task *t = &settled.v[settled.n];
		const struct task_list alone = { t, 1 };
		char *name;
		size_t from;

		settle(t, &l->v[settled.n++]);
		buf_adds(&text, text.len > 0 ? "\n" : "");
		from = text.len;
		print_task(&text, t);
		/* alone, so that what is wrong is said of the right one */
		name = xasprintf("task %d", t->number);
		rc =
		    check(name, text.data + from, text.len - from, &alone, err);
		free(name);
	}
	if (rc == 0)
		rc = check("list", text.data, text.len, &settled, err);
	if (rc == 0)
		buf_add(out, text.data, text.len);
	buf_release(&text);
	task_list_release(&settled);
	return rc;
}
