/* error.c - the text of a failure. */
#include "base/error.h"
#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>

static void set(struct error *err, const struct buf *text)
{
	size_t n = utf8_cut(text->data, text->len, sizeof(err->text) - 1);

	memcpy(err->text, text->data, n);
	err->text[n] = '\0';
}

int error_set(struct error *err, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	set(err, &text);
	buf_release(&text);
	return -1;
}

int error_errno(struct error *err, const char *fmt, ...)
{
	const char *why = strerror(errno);
	struct buf text = BUF_INIT;
	va_list ap;

	if (err == NULL)
		return -1;
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	buf_addf(&text, ": %s", why);
	set(err, &text);
	buf_release(&text);
	return -1;
}
