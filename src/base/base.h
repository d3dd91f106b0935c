/* base.h - what every file leans on, and the functions nobody may call.
 *
 * bug() is for what we got wrong: it says where and aborts. What came from
 * outside is never a bug. The x-functions return or abort: a process that
 * cannot get a few bytes has nothing better to do, and everything
 * acknowledged is on disk already. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#define ARRAY_SIZE(a)          (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define UNUSED                 __attribute__((unused))

#define bug(...)               bug_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void bug_at(const char *file, int line, const char *fmt, ...)
    PRINTF_LIKE(3, 4);

void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t n, size_t size);
/* NULL in, NULL out. */
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
char *xasprintf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* Frees *slot and puts a copy of s (which may be NULL) there. */
void xreplace(char **slot, const char *s);

/* Equal, where either may be NULL. */
bool str_equal(const char *a, const char *b);
bool str_starts(const char *s, const char *prefix);
bool str_ends(const char *s, const char *suffix);

/* Reads the whole of s as a decimal number in low..high: no sign but '-', no
 * blanks, nothing after it. Returns 0, or -1 and *out is left alone. */
int parse_number(const char *s, long low, long high, long *out);

#include "base/banned.h"

#endif
