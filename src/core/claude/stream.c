/* stream.c - bytes to lines, and a line to events: what Claude says and does,
 * and what its tools give back. Whatever is shown is cleaned. */
#include "core/claude/stream.h"
#include "core/claude/stream_objects.h"
#include "core/claude/stream_parts.h"

/* Memory for lines of common size stays. */
enum { LINE_KEPT = 256 * 1024 };

static void add_clean_string(struct buf *out, struct json_object *string)
{
	buf_add_clean(out, json_object_get_string(string),
	    (size_t)json_object_get_string_len(string));
}

static void read_tool_use(struct stream_emitter *e, struct json_object *block)
{
	struct json_object *input =
	    stream_member(block, "input", json_type_object);
	const char *name = stream_text(block, "name");
	struct buf tool = BUF_INIT, text = BUF_INIT;

	stream_add_line(&tool, name, strlen(name), STREAM_ARGUMENT_MAX);
	if (input != NULL)
		stream_add_argument(&text, input);
	stream_emit_text(e, STREAM_TOOL, tool.data, &text, false);
	buf_reset(&tool);
	stream_add_tool(&tool, name, input);
	if (str_equal(name, "TaskStop") || str_equal(name, "KillShell") ||
	    str_equal(name, "KillBash")) {
		background_dropped(
		    &e->s->background, stream_text(input, "task_id"));
		background_dropped(
		    &e->s->background, stream_text(input, "shell_id"));
	}
	denials_tool_use(&e->s->denials, stream_text(block, "id"), tool.data);
	buf_release(&tool);
	buf_release(&text);
}

/* A string, or an array of blocks of which those of text count. */
static void add_content(struct buf *out, struct json_object *holder)
{
	struct json_object *text =
	    stream_member(holder, "content", json_type_string);
	struct json_object *list =
	    stream_member(holder, "content", json_type_array);

	if (text != NULL)
		add_clean_string(out, text);
	for (size_t i = 0; list != NULL && i < json_object_array_length(list);
	     i++) {
		text = stream_member(json_object_array_get_idx(list, i), "text",
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
	bool bad = stream_flag(block, "is_error", false);
	struct buf text = BUF_INIT;

	add_content(&text, block);
	if (bad) {
		xreplace(&e->s->tool_error, text.data);
		denials_tool_failed(&e->s->denials,
		    stream_text(block, "tool_use_id"), text.data);
	}
	stream_emit_text(e, STREAM_TOOL_RESULT, NULL, &text, bad);
	buf_release(&text);
}

static void read_text(
    struct stream_emitter *e, struct json_object *block, bool by_claude)
{
	struct json_object *said =
	    stream_member(block, "text", json_type_string);
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
	struct json_object *message =
	    stream_member(line, "message", json_type_object);
	struct json_object *list =
	    stream_member(message, "content", json_type_array);
	bool by_claude =
	    !str_equal(stream_text(message, "model"), "<synthetic>");
	const char *error = stream_text(line, "error");

	e->s->at_work = true;
	if (*error != '\0')
		xreplace(&e->s->api_error, error);
	for (size_t i = 0; list != NULL && i < json_object_array_length(list);
	     i++) {
		struct json_object *block = json_object_array_get_idx(list, i);
		const char *type = stream_text(block, "type");

		if (str_equal(type, "text"))
			read_text(e, block, by_claude);
		else if (str_equal(type, "tool_use"))
			read_tool_use(e, block);
	}
}

static void read_user(struct stream_emitter *e, struct json_object *line)
{
	struct json_object *message =
	    stream_member(line, "message", json_type_object);
	struct json_object *list =
	    stream_member(message, "content", json_type_array);

	e->s->at_work = true;
	for (size_t i = 0; list != NULL && i < json_object_array_length(list);
	     i++) {
		struct json_object *block = json_object_array_get_idx(list, i);

		if (str_equal(stream_text(block, "type"), "tool_result"))
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

	stream_read_result(e->s, line);
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
	const char *type = stream_text(line, "type");

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

static void read_line(struct stream *s, const char *raw, size_t n)
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
		stream_emit(&e, NULL);
}

void stream_init(struct stream *s, stream_handler *handler, void *arg)
{
	*s =
	    (struct stream){ .line = BUF_INIT, .handler = handler, .arg = arg };
}

void stream_release(struct stream *s)
{
	buf_release(&s->line);
	free(s->why);
	free(s->closing);
	free(s->structured);
	free(s->tool_error);
	free(s->last_text);
	free(s->api_error);
	free(s->foreign);
	denials_release(&s->denials);
	background_release(&s->background);
	stream_init(s, s->handler, s->arg);
}

bool stream_is_over(const struct stream *s)
{
	return s->has_result && !s->at_work && !background_runs(&s->background);
}

static void end_line(struct stream *s)
{
	if (!s->skipping)
		read_line(s, s->line.data, s->line.len);
	s->skipping = false;
	if (s->line.cap > LINE_KEPT)
		buf_release(&s->line);
	buf_reset(&s->line);
}

void stream_feed(struct stream *s, const char *bytes, size_t n)
{
	while (n > 0) {
		const char *eol = memchr(bytes, '\n', n);
		size_t part = eol != NULL ? (size_t)(eol - bytes) : n;

		if (!s->skipping && s->line.len + part > STREAM_LINE_MAX) {
			s->skipping = true;
			s->dropped++;
			buf_release(&s->line);
		} else if (!s->skipping) {
			buf_add(&s->line, bytes, part);
		}
		if (eol == NULL)
			return;
		end_line(s);
		bytes += part + 1;
		n -= part + 1;
	}
}

void stream_end(struct stream *s)
{
	if (s->line.len > 0 || s->skipping)
		end_line(s);
}
