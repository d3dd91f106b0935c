/* ask_show.c - text that looks like what it is. A yes is given to what the eye
 * sees: what it does not see, or sees as something else, is written out. */
#include "core/claude/ask.h"

struct range {
	unsigned from, to;
};

/* Controls, marks of direction, what has no width, and blanks that are none
 * of ours. */
static const struct range hidden[] = {
	{ 0x00, 0x08 },
	{ 0x0b, 0x1f },
	{ 0x7f, 0xa0 },
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x61c, 0x61c },
	{ 0x115f, 0x1160 },
	{ 0x1680, 0x1680 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x2000, 0x200f },
	{ 0x2028, 0x202f },
	{ 0x205f, 0x206f },
	{ 0x2800, 0x2800 },
	{ 0x3000, 0x3000 },
	{ 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff0, 0xfffb },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff },
};

/* Scripts whose letters pass for Latin ones, and forms of Latin letters that
 * are no letters of a keyboard. */
static const struct range alike[] = {
	{ 0x370, 0x3ff },   /* Greek */
	{ 0x400, 0x52f },   /* Cyrillic */
	{ 0x531, 0x58a },   /* Armenian */
	{ 0x13a0, 0x13ff }, /* Cherokee */
	{ 0x1f00, 0x1fff }, /* Greek, extended */
	{ 0x2100, 0x214f }, /* letterlike */
	{ 0x2160, 0x2188 }, /* numerals */
	{ 0x2c60, 0x2c7f }, { 0xa640, 0xa69f },
	{ 0xff01, 0xff5e },   /* fullwidth */
	{ 0x1d400, 0x1d7ff }, /* mathematical */
};

/* Signs that pass for those of a shell, wherever they stand. */
static const struct range signs[] = {
	{ 0x2010, 0x2015 }, /* dashes */
	{ 0x2018, 0x201f }, /* quotes */
	{ 0x2044, 0x2044 },
	{ 0x2212, 0x2212 },
	{ 0x2215, 0x2216 },
	{ 0x2223, 0x2223 },
	{ 0x2236, 0x2236 },
	{ 0x29f8, 0x29f9 },
	{ 0xff01, 0xff0f },
	{ 0xff1a, 0xff20 },
	{ 0xff3b, 0xff40 },
	{ 0xff5b, 0xff5e },
};

static bool is_in(const struct range *list, size_t n, unsigned c)
{
	for (size_t i = 0; i < n; i++)
		if (c >= list[i].from && c <= list[i].to)
			return true;
	return false;
}

/* The character at text and its bytes; text is UTF-8. */
static unsigned character_at(const char *text, size_t left, size_t *n)
{
	unsigned char first = (unsigned char)text[0];
	unsigned c;

	*n = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	if (*n > left)
		*n = left;
	if (*n == 1)
		return first;
	c = first & (0x7fu >> *n);
	for (size_t i = 1; i < *n; i++)
		c = c << 6 | ((unsigned char)text[i] & 0x3f);
	return c;
}

static bool is_latin(unsigned c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A word goes on over what is no ASCII sign or blank. */
static bool is_of_word(unsigned c)
{
	return is_latin(c) || c >= 0x80;
}

/* The length of the word at text; *mixed: has it Latin letters and others that
 * pass for them? */
static size_t word_length(const char *text, size_t len, bool *mixed)
{
	bool latin = false, other = false;
	size_t at = 0, n;

	for (; at < len; at += n) {
		unsigned c = character_at(text + at, len - at, &n);

		if (!is_of_word(c))
			break;
		latin = latin || is_latin(c);
		other = other || is_in(alike, ARRAY_SIZE(alike), c);
	}
	*mixed = latin && other;
	return at;
}

void ask_show(struct buf *out, const char *text, size_t len)
{
	size_t word_end = 0, n;
	bool mixed = false;

	for (size_t i = 0; i < len; i += n) {
		unsigned c = character_at(text + i, len - i, &n);

		if (i >= word_end)
			word_end = i + word_length(text + i, len - i, &mixed);
		if (is_in(hidden, ARRAY_SIZE(hidden), c))
			buf_addf(out, "⟨U+%04X⟩", c);
		else if (is_in(signs, ARRAY_SIZE(signs), c) ||
			 (mixed && is_in(alike, ARRAY_SIZE(alike), c)))
			buf_addf(out, "%.*s⟨U+%04X⟩", (int)n, text + i, c);
		else
			buf_add(out, text + i, n);
	}
}
