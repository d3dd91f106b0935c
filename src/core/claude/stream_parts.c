/* stream_parts.c - what the readers of Claude's lines share. */
#include "core/claude/stream_parts.h"
#include "base/clock.h"

#include <math.h>

/* So many times what is shown is looked at, blanks and colours in it. */
enum { LOOKED_AT = 16 };

void stream_emit(struct stream_emitter *e, const struct stream_event *event)
{
	if (e->s->handler != NULL)
		e->s->handler(e->s->arg, e->done ? NULL : e->raw,
		    e->done ? 0 : e->n, event);
	e->done = true;
}

void stream_emit_text(struct stream_emitter *e, enum stream_kind kind,
    const char *tool, const struct buf *text, bool is_error)
{
	const struct stream_event event = { kind, tool, text->data, is_error };

	stream_emit(e, &event);
}

struct json_object *stream_member(
    struct json_object *o, const char *key, json_type type)
{
	struct json_object *found = NULL;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &found))
		return NULL;
	return json_object_is_type(found, type) ? found : NULL;
}

const char *stream_text(struct json_object *o, const char *key)
{
	struct json_object *found = stream_member(o, key, json_type_string);

	return found != NULL ? json_object_get_string(found) : "";
}

bool stream_flag(struct json_object *o, const char *key, bool none)
{
	struct json_object *found = stream_member(o, key, json_type_boolean);

	return found != NULL ? json_object_get_boolean(found) : none;
}

int64_t stream_number(struct json_object *o, const char *key, int64_t none)
{
	struct json_object *found = stream_member(o, key, json_type_int);
	double d;

	if (found != NULL)
		return json_object_get_int64(found);
	found = stream_member(o, key, json_type_double);
	d = found != NULL ? json_object_get_double(found) : NAN;
	return isfinite(d) && fabs(d) < 1e15 ? (int64_t)d : none;
}

void stream_add_line(struct buf *out, const char *text, size_t n, size_t max)
{
	struct buf clean = BUF_INIT, line = BUF_INIT;
	size_t k = utf8_cut(text, n, LOOKED_AT * max);
	bool more = k < n;

	buf_add_clean(&clean, text, k);
	for (const char *p = clean.data; *p != '\0'; p++) {
		bool blank = strchr(" \t\n", *p) != NULL;

		if (!blank)
			buf_addc(&line, *p);
		else if (line.len > 0 && line.data[line.len - 1] != ' ')
			buf_addc(&line, ' ');
	}
	if (line.len > 0 && line.data[line.len - 1] == ' ')
		buf_truncate(&line, line.len - 1);
	k = utf8_cut(line.data, line.len, max);
	buf_add(out, line.data, k);
	buf_adds(out, more || k < line.len ? "..." : "");
	buf_release(&line);
	buf_release(&clean);
}

void stream_add_reset(struct buf *out, int64_t when)
{
	char text[CLOCK_TEXT];

	if (when <= 0)
		return;
	clock_local(when, "%H:%M %Z on %-d %b", text);
	buf_addf(out, ", resets at %s", text);
}

void stream_add_argument(struct buf *out, struct json_object *input)
{
	static const char *const telling[] = { "command", "file_path",
		"notebook_path", "pattern", "path", "url", "query",
		"description", "skill", "prompt" };
	struct json_object *found = NULL;
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(telling) && found == NULL; i++)
		found = stream_member(input, telling[i], json_type_string);
	if (found == NULL && json_object_object_length(input) == 0)
		return;
	text = found != NULL ? json_object_get_string(found)
			     : json_object_to_json_string_ext(
				   input, JSON_C_TO_STRING_NOSLASHESCAPE);
	stream_add_line(out, text, strlen(text), STREAM_ARGUMENT_MAX);
}

void stream_add_tool(
    struct buf *out, const char *tool, struct json_object *input)
{
	stream_add_line(out, tool, strlen(tool), STREAM_ARGUMENT_MAX);
	buf_adds(out, ": ");
	if (input != NULL)
		stream_add_argument(out, input);
	if (str_equal(out->data + out->len - 2, ": "))
		buf_truncate(out, out->len - 2);
}
