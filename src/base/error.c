/* error.c - the text of a failure. */
#include "base/error.h"
#include "base/buf.h"

#include <errno.h>
#include <stdarg.h>

/* why: what is added to it, or NULL. */
static void vset(
    struct error *err, const char *why, const char *fmt, va_list ap)
{
	struct buf text = BUF_INIT;
	int saved = errno;
	size_t n;

	buf_vaddf(&text, fmt, ap);
	if (why != NULL)
		buf_addf(&text, ": %s", why);
	n = utf8_cut(text.data, text.len, sizeof(err->text) - 1);
	memcpy(err->text, text.data, n);
	err->text[n] = '\0';
	buf_release(&text);
	errno = saved;
}

int error_set(struct error *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	if (err != NULL)
		vset(err, NULL, fmt, ap);
	va_end(ap);
	return -1;
}

int error_errno(struct error *err, const char *fmt, ...)
{
	const char *why = strerror(errno);
	va_list ap;

	va_start(ap, fmt);
	if (err != NULL)
		vset(err, why, fmt, ap);
	va_end(ap);
	return -1;
}
