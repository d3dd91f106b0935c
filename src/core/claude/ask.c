/* ask.c - reading what Claude wants to do, and putting it before a person. */
#include "core/claude/ask_question.h"
#include "core/json.h"

#include <sodium.h>

void ask_release(struct ask *a)
{
	free(a->tool);
	free(a->input);
	free(a->answers);
	free(a->file);
	free(a->diff);
	*a = (struct ask)ASK_INIT;
}

void ask_copy(struct ask *to, const struct ask *from)
{
	*to = *from;
	to->tool = xstrdup(from->tool);
	to->input = xstrdup(from->input);
	to->answers = xstrdup(from->answers);
	to->file = xstrdup(from->file);
	to->diff = xstrdup(from->diff);
}

/* -- the hash -------------------------------------------------------------- */

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_canonical(
    struct buf *out, struct json_object *v, const char *without);

static void add_object(
    struct buf *out, struct json_object *o, const char *without)
{
	size_t n = 0;
	const char **keys =
	    xcalloc((size_t)json_object_object_length(o) + 1, sizeof(*keys));

	json_object_object_foreach(o, key, value)
	{
		(void)value;
		if (without == NULL || strcmp(key, without) != 0)
			keys[n++] = key;
	}
	qsort(keys, n, sizeof(*keys), by_bytes);
	buf_addc(out, '{');
	for (size_t i = 0; i < n; i++) {
		struct json_object *name = json_object_new_string(keys[i]);

		if (i > 0)
			buf_addc(out, ',');
		json_print(out, name);
		buf_addc(out, ':');
		add_canonical(out, json_object_object_get(o, keys[i]), NULL);
		json_object_put(name);
	}
	buf_addc(out, '}');
	free(keys);
}

static void add_canonical(
    struct buf *out, struct json_object *v, const char *without)
{
	if (json_object_is_type(v, json_type_object)) {
		add_object(out, v, without);
	} else if (json_object_is_type(v, json_type_array)) {
		buf_addc(out, '[');
		for (size_t i = 0; i < json_object_array_length(v); i++) {
			if (i > 0)
				buf_addc(out, ',');
			add_canonical(
			    out, json_object_array_get_idx(v, i), NULL);
		}
		buf_addc(out, ']');
	} else if (v == NULL) {
		buf_adds(out, "null");
	} else {
		json_print(out, v);
	}
}

static void set_hash(struct ask *a, struct json_object *input)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	const char *remark =
	    strcmp(a->tool, "Bash") == 0 ? "description" : NULL;
	struct buf text = BUF_INIT;

	buf_addf(&text, "%s\n", a->tool);
	add_canonical(&text, input, remark);
	crypto_hash_sha256(hash, (const unsigned char *)text.data, text.len);
	sodium_bin2hex(a->hash, sizeof(a->hash), hash, sizeof(hash));
	buf_release(&text);
}

/* -- reading --------------------------------------------------------------- */

int ask_read(struct ask *a, struct json_object *arguments, struct error *err)
{
	struct json_object *input;
	struct buf text = BUF_INIT;
	const char *tool;
	int rc = 0;

	if (json_get_string(arguments, "tool_name", &tool, err) != 0 ||
	    json_get_object(arguments, "input", &input, err) != 0)
		return -1;
	if (tool == NULL || tool[0] == '\0' || strlen(tool) > ASK_TOOL_MAX)
		return error_set(err,
		    "tool_name: want a name of at most %d bytes", ASK_TOOL_MAX);
	for (const char *p = tool; *p != '\0'; p++)
		if (*p <= ' ' || *p == 0x7f)
			return error_set(err,
			    "tool_name: want no blanks or control characters");
	if (input == NULL)
		return error_set(err, "input: want an object, got none");
	json_print(&text, input);
	if (ask_is_of_questions(tool) &&
	    ask_questions_read(&a->questions, input, err) != 0) {
		rc = -1;
	} else if (text.len > ASK_MAX) {
		rc = error_set(err,
		    "this call is too large to be shown to a person (%zu bytes, at most %d): do it in smaller pieces",
		    text.len, ASK_MAX);
	} else {
		a->tool = xstrdup(tool);
		a->input = xstrdup(text.data);
		set_hash(a, input);
	}
	if (rc != 0)
		a->questions = 0;
	buf_release(&text);
	return rc;
}

int ask_restore(
    struct ask *a, const char *tool, const char *input, struct error *err)
{
	struct json_object *o = json_object_new_object();
	struct json_object *parsed = json_parse(input, strlen(input), err);
	int rc = -1;

	if (parsed != NULL) {
		json_set_string(o, "tool_name", tool);
		json_set(o, "input", parsed);
		rc = ask_read(a, o, err);
	}
	json_object_put(o);
	return rc;
}

/* -- what a person is shown ------------------------------------------------ */

static const char *string_of(struct json_object *o, const char *key)
{
	const char *s;

	if (json_get_string(o, key, &s, NULL) != 0)
		return NULL;
	return s;
}

char *ask_named_file(const struct ask *a)
{
	static const struct {
		const char *tool, *key;
	} files[] = {
		{ "Edit", "file_path" },
		{ "MultiEdit", "file_path" },
		{ "NotebookEdit", "notebook_path" },
		{ "Read", "file_path" },
		{ "Write", "file_path" },
	};
	struct json_object *o;
	char *file = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (strcmp(a->tool, files[i].tool) == 0) {
			o = ask_input(a);
			file = xstrdup(string_of(o, files[i].key));
			json_object_put(o);
		}
	return file;
}

/* "file_path: /x", or what has lines of its own beneath its name. */
static void add_field(
    struct buf *out, const char *key, struct json_object *value)
{
	struct buf text = BUF_INIT;

	if (json_object_is_type(value, json_type_string))
		buf_add(&text, json_object_get_string(value),
		    (size_t)json_object_get_string_len(value));
	else
		add_canonical(&text, value, NULL);
	ask_show(out, key, strlen(key));
	buf_adds(out, memchr(text.data, '\n', text.len) ? ":\n" : ": ");
	ask_show(out, text.data, text.len);
	if (text.len == 0 || text.data[text.len - 1] != '\n')
		buf_addc(out, '\n');
	buf_release(&text);
}

/* The file, where its path leads, and what of it goes and comes: that is all of
 * the input (ask_diff.h). */
static void add_diff(struct buf *out, const struct ask *a)
{
	char *named = ask_named_file(a);
	const char *leads = a->file != NULL ? a->file : "";

	if (named != NULL)
		ask_show(out, named, strlen(named));
	if (named == NULL || strcmp(leads, named) != 0) {
		buf_adds(out, " → ");
		ask_show(out, leads, strlen(leads));
	}
	buf_addc(out, '\n');
	ask_show(out, a->diff, strlen(a->diff));
	free(named);
}

void ask_text(struct buf *out, const struct ask *a)
{
	struct json_object *o;
	/* The one field that says it all stands first and alone. */
	const char *heart = strcmp(a->tool, "Bash") == 0 ? "command" : NULL;
	const char *text;
	size_t before = out->len;

	if (a->questions > 0) {
		ask_question_text(out, a);
		return;
	}
	if (a->diff != NULL) {
		add_diff(out, a);
		return;
	}
	o = ask_input(a);
	text = heart == NULL ? NULL : string_of(o, heart);
	if (text != NULL) {
		ask_show(out, text, strlen(text));
		buf_addc(out, '\n');
	}
	json_object_object_foreach(o, key, value)
	{
		if (text == NULL || strcmp(key, heart) != 0)
			add_field(out, key, value);
	}
	if (out->len == before)
		buf_adds(out, "(without input)\n");
	json_object_put(o);
}

/* text as one line of at most ASK_LINE_MAX characters. */
static void add_line(struct buf *out, char *text)
{
	size_t n = 0;

	for (int i = 0; i < ASK_LINE_MAX && text[n] != '\0'; i++)
		do {
			if (strchr("\n\t", text[n]) != NULL)
				text[n] = ' ';
			n++;
		} while (((unsigned char)text[n] & 0xc0) == 0x80);
	buf_add(out, text, n);
	if (text[n] != '\0')
		buf_adds(out, "...");
}

void ask_answer_line(struct buf *out, const struct ask *a, const char *answer)
{
	struct buf said = BUF_INIT, text = BUF_INIT;

	ask_line(out, a);
	buf_addc(out, ' ');
	ask_resolve(&said, a, answer);
	ask_show(&text, said.data, said.len);
	add_line(out, text.data);
	buf_release(&text);
	buf_release(&said);
}

void ask_line(struct buf *out, const struct ask *a)
{
	/* What a line has room for, of what stands for the whole. */
	static const char *const keys[] = { "command", "file_path",
		"notebook_path", "url", "query", "pattern", "path" };
	struct json_object *o = ask_input(a);
	struct ask_question q = { 0 };
	struct buf text = BUF_INIT;
	const char *gist = NULL;

	if (a->questions > 0) {
		ask_question(&q, a);
		gist = q.text;
	} else {
		buf_addf(&text, "%s: ", a->tool);
		for (size_t i = 0; i < ARRAY_SIZE(keys) && gist == NULL; i++)
			gist = string_of(o, keys[i]);
	}
	if (gist != NULL)
		ask_show(&text, gist, strlen(gist));
	else
		add_canonical(&text, o, NULL);
	add_line(out, text.data);
	ask_question_release(&q);
	buf_release(&text);
	json_object_put(o);
}
