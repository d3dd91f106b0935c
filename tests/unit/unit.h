/* unit.h - what every unit file shares: one suite, one main.
 *
 * A file lists its tests: UNIT_MAIN("buf", grows, cuts_utf8). Check forks for
 * each test, so a crash fails that test alone. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdlib.h>

static int unit_run(const char *name, const TTest *const *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *all = tcase_create(name);
	SRunner *runner;
	int failed;

	tcase_set_timeout(all, 120);
	for (size_t i = 0; i < n; i++)
		tcase_add_test(all, tests[i]);
	suite_add_tcase(suite, all);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* clang-format off */
#define UNIT_MAIN(name, ...)                                               \
	int main(void)                                                     \
	{                                                                  \
		const TTest *const tests[] = { __VA_ARGS__ };              \
		return unit_run(                                           \
		    name, tests, sizeof(tests) / sizeof(tests[0]));        \
	}
/* clang-format on */

#endif
