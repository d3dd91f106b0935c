#include "unit.h"

#include "base/faults.h"

START_TEST(each_is_a_line_with_its_place)
{
	struct faults f = FAULTS_INIT;

	faults_add(&f, "a.yaml", 3, "want %d", 1);
	faults_add(&f, "a.yaml", 0, "cannot be read");
	faults_warn(&f, "a.yaml", 4, "odd");
	ck_assert_uint_eq(f.count, 2);
	ck_assert_str_eq(f.lines.v[0], "a.yaml:3: want 1");
	ck_assert_str_eq(f.lines.v[1], "a.yaml: cannot be read");
	ck_assert_str_eq(f.warnings.v[0], "a.yaml:4: odd");
	faults_release(&f);
	ck_assert_uint_eq(f.count, 0);
	ck_assert_uint_eq(f.lines.n, 0);
}
END_TEST

START_TEST(past_the_limit_they_are_counted)
{
	struct faults f = FAULTS_INIT;

	for (int i = 0; i < FAULTS_SHOWN + 50; i++) {
		faults_add(&f, "a", i, "x");
		faults_warn(&f, "a", i, "x");
	}
	ck_assert_uint_eq(f.count, FAULTS_SHOWN + 50);
	ck_assert_uint_eq(f.lines.n, FAULTS_SHOWN);
	ck_assert_uint_eq(f.warnings.n, FAULTS_SHOWN);
	faults_release(&f);
}
END_TEST

UNIT_MAIN(
    "faults", each_is_a_line_with_its_place, past_the_limit_they_are_counted)
