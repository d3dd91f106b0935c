/* task_blocks.c - which lines are text because of the block they are in. */
#include "core/list/task_blocks.h"
#include "core/list/task_near.h"

#include <strings.h>

/* A block, wherever in the tree: lines first..last of o->v. */
struct block {
	size_t first, last;
	cmark_node *node;
	cmark_node_type type;
	bool nested; /* in a list or a quote */
};

/* One walk over all blocks. */
struct walk {
	struct outline *o;
	const size_t *where; /* of n of libcmark's lines */
	size_t n;
	const char *name;
	struct faults *f;
	bool disorder; /* a fence is open, or begins inside another */
	size_t hidden; /* number of the last line told as inside one, or 0 */
};

/* The source's lines from libcmark's. Blank lines that it has of us, and those
 * that it counts to a block of indented code, are not the block's. */
static struct block block_of(const struct walk *w, cmark_node *node)
{
	struct block b = { 0, 0, node, cmark_node_get_type(node), false };
	size_t first = (size_t)cmark_node_get_start_line(node);
	size_t last = (size_t)cmark_node_get_end_line(node);

	b.nested =
	    cmark_node_get_type(cmark_node_parent(node)) != CMARK_NODE_DOCUMENT;
	/* cmark's end of an HTML block is a line short where it is ended by
	 * its own last line; its literal is complete. */
	if (b.type == CMARK_NODE_HTML_BLOCK) {
		const char *p = cmark_node_get_literal(node);

		for (last = first - 1; (p = strchr(p, '\n')) != NULL; p++)
			last++;
	}
	if (first < 1 || first > w->n)
		bug("a Markdown block at line %zu of %zu", first, w->n);
	if (last > w->n)
		last = w->n;
	while (first < w->n && w->where[first - 1] == BLOCKS_NOWHERE)
		first++;
	while (last > first && w->where[last - 1] == BLOCKS_NOWHERE)
		last--;
	b.first = w->where[first - 1];
	b.last = last > first ? w->where[last - 1] : b.first;
	return b;
}

/* How HTML ends that a blank line does not end, by how it begins. */
static const struct html_end {
	const char *begin, *end;
} html_ends[] = {
	{ "<!--", "-->" },
	{ "<?", "?>" },
	{ "<![CDATA[", "]]>" },
	{ "<!", ">" },
	{ "<script", "</script>" },
	{ "<pre", "</pre>" },
	{ "<style", "</style>" },
	{ "<textarea", "</textarea>" },
};

/* What the HTML block ends with, or NULL: with a blank line. */
static const struct html_end *html_end(const char *html)
{
	html += strspn(html, " ");
	for (size_t i = 0; i < ARRAY_SIZE(html_ends); i++) {
		size_t n = strlen(html_ends[i].begin);

		if (strncasecmp(html, html_ends[i].begin, n) != 0)
			continue;
		/* <preview> is a tag as any other */
		if (html_ends[i].begin[1] >= 'a' && html[n] != '\0' &&
		    strchr(" \t\n>", html[n]) == NULL)
			continue;
		return &html_ends[i];
	}
	return NULL;
}

static bool is_comment(const struct block *b)
{
	const char *html = cmark_node_get_literal(b->node);

	return b->type == CMARK_NODE_HTML_BLOCK &&
	       str_starts(html + strspn(html, " "), "<!--");
}

/* Any of the four raw tags may be ended by the end of another. */
static bool html_is_closed(const char *html, const char *end)
{
	if (end[0] != '<')
		return strstr(html, end) != NULL;
	for (size_t i = 0; i < ARRAY_SIZE(html_ends); i++)
		if (html_ends[i].end[0] == '<' &&
		    strcasestr(html, html_ends[i].end) != NULL)
			return true;
	return false;
}

static bool ends_with(const struct line *l, const char *end)
{
	size_t n = l->n;
	const char *text = trim_blanks(l->text, &n);
	size_t k = strlen(end);

	return n >= k && memcmp(text + n - k, end, k) == 0;
}

/* Did a fence open this block of code? */
static bool is_fenced(const struct outline *o, const struct block *b)
{
	const struct line *l = &o->v[b->first];
	size_t at = b->nested ? (size_t)cmark_node_get_start_column(b->node) - 1
			      : outline_indent(l);
	const char *code = cmark_node_get_literal(b->node);

	if (at >= l->n || (l->text[at] != '`' && l->text[at] != '~'))
		return false;
	if (!b->nested)
		return at <= 3;
	return strncmp(code, l->text + at, l->n - at) != 0;
}

/* The row of ` or ~ that the line begins with, behind blanks; its length. */
static size_t fence_marks(const struct line *l, size_t *at)
{
	size_t n = 0;

	for (*at = 0; *at < l->n && strchr(" \t", l->text[*at]) != NULL;)
		++*at;
	while (*at + n < l->n && strchr("`~", l->text[*at]) != NULL &&
	       l->text[*at] != '\0' && l->text[*at + n] == l->text[*at])
		n++;
	return n >= 3 ? n : 0;
}

/* Is the last line of a block that a fence opened the fence that closes it?
 * One at the left edge closes none in a list or a quote. */
static bool is_closed(const struct outline *o, const struct block *b)
{
	const struct line *open = &o->v[b->first], *close = &o->v[b->last];
	size_t n = close->n, at = 0, marks = 0, left;
	char mark;

	while (at < open->n && open->text[at] != '`' && open->text[at] != '~')
		at++;
	if (at == open->n || b->last == b->first)
		return false;
	mark = open->text[at];
	while (at + marks < open->n && open->text[at + marks] == mark)
		marks++;
	for (at = 0; at < n &&
		     strchr(b->nested ? "> \t" : " ", close->text[at]) != NULL;)
		at++;
	if (b->nested && at == 0)
		return false;
	for (left = 0; at < n && close->text[at] == mark; at++)
		left++;
	while (at < n && strchr(" \t", close->text[at]) != NULL)
		at++;
	return at == n && left >= marks;
}

/* A line that would be structure, or nearly, were it not in an open block. */
static bool holds_structure(const struct line *l)
{
	struct near near;

	if (l->kind == LINE_HEADING ||
	    (l->kind == LINE_FIELD && l->field != FIELD_UNKNOWN))
		return true;
	near = near_of(l);
	return (near.kind == NEAR_FIELD && near.field == FIELD_APPROVAL) ||
	       (near.kind == NEAR_HEADING && near.level > 0);
}

/* Is this a block that holds the beginning of another like it? Then one of
 * the two may lack its end, and what is behind it changed sides. */
static bool is_mismatched(const struct outline *o, const struct block *b)
{
	size_t at, k, n = fence_marks(&o->v[b->first], &at);
	const char *html = cmark_node_get_literal(b->node);

	if (b->type == CMARK_NODE_HTML_BLOCK) {
		const struct html_end *end = html_end(html);

		return end != NULL &&
		       strcasestr(strchr(html, '<') + 1, end->begin) != NULL;
	}
	for (size_t i = b->first + 1; i < b->last; i++) {
		const struct line *l = &o->v[i];
		size_t m = fence_marks(l, &k), rest = l->n - k - m;

		if (m < n || m == 0 || l->text[k] != o->v[b->first].text[at])
			continue;
		trim_blanks(l->text + k + m, &rest);
		if (rest > 0)
			return true;
	}
	return false;
}

/* A fence that closes nothing opens one, and bears no word behind it. */
static bool is_bare(const struct outline *o, const struct block *b)
{
	size_t at, n = fence_marks(&o->v[b->first], &at);
	size_t rest = o->v[b->first].n - at - n;

	trim_blanks(o->v[b->first].text + at + n, &rest);
	return rest == 0;
}

/* A block that ends, but maybe not where it was meant to: of weight where a
 * task or its approval is in it. */
static void tell_mismatch(
    struct walk *w, const struct block *b, const char *what)
{
	const struct line *v = w->o->v;
	size_t held = b->first + 1;

	while (held < b->last && !outline_is_task(&v[held]) &&
	       !(v[held].kind == LINE_FIELD && v[held].field == FIELD_APPROVAL))
		held++;
	if (held >= b->last)
		return;
	w->hidden = held + 1;
	faults_warn(w->f, w->name, (int)held + 1,
	    "this is text, for the %s of line %zu goes on to line %zu; want each closed where it ends, and a longer fence, ````, around text that has fences in it",
	    what, b->first + 1, b->last + 1);
}

static void tell_open(struct walk *w, const struct block *b, const char *what)
{
	struct outline *o = w->o;
	size_t i = b->first + 1;

	while (i <= b->last && !holds_structure(&o->v[i]))
		i++;
	if (i > b->last && w->hidden == 0) {
		faults_warn(w->f, w->name, (int)b->first + 1,
		    "this %s is never closed: all below it is text", what);
		return;
	}
	if (i > b->last) {
		faults_add(w->f, w->name, (int)b->first + 1,
		    "this %s is never closed, so one above it may have taken line %zu for text, want an end for each (and a longer fence, ````, around text that has fences in it)",
		    what, w->hidden);
		return;
	}
	o->is_cut = true;
	faults_add(w->f, w->name, (int)b->first + 1,
	    "this %s is never closed, so line %zu and all below it would be text, want its end above that line (and a longer fence, ````, around text that has fences in it)",
	    what, i + 1);
}

/* Inside code and HTML nothing is structure. Where such a block ends, nothing
 * in it is meant as structure either; nested, it may end with its container. */
static void make_text(struct walk *w, const struct block *b)
{
	struct outline *o = w->o;
	const char *html = b->type == CMARK_NODE_HTML_BLOCK
			       ? cmark_node_get_literal(b->node)
			       : NULL;
	const struct html_end *end = html != NULL ? html_end(html) : NULL;
	bool fenced = html == NULL && is_fenced(o, b);
	bool open = fenced ? !is_closed(o, b)
			   : end != NULL && !html_is_closed(html, end->end);
	bool quoted = html == NULL || end != NULL;
	bool comment =
	    html != NULL && is_comment(b) && ends_with(&o->v[b->last], "-->");

	if (!b->nested && (fenced || end != NULL)) {
		const char *what = fenced          ? "code fence"
				   : is_comment(b) ? "comment"
						   : "HTML block";

		if (open)
			tell_open(w, b, what);
		else if (is_mismatched(o, b) ||
			 (w->disorder && fenced && is_bare(o, b)))
			tell_mismatch(w, b, what);
	}
	for (size_t i = b->first; i <= b->last; i++) {
		if (comment && !b->nested)
			o->v[i].kind = LINE_COMMENT;
		else if (o->v[i].kind != LINE_BLANK && !b->nested)
			o->v[i].kind = LINE_TEXT;
		o->v[i].quoted |= quoted && !(open && b->nested);
	}
	/* what follows the end on its line was meant to be seen */
	if (end != NULL && !open && !ends_with(&o->v[b->last], end->end))
		o->v[b->last].quoted = false;
}

static void apply_block(struct walk *w, cmark_node *node)
{
	cmark_node_type type = cmark_node_get_type(node);
	struct outline *o = w->o;
	struct block b;

	if (type == CMARK_NODE_CODE_BLOCK || type == CMARK_NODE_HTML_BLOCK) {
		b = block_of(w, node);
		make_text(w, &b);
	} else if (type == CMARK_NODE_LIST || type == CMARK_NODE_BLOCK_QUOTE) {
		b = block_of(w, node);
		/* what is indented belongs to it */
		for (size_t i = b.first; i <= b.last && !b.nested; i++)
			if (o->v[i].kind != LINE_BLANK &&
			    outline_indent(&o->v[i]) > 0)
				o->v[i].kind = LINE_TEXT;
	}
}

/* Is one fence open or mismatched? The rest may have changed sides then. */
static bool has_disorder(const struct walk *w, cmark_node *doc)
{
	cmark_node *node = cmark_node_first_child(doc);

	for (; node != NULL; node = cmark_node_next(node)) {
		struct block b;

		if (cmark_node_get_type(node) != CMARK_NODE_CODE_BLOCK)
			continue;
		b = block_of(w, node);
		if (is_fenced(w->o, &b) &&
		    (!is_closed(w->o, &b) || is_mismatched(w->o, &b)))
			return true;
	}
	return false;
}

void blocks_apply(struct outline *o, cmark_node *doc, const size_t *where,
    size_t n, const char *name, struct faults *f)
{
	cmark_iter *iter = cmark_iter_new(doc);
	cmark_event_type event;
	struct walk w = { o, where, n, name, f, false, 0 };

	w.disorder = has_disorder(&w, doc);
	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE)
		if (event == CMARK_EVENT_ENTER)
			apply_block(&w, cmark_iter_get_node(iter));
	cmark_iter_free(iter);
}
