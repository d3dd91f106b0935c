/* task_source.c - is this a text at all, and not too much of it. */
#include "core/list/task_source.h"
#include "core/list/task.h"

void source_check_lines(
    const struct outline *o, const char *name, struct faults *f)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct line *l = &o->v[i];

		if (memchr(l->text, '\0', l->n) != NULL)
			faults_add(
			    f, name, (int)i + 1, "a NUL byte, want text");
		else if (!utf8_valid(l->text, l->n))
			faults_add(f, name, (int)i + 1,
			    "invalid UTF-8, want text in UTF-8");
	}
}

/* Every other byte is NUL in what Windows calls Unicode. */
static bool is_utf16(const char *text, size_t len)
{
	size_t nul[2] = { 0, 0 }, n = len < 64 ? len & ~(size_t)1 : 64;

	if (len >= 2 && (memcmp(text, "\xff\xfe", 2) == 0 ||
			    memcmp(text, "\xfe\xff", 2) == 0))
		return true;
	for (size_t i = 0; i < n; i++)
		nul[i % 2] += text[i] == '\0';
	return n >= 8 && (nul[0] > n / 3 || nul[1] > n / 3);
}

static int too_large(const char *name, const char *text, struct faults *f)
{
	int line = 1;

	for (size_t i = 0; i < TASK_LIST_MAX_BYTES; i++)
		line += text[i] == '\n';
	faults_add(f, name, line,
	    "the file goes on after %d bytes, want %d at most",
	    TASK_LIST_MAX_BYTES, TASK_LIST_MAX_BYTES);
	return -1;
}

int source_check(
    const char *name, const char *text, size_t len, struct faults *f)
{
	if (len > TASK_LIST_MAX_BYTES)
		return too_large(name, text, f);
	if (!is_utf16(text, len))
		return 0;
	faults_add(f, name, 1,
	    "this is UTF-16, want UTF-8: save the list again as UTF-8");
	return -1;
}
