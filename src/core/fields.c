/* fields.c - the one walk over the table of a struct, for each purpose. */
#include "core/fields.h"
#include "base/clock.h"

#include <math.h>

static void *member(void *base, size_t at)
{
	return (char *)base + at;
}

static const void *const_member(const void *base, size_t at)
{
	return (const char *)base + at;
}

/* How many there are of a list or an array, and where the first is. */
static size_t count_of(const struct field *f, const void *base)
{
	return *(const size_t *)const_member(base, f->count_at);
}

static const void *elements_of(const struct field *f, const void *base)
{
	const void *at = const_member(base, f->at);

	return f->kind == FIELD_LIST ? *(void *const *)at : at;
}

/* -- printing ---------------------------------------------------------------
 */

static struct json_object *print_number(const struct field *f, int64_t n)
{
	bool none_is_null = f->none < f->low || f->none > f->high;

	if (n == f->none && none_is_null)
		return NULL;
	if (n < f->low || n > f->high)
		n = n < f->low ? f->low : f->high;
	return json_object_new_int64(n);
}

static struct json_object *print_elements(
    const struct field *f, const void *base)
{
	struct json_object *array = json_object_new_array();
	const char *v = elements_of(f, base);

	for (size_t i = 0; i < count_of(f, base); i++)
		json_object_array_add(
		    array, fields_to_json(f->of, v + i * f->of->size));
	return array;
}

static void print_field(
    struct json_object *o, const struct field *f, const void *base)
{
	const void *at = const_member(base, f->at);
	const char *text = at;
	double usd;

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_JSON:
		json_set_string(o, f->key, *(char *const *)at);
		break;
	case FIELD_WORD:
	case FIELD_DATE:
		json_set_string(o, f->key, text[0] != '\0' ? text : NULL);
		break;
	case FIELD_STRINGS:
		json_set_strings(o, f->key, at);
		break;
	case FIELD_INT:
		json_set(o, f->key, print_number(f, *(const int *)at));
		break;
	case FIELD_LONG:
		json_set(o, f->key, print_number(f, *(const int64_t *)at));
		break;
	case FIELD_ENUM:
		json_set_string(o, f->key, f->names[*(const int *)at]);
		break;
	case FIELD_BOOL:
		json_set_bool(o, f->key, *(const bool *)at);
		break;
	case FIELD_TIME:
		json_set_time(o, f->key, *(const int64_t *)at);
		break;
	case FIELD_USD:
		usd = *(const double *)at;
		usd = isfinite(usd) && usd > 0 && usd <= USD_MAX ? usd : 0;
		if (usd > 0 || !(f->flags & FIELD_LEFT_OUT))
			json_set_double(o, f->key, usd);
		break;
	case FIELD_OBJECT:
		json_set(o, f->key, fields_to_json(f->of, at));
		break;
	case FIELD_INLINE:
		fields_print(o, f->of, at);
		break;
	case FIELD_ARRAY:
	case FIELD_LIST:
		json_set(o, f->key, print_elements(f, base));
		break;
	case FIELD_HOOK:
		json_set(o, f->key, f->hook->print(base));
		break;
	}
}

void fields_print(
    struct json_object *o, const struct fields *f, const void *base)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct field *row = &f->v[i];

		if (row->key == NULL)
			continue;
		print_field(o, row, base);
		if ((row->flags & FIELD_LEFT_OUT) &&
		    json_object_object_get(o, row->key) == NULL)
			json_object_object_del(o, row->key);
	}
}

static bool is_there(const struct fields *f, const void *base)
{
	const char *at = (const char *)base + f->there_at;

	for (size_t i = 0; i < f->there_size; i++)
		if (at[i] != 0)
			return true;
	return f->there_size == 0;
}

struct json_object *fields_to_json(const struct fields *f, const void *base)
{
	struct json_object *o;

	if (!is_there(f, base))
		return NULL;
	o = json_object_new_object();
	fields_print(o, f, base);
	return o;
}

/* -- reading ----------------------------------------------------------------
 */

static int read_word(
    const struct field *f, const char *s, char *out, struct error *err)
{
	size_t n = strlen(s);

	if (n == 0 || n >= f->size)
		return error_set(err,
		    "%s: want 1..%zu letters and digits, got %zu bytes", f->key,
		    f->size - 1, n);
	if (s[strspn(s, "0123456789abcdefghijklmnopqrstuvwxyz")] != '\0')
		return error_set(
		    err, "%s: want letters and digits, got \"%s\"", f->key, s);
	memcpy(out, s, n + 1);
	return 0;
}

/* The kinds that are strings in JSON. */
static int read_string(
    struct json_object *o, const struct field *f, void *at, struct error *err)
{
	struct error why = ERROR_INIT;
	struct json_object *inner;
	const char *s;

	if (json_get_string(o, f->key, &s, err) != 0)
		return -1;
	if (s == NULL)
		return 0;
	switch (f->kind) {
	case FIELD_WORD:
		return read_word(f, s, at, err);
	case FIELD_DATE:
		if (!clock_is_date(s))
			return error_set(
			    err, "%s: want a date, got %.40s", f->key, s);
		snprintf(at, f->size, "%s", s);
		return 0;
	case FIELD_JSON:
		/* What is sent or answered again must be one JSON object. */
		inner = json_parse(s, strlen(s), &why);
		if (inner == NULL)
			return error_set(
			    err, "%s: want JSON: %s", f->key, why.text);
		json_object_put(inner);
		break;
	default:
		break;
	}
	*(char **)at = xstrdup(s);
	return 0;
}

static int read_number(
    struct json_object *o, const struct field *f, void *at, struct error *err)
{
	int64_t n;

	if (json_get_int(o, f->key, f->low, f->high, f->none, &n, err) != 0)
		return -1;
	if (f->kind == FIELD_INT)
		*(int *)at = (int)n;
	else
		*(int64_t *)at = n;
	return 0;
}

static int read_usd(
    struct json_object *o, const struct field *f, double *at, struct error *err)
{
	if (json_get_double(o, f->key, at, err) != 0)
		return -1;
	if (!isfinite(*at) || *at < 0 || *at > USD_MAX)
		return error_set(
		    err, "%s: want 0..%d, got %g", f->key, USD_MAX, *at);
	return 0;
}

static int read_object(
    struct json_object *o, const struct field *f, void *at, struct error *err)
{
	struct error why = ERROR_INIT;
	struct json_object *inner;

	if (json_get_object(o, f->key, &inner, err) != 0)
		return -1;
	if (inner != NULL && fields_read(inner, f->of, at, &why) != 0)
		return error_set(err, "%s.%s", f->key, why.text);
	return 0;
}

/* The elements that were begun are counted, half read or not, so that they are
 * released with the rest. */
static int read_elements(
    struct json_object *o, const struct field *f, void *base, struct error *err)
{
	struct error why = ERROR_INIT;
	struct json_object *array, *item;
	size_t *count = member(base, f->count_at), n;
	char *v;

	if (json_get_array(o, f->key, &array, err) != 0)
		return -1;
	n = array == NULL ? 0 : json_object_array_length(array);
	if (n > (uint64_t)f->high)
		return error_set(err, "%s: want at most %lld, got %zu", f->key,
		    (long long)f->high, n);
	if (f->kind == FIELD_LIST)
		*(void **)member(base, f->at) = xcalloc(n, f->of->size);
	v = (char *)elements_of(f, base);
	for (size_t i = 0; i < n; i++) {
		item = json_object_array_get_idx(array, i);
		if (!json_object_is_type(item, json_type_object))
			return error_set(
			    err, "%s[%zu]: want an object", f->key, i);
		memset(v + i * f->of->size, 0, f->of->size);
		*count = i + 1;
		if (fields_read(item, f->of, v + i * f->of->size, &why) != 0)
			return error_set(
			    err, "%s[%zu].%s", f->key, i, why.text);
	}
	return 0;
}

static int read_field(
    struct json_object *o, const struct field *f, void *base, struct error *err)
{
	void *at = member(base, f->at);

	switch (f->kind) {
	case FIELD_TEXT:
	case FIELD_JSON:
	case FIELD_WORD:
	case FIELD_DATE:
		return read_string(o, f, at, err);
	case FIELD_STRINGS:
		return json_get_strings(o, f->key, at, err);
	case FIELD_INT:
	case FIELD_LONG:
		return read_number(o, f, at, err);
	case FIELD_ENUM:
		return json_get_enum(
		    o, f->key, f->names, (size_t)f->high + 1, 0, at, err);
	case FIELD_BOOL:
		return json_get_bool(o, f->key, at, err);
	case FIELD_TIME:
		return json_get_time(o, f->key, at, err);
	case FIELD_USD:
		return read_usd(o, f, at, err);
	case FIELD_OBJECT:
		return read_object(o, f, at, err);
	case FIELD_INLINE:
		return fields_read(o, f->of, at, err);
	case FIELD_ARRAY:
	case FIELD_LIST:
		return read_elements(o, f, base, err);
	case FIELD_HOOK:
		return f->hook->read == NULL
			   ? 0
			   : f->hook->read(o, f->key, base, err);
	}
	return 0;
}

/* What would have been there. */
static int missing(const struct field *f, struct error *err)
{
	switch (f->kind) {
	case FIELD_INT:
	case FIELD_LONG:
		return error_set(err, "%s: want %lld..%lld, got none", f->key,
		    (long long)f->low, (long long)f->high);
	case FIELD_ENUM:
		return error_set(err, "%s: want a word, got none", f->key);
	case FIELD_WORD:
		return error_set(err, "%s: want an id, got none", f->key);
	case FIELD_DATE:
		return error_set(err, "%s: want a date, got none", f->key);
	default:
		return error_set(err, "%s: want a text, got none", f->key);
	}
}

int fields_read(struct json_object *o, const struct fields *f, void *base,
    struct error *err)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct field *row = &f->v[i];

		if (row->key == NULL)
			continue;
		if ((row->flags & FIELD_NEEDED) &&
		    json_object_object_get(o, row->key) == NULL)
			return missing(row, err);
		if (read_field(o, row, base, err) != 0)
			return -1;
	}
	return f->check == NULL ? 0 : f->check(base, o, err);
}

/* -- copying and releasing --------------------------------------------------
 */

/* Of a struct whose bytes are copied: what they point to. */
static void own(const struct fields *f, void *to, const void *from)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct field *row = &f->v[i];
		void *at = member(to, row->at);
		const void *was = const_member(from, row->at);
		char *v;

		switch (row->kind) {
		case FIELD_TEXT:
		case FIELD_JSON:
			*(char **)at = xstrdup(*(char *const *)was);
			break;
		case FIELD_STRINGS:
			*(struct strvec *)at = (struct strvec)STRVEC_INIT;
			strvec_extend(at, was);
			break;
		case FIELD_OBJECT:
		case FIELD_INLINE:
			own(row->of, at, was);
			break;
		case FIELD_LIST:
			*(void **)at =
			    xcalloc(count_of(row, from), row->of->size);
			/* fall through */
		case FIELD_ARRAY:
			v = (char *)elements_of(row, to);
			for (size_t k = 0; k < count_of(row, from); k++)
				fields_copy(row->of, v + k * row->of->size,
				    (const char *)elements_of(row, from) +
					k * row->of->size);
			break;
		case FIELD_HOOK:
			if (row->hook->copy != NULL)
				row->hook->copy(to, from);
			break;
		default:
			break;
		}
	}
}

void fields_copy(const struct fields *f, void *to, const void *from)
{
	memcpy(to, from, f->size);
	own(f, to, from);
}

void fields_release(const struct fields *f, void *base)
{
	for (size_t i = 0; i < f->n; i++) {
		const struct field *row = &f->v[i];
		void *at = member(base, row->at);
		char *v;

		switch (row->kind) {
		case FIELD_TEXT:
		case FIELD_JSON:
			free(*(char **)at);
			break;
		case FIELD_STRINGS:
			strvec_release(at);
			break;
		case FIELD_OBJECT:
		case FIELD_INLINE:
			fields_release(row->of, at);
			break;
		case FIELD_ARRAY:
		case FIELD_LIST:
			v = (char *)elements_of(row, base);
			for (size_t k = 0; k < count_of(row, base); k++)
				fields_release(row->of, v + k * row->of->size);
			if (row->kind == FIELD_LIST)
				free(v);
			break;
		case FIELD_HOOK:
			if (row->hook->release != NULL)
				row->hook->release(base);
			break;
		default:
			break;
		}
	}
	memset(base, 0, f->size);
}
