/* faults.c - a list of what is wrong with a file. */
#include "base/faults.h"
#include "base/buf.h"

#include <stdarg.h>

void faults_release(struct faults *f)
{
	strvec_release(&f->lines);
	strvec_release(&f->warnings);
	f->count = 0;
}

static char *place(const char *file, int line, const char *fmt, va_list ap)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, file);
	if (line > 0)
		buf_addf(&text, ":%d", line);
	buf_adds(&text, ": ");
	buf_vaddf(&text, fmt, ap);
	return buf_detach(&text);
}

void faults_add(
    struct faults *f, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (f->count++ >= FAULTS_SHOWN)
		return;
	va_start(ap, fmt);
	strvec_take(&f->lines, place(file, line, fmt, ap));
	va_end(ap);
}

void faults_warn(
    struct faults *f, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	if (f->warnings.n >= FAULTS_SHOWN)
		return;
	va_start(ap, fmt);
	strvec_take(&f->warnings, place(file, line, fmt, ap));
	va_end(ap);
}
