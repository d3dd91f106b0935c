/* task_value.c - type, priority, approval and timeout. */
#include "core/list/task_value.h"

#include <strings.h>

enum { QUOTE_MAX = 60 };

static const char *const approval_word[] = { "false", "no", "true", "yes" };

static const char *const wanted[FIELDS] = {
	[FIELD_TYPE] = "a word",
	[FIELD_PRIORITY] = "high, medium or low",
	[FIELD_APPROVAL] = "true, false, yes or no",
	[FIELD_TIMEOUT] = "1..86400 seconds",
};

char *quote(const char *text, size_t n)
{
	struct buf b = BUF_INIT;
	size_t k = utf8_cut(text, n, QUOTE_MAX);

	buf_add_clean(&b, text, k);
	buf_adds(&b, k < n ? "..." : "");
	return buf_detach(&b);
}

void value_fault(const struct line *l, const char *name, size_t number,
    const char *want, struct faults *f)
{
	size_t n;
	const char *value = outline_value(l, &n);
	char *quoted = quote(value, n);

	faults_add(f, name, (int)number, "%s \"%s\": want %s",
	    task_field_name[l->field], quoted, want);
	free(quoted);
}

/* The index of the word that value is, in any case, or -1. */
static int choice(const char *value, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (words[i] != NULL && strcasecmp(words[i], value) == 0)
			return (int)i;
	return -1;
}

/* Types are compared, so what only decorates one is no part of it, nor is
 * the backslash of a hard line break. */
static char *plain_type(const char *value)
{
	size_t n = strlen(value);

	while (n > 0 && strchr("`*_~[\"'", *value) != NULL) {
		value++;
		n--;
	}
	while (n > 0 && strchr("`*_~]\"'.;\\", value[n - 1]) != NULL)
		n--;
	value = trim_blanks(value, &n);
	return xstrndup(value, n);
}

/* Whether a type is one word to the eye: not two of them, and no blank that
 * nobody sees (no-break, zero-width), which would compare as another type. */
static bool is_one_type(const char *type)
{
	static const char *const not_in[] = { "**", ",", "\u00a0", "\u200b",
		"\u200c", "\u200d", "\u2060", "\ufeff" };

	for (size_t i = 0; i < ARRAY_SIZE(not_in); i++)
		if (strstr(type, not_in[i]) != NULL)
			return false;
	return type[0] != '\0';
}

static int set_value(struct task *t, enum task_field field, const char *value)
{
	long seconds;
	int i;

	switch (field) {
	case FIELD_TYPE:
		free(t->type);
		t->type = plain_type(value);
		return is_one_type(t->type) ? 0 : -1;
	case FIELD_PRIORITY:
		i = choice(value, priority_name, PRIORITY_COUNT);
		t->priority = i < 0 ? PRIORITY_NONE : (enum priority)i;
		return i < 0 ? -1 : 0;
	case FIELD_APPROVAL:
		i = choice(value, approval_word, ARRAY_SIZE(approval_word));
		t->requires_approval = i < 2 ? REQUIRES_NO : REQUIRES_YES;
		return i < 0 ? -1 : 0;
	case FIELD_TIMEOUT:
		if (parse_number(value, 1, TASK_TIMEOUT_MAX, &seconds) != 0)
			return -1;
		t->timeout = (int)seconds;
		return 0;
	default:
		return 0;
	}
}

void value_read(struct task *t, const struct line *l, const char *name,
    size_t number, struct faults *f)
{
	size_t n;
	const char *text = outline_value(l, &n);
	char *value = xstrndup(text, n);

	if (set_value(t, l->field, value) != 0)
		value_fault(l, name, number, wanted[l->field], f);
	free(value);
}
