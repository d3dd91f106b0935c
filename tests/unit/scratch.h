/* scratch.h - a folder of a test's own, gone afterwards. */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include "base/base.h"
#include "base/durable.h"
#include "base/path.h"

#include <check.h>
#include <ftw.h>
#include <unistd.h>

static char scratch[64];

static void scratch_make(void)
{
	snprintf(scratch, sizeof(scratch), "/tmp/orchestrator-unit-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(scratch));
}

static int scratch_forget(const char *path, const struct stat *st UNUSED,
    int type UNUSED, struct FTW *ftw UNUSED)
{
	return remove(path);
}

static void scratch_remove(void)
{
	nftw(scratch, scratch_forget, 16, FTW_DEPTH | FTW_PHYS);
}

/* A name in it; to be freed. */
static UNUSED char *scratch_path(const char *name)
{
	return path_join(scratch, name);
}

static UNUSED void scratch_write(const char *name, const char *text)
{
	char *path = scratch_path(name);

	ck_assert_int_eq(
	    durable_write(path, text, strlen(text), 0600, NULL), 0);
	free(path);
}

/* What is in the file; NULL: there is none. To be freed. */
static UNUSED char *scratch_read(const char *name)
{
	char *path = scratch_path(name);
	char *text = NULL;
	size_t n;

	if (read_file(path, SIZE_MAX - 1, &text, &n, NULL) != 0)
		text = NULL;
	free(path);
	return text;
}

static UNUSED bool scratch_has(const char *name)
{
	char *path = scratch_path(name);
	bool there = access(path, F_OK) == 0;

	free(path);
	return there;
}

#endif
