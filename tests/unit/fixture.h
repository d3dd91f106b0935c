/* fixture.h - a file of tests/fixtures, whole. */
#ifndef TESTS_UNIT_FIXTURE_H
#define TESTS_UNIT_FIXTURE_H

#include "base/durable.h"

#include <check.h>

/* To be freed. Make says where the sources are; by hand it is ".". */
static char *fixture(const char *name, size_t *n)
{
	const char *top = getenv("srcdir");
	char *path =
	    xasprintf("%s/tests/fixtures/%s", top != NULL ? top : ".", name);
	struct error err = ERROR_INIT;
	char *data = NULL;

	ck_assert_msg(
	    read_file(path, 4 << 20, &data, n, &err) == 0, "%s", err.text);
	free(path);
	return data;
}

#endif
