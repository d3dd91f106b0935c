/* task_value.c - type, priority, approval, timeout, and the criteria's list,
 * whose items are as they stand in the source. */
#include "core/list/task_value.h"

#include <cmark.h>
#include <strings.h>

static const char *const approval_word[] = { "false", "no", "true", "yes" };

static const char *const wanted[FIELDS] = {
	[FIELD_TYPE] = "a word",
	[FIELD_PRIORITY] = "high, medium or low",
	[FIELD_APPROVAL] = "true, false, yes or no",
	[FIELD_TIMEOUT] = "1..86400 seconds",
};

struct quote value_quote(const char *text, size_t n)
{
	struct quote q;
	struct buf clean = BUF_INIT;
	size_t k = utf8_cut(text, n, QUOTE_MAX);

	buf_add_clean(&clean, text, k);
	snprintf(
	    q.text, sizeof(q.text), "%s%s", clean.data, k < n ? "..." : "");
	buf_release(&clean);
	return q;
}

void value_fault(const struct line *l, const char *name, size_t number,
    const char *want, struct faults *f)
{
	size_t n;
	const char *value = outline_value(l, &n);

	faults_add(f, name, (int)number, "%s \"%s\": want %s",
	    task_field_name[l->field], value_quote(value, n).text, want);
}

/* Which of the words value is, in any case, or -1. */
static int choice(const char *value, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (words[i] != NULL && strcasecmp(words[i], value) == 0)
			return (int)i;
	return -1;
}

/* Types are compared, so what only decorates one is no part of it, nor is
 * the backslash of a hard line break. */
static char *plain_type(const char *value)
{
	size_t n = strlen(value);

	while (n > 0 && strchr("`*_~[\"'", *value) != NULL) {
		value++;
		n--;
	}
	while (n > 0 && strchr("`*_~]\"'.;\\", value[n - 1]) != NULL)
		n--;
	value = trim_blanks(value, &n);
	return xstrndup(value, n);
}

/* Whether a type is one word to the eye: not two of them, and no blank that
 * nobody sees (no-break, zero-width), which would compare as another type. */
static bool is_one_type(const char *type)
{
	static const char *const not_in[] = { "**", ",", "\u00a0", "\u200b",
		"\u200c", "\u200d", "\u2060", "\ufeff" };

	for (size_t i = 0; i < ARRAY_SIZE(not_in); i++)
		if (strstr(type, not_in[i]) != NULL)
			return false;
	return type[0] != '\0';
}

static int set_value(struct task *t, enum task_field field, const char *value)
{
	long seconds;
	int i;

	switch (field) {
	case FIELD_TYPE:
		free(t->type);
		t->type = plain_type(value);
		return is_one_type(t->type) ? 0 : -1;
	case FIELD_PRIORITY:
		i = choice(value, priority_name, PRIORITY_COUNT);
		t->priority = i < 0 ? PRIORITY_NONE : (enum priority)i;
		return i < 0 ? -1 : 0;
	case FIELD_APPROVAL:
		i = choice(value, approval_word, ARRAY_SIZE(approval_word));
		t->requires_approval = i < 2 ? REQUIRES_NO : REQUIRES_YES;
		return i < 0 ? -1 : 0;
	case FIELD_TIMEOUT:
		if (parse_number(value, 1, TASK_TIMEOUT_MAX, &seconds) != 0)
			return -1;
		t->timeout = (int)seconds;
		return 0;
	default:
		return 0;
	}
}

void value_read(struct task *t, const struct line *l, const char *name,
    size_t number, struct faults *f)
{
	size_t n;
	const char *text = outline_value(l, &n);
	char *value = xstrndup(text, n);

	if (set_value(t, l->field, value) != 0)
		value_fault(l, name, number, wanted[l->field], f);
	free(value);
}

/* Columns are bytes here. */
static void add_item(
    struct strvec *items, const struct line *v, size_t n, cmark_node *item)
{
	size_t first = (size_t)cmark_node_get_start_line(item) - 1;
	size_t last = (size_t)cmark_node_get_end_line(item);
	size_t column = (size_t)cmark_node_get_start_column(item) - 1;
	const struct line *l = &v[first];
	struct buf text = BUF_INIT;
	size_t blanks = 0;

	/* its text begins behind the mark and one to four blanks */
	while (
	    column < l->n && l->text[column] >= '0' && l->text[column] <= '9')
		column++;
	column++; /* - + * . ) */
	while (column + blanks < l->n && l->text[column + blanks] == ' ')
		blanks++;
	column += blanks > 4 || column + blanks >= l->n ? 1 : blanks;
	if (column < l->n)
		buf_add(&text, l->text + column, l->n - column);
	for (size_t i = first + 1; i < last && i < n; i++) {
		size_t skip = outline_indent(&v[i]);

		skip = skip < column ? skip : column;
		buf_addc(&text, '\n');
		buf_add(&text, v[i].text + skip, v[i].n - skip);
	}
	while (text.len > 0 && strchr(" \t\n", text.data[text.len - 1]) != NULL)
		buf_truncate(&text, text.len - 1);
	if (text.len > 0)
		strvec_take(items, buf_detach(&text));
	buf_release(&text);
}

void value_read_list(struct strvec *items, const char *name, size_t number,
    const struct line *v, size_t n, struct faults *f)
{
	struct buf text = BUF_INIT;
	cmark_node *doc, *node;

	for (size_t i = 0; i < n; i++)
		outline_add_sanitized(&text, &v[i]);
	doc = cmark_parse_document(text.data, text.len, CMARK_OPT_DEFAULT);
	if (doc == NULL)
		bug("cmark gave no document");
	for (node = cmark_node_first_child(doc); node != NULL;
	     node = cmark_node_next(node)) {
		cmark_node_type type = cmark_node_get_type(node);
		cmark_node *item = cmark_node_first_child(node);

		if (type == CMARK_NODE_LIST)
			for (; item != NULL; item = cmark_node_next(item))
				add_item(items, v, n, item);
		else if (type != CMARK_NODE_HTML_BLOCK ||
			 !str_starts(cmark_node_get_literal(node), "<!--"))
			faults_add(f, name,
			    (int)number + cmark_node_get_start_line(node) - 1,
			    "text among the Acceptance Criteria that belongs to no item, want lines that begin with \"- \"");
	}
	cmark_node_free(doc);
	buf_release(&text);
}
