/* state_read.c - members of state.json, each with its check. */
#include "store/state_read.h"

int read_text(struct json_object *o, const char *key, bool required, char **out,
    struct error *err)
{
	const char *s;

	if (json_get_string(o, key, &s, err) != 0)
		return -1;
	if (s == NULL && required)
		return error_set(err, "%s: want a text, got none", key);
	*out = xstrdup(s);
	return 0;
}

int read_int(struct json_object *o, const char *key, int low, int high,
    int none, int *out, struct error *err)
{
	int64_t n;

	if (json_get_int(o, key, low, high, none, &n, err) != 0)
		return -1;
	*out = (int)n;
	return 0;
}

int need_int(struct json_object *o, const char *key, int low, int high,
    int *out, struct error *err)
{
	if (json_object_object_get(o, key) == NULL)
		return error_set(
		    err, "%s: want %d..%d, got none", key, low, high);
	return read_int(o, key, low, high, low, out, err);
}

int need_enum(struct json_object *o, const char *key, const char *const *names,
    size_t n, int *out, struct error *err)
{
	if (json_get_enum(o, key, names, n, -1, out, err) != 0)
		return -1;
	if (*out < 0)
		return error_set(err, "%s: want a word, got none", key);
	return 0;
}

int read_word(struct json_object *o, const char *key, bool required, char *out,
    size_t size, struct error *err)
{
	const char *s;
	size_t n;

	if (json_get_string(o, key, &s, err) != 0)
		return -1;
	if (s == NULL && required)
		return error_set(err, "%s: want an id, got none", key);
	n = s == NULL ? 0 : strlen(s);
	if ((s != NULL && n == 0) || n >= size)
		return error_set(err,
		    "%s: want 1..%zu letters and digits, got %zu bytes", key,
		    size - 1, n);
	for (size_t i = 0; i < n; i++)
		if (strchr("0123456789abcdefghijklmnopqrstuvwxyz", s[i]) ==
		    NULL)
			return error_set(err,
			    "%s: want letters and digits, got \"%s\"", key, s);
	if (n > 0)
		memcpy(out, s, n);
	return 0;
}

int read_element(struct json_object *array, const char *name, size_t i,
    struct json_object **out, struct error *err)
{
	*out = json_object_array_get_idx(array, i);
	if (!json_object_is_type(*out, json_type_object))
		return error_set(err, "%s[%zu]: want an object", name, i);
	return 0;
}

int read_array(struct json_object *o, const char *key, size_t max,
    struct json_object **array, size_t *n, struct error *err)
{
	if (json_get_array(o, key, array, err) != 0)
		return -1;
	*n = *array == NULL ? 0 : json_object_array_length(*array);
	if (*n > max)
		return error_set(
		    err, "%s: want at most %zu, got %zu", key, max, *n);
	return 0;
}

int read_below(struct error *err, const char *name)
{
	struct error inner = *err;

	return error_set(err, "%s.%s", name, inner.text);
}

int read_within(struct error *err, const char *name, size_t i)
{
	struct error inner = *err;

	return error_set(err, "%s[%zu].%s", name, i, inner.text);
}
