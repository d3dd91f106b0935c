/* ask_diff.c - the file as it would be, and where it differs from what it is.
 *
 * Lines that both have at their beginning and end are put aside; of what is
 * between, the longest common subsequence stays, where that is not too much to
 * be looked for, and else all of it goes and comes. */
#include "core/claude/ask_diff.h"
#include "core/json.h"

enum {
	CONTEXT = 3,         /* lines around a change */
	TABLE_MAX = 1 << 18, /* cells of the table of common lines */
	EDITS_MAX = 64,
	/* What grows by more than ASK_MAX has a diff that is too long, and so
	 * has what is replaced in more places; the loop waits meanwhile. */
	TEXT_MAX = ASK_FILE_MAX + ASK_MAX,
	PLACES_MAX = ASK_MAX,
};

/* -- the file as it would be ----------------------------------------------- */

static const char *text_of(struct json_object *o, const char *key)
{
	const char *s;

	return json_get_string(o, key, &s, NULL) == 0 ? s : NULL;
}

/* Is what a diff says all of it? A member that it does not know is to be seen.
 */
static bool is_known(struct json_object *o)
{
	static const char *const keys[] = { "file_path", "content",
		"old_string", "new_string", "replace_all", "edits" };

	json_object_object_foreach(o, key, value)
	{
		size_t i = 0;

		(void)value;
		while (i < ARRAY_SIZE(keys) && strcmp(key, keys[i]) != 0)
			i++;
		if (i == ARRAY_SIZE(keys))
			return false;
	}
	return true;
}

/* Replaces old by its successor in text, and counts down how many more places
 * of the call may be; false: it is not there, or more than once and only one is
 * meant, or what would come of it is longer than is shown: old may be one
 * letter, and its successor the whole call. */
static bool replace(struct buf *text, struct json_object *edit, int *places)
{
	const char *old = text_of(edit, "old_string");
	const char *new = text_of(edit, "new_string");
	bool all = json_object_get_boolean(
	    json_object_object_get(edit, "replace_all"));
	struct buf out = BUF_INIT;
	const char *at = text->data, *found;
	int times = 0;

	if (old == NULL || new == NULL || old[0] == '\0' || !is_known(edit))
		return false;
	while ((found = strstr(at, old)) != NULL && out.len <= TEXT_MAX &&
	       (*places)-- > 0) {
		buf_add(&out, at, (size_t)(found - at));
		buf_adds(&out, new);
		at = found + strlen(old);
		times++;
	}
	buf_adds(&out, at);
	buf_release(text);
	*text = out;
	return text->len <= TEXT_MAX && *places >= 0 &&
	       (times == 1 || (times > 1 && all));
}

static bool apply(struct buf *text, const char *tool, struct json_object *o)
{
	const char *old = text_of(o, "old_string"), *all = NULL;
	struct json_object *edits;
	int places = PLACES_MAX;

	if (!is_known(o))
		return false;
	if (strcmp(tool, "Write") == 0) {
		all = text_of(o, "content");
		if (all == NULL)
			return false;
	} else if (text->len == 0 && old != NULL && old[0] == '\0') {
		all = text_of(o, "new_string"); /* it makes a file */
	}
	if (all != NULL) {
		buf_reset(text);
		buf_adds(text, all);
		return true;
	}
	if (strcmp(tool, "Edit") == 0)
		return replace(text, o, &places);
	edits = json_object_object_get(o, "edits");
	if (!json_object_is_type(edits, json_type_array) ||
	    json_object_array_length(edits) > EDITS_MAX)
		return false;
	for (size_t i = 0; i < json_object_array_length(edits); i++)
		if (!replace(
			text, json_object_array_get_idx(edits, i), &places))
			return false;
	return true;
}

/* -- lines ----------------------------------------------------------------- */

struct line {
	const char *text;
	size_t len; /* with its newline */
};

struct lines {
	struct line *v;
	size_t n;
};

static void split(struct lines *out, const char *text, size_t len)
{
	const char *end = text + len;

	*out = (struct lines){ xcalloc(len + 1, sizeof(struct line)), 0 };
	while (text < end) {
		const char *nl = memchr(text, '\n', (size_t)(end - text));
		size_t n = (size_t)((nl == NULL ? end : nl + 1) - text);

		out->v[out->n++] = (struct line){ text, n };
		text += n;
	}
}

static bool same(struct line a, struct line b)
{
	return a.len == b.len && memcmp(a.text, b.text, a.len) == 0;
}

/* -- what goes, comes and stays ---------------------------------------------
 */

struct step {
	char op; /* ' ', '-' or '+' */
	struct line line;
};

struct steps {
	struct step *v;
	size_t n;
};

static void add_steps(
    struct steps *to, char op, const struct line *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to->v[to->n++] = (struct step){ op, from[i] };
}

/* By the table of the longest common subsequence, from its end. */
static void add_common(struct steps *to, const struct line *a, size_t na,
    const struct line *b, size_t nb)
{
	size_t width = nb + 1, i, k;
	unsigned *longest = xcalloc((na + 1) * width, sizeof(*longest));

	for (i = na; i-- > 0;)
		for (k = nb; k-- > 0;) {
			unsigned down = longest[(i + 1) * width + k];
			unsigned right = longest[i * width + k + 1];

			longest[i * width + k] =
			    same(a[i], b[k])
				? longest[(i + 1) * width + k + 1] + 1
			    : down > right ? down
					   : right;
		}
	for (i = 0, k = 0; i < na && k < nb;) {
		if (same(a[i], b[k])) {
			add_steps(to, ' ', a + i++, 1);
			k++;
		} else if (longest[(i + 1) * width + k] >=
			   longest[i * width + k + 1]) {
			add_steps(to, '-', a + i++, 1);
		} else {
			add_steps(to, '+', b + k++, 1);
		}
	}
	add_steps(to, '-', a + i, na - i);
	add_steps(to, '+', b + k, nb - k);
	free(longest);
}

static void compare(
    struct steps *to, const struct lines *a, const struct lines *b)
{
	size_t head = 0, tail = 0, na, nb;

	while (head < a->n && head < b->n && same(a->v[head], b->v[head]))
		head++;
	while (tail < a->n - head && tail < b->n - head &&
	       same(a->v[a->n - 1 - tail], b->v[b->n - 1 - tail]))
		tail++;
	na = a->n - head - tail;
	nb = b->n - head - tail;
	*to =
	    (struct steps){ xcalloc(a->n + b->n + 1, sizeof(struct step)), 0 };
	add_steps(to, ' ', a->v, head);
	if ((na + 1) * (nb + 1) <= TABLE_MAX) {
		add_common(to, a->v + head, na, b->v + head, nb);
	} else {
		add_steps(to, '-', a->v + head, na);
		add_steps(to, '+', b->v + head, nb);
	}
	add_steps(to, ' ', a->v + a->n - tail, tail);
}

/* -- hunks ------------------------------------------------------------------
 */

/* The step behind the hunk that begins at from: where no change is near. */
static size_t hunk_end(const struct steps *s, size_t from)
{
	size_t last = from;

	for (size_t i = from; i < s->n && i <= last + 2 * CONTEXT + 1; i++)
		if (s->v[i].op != ' ')
			last = i;
	return last + CONTEXT + 1 < s->n ? last + CONTEXT + 1 : s->n;
}

/* "12,3", as diff -u counts: of no lines the one before them. */
static void add_range(struct buf *out, size_t first, size_t n)
{
	buf_addf(out, "%zu", n == 0 ? first : first + 1);
	if (n != 1)
		buf_addf(out, ",%zu", n);
}

static void add_hunk(struct buf *out, const struct steps *s, size_t from,
    size_t to, size_t old, size_t new)
{
	size_t gone = 0, come = 0;

	for (size_t i = from; i < to; i++) {
		gone += s->v[i].op != '+';
		come += s->v[i].op != '-';
	}
	buf_adds(out, "@@ -");
	add_range(out, old, gone);
	buf_adds(out, " +");
	add_range(out, new, come);
	buf_adds(out, " @@\n");
	for (size_t i = from; i < to; i++) {
		struct line l = s->v[i].line;

		buf_addc(out, s->v[i].op);
		buf_add(out, l.text, l.len);
		if (l.text[l.len - 1] != '\n')
			buf_adds(out, "\n\\ No newline at end of file\n");
	}
}

static void add_hunks(struct buf *out, const struct steps *s)
{
	size_t old = 0, new = 0; /* lines of each before step i */

	for (size_t i = 0; i < s->n;) {
		size_t near = i;

		while (near < s->n && near < i + CONTEXT + 1 &&
		       s->v[near].op == ' ')
			near++;
		if (near < s->n && near <= i + CONTEXT) {
			size_t end = hunk_end(s, near);

			add_hunk(out, s, i, end, old, new);
			for (; i < end; i++) {
				old += s->v[i].op != '+';
				new += s->v[i].op != '-';
			}
		} else {
			i++;
			old++;
			new ++;
		}
	}
}

bool ask_has_diff(const struct ask *a)
{
	return strcmp(a->tool, "Edit") == 0 ||
	       strcmp(a->tool, "MultiEdit") == 0 ||
	       strcmp(a->tool, "Write") == 0;
}

bool ask_diff(
    struct buf *out, const struct ask *a, const char *before, size_t n)
{
	struct json_object *o = ask_input(a);
	struct buf after = BUF_INIT;
	bool is_text = before == NULL || memchr(before, '\0', n) == NULL;
	bool ok;

	buf_add(&after, before == NULL ? "" : before, n);
	ok = is_text && apply(&after, a->tool, o) &&
	     (before == NULL || after.len != n ||
		 memcmp(after.data, before, n) != 0);
	if (ok) {
		struct lines old, new;
		struct steps steps;

		split(&old, before, n);
		split(&new, after.data, after.len);
		compare(&steps, &old, &new);
		add_hunks(out, &steps);
		free(steps.v);
		free(old.v);
		free(new.v);
	}
	buf_release(&after);
	json_object_put(o);
	return ok;
}
