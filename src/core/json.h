/* json.h - json-c, made strict, and short ways to build and to read.
 *
 * json-c accepts what no foreign client may send (NaN, repeated keys, commas,
 * lone surrogates, control characters, NUL in keys); json_parse() refuses it
 * first. Objects are json-c's; json_object_put() them. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strvec.h"

#include <errno.h>
#include <json-c/json.h>

enum { JSON_DEPTH = 16 };

/* Without memory json-c gives NULL, which in a tree is null: it would be
 * stored. So what it makes for us is there, or we end. */
static inline struct json_object *json_made(struct json_object *o)
{
	if (o == NULL)
		bug("out of memory for JSON");
	return o;
}

static inline void json_done(int rc)
{
	if (rc != 0)
		bug("out of memory for JSON");
}

/* Where there is no room for a piece json-c leaves that out while it prints,
 * goes on and says nothing; malloc does, in errno. */
static inline const char *json_printed(const char *text)
{
	if (text == NULL || errno == ENOMEM)
		bug("out of memory to print JSON");
	return text;
}

#define json_object_to_json_string_length(o, flags, n)                    \
	(errno = 0, json_printed((json_object_to_json_string_length)((o), \
			(flags), (n))))
#define json_object_to_json_string_ext(o, flags) \
	(errno = 0,                              \
	    json_printed((json_object_to_json_string_ext)((o), (flags))))
#define json_object_to_json_string(o) \
	(errno = 0, json_printed((json_object_to_json_string)(o)))
#define json_object_new_object()   json_made((json_object_new_object)())
#define json_object_new_array()    json_made((json_object_new_array)())
#define json_object_new_int(n)     json_made((json_object_new_int)(n))
#define json_object_new_int64(n)   json_made((json_object_new_int64)(n))
#define json_object_new_boolean(b) json_made((json_object_new_boolean)(b))
#define json_object_new_string(s)  json_made((json_object_new_string)(s))
#define json_object_new_string_len(s, n) \
	json_made((json_object_new_string_len)((s), (n)))
#define json_object_new_double(d) json_made((json_object_new_double)(d))
#define json_object_new_double_s(d, s) \
	json_made((json_object_new_double_s)((d), (s)))
#define json_object_array_add(o, item) \
	json_done((json_object_array_add)((o), (item)))

/* One object, all of the text, RFC 8259 to the letter, no key twice, no
 * \u0000, depth at most JSON_DEPTH. NULL with the reason otherwise. */
struct json_object *json_parse(const char *text, size_t len, struct error *err);

/* Each sets a member; NULL strings and times of 0 become null, what is no
 * UTF-8 in a string is replaced. */
void json_set_string(struct json_object *o, const char *key, const char *s);
void json_set_int(struct json_object *o, const char *key, int64_t n);
void json_set_double(struct json_object *o, const char *key, double d);
void json_set_bool(struct json_object *o, const char *key, bool b);
void json_set_time(struct json_object *o, const char *key, int64_t when);
void json_set_strings(
    struct json_object *o, const char *key, const struct strvec *v);
/* Takes child (NULL: null). */
void json_set(
    struct json_object *o, const char *key, struct json_object *child);

/* Compact, one line, UTF-8 as it is. */
void json_print(struct buf *out, struct json_object *o);

/* Reading with a check. Each returns 0, or -1 with "KEY: want ..., got ..."
 * in err. A key that is absent or null gives the "none" named here. */
int json_get_string(struct json_object *o, const char *key, const char **out,
    struct error *err); /* NULL; no NUL inside */
int json_get_int(struct json_object *o, const char *key, int64_t low,
    int64_t high, int64_t none, int64_t *out, struct error *err);
int json_get_double(struct json_object *o, const char *key, double *out,
    struct error *err); /* 0 */
int json_get_bool(struct json_object *o, const char *key, bool *out,
    struct error *err); /* false */
int json_get_time(struct json_object *o, const char *key, int64_t *out,
    struct error *err); /* 0 */
int json_get_strings(struct json_object *o, const char *key, struct strvec *out,
    struct error *err); /* empty */
int json_get_enum(struct json_object *o, const char *key,
    const char *const *names, size_t n, int none, int *out, struct error *err);
/* A string, or an integer written out: to be freed. */
int json_get_id(struct json_object *o, const char *key, char **out,
    struct error *err); /* NULL */
int json_get_object(struct json_object *o, const char *key,
    struct json_object **out, struct error *err); /* NULL; borrowed */
int json_get_array(struct json_object *o, const char *key,
    struct json_object **out, struct error *err); /* NULL; borrowed */

#endif
