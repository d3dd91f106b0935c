/* task_outline.c - from libcmark's tree to one word for each line.
 *
 * Fields are no Markdown, so CommonMark would take a field line behind a list
 * for more of its last item, and a heading behind </details> for HTML. Lines
 * at the left edge that look like a field, a rule or a heading therefore stand
 * alone: libcmark sees a blank line before and after each of them. Inside a
 * code fence a blank line more changes nothing. */
#include "core/list/task_outline.h"
#include "core/list/task.h"
#include "core/list/task_blocks.h"

#include <cmark.h>
#include <strings.h>

/* Containers are walked once a line: without a limit, a line of thirty
 * thousand "- " and a megabyte of blank lines would take hours. */
enum { NESTING_MAX = 512 };

const char *const task_field_name[] = {
	[FIELD_TYPE] = "Type",
	[FIELD_PRIORITY] = "Priority",
	[FIELD_APPROVAL] = "Requires Approval",
	[FIELD_DESCRIPTION] = "Description",
	[FIELD_CRITERIA] = "Acceptance Criteria",
	[FIELD_INSTRUCTION] = "Claude Instruction",
	[FIELD_TIMEOUT] = "Timeout",
};
_Static_assert(ARRAY_SIZE(task_field_name) == FIELDS, "name every field");

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

const char *trim_blanks(const char *text, size_t *n)
{
	while (*n > 0 && is_blank(*text)) {
		text++;
		(*n)--;
	}
	while (*n > 0 && is_blank(text[*n - 1]))
		(*n)--;
	return text;
}

size_t outline_indent(const struct line *l)
{
	size_t i = 0;

	while (i < l->n && l->text[i] == ' ')
		i++;
	return i;
}

/* **Name:** with no asterisk in the name. */
static bool looks_like_field(struct line *l, const char *text, size_t n)
{
	size_t i = 2;

	if (n < 6 || memcmp(text, "**", 2) != 0)
		return false;
	while (i < n && text[i] != '*')
		i++;
	if (i < 4 || i + 1 >= n || text[i + 1] != '*' || text[i - 1] != ':')
		return false;
	l->name_n = i - 3;
	l->name = trim_blanks(text + 2, &l->name_n);
	for (l->field = 0; l->field < FIELD_UNKNOWN; l->field++)
		if (strlen(task_field_name[l->field]) == l->name_n &&
		    strncasecmp(
			task_field_name[l->field], l->name, l->name_n) == 0)
			break;
	return l->name_n > 0;
}

/* What the line would be if nothing around it said otherwise. */
static enum line_kind looks_like(struct line *l)
{
	size_t skip = outline_indent(l);
	const char *text = l->text + skip;
	size_t n = l->n - skip, left = n;

	trim_blanks(text, &left);
	if (left == 0)
		return LINE_BLANK;
	if (skip > 3)
		return LINE_TEXT;
	if (n >= 2 && memcmp(text, "##", 2) == 0 &&
	    (n == 2 || is_blank(text[2])))
		return LINE_HEADING;
	if (looks_like_field(l, text, n))
		return LINE_FIELD;
	trim_blanks(text, &n);
	return n == 3 && memcmp(text, "---", 3) == 0 ? LINE_RULE : LINE_TEXT;
}

static void read_lines(struct outline *o, const char *text, size_t len)
{
	const char *end = text + len, *cr;
	size_t cap = 0;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while ((cr = memchr(text, '\r', (size_t)(end - text))) != NULL) {
		buf_add(&o->text, text, (size_t)(cr - text));
		text = cr + 1;
		if (text == end || *text != '\n')
			buf_addc(&o->text, '\n');
	}
	buf_add(&o->text, text, (size_t)(end - text));
	end = o->text.data + o->text.len;
	for (text = o->text.data; text < end;) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		struct line l = { .text = text };

		l.n = (size_t)((eol != NULL ? eol : end) - text);
		l.kind = looks_like(&l);
		if (o->n == cap) {
			cap = cap ? cap * 2 : 64;
			o->v = xrealloc(o->v, cap, sizeof(*o->v));
		}
		o->v[o->n++] = l;
		text += l.n + 1;
	}
}

/* The length of the list or quote mark at p, or 0. */
static size_t container_mark(const char *p, size_t n)
{
	size_t i = 0;

	if (n > 0 && *p == '>')
		return 1;
	while (i < n && i < 9 && p[i] >= '0' && p[i] <= '9')
		i++;
	if (i == n || p[i] == '\0' ||
	    strchr(i > 0 ? ".)" : "-+*", p[i]) == NULL)
		return 0;
	return i + 1 == n || is_blank(p[i + 1]) ? i + 1 : 0;
}

/* Columns of blanks and of list and quote marks that a line begins with. */
static size_t nesting(const struct line *l)
{
	size_t i = 0, mark;

	if (l->kind == LINE_BLANK)
		return 0;
	do {
		while (i < l->n && is_blank(l->text[i]))
			i++;
		mark = container_mark(l->text + i, l->n - i);
		i += mark;
	} while (mark > 0);
	return i;
}

/* Other brackets could only become links, and those are no structure: for cmark
 * 0.30 a megabyte of "![[]()" takes a minute. */
void outline_add_sanitized(struct buf *out, const struct line *l)
{
	static const char cdata[] = "<![CDATA["; /* which is structure */
	size_t n = nesting(l) > NESTING_MAX ? 0 : l->n;
	size_t i = outline_indent(l);
	char *to = buf_reserve(out, n + 1);

	memcpy(to, l->text, n);
	if (n >= i + strlen(cdata) &&
	    memcmp(l->text + i, cdata, strlen(cdata)) == 0)
		i += strlen(cdata);
	for (; i < n; i++)
		if (to[i] == '\0' || to[i] == '(' || to[i] == '[')
			to[i] = '.';
	to[n] = '\n';
	buf_grown(out, n + 1);
}

/* Every other byte is NUL in what Windows calls Unicode. */
static bool is_utf16(const char *text, size_t len)
{
	size_t nul[2] = { 0, 0 }, n = len < 64 ? len & ~(size_t)1 : 64;

	if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
			    memcmp(text, "\xfe\xff", 2) == 0))
		return true;
	for (size_t i = 0; i < n; i++)
		nul[i % 2] += text[i] == '\0';
	return n >= 8 && (nul[0] > n / 3 || nul[1] > n / 3);
}

/* Is it worth reading at all? */
static int check_source(
    const char *name, const char *text, size_t len, struct faults *f)
{
	int line = 1;

	if (len > TASK_LIST_MAX_BYTES) {
		for (size_t i = 0; i < TASK_LIST_MAX_BYTES; i++)
			line += text[i] == '\n';
		faults_add(f, name, line,
		    "the file goes on after %d bytes, want %d at most",
		    TASK_LIST_MAX_BYTES, TASK_LIST_MAX_BYTES);
		return -1;
	}
	if (!is_utf16(text, len))
		return 0;
	faults_add(f, name, 1,
	    "this is UTF-16, want UTF-8: save the list again as UTF-8");
	return -1;
}

/* The blocks that libcmark sees, in a text of which where says for each line
 * which of ours it is. */
static void read_blocks(struct outline *o, const char *name, struct faults *f)
{
	size_t *where = xcalloc(o->n * 3, sizeof(*where)), n = 0;
	struct buf spaced = BUF_INIT;
	cmark_node *doc;

	for (size_t i = 0; i < o->n; i++) {
		const struct line *l = &o->v[i];
		bool alone =
		    outline_indent(l) == 0 &&
		    (l->kind == LINE_HEADING || l->kind == LINE_RULE ||
			(l->kind == LINE_FIELD && l->field != FIELD_UNKNOWN));

		buf_adds(&spaced, alone ? "\n" : "");
		outline_add_sanitized(&spaced, l);
		buf_adds(&spaced, alone ? "\n" : "");
		if (alone)
			where[n++] = BLOCKS_NOWHERE;
		where[n++] = i;
		if (alone)
			where[n++] = BLOCKS_NOWHERE;
	}
	doc = cmark_parse_document(spaced.data, spaced.len, CMARK_OPT_DEFAULT);
	if (doc == NULL)
		bug("cmark gave no document");
	blocks_apply(o, doc, where, n, name, f);
	cmark_node_free(doc);
	free(where);
	buf_release(&spaced);
}

int outline_build(struct outline *o, const char *name, const char *text,
    size_t len, struct faults *f)
{
	if (check_source(name, text, len, f) != 0)
		return -1;
	read_lines(o, text, len);
	for (size_t i = 0; i < o->n; i++)
		if (nesting(&o->v[i]) > NESTING_MAX)
			faults_add(f, name, (int)i + 1,
			    "nested %zu columns deep, want %d at most",
			    nesting(&o->v[i]), NESTING_MAX);
	read_blocks(o, name, f);
	for (size_t i = 0; i < o->n; i++) {
		const struct line *l = &o->v[i];

		if (memchr(l->text, '\0', l->n) != NULL)
			faults_add(
			    f, name, (int)i + 1, "a NUL byte, want text");
		else if (!utf8_valid(l->text, l->n))
			faults_add(f, name, (int)i + 1,
			    "invalid UTF-8, want text in UTF-8");
	}
	return 0;
}

void outline_release(struct outline *o)
{
	buf_release(&o->text);
	free(o->v);
	*o = (struct outline)OUTLINE_INIT;
}

const char *outline_value(const struct line *l, size_t *n)
{
	const char *end = l->text + l->n;
	const char *text;
	size_t k;

	if (l->kind == LINE_HEADING) {
		text = l->text + outline_indent(l) + 2;
		*n = (size_t)(end - text);
		text = trim_blanks(text, n);
		/* it may end in blanks and a run of #, which is no text */
		for (k = *n; k > 0 && text[k - 1] == '#';)
			k--;
		if (k == 0 || is_blank(text[k - 1]))
			*n = k;
	} else {
		text = memchr(l->name, '*', (size_t)(end - l->name));
		text += 2;
		*n = (size_t)(end - text);
	}
	return trim_blanks(text, n);
}

bool outline_is_instruction(const struct line *l)
{
	return l->kind == LINE_FIELD && l->field == FIELD_INSTRUCTION;
}

bool outline_is_task(const struct line *l)
{
	size_t n;
	const char *text;
	char next;

	if (l->kind != LINE_HEADING)
		return false;
	text = outline_value(l, &n);
	next = n > 4 ? text[4] : ' ';
	return n >= 4 && strncasecmp(text, "task", 4) == 0 &&
	       !(next >= 'a' && next <= 'z') && !(next >= 'A' && next <= 'Z');
}

char *outline_slice(const struct outline *o, const char *from, size_t end)
{
	const char *to =
	    end < o->n ? o->v[end].text : o->text.data + o->text.len;
	const char *p = from;

	for (; p < to && strchr(" \t\n", *p) != NULL && *p != '\0'; p++)
		if (*p == '\n')
			from = p + 1;
	if (p == to)
		return NULL;
	for (p = to; strchr(" \t\n", p[-1]) != NULL && p[-1] != '\0'; p--)
		if (p[-1] == '\n')
			to = p - 1;
	return xstrndup(from, (size_t)(to - from));
}
