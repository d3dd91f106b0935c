/* json_scan.c - the look that json-c does not take. */
#include "core/json_scan.h"
#include "base/buf.h"

struct scan {
	const char *p, *end;
	int depth, max_depth; /* of brackets that are open */
	struct json_size size;
	struct error *err;
};

static bool is_digit(const struct scan *s, const char *p)
{
	return p < s->end && *p >= '0' && *p <= '9';
}

/* Four hexadecimal digits at p, or -1. */
static int hex4(const struct scan *s, const char *p)
{
	int n = 0;

	if (s->end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		char c = p[i];
		int d = c >= '0' && c <= '9'   ? c - '0'
			: c >= 'a' && c <= 'f' ? c - 'a' + 10
			: c >= 'A' && c <= 'F' ? c - 'A' + 10
					       : -1;

		if (d < 0)
			return -1;
		n = n * 16 + d;
	}
	return n;
}

/* At the backslash. A high surrogate takes its low one with it. */
static int scan_escape(struct scan *s)
{
	int code, low;

	if (s->end - s->p < 2 || s->p[1] == '\0' ||
	    strchr("\"\\/bfnrtu", s->p[1]) == NULL)
		return error_set(s->err, "an unknown escape in a string");
	if (s->p[1] != 'u') {
		s->p += 2;
		s->size.bytes++;
		return 0;
	}
	code = hex4(s, s->p + 2);
	if (code == 0)
		return error_set(s->err, "\\u0000 in a string");
	if (code <= 0 || (code >= 0xdc00 && code <= 0xdfff))
		return error_set(s->err, "a \\u escape that is no character");
	s->p += 6;
	s->size.bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
	if (code < 0xd800 || code > 0xdbff)
		return 0;
	low = s->end - s->p >= 6 && s->p[0] == '\\' && s->p[1] == 'u'
		  ? hex4(s, s->p + 2)
		  : -1;
	if (low < 0xdc00 || low > 0xdfff)
		return error_set(s->err, "half a surrogate pair in a string");
	s->p += 6;
	s->size.bytes++; /* four, together */
	return 0;
}

/* At the opening quote. */
static int scan_string(struct scan *s)
{
	for (s->p++; s->p < s->end;) {
		unsigned char c = (unsigned char)*s->p;

		if (c == '"') {
			s->p++;
			return 0;
		}
		if (c < 0x20)
			return error_set(
			    s->err, "a control character in a string");
		if (c != '\\') {
			s->p++;
			s->size.bytes++;
		} else if (scan_escape(s) != 0) {
			return -1;
		}
	}
	return error_set(s->err, "a string without its end");
}

static void skip_digits(struct scan *s)
{
	while (is_digit(s, s->p))
		s->p++;
}

/* -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)? */
static int scan_number(struct scan *s)
{
	if (*s->p == '-')
		s->p++;
	if (!is_digit(s, s->p))
		goto bad;
	if (*s->p == '0')
		s->p++;
	else
		skip_digits(s);
	if (is_digit(s, s->p))
		goto bad;
	if (s->p < s->end && *s->p == '.') {
		if (!is_digit(s, ++s->p))
			goto bad;
		skip_digits(s);
	}
	if (s->p < s->end && (*s->p == 'e' || *s->p == 'E')) {
		s->p++;
		if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
			s->p++;
		if (!is_digit(s, s->p))
			goto bad;
		skip_digits(s);
	}
	return 0;
bad:
	return error_set(s->err, "a number that is none");
}

static int scan_word(struct scan *s)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(s->end - s->p) >= n &&
		    memcmp(s->p, words[i], n) == 0) {
			s->p += n;
			return 0;
		}
	}
	return error_set(s->err, "something that is no value");
}

static void skip_blanks(struct scan *s)
{
	while (
	    s->p < s->end && *s->p != '\0' && strchr(" \t\r\n", *s->p) != NULL)
		s->p++;
}

/* Is c next, after blanks? Then it is passed. */
static bool take(struct scan *s, char c)
{
	skip_blanks(s);
	if (s->p == s->end || *s->p != c)
		return false;
	s->p++;
	return true;
}

/* What is next is wrong, unless there is nothing more. */
static int unwanted(struct scan *s, const char *why)
{
	skip_blanks(s);
	return error_set(
	    s->err, "%s", s->p == s->end ? "it ends too early" : why);
}

/* At the opening bracket: items with a comma between each two. */
static int scan_list(
    struct scan *s, char close, int (*scan_item)(struct scan *s))
{
	s->p++;
	if (++s->depth > s->max_depth)
		return error_set(
		    s->err, "nested more than %d deep", s->max_depth);
	if (!take(s, close)) {
		do {
			if (take(s, close))
				return error_set(
				    s->err, "nothing follows a comma");
			if (scan_item(s) != 0)
				return -1;
		} while (take(s, ','));
		if (!take(s, close))
			return unwanted(s, "two values without a comma");
	}
	s->depth--;
	return 0;
}

static int scan_value(struct scan *s);

static int scan_member(struct scan *s)
{
	skip_blanks(s);
	if (s->p == s->end || *s->p != '"')
		return unwanted(s, "a key that is not in double quotes");
	if (scan_string(s) != 0)
		return -1;
	if (!take(s, ':'))
		return unwanted(s, "a key without a colon");
	s->size.members++;
	return scan_value(s);
}

/* As deep as max_depth lets scan_list() go, and no deeper. */
static int scan_value(struct scan *s)
{
	skip_blanks(s);
	if (s->p == s->end)
		return unwanted(s, "");
	switch (*s->p) {
	case '"':
		return scan_string(s);
	case '{':
		return scan_list(s, '}', scan_member);
	case '[':
		return scan_list(s, ']', scan_value);
	default:
		return *s->p == '-' || is_digit(s, s->p) ? scan_number(s)
							 : scan_word(s);
	}
}

int json_scan(const char *text, size_t len, int depth, struct json_size *size,
    struct error *err)
{
	struct scan s = { text, text + len, 0, depth, { 0, 0 }, err };

	if (!utf8_valid(text, len))
		return error_set(err, "bytes that are not UTF-8");
	if (scan_value(&s) != 0)
		return -1;
	skip_blanks(&s);
	if (s.p != s.end)
		return error_set(err, "something follows its end");
	*size = s.size;
	return 0;
}
