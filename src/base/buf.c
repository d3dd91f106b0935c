/* buf.c - growing bytes, and the few questions asked of UTF-8. */
#include "base/buf.h"

#include <errno.h>
#include <unistd.h>

char buf_empty[1];

void buf_release(struct buf *b)
{
	if (b->cap > 0)
		free(b->data);
	*b = (struct buf)BUF_INIT;
}

void buf_reset(struct buf *b)
{
	buf_truncate(b, 0);
}

char *buf_detach(struct buf *b)
{
	char *data = b->cap > 0 ? b->data : xstrdup("");

	*b = (struct buf)BUF_INIT;
	return data;
}

char *buf_reserve(struct buf *b, size_t n)
{
	size_t want = b->len + n + 1;

	if (want > b->cap) {
		size_t cap = b->cap + b->cap / 2;

		if (cap < want)
			cap = want < 64 ? 64 : want;
		b->data = xrealloc(b->cap > 0 ? b->data : NULL, cap, 1);
		b->cap = cap;
		b->data[b->len] = '\0';
	}
	return b->data + b->len;
}

void buf_grown(struct buf *b, size_t n)
{
	if (b->len + n + 1 > b->cap)
		bug("buf grew past its %zu bytes", b->cap);
	b->len += n;
	b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return;
	memcpy(buf_reserve(b, n), p, n);
	buf_grown(b, n);
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* Not by what vsnprintf(3) says of the length: glibc counts what has no room
 * byte by byte, and long text took most of its time there. */
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	char *text;
	int n = vasprintf(&text, fmt, ap);

	if (n < 0)
		bug("out of memory for '%s'", fmt);
	buf_add(b, text, (size_t)n);
	free(text);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void buf_truncate(struct buf *b, size_t n)
{
	if (n > b->len)
		bug("cannot truncate %zu bytes to %zu", b->len, n);
	b->len = n;
	if (b->cap > 0)
		b->data[n] = '\0';
}

void buf_trim(struct buf *b)
{
	while (b->len > 0 && b->data[b->len - 1] == '\n')
		buf_truncate(b, b->len - 1);
}

void buf_consume(struct buf *b, size_t n)
{
	if (n > b->len)
		bug("cannot consume %zu of %zu bytes", n, b->len);
	if (n == 0)
		return;
	memmove(b->data, b->data + n, b->len - n);
	buf_truncate(b, b->len - n);
}

/* The length of the well-formed character at p (RFC 3629, table in section
 * 4), or 0. */
static size_t utf8_char(const unsigned char *p, size_t left)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] == 0 || (p[0] >= 0x80 && p[0] < 0xc2) || p[0] > 0xf4 ||
	    n > left)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
	    (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
		return 0;
	return n;
}

size_t utf8_cut(const char *text, size_t len, size_t max)
{
	size_t n = len < max ? len : max;

	if (n == len)
		return n;
	while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

bool utf8_valid(const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		bool ascii = p[i] > 0 && p[i] < 0x80;
		size_t n = ascii ? 1 : utf8_char(p + i, len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

enum { ESCAPE_MAX = 4096 };

/* Behind the introducer of a CSI: parameters, intermediates, a final byte. */
static size_t csi_body(const unsigned char *p, size_t left)
{
	size_t n = 0;

	while (n < left && n < ESCAPE_MAX && p[n] >= 0x20 && p[n] <= 0x3f)
		n++;
	return n < left && p[n] >= 0x40 && p[n] <= 0x7e ? n + 1 : n;
}

/* Behind the introducer of an OSC, DCS, SOS, PM or APC: to BEL or ST. What
 * has no end on its line is text. */
static size_t string_body(const unsigned char *p, size_t left)
{
	for (size_t n = 0; n < left && n < ESCAPE_MAX && p[n] != '\n'; n++) {
		if (p[n] == 0x07)
			return n + 1;
		if (n + 1 < left && ((p[n] == 0x1b && p[n + 1] == '\\') ||
					(p[n] == 0xc2 && p[n + 1] == 0x9c)))
			return n + 2;
	}
	return 0;
}

/* The length of the escape sequence (ECMA-48) at p, or 0. Its introducer may
 * be ESC and a letter, or the C1 character that stands for the two. */
static size_t escape_sequence(const unsigned char *p, size_t left)
{
	size_t at = p[0] == 0x1b || p[0] == 0xc2 ? 2 : 1, n = 1;
	unsigned char kind;

	if (at > left)
		return 0;
	kind = p[0] == 0x1b ? p[1] : (unsigned char)(p[at - 1] - 0x40);
	if (kind == '[')
		return at + csi_body(p + at, left - at);
	if (kind == ']' || kind == 'P' || kind == 'X' || kind == '^' ||
	    kind == '_')
		return at + string_body(p + at, left - at);
	if (p[0] != 0x1b)
		return 0;
	while (n < left && p[n] >= 0x21 && p[n] <= 0x2f)
		n++;
	if (n == left || p[n] < 0x30 || p[n] > 0x7e)
		return 0;
	/* Of those of two bytes only the ones that terminals are sent. */
	return n > 1 || strchr("78=>cDEHMNOZ\\", p[n]) != NULL ? n + 1 : 0;
}

/* The length of what stands at p and is not shown, or 0. A C1 character that
 * is one byte is only believed where a CSI is made of it: it may be the end
 * of a character that was cut. */
static size_t hidden(const unsigned char *p, size_t left, size_t character)
{
	if (p[0] == 0x1b || (character == 2 && p[0] == 0xc2 && p[1] < 0xa0))
		return escape_sequence(p, left);
	if (character == 0 && p[0] == 0x9b && left > 1 && p[1] >= '0' &&
	    p[1] <= '?')
		return escape_sequence(p, left);
	return 0;
}

/* U+202A to U+202E and U+2066 to U+2069: a line with them reads as another. */
static bool reorders(const unsigned char *p, size_t character)
{
	return character == 3 && p[0] == 0xe2 &&
	       ((p[1] == 0x80 && p[2] >= 0xaa && p[2] <= 0xae) ||
		   (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9));
}

void buf_add_clean(struct buf *b, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		size_t from = i, n, gone;

		/* Plain ASCII, fit to be shown as it is. */
		while (i < len && ((p[i] >= 0x20 && p[i] < 0x7f) ||
				      p[i] == '\n' || p[i] == '\t'))
			i++;
		buf_add(b, text + from, i - from);
		if (i == len)
			break;
		n = utf8_char(p + i, len - i);
		gone = hidden(p + i, len - i, n);
		if (gone > 0) {
			i += gone;
			continue;
		}
		if ((n == 0 && p[i] >= 0x80) || reorders(p + i, n))
			buf_adds(b, "\xef\xbf\xbd");
		else if (p[i] < 0x20 || p[i] == 0x7f ||
			 (n == 2 && p[i] == 0xc2 && p[i + 1] < 0xa0))
			buf_addc(b, ' ');
		else
			buf_add(b, text + i, n);
		i += n ? n : 1;
	}
}

void buf_add_line(struct buf *b, const char *text, size_t len)
{
	size_t from = b->len;

	buf_add_clean(b, text, len);
	for (size_t i = from; i < b->len; i++)
		if (b->data[i] == '\n' || b->data[i] == '\t')
			b->data[i] = ' ';
}

int buf_read(struct buf *b, int fd, size_t max)
{
	enum { CHUNK = 64 * 1024 };
	ssize_t got = 1;

	while (got > 0 && b->len <= max) {
		got = read(fd, buf_reserve(b, CHUNK), CHUNK);
		if (got > 0)
			buf_grown(b, (size_t)got);
		else if (got < 0 && errno == EINTR)
			got = 1;
	}
	return got < 0 ? -1 : 0;
}
