/* failing_malloc.c - preloaded: the allocation number FAILING_MALLOC of a
 * process fails, once; a forked child counts on from where its parent was.
 * With FAILING_COUNT, a file, the number of all is written there at the end.
 * A crash says on standard error through which libraries it went. */
#define _GNU_SOURCE
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

static atomic_long made;
static long chosen;

static void on_crash(int number)
{
	void *places[64];

	backtrace_symbols_fd(places, backtrace(places, 64), 2);
	signal(number, SIG_DFL);
	raise(number);
}

__attribute__((constructor)) static void begin(void)
{
	const char *number = getenv("FAILING_MALLOC");

	chosen = number == NULL ? 0 : strtol(number, NULL, 10);
	if (chosen > 0) {
		void *first;

		backtrace(&first, 1); /* what it loads it loads now */
		signal(SIGSEGV, on_crash);
	}
	made = 0;
}

__attribute__((destructor)) static void end(void)
{
	const char *path = getenv("FAILING_COUNT");
	long all = made;
	FILE *file = path == NULL ? NULL : fopen(path, "w");

	if (file != NULL) {
		fprintf(file, "%ld\n", all);
		fclose(file);
	}
}

static int fails(void)
{
	if (++made != chosen)
		return 0;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t n)
{
	return fails() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return fails() ? NULL : __libc_realloc(p, n);
}
