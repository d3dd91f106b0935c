/* stream_line.c - one JSON line to events.
 *
 * core/json's parser is too strict here: it is for what asks something of us.
 * A tool may print NUL or half a surrogate pair, and a result must not be lost
 * for that. Whatever is shown is cleaned instead. */
#include "core/stream_line.h"
#include "base/clock.h"

#include <math.h>

enum { LINE_DEPTH = 256, ARGUMENT_MAX = 1000 };

/* A line on its way to the handler, which gets raw once. */
struct emitter {
	struct stream *s;
	const char *raw;
	size_t n;
	bool done;
};

static void emit(struct emitter *e, const struct stream_event *event)
{
	if (e->s->handler != NULL)
		e->s->handler(e->s->arg, e->done ? NULL : e->raw,
		    e->done ? 0 : e->n, event);
	e->done = true;
}

static void emit_text(struct emitter *e, enum stream_kind kind,
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
	size_t k;

	buf_add_clean(&clean, text, n);
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
	buf_adds(out, k < line.len ? "..." : "");
	buf_release(&line);
	buf_release(&clean);
}

void add_reset_time(struct buf *out, int64_t when)
{
	char text[CLOCK_TEXT];

	if (when <= 0)
		return;
	clock_local(when, "%H:%M on %-d %b", text);
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
	add_one_line(out, text, strlen(text), ARGUMENT_MAX);
}

static void read_tool_use(struct emitter *e, struct json_object *block)
{
	struct json_object *input = member(block, "input", json_type_object);
	const char *name = member_text(block, "name");
	struct buf tool = BUF_INIT, text = BUF_INIT;

	add_one_line(&tool, name, strlen(name), ARGUMENT_MAX);
	if (input != NULL)
		add_argument(&text, input);
	emit_text(e, STREAM_TOOL, tool.data, &text, false);
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

static void read_tool_result(struct emitter *e, struct json_object *block)
{
	struct json_object *bad = member(block, "is_error", json_type_boolean);
	struct buf text = BUF_INIT;

	add_content(&text, block);
	if (bad != NULL && json_object_get_boolean(bad))
		xreplace(&e->s->tool_error, text.data);
	emit_text(e, STREAM_TOOL_RESULT, NULL, &text,
	    bad != NULL && json_object_get_boolean(bad));
	buf_release(&text);
}

static void read_text(
    struct emitter *e, struct json_object *block, bool by_claude)
{
	struct json_object *said = member(block, "text", json_type_string);
	struct buf text = BUF_INIT;

	if (said != NULL)
		add_clean_string(&text, said);
	if (text.len > 0) {
		emit_text(e, STREAM_TEXT, NULL, &text, false);
		if (by_claude)
			xreplace(&e->s->last_text, text.data);
	}
	buf_release(&text);
}

/* Claude Code speaks for itself ("API Error: ...") as a model of that name. */
static void read_assistant(struct emitter *e, struct json_object *line)
{
	struct json_object *message = member(line, "message", json_type_object);
	struct json_object *list = member(message, "content", json_type_array);
	bool by_claude =
	    !str_equal(member_text(message, "model"), "<synthetic>");
	const char *error = member_text(line, "error");

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

static void read_user(struct emitter *e, struct json_object *line)
{
	struct json_object *message = member(line, "message", json_type_object);
	struct json_object *list = member(message, "content", json_type_array);

	for (size_t i = 0; list != NULL && i < json_object_array_length(list);
	     i++) {
		struct json_object *block = json_object_array_get_idx(list, i);

		if (str_equal(member_text(block, "type"), "tool_result"))
			read_tool_result(e, block);
	}
}

static void read_retry(struct emitter *e, struct json_object *line)
{
	int64_t status = member_number(line, "error_status", 0);
	int64_t attempt = member_number(line, "attempt", 0);
	int64_t delay = member_number(line, "retry_delay_ms", 0);
	struct buf text = BUF_INIT;

	if (status > 0)
		buf_addf(&text, "API error %lld", (long long)status);
	else
		buf_adds(&text, "no connection to the API");
	if (attempt > 0 && attempt < 1000)
		buf_addf(&text, ", try %d in %lld s", (int)attempt + 1,
		    (long long)(delay > 0 ? delay / 1000 + 1 : 1));
	emit_text(e, STREAM_RETRY, NULL, &text, true);
	buf_release(&text);
}

static void read_system(struct emitter *e, struct json_object *line)
{
	const char *subtype = member_text(line, "subtype");
	struct buf text = BUF_INIT;

	if (str_equal(subtype, "api_retry")) {
		read_retry(e, line);
	} else if (str_equal(subtype, "init")) {
		const char *model = member_text(line, "model");

		add_one_line(&text, model, strlen(model), ARGUMENT_MAX);
		emit_text(e, STREAM_INIT, NULL, &text, false);
	}
	buf_release(&text);
}

/* Comes with every start, mostly to say that all is well. */
static void read_limit(struct emitter *e, struct json_object *line)
{
	struct json_object *info =
	    member(line, "rate_limit_info", json_type_object);
	const char *status = member_text(info != NULL ? info : line, "status");
	int64_t when = member_number(info != NULL ? info : line, "resetsAt", 0);
	bool reached = str_equal(status, "rejected");
	struct buf text = BUF_INIT;

	if (when < 0 || when > 100000000000)
		when = 0;
	if (reached)
		e->s->resets_at = when;
	if (reached || str_equal(status, "allowed_warning")) {
		buf_adds(&text,
		    reached ? "rate limit reached" : "close to the rate limit");
		add_reset_time(&text, when);
		emit_text(e, STREAM_LIMIT, NULL, &text, reached);
	}
	buf_release(&text);
}

static void read_result(struct emitter *e, struct json_object *line)
{
	struct buf text = BUF_INIT;

	stream_take_result(e->s, line);
	buf_adds(&text, e->s->closing != NULL ? e->s->closing : "");
	if (text.len == 0 && e->s->why != NULL)
		buf_adds(&text, e->s->why);
	emit_text(e, STREAM_RESULT, NULL, &text, !e->s->result_ok);
	buf_release(&text);
}

static void read_object(struct emitter *e, struct json_object *line)
{
	static const struct {
		const char *type;
		void (*read)(struct emitter *e, struct json_object *line);
	} readers[] = {
		{ "assistant", read_assistant },
		{ "user", read_user },
		{ "system", read_system },
		{ "rate_limit_event", read_limit },
		{ "result", read_result },
	};
	const char *type = member_text(line, "type");

	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		if (str_equal(type, readers[i].type))
			readers[i].read(e, line);
}

/* NULL where the line is no JSON object from end to end. */
static struct json_object *parse_line(const char *raw, size_t n)
{
	struct json_tokener *tok = json_tokener_new_ex(LINE_DEPTH);
	struct json_object *o;
	size_t end;

	if (tok == NULL)
		bug("out of memory for a JSON parser");
	o = json_tokener_parse_ex(tok, raw, (int)n);
	end = json_tokener_get_parse_end(tok);
	while (end < n && strchr(" \t\r", raw[end]) != NULL && raw[end] != '\0')
		end++;
	json_tokener_free(tok);
	if (o != NULL && json_object_is_type(o, json_type_object) && end == n)
		return o;
	json_object_put(o);
	return NULL;
}

void stream_read_line(struct stream *s, const char *raw, size_t n)
{
	struct emitter e = { s, raw, n, false };
	struct json_object *line = parse_line(raw, n);
	struct buf text = BUF_INIT;

	if (line != NULL) {
		read_object(&e, line);
	} else {
		buf_add_clean(&text, raw, n);
		emit_text(&e, STREAM_OTHER, NULL, &text, false);
	}
	if (!e.done)
		emit(&e, NULL);
	json_object_put(line);
	buf_release(&text);
}
