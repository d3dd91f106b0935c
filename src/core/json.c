/* json.c - json-c behind a strict door. */
#include "core/json.h"
#include "base/clock.h"
#include "core/json_scan.h"
#include "core/names.h"

#include <errno.h>
#include <math.h>

static int wanted(const char *key, const char *want, struct json_object *got,
    struct error *err)
{
	static const char *const words[] = {
		[json_type_null] = "null",
		[json_type_boolean] = "true or false",
		[json_type_double] = "a number",
		[json_type_int] = "a whole number",
		[json_type_object] = "an object",
		[json_type_array] = "an array",
		[json_type_string] = "a string",
	};

	return error_set(err, "%s: want %s, got %s", key, want,
	    words[json_object_get_type(got)]);
}

/* Adds how much is in the tree: a key that came twice is in it once. */
static void measure(struct json_object *o, struct json_size *size)
{
	if (json_object_is_type(o, json_type_object)) {
		json_object_object_foreach(o, key, child)
		{
			size->members++;
			size->bytes += strlen(key);
			measure(child, size);
		}
	} else if (json_object_is_type(o, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(o); i++)
			measure(json_object_array_get_idx(o, i), size);
	} else if (json_object_is_type(o, json_type_string)) {
		size->bytes += (size_t)json_object_get_string_len(o);
	}
}

/* The grammar and JSON_DEPTH are the scan's to check; the tokener counts one
 * further. Strict it must not be: see json_scan.h. */
static struct json_object *tokenise(
    const char *text, size_t len, struct error *err)
{
	struct json_tokener *t = json_tokener_new_ex(JSON_DEPTH + 2);
	enum json_tokener_error why;
	struct json_object *o;

	if (t == NULL)
		bug("out of memory for a JSON reader");
	o = json_tokener_parse_ex(t, text, (int)len);
	why = json_tokener_get_error(t);
	json_tokener_free(t);
	if (o != NULL)
		return o;
	/* Of a whole object it only fails silently where memory is gone. That
	 * says nothing of the text: a state that is well must not be put
	 * aside. */
	if (why == json_tokener_success || why == json_tokener_continue ||
	    strstr(json_tokener_error_desc(why), "memory") != NULL)
		bug("out of memory to read JSON");
	error_set(err, "not JSON: %s", json_tokener_error_desc(why));
	return NULL;
}

struct json_object *json_parse(const char *text, size_t len, struct error *err)
{
	struct json_object *o;
	struct error why = ERROR_INIT;
	struct json_size size, taken = { 0, 0 }, again = { 0, 0 };

	if (len > INT32_MAX || json_scan(text, len, JSON_DEPTH, &size, &why)) {
		error_set(err, "not JSON: %s",
		    why.text[0] ? why.text : "it is too long");
		return NULL;
	}
	while (strchr(" \t\r\n", *text) != NULL)
		text++, len--;
	if (*text != '{') {
		error_set(err, "want a JSON object, got %s",
		    *text == '[' ? "an array" : "a single value");
		return NULL;
	}
	o = tokenise(text, len, err);
	if (o == NULL)
		return NULL;
	measure(o, &taken);
	if (taken.members == size.members && taken.bytes == size.bytes)
		return o;
	json_object_put(o);
	/* A key that came twice is in it once. json-c 0.16 also leaves out what
	 * it has no room for, and says nothing: not the same a second time. */
	o = tokenise(text, len, err);
	measure(o, &again);
	json_object_put(o);
	if (taken.members == size.members || taken.members != again.members ||
	    taken.bytes != again.bytes)
		bug("out of memory to read JSON");
	error_set(err, "not JSON: a key is there twice");
	return NULL;
}

static struct json_object *new_string(const char *s)
{
	struct buf clean = BUF_INIT;
	struct json_object *o;
	size_t n;

	if (s == NULL)
		return NULL;
	n = strlen(s);
	if (utf8_valid(s, n))
		return json_object_new_string_len(s, (int)n);
	buf_add_clean(&clean, s, n);
	o = json_object_new_string_len(clean.data, (int)clean.len);
	buf_release(&clean);
	return o;
}

void json_set(struct json_object *o, const char *key, struct json_object *child)
{
	if (json_object_object_add(o, key, child) != 0)
		bug("out of memory for the JSON member '%s'", key);
}

void json_set_string(struct json_object *o, const char *key, const char *s)
{
	json_set(o, key, new_string(s));
}

void json_set_int(struct json_object *o, const char *key, int64_t n)
{
	json_set(o, key, json_object_new_int64(n));
}

/* The shortest digits that are read back as the same number. */
void json_set_double(struct json_object *o, const char *key, double d)
{
	char text[32];

	if (!isfinite(d)) {
		json_set(o, key, NULL);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	json_set(o, key, json_object_new_double_s(d, text));
}

void json_set_bool(struct json_object *o, const char *key, bool b)
{
	json_set(o, key, json_object_new_boolean(b));
}

void json_set_time(struct json_object *o, const char *key, int64_t when)
{
	char text[CLOCK_TEXT];

	if (when != 0)
		clock_rfc3339(when, text);
	json_set(o, key, when == 0 ? NULL : new_string(text));
}

void json_set_strings(
    struct json_object *o, const char *key, const struct strvec *v)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < v->n; i++)
		json_object_array_add(list, new_string(v->v[i]));
	json_set(o, key, list);
}

void json_print(struct buf *out, struct json_object *o)
{
	size_t n;
	const char *text = json_object_to_json_string_length(
	    o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);

	buf_add(out, text, n);
}

/* The member; NULL where it is absent or null. */
static struct json_object *member(struct json_object *o, const char *key)
{
	struct json_object *v = NULL;

	json_object_object_get_ex(o, key, &v);
	return v;
}

static int string_of(
    struct json_object *v, const char *key, const char **out, struct error *err)
{
	const char *s;

	if (!json_object_is_type(v, json_type_string))
		return wanted(key, "a string", v, err);
	s = json_object_get_string(v);
	if (strlen(s) != (size_t)json_object_get_string_len(v))
		return error_set(
		    err, "%s: want a string without NUL, got one", key);
	*out = s;
	return 0;
}

int json_get_string(
    struct json_object *o, const char *key, const char **out, struct error *err)
{
	struct json_object *v = member(o, key);

	*out = NULL;
	return v == NULL ? 0 : string_of(v, key, out, err);
}

/* json-c cuts what does not fit to the nearest number that does; that one is
 * refused with it. */
static bool fits_int64(struct json_object *v, int64_t *n)
{
	if (json_object_get_uint64(v) > INT64_MAX)
		return false;
	*n = json_object_get_int64(v);
	return *n != INT64_MIN;
}

int json_get_int(struct json_object *o, const char *key, int64_t low,
    int64_t high, int64_t none, int64_t *out, struct error *err)
{
	struct json_object *v = member(o, key);
	int64_t n;

	*out = none;
	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_int))
		return wanted(key, "a whole number", v, err);
	if (!fits_int64(v, &n))
		return error_set(err,
		    "%s: want %lld..%lld, got a number of too many digits", key,
		    (long long)low, (long long)high);
	if (n < low || n > high)
		return error_set(err, "%s: want %lld..%lld, got %lld", key,
		    (long long)low, (long long)high, (long long)n);
	*out = n;
	return 0;
}

int json_get_double(
    struct json_object *o, const char *key, double *out, struct error *err)
{
	struct json_object *v = member(o, key);
	double d;

	*out = 0;
	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_double) &&
	    !json_object_is_type(v, json_type_int))
		return wanted(key, "a number", v, err);
	d = json_object_get_double(v);
	if (!isfinite(d))
		return error_set(
		    err, "%s: want a number, got one that is too large", key);
	*out = d;
	return 0;
}

int json_get_bool(
    struct json_object *o, const char *key, bool *out, struct error *err)
{
	struct json_object *v = member(o, key);

	*out = false;
	if (v == NULL)
		return 0;
	if (!json_object_is_type(v, json_type_boolean))
		return wanted(key, "true or false", v, err);
	*out = json_object_get_boolean(v);
	return 0;
}

int json_get_time(
    struct json_object *o, const char *key, int64_t *out, struct error *err)
{
	const char *s;

	*out = 0;
	if (json_get_string(o, key, &s, err) != 0)
		return -1;
	if (s != NULL && clock_from_rfc3339(s, out) != 0)
		return error_set(err,
		    "%s: want a time such as 2025-11-20T09:30:15Z, got '%.40s'",
		    key, s);
	return 0;
}

int json_get_strings(struct json_object *o, const char *key, struct strvec *out,
    struct error *err)
{
	struct json_object *v;
	const char *s;

	if (json_get_array(o, key, &v, err) != 0)
		return -1;
	for (size_t i = 0; v != NULL && i < json_object_array_length(v); i++) {
		if (string_of(json_object_array_get_idx(v, i), key, &s, err) !=
		    0) {
			strvec_release(out);
			return -1;
		}
		strvec_add(out, s);
	}
	return 0;
}

int json_get_enum(struct json_object *o, const char *key,
    const char *const *names, size_t n, int none, int *out, struct error *err)
{
	struct buf list = BUF_INIT;
	const char *s;
	int i;

	*out = none;
	if (json_get_string(o, key, &s, err) != 0)
		return -1;
	if (s == NULL)
		return 0;
	i = name_index(names, n, s);
	if (i >= 0) {
		*out = i;
		return 0;
	}
	for (size_t k = 0; k < n; k++)
		if (names[k] != NULL)
			buf_addf(&list, "%s%s", list.len ? ", " : "", names[k]);
	error_set(err, "%s: want one of %s, got '%.40s'", key, list.data, s);
	buf_release(&list);
	return -1;
}

int json_get_id(
    struct json_object *o, const char *key, char **out, struct error *err)
{
	struct json_object *v = member(o, key);
	const char *s;
	int64_t n;

	*out = NULL;
	if (v == NULL)
		return 0;
	if (json_object_is_type(v, json_type_int)) {
		if (!fits_int64(v, &n))
			return error_set(err,
			    "%s: want a string for a number of so many digits",
			    key);
		*out = xasprintf("%lld", (long long)n);
		return 0;
	}
	if (!json_object_is_type(v, json_type_string))
		return wanted(key, "a string or a whole number", v, err);
	if (string_of(v, key, &s, err) != 0)
		return -1;
	*out = xstrdup(s);
	return 0;
}

static int get_typed(struct json_object *o, const char *key,
    enum json_type type, const char *want, struct json_object **out,
    struct error *err)
{
	struct json_object *v = member(o, key);

	*out = NULL;
	if (v != NULL && !json_object_is_type(v, type))
		return wanted(key, want, v, err);
	*out = v;
	return 0;
}

int json_get_object(struct json_object *o, const char *key,
    struct json_object **out, struct error *err)
{
	return get_typed(o, key, json_type_object, "an object", out, err);
}

int json_get_array(struct json_object *o, const char *key,
    struct json_object **out, struct error *err)
{
	return get_typed(o, key, json_type_array, "an array", out, err);
}
