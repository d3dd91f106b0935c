/* task_criteria.c - items of a Markdown list, as they stand in the source. */
#include "core/list/task_criteria.h"

#include <cmark.h>

struct criteria {
	struct strvec *items;
	const char *name;
	size_t number;
	const struct line *v;
	size_t n;
	struct faults *f;
};

/* Where the text of an item begins, in columns (which are bytes here): behind
 * the mark and one to four blanks. */
static size_t text_column(const struct line *l, size_t mark)
{
	size_t i = mark, blanks;

	while (i < l->n && l->text[i] >= '0' && l->text[i] <= '9')
		i++;
	i++; /* - + * . ) */
	for (blanks = 0; i + blanks < l->n && l->text[i + blanks] == ' ';)
		blanks++;
	if (blanks > 4 || i + blanks >= l->n)
		blanks = 1;
	return i + blanks;
}

static void add_line(struct buf *out, const struct line *l, size_t column)
{
	size_t skip = 0;

	while (skip < l->n && skip < column && l->text[skip] == ' ')
		skip++;
	buf_add(out, l->text + skip, l->n - skip);
}

static void add_item(const struct criteria *c, cmark_node *item)
{
	size_t first = (size_t)cmark_node_get_start_line(item) - 1;
	size_t last = (size_t)cmark_node_get_end_line(item);
	size_t mark = (size_t)cmark_node_get_start_column(item) - 1;
	size_t column = text_column(&c->v[first], mark);
	struct buf text = BUF_INIT;
	const struct line *l = &c->v[first];

	if (column < l->n)
		buf_add(&text, l->text + column, l->n - column);
	for (size_t i = first + 1; i < last && i < c->n; i++) {
		buf_addc(&text, '\n');
		add_line(&text, &c->v[i], column);
	}
	while (text.len > 0 && strchr(" \t\n", text.data[text.len - 1]) != NULL)
		buf_truncate(&text, text.len - 1);
	if (text.len > 0)
		strvec_take(c->items, buf_detach(&text));
	buf_release(&text);
}

static bool is_comment(cmark_node *node)
{
	return cmark_node_get_type(node) == CMARK_NODE_HTML_BLOCK &&
	       str_starts(cmark_node_get_literal(node), "<!--");
}

static void read_block(const struct criteria *c, cmark_node *node)
{
	cmark_node *item;
	int line = cmark_node_get_start_line(node);

	if (cmark_node_get_type(node) == CMARK_NODE_LIST)
		for (item = cmark_node_first_child(node); item != NULL;
		     item = cmark_node_next(item))
			add_item(c, item);
	else if (!is_comment(node))
		faults_add(c->f, c->name, (int)c->number + line - 1,
		    "text among the Acceptance Criteria that belongs to no item, want lines that begin with \"- \"");
}

void criteria_read(struct strvec *items, const char *name, size_t number,
    const struct line *v, size_t n, struct faults *f)
{
	struct criteria c = { items, name, number, v, n, f };
	struct buf text = BUF_INIT;
	cmark_node *doc, *node;

	for (size_t i = 0; i < n; i++)
		outline_add_tamed(&text, &v[i]);
	doc = cmark_parse_document(text.data, text.len, CMARK_OPT_DEFAULT);
	if (doc == NULL)
		bug("cmark gave no document");
	for (node = cmark_node_first_child(doc); node != NULL;
	     node = cmark_node_next(node))
		read_block(&c, node);
	cmark_node_free(doc);
	buf_release(&text);
}
