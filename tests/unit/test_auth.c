#include "unit.h"

#include "core/auth.h"

/* The vector that the Standard Webhooks libraries publish. */
static const char secret[] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
static const char payload[] = "{\"test\": 2432232314}";

START_TEST(signs_as_standard_webhooks_does)
{
	struct buf out = BUF_INIT;

	auth_init();
	ck_assert_int_eq(auth_sign(&out, secret, "msg_p5jXN8AQM9LWM0D4loKWxJek",
			     1614265330, payload, strlen(payload), NULL),
	    0);
	ck_assert_str_eq(
	    out.data, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	buf_release(&out);
}
END_TEST

START_TEST(a_plain_secret_signs_with_its_bytes)
{
	struct buf out = BUF_INIT;

	auth_init();
	/* printf %s 'id.1.body' | openssl dgst -sha256 -hmac plain-... */
	ck_assert_int_eq(auth_sign(&out, "plain-secret-of-some-length", "id", 1,
			     "body", 4, NULL),
	    0);
	ck_assert_str_eq(
	    out.data, "v1,hmqrquIpSLNfeEuXqBGgvkBlZymsHYpoYgSiQjscS8Q=");
	buf_release(&out);
}
END_TEST

START_TEST(whsec_must_be_followed_by_base64)
{
	struct buf out = BUF_INIT;
	struct error err;

	auth_init();
	ck_assert_int_eq(
	    auth_sign(&out, "whsec_not base64!", "id", 1, "", 0, &err), -1);
	ck_assert_str_eq(err.text, "cannot sign: what follows whsec_ in the "
				   "secret is not base64");
	ck_assert_uint_eq(out.len, 0);
	ck_assert_int_eq(auth_sign(&out, "whsec_", "id", 1, "", 0, NULL), -1);
}
END_TEST

START_TEST(padding_may_be_there_or_not)
{
	struct buf with = BUF_INIT, without = BUF_INIT;

	auth_init();
	ck_assert_int_eq(
	    auth_sign(&with, "whsec_YQ==", "id", 1, "", 0, NULL), 0);
	ck_assert_int_eq(
	    auth_sign(&without, "whsec_YQ", "id", 1, "", 0, NULL), 0);
	ck_assert_str_eq(with.data, without.data);
	buf_release(&with);
	buf_release(&without);
}
END_TEST

START_TEST(any_of_the_secrets_opens_and_nothing_else)
{
	struct strvec secrets = STRVEC_INIT;

	auth_init();
	strvec_add(&secrets, "the-first-secret-0001");
	strvec_add(&secrets, "the-second-secret-002");
	ck_assert(auth_secret_ok(&secrets, "the-first-secret-0001"));
	ck_assert(auth_secret_ok(&secrets, "the-second-secret-002"));
	ck_assert(!auth_secret_ok(&secrets, "the-second-secret-00"));
	ck_assert(!auth_secret_ok(&secrets, "the-second-secret-0022"));
	ck_assert(!auth_secret_ok(&secrets, ""));
	ck_assert(!auth_secret_ok(&secrets, NULL));
	strvec_release(&secrets);
	ck_assert(!auth_secret_ok(&secrets, "the-first-secret-0001"));
}
END_TEST

START_TEST(finds_the_bearer_token)
{
	ck_assert_str_eq(auth_bearer("Bearer abc"), "abc");
	ck_assert_str_eq(auth_bearer("bEARER   abc"), "abc");
	ck_assert_ptr_null(auth_bearer("Bearer "));
	ck_assert_ptr_null(auth_bearer("Bearer"));
	ck_assert_ptr_null(auth_bearer("Bearerabc"));
	ck_assert_ptr_null(auth_bearer("Basic Zm9vOmJhcg=="));
	ck_assert_ptr_null(auth_bearer(NULL));
}
END_TEST

START_TEST(ids_look_as_they_should)
{
	struct buf notice = BUF_INIT;
	char decision[8], uuid[37], other[37];

	auth_init();
	for (int i = 0; i < 10000; i++) {
		auth_decision_id(decision);
		ck_assert_uint_eq(strlen(decision), 4);
		ck_assert_uint_lt(strspn(decision, "0123456789"), 4);
		ck_assert_ptr_null(strpbrk(decision, "01ilo#/ "));
	}
	auth_uuid(uuid);
	auth_uuid(other);
	ck_assert_str_ne(uuid, other);
	ck_assert_uint_eq(strlen(uuid), 36);
	ck_assert_int_eq(uuid[14], '4');
	ck_assert_ptr_nonnull(strchr("89ab", uuid[19]));
	auth_notice_id(&notice);
	ck_assert_uint_eq(strlen(notice.data), 28);
	ck_assert(str_starts(notice.data, "msg_"));
	buf_release(&notice);
}
END_TEST

UNIT_MAIN("auth", signs_as_standard_webhooks_does,
    a_plain_secret_signs_with_its_bytes, whsec_must_be_followed_by_base64,
    padding_may_be_there_or_not, any_of_the_secrets_opens_and_nothing_else,
    finds_the_bearer_token, ids_look_as_they_should)
