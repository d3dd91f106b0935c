/* buf.h - bytes that grow.
 *
 * data is always NUL-terminated one past len, so that a buf of text can be
 * handed to whoever wants a C string; len counts what is inside, NULs too.
 * BUF_INIT needs no memory; a released buf is a fresh one. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/base.h"

#include <stdarg.h>

struct buf {
	char *data;
	size_t len, cap;
};

extern char buf_empty[];
#define BUF_INIT                \
	{                       \
		buf_empty, 0, 0 \
	}

void buf_release(struct buf *b);
/* Empties it and keeps the memory for the next round. */
void buf_reset(struct buf *b);
/* Hands the bytes to the caller, who frees them; b is fresh afterwards. */
char *buf_detach(struct buf *b);

/* Makes room for n more bytes behind len; fill it, then buf_grown(). */
char *buf_reserve(struct buf *b, size_t n);
void buf_grown(struct buf *b, size_t n);

void buf_add(struct buf *b, const void *p, size_t n);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap) PRINTF_LIKE(2, 0);

/* Keeps the first n bytes. */
void buf_truncate(struct buf *b, size_t n);
/* Drops the newlines at its end. */
void buf_trim(struct buf *b);
/* Drops the first n bytes. */
void buf_consume(struct buf *b, size_t n);

/* The length, at most max, at which text of len bytes can be cut without
 * leaving half a UTF-8 character. */
size_t utf8_cut(const char *text, size_t len, size_t max);
/* Is it well-formed UTF-8 (no overlong forms, surrogates or NUL)? */
bool utf8_valid(const char *text, size_t len);
/* Adds text without a terminal's escape sequences (colours, titles), and with
 * every ill-formed byte, every character that reorders text (bidirectional
 * embeddings, overrides, isolates) and every other control character but
 * newline and tab replaced by U+FFFD or a blank: fit to be shown or logged. */
void buf_add_clean(struct buf *b, const char *text, size_t len);
/* Likewise, in one line: every newline and tab is a blank. */
void buf_add_line(struct buf *b, const char *text, size_t len);

/* Adds what fd gives, up to its end or until there is more than max in it: b
 * then holds more than max bytes. Returns 0, or -1 with errno. */
int buf_read(struct buf *b, int fd, size_t max);

#endif
