/* auth.h - is this our caller, and is this really from us.
 *
 * Comparisons take the same time wherever the difference is (libsodium). */
#ifndef CORE_AUTH_H
#define CORE_AUTH_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strvec.h"

/* WHSEC_MIN: whsec_ and 16 bytes in base64 without its padding. */
enum { SECRET_MIN = 16, WHSEC_MIN = 28, SECRETS_MAX = 4 };

/* Once a process, before anything else here. */
void auth_init(void);

/* Is candidate one of the secrets? All are compared, always. */
bool auth_secret_ok(const struct strvec *secrets, const char *candidate);

/* RFC 6750: the token in "Bearer TOKEN" (scheme in any case), or NULL. */
const char *auth_bearer(const char *authorization);

/* Standard Webhooks: "v1," and base64 of HMAC-SHA256 over id.timestamp.body,
 * with the secret's bytes as the key, or with what follows "whsec_" decoded.
 * Returns 0, or -1 where whsec_ is not followed by base64. */
int auth_sign(struct buf *out, const char *secret, const char *id,
    int64_t timestamp, const char *body, size_t len, struct error *err);

/* Random: a decision id ("k3f9", letters and digits without look-alikes, at
 * least one letter), a notification's id, a UUID version 4. */
void auth_decision_id(char out[8]);
void auth_notice_id(struct buf *out);
void auth_uuid(char out[37]);

#endif
