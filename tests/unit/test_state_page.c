/* orchestrator-state(5) against the tables from which state.json is printed:
 * each member has its place on the page, with what it is, the words and the
 * range that it may have; and the page has no other. */
#include "unit.h"

#include "base/durable.h"
#include "core/session/session_fields.h"
#include "store/state.h"

#include <limits.h>

static char *page; /* from MEMBERS on, with a newline before and behind */

static void read_page(void)
{
	const char *top = getenv("srcdir");
	char *path =
	    xasprintf("%s/man/orchestrator-state.5", top != NULL ? top : ".");
	struct error err = ERROR_INIT;
	char *text, *from, *to;
	size_t n;

	ck_assert_msg(
	    read_file(path, 1 << 20, &text, &n, &err) == 0, "%s", err.text);
	from = strstr(text, "\n.Sh MEMBERS\n");
	ck_assert_ptr_nonnull(from);
	to = strstr(from + 1, "\n.Sh ");
	ck_assert_ptr_nonnull(to);
	page = xstrndup(from, (size_t)(to - from) + 1);
	free(text);
	free(path);
}

/* Where text stands, below at and before end; or NULL. */
static const char *find(const char *at, const char *end, const char *text)
{
	const char *found = strstr(at, text);

	return found != NULL && found < end ? found : NULL;
}

/* What is said between its heading and the next; NULL: it has none. */
static char *section(const char *place)
{
	char *heading = xasprintf("\n.Ss %s\n", place);
	const char *at = strstr(page, heading), *end;
	char *said = NULL;

	if (at != NULL) {
		at += strlen(heading) - 1;
		end = strstr(at, "\n.Ss ");
		said =
		    xstrndup(at, end != NULL ? (size_t)(end - at) : strlen(at));
	}
	free(heading);
	return said;
}

/* The entry of key, ".It Cm a , b Pq what" and what follows; NULL: none. */
static char *entry(const char *said, const char *key)
{
	char *word = xasprintf(" %s ", key);
	const char *next = strstr(said, "\n.It Cm ");
	char *found = NULL;

	while (next != NULL && found == NULL) {
		const char *at = next + 1, *end = strstr(at, " Pq ");

		next = strstr(at, "\n.It Cm ");
		ck_assert_ptr_nonnull(end);
		if (find(at, end + 1, word) != NULL)
			found = xstrndup(at,
			    next != NULL ? (size_t)(next - at) : strlen(at));
	}
	free(word);
	return found;
}

/* "text or null"; "" where only the hook knows. */
static char *what_it_is(const struct field *f)
{
	static const char *const kinds[] = {
		[FIELD_TEXT] = "text",
		[FIELD_WORD] = "id",
		[FIELD_DATE] = "date",
		[FIELD_JSON] = "JSON",
		[FIELD_STRINGS] = "list of texts",
		[FIELD_INT] = "integer",
		[FIELD_LONG] = "integer",
		[FIELD_ENUM] = "word",
		[FIELD_BOOL] = "boolean",
		[FIELD_TIME] = "time",
		[FIELD_USD] = "dollars",
		[FIELD_OBJECT] = "object",
		[FIELD_ARRAY] = "list of objects",
		[FIELD_LIST] = "list of objects",
		[FIELD_HOOK] = "",
	};
	bool null = false;

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_WORD:
	case FIELD_DATE:
	case FIELD_ENUM:
	case FIELD_TIME:
	case FIELD_OBJECT:
		null = !(f->flags & FIELD_NEEDED);
		break;
	case FIELD_INT:
	case FIELD_LONG:
		null = f->none < f->low || f->none > f->high;
		break;
	default:
		break;
	}
	return xasprintf("%s%s", kinds[f->kind],
	    f->flags & FIELD_LEFT_OUT ? " or absent"
	    : null                    ? " or null"
				      : "");
}

/* The words and the range of f are in what is said of it. */
static void assert_values(
    const struct field *f, const char *place, const char *said)
{
	char *want;

	if (f->kind == FIELD_ENUM)
		for (int64_t i = 0; i <= f->high; i++) {
			if (f->names[i] == NULL)
				continue;
			want = xasprintf("\n.Ql %s", f->names[i]);
			ck_assert_msg(strstr(said, want) != NULL,
			    "%s: %s does not say '%s'", place, f->key,
			    f->names[i]);
			free(want);
		}
	if ((f->kind == FIELD_INT || f->kind == FIELD_LONG) &&
	    f->high != INT_MAX && f->high != INT64_MAX) {
		want = xasprintf(
		    "%lld..%lld", (long long)f->low, (long long)f->high);
		ck_assert_msg(strstr(said, want) != NULL,
		    "%s: %s does not say %s", place, f->key, want);
		free(want);
	}
}

static void assert_said(
    const struct field *f, const char *place, const char *said)
{
	char *about = entry(said, f->key), *is = what_it_is(f), *line, *end;

	ck_assert_msg(
	    about != NULL, "%s: %s is not on the page", place, f->key);
	line = strstr(about, " Pq ") + 4;
	end = line + strcspn(line, "\n");
	ck_assert_msg(f->kind == FIELD_HOOK ||
			  (strncmp(line, is, (size_t)(end - line)) == 0 &&
			      strlen(is) == (size_t)(end - line)),
	    "%s: %s is %s, the page says %.*s", place, f->key, is,
	    (int)(end - line), line);
	assert_values(f, place, end);
	free(about);
	free(is);
}

static const struct fields *described[64];
static size_t n_described;
static size_t members;

static bool is_described(const struct fields *f)
{
	for (size_t i = 0; i < n_described; i++)
		if (described[i] == f)
			return true;
	ck_assert_uint_lt(n_described, ARRAY_SIZE(described));
	described[n_described++] = f;
	return false;
}

static void assert_place(const struct fields *t, const char *place);

/* Of what stands in place, which the page says. */
static void assert_members(
    const struct fields *t, const char *place, const char *said)
{
	bool is_top = strcmp(place, "The record") == 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct field *f = &t->v[i];
		char *below;

		if (f->key == NULL)
			continue;
		if (f->kind == FIELD_INLINE) {
			if (!is_described(f->of))
				assert_members(f->of, place, said);
			continue;
		}
		members++;
		assert_said(f, place, said);
		if (f->of == NULL)
			continue;
		below = is_top ? xstrdup(f->key)
			       : xasprintf("%s.%s", place, f->key);
		assert_place(f->of, below);
		free(below);
	}
}

/* A struct that is in several places is described once, under its last name
 * or where it is first. */
static void assert_place(const struct fields *t, const char *place)
{
	char *said;

	if (is_described(t))
		return;
	said = section(place);
	if (said == NULL && strrchr(place, '.') != NULL)
		said = section(strrchr(place, '.') + 1);
	ck_assert_msg(said != NULL, "%s is not on the page", place);
	assert_members(t, place, said);
	free(said);
}

/* How many members the page has entries for. */
static size_t count_entries(void)
{
	size_t n = 0;

	for (const char *at = page; (at = strstr(at, "\n.It Cm ")) != NULL;) {
		const char *end = strstr(++at, " Pq ");

		n++;
		for (; (at = find(at, end, " , ")) != NULL; at++)
			n++;
		at = end;
	}
	return n;
}

START_TEST(the_page_names_what_is_stored_and_nothing_else)
{
	enum { BESIDE_THE_TABLES = 2 }; /* version, tasks.output_log */

	read_page();
	assert_place(&state_fields, "The record");
	ck_assert_uint_gt(members, 100);
	ck_assert_uint_eq(count_entries(), members + BESIDE_THE_TABLES);
	free(page);
}
END_TEST

START_TEST(what_ends_is_told_by_the_members_of_a_task)
{
	char *said;

	read_page();
	said = section("tasks.ended");
	for (size_t i = 0; i < outcome_fields.n; i++) {
		const char *key = outcome_fields.v[i].key;

		ck_assert_msg(find(said, strstr(said, "\n.Bl"), key) != NULL,
		    "tasks.ended: %s is not on the page", key);
	}
	free(said);
	free(page);
}
END_TEST

UNIT_MAIN("state_page", the_page_names_what_is_stored_and_nothing_else,
    what_ends_is_told_by_the_members_of_a_task)
