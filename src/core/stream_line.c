/* stream_line.c - one line to events: what Claude says and does, and what its
 * tools give back. Whatever is shown is cleaned. */
#include "core/stream_line.h"
#include "base/clock.h"
#include "core/stream_objects.h"

#include <math.h>

/* So many times what is shown is looked at, blanks and colours in it. */
enum { LOOKED_AT = 16 };

static void emit(struct stream_emitter *e, const struct stream_event *event)
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

	emit(e, &event);
}

struct json_object *member(
    struct json_object *o, const char *key, json_type type)
{
	struct json_object *found = NULL;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, key, &found))
		return NULL;
	return json_object_is_type(found, type) ? found : NULL;
}

const char *member_text(struct json_object *o, const char *key)
{
	struct json_object *found = member(o, key, json_type_string);

	return found != NULL ? json_object_get_string(found) : "";
}

int64_t member_number(struct json_object *o, const char *key, int64_t none)
{
	struct json_object *found = member(o, key, json_type_int);
	double d;

	if (found != NULL)
		return json_object_get_int64(found);
	found = member(o, key, json_type_double);
	d = found != NULL ? json_object_get_double(found) : NAN;
	return isfinite(d) && fabs(d) < 1e15 ? (int64_t)d : none;
}

void add_one_line(struct buf *out, const char *text, size_t n, size_t max)
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

void add_reset_time(struct buf *out, int64_t when)
{
	char text[CLOCK_TEXT];

	if (when <= 0)
		return;
	clock_local(when, "%H:%M %Z on %-d %b", text);
	buf_addf(out, ", resets at %s", text);
}

static void add_clean_string(struct buf *out, struct json_object *string)
{
	buf_add_clean(out, json_object_get_string(string),
	    (size_t)json_object_get_string_len(string));
}

/* The argument that tells most of a tool's use. */
static void add_argument(struct buf *out, struct json_object *input)
{
	static const char *const telling[] = { "command", "file_path",
		"notebook_path", "pattern", "path", "url", "query",
		"description", "skill", "prompt" };
	struct json_object *found = NULL;
	const char *text;

	for (size_t i = 0; i < ARRAY_SIZE(telling) && found == NULL; i++)
		found = member(input, telling[i], json_type_string);
	if (found == NULL && json_object_object_length(input) == 0)
		return;
	text = found != NULL ? json_object_get_string(found)
			     : json_object_to_json_string_ext(
				   input, JSON_C_TO_STRING_NOSLASHESCAPE);
	add_one_line(out, text, strlen(text), STREAM_ARGUMENT_MAX);
}

void add_tool_use(struct buf *out, const char *tool, struct json_object *input)
{
	add_one_line(out, tool, strlen(tool), STREAM_ARGUMENT_MAX);
	buf_adds(out, ": ");
	if (input != NULL)
		add_argument(out, input);
	if (str_equal(out->data + out->len - 2, ": "))
		buf_truncate(out, out->len - 2);
}

static void read_tool_use(struct stream_emitter *e, struct json_object *block)
{
	struct json_object *input = member(block, "input", json_type_object);
	const char *name = member_text(block, "name");
	struct buf tool = BUF_INIT, text = BUF_INIT;

	add_one_line(&tool, name, strlen(name), STREAM_ARGUMENT_MAX);
	if (input != NULL)
		add_argument(&text, input);
	stream_emit_text(e, STREAM_TOOL, tool.data, &text, false);
	buf_reset(&tool);
	add_tool_use(&tool, name, input);
	if (str_equal(name, "TaskStop") || str_equal(name, "KillShell") ||
	    str_equal(name, "KillBash")) {
		background_dropped(
		    &e->s->background, member_text(input, "task_id"));
		background_dropped(
		    &e->s->background, member_text(input, "shell_id"));
	}
	denials_tool_use(&e->s->denials, member_text(block, "id"), tool.data);
	buf_release(&tool);
	buf_release(&text);
}

/* A string, or an array of blocks of which those of text count. */
static void add_content(struct buf *out, struct json_object *holder)
{
	struct json_object *text = member(holder, "content", json_type_string);
	struct json_object *list = member(holder, "content", json_type_array);

	if (text != NULL)
		add_clean_string(out, text);
	for (size_t i = 0; list != NULL && i < json_object_array_length(list);
	     i++) {
		text = member(json_object_array_get_idx(list, i), "text",
		    json_type_string);
		if (text == NULL)
			continue;
		buf_adds(out, out->len > 0 ? "\n" : "");
		add_clean_string(out, text);
	}
}

static void read_tool_result(
    struct stream_emitter *e, struct json_object *block)
{
	struct json_object *bad = member(block, "is_error", json_type_boolean);
	struct buf text = BUF_INIT;

	add_content(&text, block);
	if (bad != NULL && json_object_get_boolean(bad)) {
		xreplace(&e->s->tool_error, text.data);
		denials_tool_failed(&e->s->denials,
		    member_text(block, "tool_use_id"), text.data);
	}
	stream_emit_text(e, STREAM_TOOL_RESULT, NULL, &text,
	    bad != NULL && json_object_get_boolean(bad));
	buf_release(&text);
}

static void read_text(
    struct stream_emitter *e, struct json_object *block, bool by_claude)
{
	struct json_object *said = member(block, "text", json_type_string);
	struct buf text = BUF_INIT;

	if (said != NULL)
		add_clean_string(&text, said);
	if (text.len > 0) {
		stream_emit_text(e, STREAM_TEXT, NULL, &text, false);
		if (by_claude)
			xreplace(&e->s->last_text, text.data);
	}
	buf_release(&text);
}

/* Claude Code speaks for itself ("API Error: ...") as a model of that name. */
static void read_assistant(struct stream_emitter *e, struct json_object *line)
{
	struct json_object *message = member(line, "message", json_type_object);
	struct json_object *list = member(message, "content", json_type_array);
	bool by_claude =
	    !str_equal(member_text(message, "model"), "<synthetic>");
	const char *error = member_text(line, "error");

	e->s->at_work = true;
	if (*error != '\0')
		xreplace(&e->s->api_error, error);
	for (size_t i = 0; list != NULL && i < json_object_array_length(list);
	     i++) {
		struct json_object *block = json_object_array_get_idx(list, i);
		const char *type = member_text(block, "type");

		if (str_equal(type, "text"))
			read_text(e, block, by_claude);
		else if (str_equal(type, "tool_use"))
			read_tool_use(e, block);
	}
}

static void read_user(struct stream_emitter *e, struct json_object *line)
{
	struct json_object *message = member(line, "message", json_type_object);
	struct json_object *list = member(message, "content", json_type_array);

	e->s->at_work = true;
	for (size_t i = 0; list != NULL && i < json_object_array_length(list);
	     i++) {
		struct json_object *block = json_object_array_get_idx(list, i);

		if (str_equal(member_text(block, "type"), "tool_result"))
			read_tool_result(e, block);
	}
}

static void read_part(struct stream_emitter *e, struct json_object *line)
{
	(void)line;
	e->s->at_work = true;
}

static void read_result(struct stream_emitter *e, struct json_object *line)
{
	struct buf text = BUF_INIT;

	stream_take_result(e->s, line);
	buf_adds(&text, e->s->closing != NULL ? e->s->closing : "");
	if (text.len == 0 && e->s->why != NULL)
		buf_adds(&text, e->s->why);
	stream_emit_text(e, STREAM_RESULT, NULL, &text, !e->s->result_ok);
	buf_release(&text);
}

static void read_object(struct stream_emitter *e, struct json_object *line)
{
	static const struct {
		const char *type;
		void (*read)(
		    struct stream_emitter *e, struct json_object *line);
	} readers[] = {
		{ "assistant", read_assistant },
		{ "user", read_user },
		{ "system", stream_read_system },
		{ "stream_event", read_part },
		{ "rate_limit_event", stream_read_limit },
		{ "result", read_result },
	};
	const char *type = member_text(line, "type");

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (str_equal(type, readers[i].type))
			readers[i].read(e, line);
}

/* What is no object: shown where it is more than colours and blanks. */
static void read_text_between(
    struct stream_emitter *e, const char *text, size_t n, bool is_all)
{
	static const char mark[] = "\xef\xbb\xbf";
	struct buf clean = BUF_INIT;

	if (n >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
		text += strlen(mark);
		n -= strlen(mark);
	}
	buf_add_clean(&clean, text, n);
	if (is_all || clean.data[strspn(clean.data, " \t")] != '\0')
		stream_emit_text(e, STREAM_OTHER, NULL, &clean, false);
	buf_release(&clean);
}

void stream_read_line(struct stream *s, const char *raw, size_t n)
{
	struct stream_emitter e = { s, raw, n, false };
	struct line_objects objects;
	struct line_object found;
	bool any = false;

	line_objects_init(&objects, raw, n);
	while (line_objects_next(&objects, &found)) {
		any = true;
		read_text_between(&e, found.before, found.n_before, false);
		if (found.o != NULL) {
			read_object(&e, found.o);
		} else {
			s->dropped++;
			s->at_work = true;
		}
		json_object_put(found.o);
	}
	read_text_between(&e, found.before, found.n_before, !any);
	if (!e.done)
		emit(&e, NULL);
}
