/* auth.c - secrets compared in constant time, notifications signed. */
#include "core/auth.h"

#include <sodium.h>
#include <strings.h>

static const char whsec[] = "whsec_";

void auth_init(void)
{
	if (sodium_init() < 0)
		bug("libsodium cannot be used");
}

static void digest(unsigned char out[crypto_hash_sha256_BYTES], const char *s)
{
	crypto_hash_sha256(out, (const unsigned char *)s, strlen(s));
}

/* Digests are compared, so that the length gives nothing away either. */
bool auth_secret_ok(const struct strvec *secrets, const char *candidate)
{
	unsigned char theirs[crypto_hash_sha256_BYTES];
	unsigned char ours[crypto_hash_sha256_BYTES];
	int equal = 0;

	if (candidate == NULL || candidate[0] == '\0')
		return false;
	digest(theirs, candidate);
	for (size_t i = 0; i < secrets->n; i++) {
		digest(ours, secrets->v[i]);
		equal |= sodium_memcmp(ours, theirs, sizeof(ours)) == 0;
	}
	return equal != 0;
}

const char *auth_bearer(const char *authorization)
{
	const char *token;

	if (authorization == NULL ||
	    strncasecmp(authorization, "Bearer ", 7) != 0)
		return NULL;
	token = authorization + 7;
	token += strspn(token, " ");
	return token[0] == '\0' ? NULL : token;
}

/* The key that a secret stands for: 0, or -1 where whsec_ is followed by
 * something else than base64. Padding may be there or not. */
static int signing_key(struct buf *key, const char *secret)
{
	const char *text = secret + strlen(whsec);
	size_t n = 0;
	char *room;

	if (!str_starts(secret, whsec)) {
		buf_adds(key, secret);
		return 0;
	}
	room = buf_reserve(key, strlen(text));
	if (sodium_base642bin((unsigned char *)room, strlen(text), text,
		strlen(text), NULL, &n, NULL,
		sodium_base64_VARIANT_ORIGINAL) != 0 &&
	    sodium_base642bin((unsigned char *)room, strlen(text), text,
		strlen(text), NULL, &n, NULL,
		sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
		return -1;
	buf_grown(key, n);
	return n > 0 ? 0 : -1;
}

static void add_signature(struct buf *out, const struct buf *key,
    const char *id, int64_t timestamp, const char *body, size_t len)
{
	unsigned char mac[crypto_auth_hmacsha256_BYTES];
	char text[sodium_base64_ENCODED_LEN(
	    sizeof(mac), sodium_base64_VARIANT_ORIGINAL)];
	crypto_auth_hmacsha256_state state;
	struct buf head = BUF_INIT;

	buf_addf(&head, "%s.%lld.", id, (long long)timestamp);
	crypto_auth_hmacsha256_init(
	    &state, (const unsigned char *)key->data, key->len);
	crypto_auth_hmacsha256_update(
	    &state, (const unsigned char *)head.data, head.len);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)body, len);
	crypto_auth_hmacsha256_final(&state, mac);
	sodium_bin2base64(text, sizeof(text), mac, sizeof(mac),
	    sodium_base64_VARIANT_ORIGINAL);
	buf_addf(out, "v1,%s", text);
	buf_release(&head);
}

int auth_sign(struct buf *out, const char *secret, const char *id,
    int64_t timestamp, const char *body, size_t len, struct error *err)
{
	struct buf key = BUF_INIT;
	int rc = signing_key(&key, secret);

	if (rc == 0)
		add_signature(out, &key, id, timestamp, body, len);
	else
		error_set(err,
		    "cannot sign: what follows whsec_ in the secret is not base64");
	sodium_memzero(key.data, key.len);
	buf_release(&key);
	return rc;
}

static void random_text(char *out, size_t n, const char *letters)
{
	for (size_t i = 0; i < n; i++)
		out[i] =
		    letters[randombytes_uniform((uint32_t)strlen(letters))];
	out[n] = '\0';
}

/* Digits alone would be read as a task's number. */
void auth_decision_id(char out[8])
{
	do
		random_text(out, 4, "abcdefghjkmnpqrstuvwxyz23456789");
	while (strspn(out, "0123456789") == 4);
}

void auth_notice_id(struct buf *out)
{
	char id[25];

	random_text(id, sizeof(id) - 1,
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
	buf_addf(out, "msg_%s", id);
}

void auth_uuid(char out[37])
{
	unsigned char b[16];
	size_t n = 0;

	randombytes_buf(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80); /* variant 1 */
	for (size_t i = 0; i < sizeof(b); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[n++] = '-';
		snprintf(out + n, 3, "%02x", b[i]);
		n += 2;
	}
}
