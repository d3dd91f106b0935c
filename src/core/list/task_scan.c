/* task_scan.c - along a line, over what surrounds the letters of a name. */
#include "core/list/task_scan.h"

bool scan_is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

bool scan_bytes(struct scan *a, const char *bytes)
{
	size_t n = strlen(bytes);

	if ((size_t)(a->end - a->p) < n || memcmp(a->p, bytes, n) != 0)
		return false;
	a->p += n;
	return true;
}

/* Blanks that are none for CommonMark, and characters that nobody sees. */
static bool skip_odd_blank(struct scan *a)
{
	static const char *const odd[] = { "\xc2\xa0", "\xc2\xad",
		"\xe1\x9a\x80", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe2\x81\xa0",
		"\xe3\x80\x80", "\xef\xbb\xbf" };

	for (size_t i = 0; i < ARRAY_SIZE(odd); i++)
		if (scan_bytes(a, odd[i]))
			return true;
	/* U+2000 to U+200F: quads, thin blanks, zero width, directions */
	if (a->end - a->p >= 3 && memcmp(a->p, "\xe2\x80", 2) == 0 &&
	    (unsigned char)a->p[2] <= 0x8f) {
		a->p += 3;
		return true;
	}
	return false;
}

bool scan_blanks(struct scan *a, const char *marks)
{
	bool odd = false;

	while (a->p < a->end)
		if (scan_is_one_of(*a->p, " \t\v\f") ||
		    scan_is_one_of(*a->p, marks))
			a->p++;
		else if (skip_odd_blank(a))
			odd = true;
		else
			break;
	return odd;
}

bool scan_enclosed(struct scan *a, const char *marks)
{
	size_t n = 1;

	if (a->p == a->end || *a->p != marks[0])
		return false;
	while (a->p + n < a->end && n < SCAN_TAG_MAX && a->p[n] != marks[1])
		n++;
	if (a->p + n == a->end || a->p[n] != marks[1])
		return false;
	a->p += n + 1;
	return true;
}

/* 1. or 1) */
static bool skip_ordinal(struct scan *a)
{
	size_t n = 0;

	while (a->p + n < a->end && n < 9 && a->p[n] >= '0' && a->p[n] <= '9')
		n++;
	if (n == 0 || a->p + n == a->end || !scan_is_one_of(a->p[n], ".)"))
		return false;
	a->p += n + 1;
	return true;
}

bool scan_marks(struct scan *a, const char *emphasis, bool *odd)
{
	bool emphasised = false;

	while (a->p < a->end) {
		const char *before = a->p;

		*odd |= scan_blanks(a, "->+|\\");
		if (a->p < a->end && scan_is_one_of(*a->p, emphasis)) {
			emphasised = true;
			a->p++;
		} else if (scan_enclosed(a, "<>") || skip_ordinal(a) ||
			   scan_bytes(a, "[ ]") || scan_bytes(a, "[x]") ||
			   scan_bytes(a, "[X]")) {
			continue;
		}
		if (a->p == before)
			break;
	}
	return emphasised;
}

char scan_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Over "&#65;", "&#x41;" or "&nbsp;", which a reader of Markdown sees as what
 * they stand for: that, or 0 for one with a name. -1: there is none. */
static long skip_entity(struct scan *a)
{
	const char *p = a->p + 1;
	bool numeric, hex;
	int base, digit;
	long c = 0;

	if (a->end - a->p < 4 || *a->p != '&')
		return -1;
	numeric = p[0] == '#';
	hex = numeric && scan_lower(p[1]) == 'x';
	base = !numeric ? 36 : hex ? 16 : 10;
	for (p += numeric + hex; p < a->end && *p != ';'; p++) {
		char d = scan_lower(*p);

		digit = d >= 'a' && d <= 'z'   ? d - 'a' + 10
			: d >= '0' && d <= '9' ? d - '0'
					       : base;
		if (digit >= base || p - a->p >= SCAN_TAG_MAX)
			return -1;
		c = numeric ? c * base + digit : 0;
		if (c > 0x10ffff)
			return -1;
	}
	if (p == a->end)
		return -1;
	a->p = p + 1;
	return c;
}

bool scan_colon(struct scan *a)
{
	struct scan next = *a;

	if (scan_bytes(a, ":") || scan_bytes(a, "\xef\xbc\x9a") ||
	    scan_bytes(a, "\xef\xb9\x95") || scan_bytes(a, "\xe2\x88\xb6") ||
	    scan_bytes(a, "&colon;"))
		return true;
	if (skip_entity(&next) != ':')
		return false;
	*a = next;
	return true;
}

/* A fullwidth letter, U+FF21 to U+FF5A, or a mathematical one, U+1D400 to
 * U+1D6A3: which it is, '?' for what lies between; 0: it is none. */
static char dressed_letter(struct scan a)
{
	const unsigned char *p = (const unsigned char *)a.p;
	size_t left = (size_t)(a.end - a.p);
	unsigned c;

	if (left >= 3 && p[0] == 0xef && (p[1] == 0xbc || p[1] == 0xbd)) {
		c = p[2] - (p[1] == 0xbc ? 0xa1u : 0x81u);
		if (p[1] == 0xbc ? p[2] < 0xa1 : p[2] > 0x9a)
			return 0;
		return c < 26 ? (char)('a' + c) : '?';
	}
	if (left < 4 || p[0] != 0xf0 || p[1] != 0x9d)
		return 0;
	c = (p[2] & 0x3fu) << 6 | (p[3] & 0x3fu);
	return c >= 0x400 && c <= 0x6a3 ? (char)('a' + (c - 0x400) % 26) : 0;
}

/* The letter that an entity stands for, '?' for another sign; 0: a blank. */
static char entity_letter(long c)
{
	char ascii = c < 0x7f ? scan_lower((char)c) : '?';

	if (c <= ' ' || c == 0xa0 || c == 0xad || (c >= 0x2000 && c <= 0x200f))
		return 0;
	return ascii >= 'a' && ascii <= 'z' ? ascii : '?';
}

size_t scan_letters(struct scan *a, char *out, size_t max, const char *gap)
{
	size_t n = 0;

	while (a->p < a->end && n < max) {
		char c = scan_lower(*a->p), dressed = dressed_letter(*a);
		struct scan next = *a;
		long entity = skip_entity(&next);

		if (c >= 'a' && c <= 'z') {
			out[n++] = c;
			a->p++;
		} else if (scan_is_one_of(c, gap)) {
			a->p++;
		} else if (skip_odd_blank(a)) {
			continue;
		} else if (entity >= 0 && entity != ':') {
			if (entity_letter(entity) != 0)
				out[n++] = entity_letter(entity);
			*a = next;
		} else if (((unsigned char)c >= 0xc3 &&
			       (unsigned char)c < 0xe2) ||
			   dressed != 0) {
			out[n++] = dressed != 0 ? dressed : '?';
			do
				a->p++;
			while (a->p < a->end &&
			       ((unsigned char)*a->p & 0xc0) == 0x80);
		} else {
			break;
		}
	}
	return n;
}

size_t scan_distance(const char *a, size_t n, const char *b, size_t m)
{
	size_t row[3][SCAN_LETTERS_MAX + 1];

	for (size_t j = 0; j <= m; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *now = row[i % 3];
		const size_t *up = row[(i + 2) % 3], *up2 = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= m; j++) {
			size_t best = up[j - 1] + (a[i - 1] != b[j - 1]);

			if (up[j] + 1 < best)
				best = up[j] + 1;
			if (now[j - 1] + 1 < best)
				best = now[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && up2[j - 2] + 1 < best)
				best = up2[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[n % 3][m];
}
