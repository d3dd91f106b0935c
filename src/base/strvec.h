/* strvec.h - a list of strings it owns, always NULL-terminated: an argv. */
#ifndef BASE_STRVEC_H
#define BASE_STRVEC_H

#include "base/base.h"

struct strvec {
	char **v;
	size_t n, cap;
};

#define STRVEC_INIT        \
	{                  \
		NULL, 0, 0 \
	}

void strvec_release(struct strvec *s);
/* Adds a copy. */
void strvec_add(struct strvec *s, const char *str);
void strvec_addf(struct strvec *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Adds str itself, which must be from the heap. */
void strvec_take(struct strvec *s, char *str);
void strvec_extend(struct strvec *s, const struct strvec *more);
bool strvec_has(const struct strvec *s, const char *str);
bool strvec_has_all(const struct strvec *s, const struct strvec *of);
/* The same whatever the case of ASCII letters. */
bool strvec_has_nocase(const struct strvec *s, const char *str);

#endif
