/* task_near.c - what a person may have meant by a line.
 *
 * A name is compared by its letters alone, so that blanks, hyphens, case and
 * emphasis make no difference, and one or two wrong letters little. Everything
 * here is bounded: a line is judged by the first letters of a name. */
#include "core/list/task_near.h"
#include "core/list/task_scan.h"

#include <strings.h>

enum { NUMBER_MAX_DIGITS = 6 };

/* The field's name by its letters, and how many of them may be wrong. */
static const struct {
	const char *letters;
	size_t wrong;
} names[FIELDS] = {
	[FIELD_TYPE] = { "type", 0 },
	[FIELD_PRIORITY] = { "priority", 1 },
	[FIELD_APPROVAL] = { "requiresapproval", 2 },
	[FIELD_DESCRIPTION] = { "description", 1 },
	[FIELD_CRITERIA] = { "acceptancecriteria", 2 },
	[FIELD_INSTRUCTION] = { "claudeinstruction", 2 },
	[FIELD_TIMEOUT] = { "timeout", 1 },
};

static enum task_field nearest(const char *letters, size_t n)
{
	for (int i = 0; n > 0 && i < FIELDS; i++) {
		const char *name = names[i].letters;
		size_t m = strlen(name), wrong;

		if (n + names[i].wrong < m || n > m + names[i].wrong)
			continue;
		wrong = scan_distance(letters, n, name, m);
		/* "It requires approval:" is another sentence */
		if (wrong <= names[i].wrong &&
		    (wrong < 2 || letters[0] == name[0]))
			return (enum task_field)i;
	}
	return FIELD_UNKNOWN;
}

static const char *const answer_word[] = { "true", "false", "yes", "no" };

static bool is_word(
    const char *letters, size_t n, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (n == strlen(words[i]) && memcmp(letters, words[i], n) == 0)
			return true;
	return false;
}

/* "requiresapprovaltrue": how many of the letters are the name's. */
static size_t without_answer(const char *letters, size_t n)
{
	for (size_t i = 0; i < ARRAY_SIZE(answer_word); i++) {
		size_t k = strlen(answer_word[i]);

		if (n > k && memcmp(letters + n - k, answer_word[i], k) == 0)
			return n - k;
	}
	return n;
}

/* Is all that is left a word that an approval may be? */
static bool is_answer(struct scan a)
{
	char letters[8];
	bool odd = false;
	size_t n;

	/* dashes and an arrow */
	while (scan_bytes(&a, "\xe2\x80\x93") ||
	       scan_bytes(&a, "\xe2\x80\x94") || scan_bytes(&a, "\xe2\x86\x92"))
		;
	scan_marks(&a, "*_`~?=;.,", &odd);
	n = scan_letters(&a, letters, sizeof(letters), "");
	scan_blanks(&a, "*_`~|.");
	return a.p == a.end &&
	       is_word(letters, n, answer_word, ARRAY_SIZE(answer_word));
}

/* Other words for the same, where an answer alone is behind them. */
static bool means_approval(const char *letters, size_t n, struct scan a)
{
	static const char *const meant[] = { "approval", "approvalrequired",
		"approvalneeded", "needsapproval", "needapproval",
		"requireshumanapproval", "humanapproval", "requiresreview" };

	scan_blanks(&a, "*_`~\\\"'");
	return scan_colon(&a) && is_answer(a) &&
	       is_word(letters, n, meant, ARRAY_SIZE(meant));
}

/* Moves a behind the name and its colon. */
static struct near near_field(struct scan *a, bool emphasised)
{
	struct near found = { NEAR_NOTHING, FIELD_UNKNOWN, 0, NULL };
	char letters[SCAN_LETTERS_MAX];
	const char *name = a->p;
	struct scan tail;
	size_t n;
	bool colon;

	n = scan_letters(a, letters, sizeof(letters), " \t-_*\\`~");
	found.field = nearest(letters, n);
	if (found.field == FIELD_UNKNOWN &&
	    nearest(letters, without_answer(letters, n)) == FIELD_APPROVAL) {
		found.field = FIELD_APPROVAL;
		tail = (struct scan){ name, a->end };
		scan_letters(
		    &tail, letters, without_answer(letters, n), " \t-_*\\`~");
		a->p = tail.p;
	}
	if (found.field == FIELD_UNKNOWN && means_approval(letters, n, *a))
		found.field = FIELD_APPROVAL;
	if (found.field == FIELD_UNKNOWN)
		return found;
	if (found.field == FIELD_APPROVAL) {
		scan_blanks(a, "*_`~");
		scan_enclosed(a, "()"); /* as "(yes/no)" */
	}
	scan_blanks(a, "*_`~\\\"'");
	colon = scan_colon(a);
	if (colon || (emphasised && a->p == a->end) ||
	    (found.field == FIELD_APPROVAL && is_answer(*a)))
		found.kind = NEAR_FIELD;
	return found;
}

/* "task", or that with one letter missing, doubled or swapped. A wrong letter
 * makes other words: mask, tank. */
static bool is_nearly_task(const char *letters, size_t n, bool *exact)
{
	*exact = n == 4 && memcmp(letters, "task", 4) == 0;
	if (n < 3 || n > 5 || letters[0] != 't')
		return false;
	if (n == 4 && !*exact)
		return memcmp(letters, "tsak", 4) == 0 ||
		       memcmp(letters, "taks", 4) == 0;
	return scan_distance(letters, n, "task", 4) <= 1;
}

/* A task's number, and no year of a date. */
static bool read_task_number(struct scan *a, bool *odd)
{
	size_t n = 0;

	*odd |= scan_blanks(a, "#*_");
	while (a->p + n < a->end && a->p[n] >= '0' && a->p[n] <= '9')
		n++;
	a->p += n;
	if (a->end - a->p >= 2 && (a->p[0] == '-' || a->p[0] == '/') &&
	    a->p[1] >= '0' && a->p[1] <= '9')
		return false;
	return n > 0 && n <= NUMBER_MAX_DIGITS;
}

/* Behind the number of a heading: a colon, a dash, a dot, a bracket. */
static bool has_separator(struct scan a)
{
	scan_blanks(&a, "*_`");
	return scan_colon(&a) || scan_bytes(&a, "\xe2\x80\x93") ||
	       scan_bytes(&a, "\xe2\x80\x94") ||
	       (a.p < a.end && scan_is_one_of(*a.p, "-.)|="));
}

static const char *wrong_with(
    int level, bool glued, bool odd, bool exact, bool marked)
{
	if (level == 0)
		return "bold text";
	if (odd)
		return "a no-break or other odd blank in it";
	if (glued)
		return "no blank behind the #";
	if (level != 2)
		return level == 1 ? "level 1" : "of a deeper level";
	if (!exact)
		return "\"Task\" misspelt";
	return marked ? "in a list or a quote" : "not alone at the left edge";
}

static struct near near_heading(struct scan a, bool marked, bool bold, bool odd)
{
	struct near found = { NEAR_NOTHING, FIELD_UNKNOWN, 0, NULL };
	bool glued, exact, number;
	char letters[6];
	size_t n;

	while (a.p < a.end && *a.p == '#' && found.level < 7) {
		a.p++;
		found.level++;
	}
	if (found.level > 6 || (found.level == 0 && !bold))
		return found;
	glued = a.p < a.end && !scan_is_one_of(*a.p, " \t");
	odd |= scan_blanks(&a, "*_\\");
	n = scan_letters(&a, letters, sizeof(letters), "");
	if (!is_nearly_task(letters, n, &exact))
		return found;
	number = read_task_number(&a, &odd);
	if (!number && !(glued && exact && found.level > 0 && has_separator(a)))
		return found;
	if ((!exact || found.level == 0) && !has_separator(a))
		return found;
	found.kind = NEAR_HEADING;
	found.what = wrong_with(found.level, glued, odd, exact, marked);
	return found;
}

struct near near_of(const struct line *l)
{
	struct scan a = { l->text, l->text + l->n };
	bool odd = false, emphasised, marked;
	struct near found;
	const char *start;

	scan_blanks(&a, "");
	start = a.p;
	emphasised = scan_marks(&a, "*_`~", &odd);
	if (scan_bytes(&a, "[")) /* a link's words */
		emphasised |= scan_marks(&a, "*_`~", &odd);
	marked = a.p > start;
	if (a.p == a.end)
		return (struct near){ NEAR_NOTHING, FIELD_UNKNOWN, 0, NULL };
	found = near_heading(a, marked, emphasised, odd);
	if (found.kind != NEAR_NOTHING)
		return found;
	scan_blanks(&a, "#*_");
	return near_field(&a, emphasised);
}

bool near_is_setext(const struct line *l, const struct line *under)
{
	struct scan a = { l->text, l->text + l->n };
	struct scan row = { under->text, under->text + under->n };
	bool odd = false, exact;
	char letters[6];
	size_t n;

	scan_blanks(&row, "");
	if (row.p == row.end || !scan_is_one_of(*row.p, "=-"))
		return false;
	scan_blanks(&row, *row.p == '=' ? "=" : "-");
	if (row.p < row.end)
		return false;
	scan_blanks(&a, "*_");
	n = scan_letters(&a, letters, sizeof(letters), "");
	return is_nearly_task(letters, n, &exact) &&
	       read_task_number(&a, &odd) && has_separator(a);
}

/* Behind "Requires Approval": is the next word an answer, and the line's last
 * or followed by another field? */
static bool is_answered(struct scan a)
{
	char letters[8];
	bool odd = false;
	size_t n;

	scan_marks(&a, "*_`~:=(", &odd);
	n = scan_letters(&a, letters, sizeof(letters), "");
	scan_blanks(&a, "_`~|.,;)]\"'");
	return is_word(letters, n, answer_word, ARRAY_SIZE(answer_word)) &&
	       (a.p == a.end || *a.p == '*');
}

/* "(requires approval)" at the line's end. */
static bool is_remark(char before, struct scan a)
{
	if (!scan_is_one_of(before, "([") || a.p == a.end ||
	    !scan_is_one_of(*a.p, ")]"))
		return false;
	scan_blanks(&a, ")]*_#.");
	return a.p == a.end;
}

const char *near_hidden_approval(const struct line *l, const char *from)
{
	struct scan a = { from, l->text + l->n };
	bool code = false;

	for (; a.p < a.end; a.p++) {
		struct near found;
		struct scan name = a;
		char before;

		if (*a.p == '`') /* alone, it opens nothing */
			code = !code && memchr(a.p + 1, '`',
					    (size_t)(a.end - a.p - 1)) != NULL;
		if (code || (*a.p != 'r' && *a.p != 'R'))
			continue;
		before = a.p > l->text ? scan_lower(a.p[-1]) : ' ';
		if (before >= 'a' && before <= 'z')
			continue;
		found = near_field(&name, false);
		if (found.field == FIELD_APPROVAL &&
		    ((found.kind == NEAR_FIELD && is_answered(name)) ||
			is_remark(before, name)))
			return a.p;
	}
	return NULL;
}

bool near_begins_line(const struct line *l, const char *p)
{
	for (const char *at = l->text; at < p; at++)
		if ((scan_lower(*at) >= 'a' && scan_lower(*at) <= 'z') ||
		    (*at >= '0' && *at <= '9') ||
		    ((unsigned char)*at >= 0xc3 && (unsigned char)*at < 0xe2))
			return false;
	return true;
}
