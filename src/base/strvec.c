/* strvec.c - a list of strings it owns. */
#include "base/strvec.h"

#include <stdarg.h>
#include <strings.h>

void strvec_release(struct strvec *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i]);
	free(s->v);
	*s = (struct strvec)STRVEC_INIT;
}

void strvec_take(struct strvec *s, char *str)
{
	if (s->n + 2 > s->cap) {
		s->cap = s->cap ? s->cap * 2 : 8;
		s->v = xrealloc(s->v, s->cap, sizeof(*s->v));
	}
	s->v[s->n++] = str;
	s->v[s->n] = NULL;
}

void strvec_add(struct strvec *s, const char *str)
{
	strvec_take(s, xstrdup(str));
}

void strvec_addf(struct strvec *s, const char *fmt, ...)
{
	va_list ap;
	char *str;

	va_start(ap, fmt);
	if (vasprintf(&str, fmt, ap) < 0)
		bug("out of memory for a formatted string");
	va_end(ap);
	strvec_take(s, str);
}

void strvec_extend(struct strvec *s, const struct strvec *more)
{
	for (size_t i = 0; i < more->n; i++)
		strvec_add(s, more->v[i]);
}

bool strvec_has(const struct strvec *s, const char *str)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i], str) == 0)
			return true;
	return false;
}

bool strvec_has_all(const struct strvec *s, const struct strvec *of)
{
	for (size_t i = 0; i < of->n; i++)
		if (!strvec_has(s, of->v[i]))
			return false;
	return true;
}

bool strvec_has_nocase(const struct strvec *s, const char *str)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcasecmp(s->v[i], str) == 0)
			return true;
	return false;
}
