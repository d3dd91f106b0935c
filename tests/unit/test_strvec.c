#include "unit.h"

#include "base/strvec.h"

START_TEST(is_an_argv_at_any_length)
{
	struct strvec v = STRVEC_INIT;

	for (size_t i = 0; i < 100; i++) {
		strvec_addf(&v, "%zu", i);
		ck_assert_uint_eq(v.n, i + 1);
		ck_assert_ptr_null(v.v[v.n]);
	}
	ck_assert_str_eq(v.v[99], "99");
	strvec_release(&v);
	ck_assert_uint_eq(v.n, 0);
	strvec_release(&v);
}
END_TEST

START_TEST(owns_copies)
{
	struct strvec a = STRVEC_INIT, b = STRVEC_INIT;
	char text[] = "one";

	strvec_add(&a, text);
	text[0] = 'x';
	strvec_take(&a, xstrdup("two"));
	strvec_extend(&b, &a);
	strvec_release(&a);
	ck_assert(strvec_has(&b, "one"));
	ck_assert(strvec_has(&b, "two"));
	ck_assert(!strvec_has(&b, "xne"));
	ck_assert(!strvec_has(&a, "one"));
	strvec_release(&b);
}
END_TEST

UNIT_MAIN("strvec", is_an_argv_at_any_length, owns_copies)
