/* buf.c - growing bytes, and the few questions asked of UTF-8. */
#include "base/buf.h"

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

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	if (n < 0)
		bug("cannot format '%s'", fmt);
	vsnprintf(buf_reserve(b, (size_t)n), (size_t)n + 1, fmt, again);
	buf_grown(b, (size_t)n);
	va_end(again);
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
		size_t n = utf8_char(p + i, len - i);

		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

void buf_add_clean(struct buf *b, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < len;) {
		size_t n = utf8_char(p + i, len - i);
		bool control = p[i] < 0x20 && p[i] != '\n' && p[i] != '\t';

		if (n == 0 && p[i] >= 0x80)
			buf_adds(b, "\xef\xbf\xbd");
		else if (control || p[i] == 0x7f ||
			 (n == 2 && p[i] == 0xc2 && p[i + 1] < 0xa0))
			buf_addc(b, ' ');
		else
			buf_add(b, text + i, n);
		i += n ? n : 1;
	}
}
