/* stream_line.h - what one line of stream-json says.
 *
 * Only for stream.c and its parts. */
#ifndef CORE_STREAM_LINE_H
#define CORE_STREAM_LINE_H

#include "core/json.h"
#include "core/stream.h"

enum { STREAM_ARGUMENT_MAX = 1000 };

/* A line on its way to the handler, which gets raw once. */
struct stream_emitter {
	struct stream *s;
	const char *raw;
	size_t n;
	bool done;
};

void stream_emit_text(struct stream_emitter *e, enum stream_kind kind,
    const char *tool, const struct buf *text, bool is_error);

/* Readers of lines of these types. */
void stream_read_system(struct stream_emitter *e, struct json_object *line);
void stream_read_limit(struct stream_emitter *e, struct json_object *line);

/* Reads a whole line into s and calls its handler. */
void stream_read_line(struct stream *s, const char *raw, size_t n);

/* Takes the result line in: has_result, result_ok, why, closing, numbers. */
void stream_take_result(struct stream *s, struct json_object *line);

/* Adds text as one line: clean, every run of white space one blank, cut to
 * max bytes with "..." where it is longer. */
void add_one_line(struct buf *out, const char *text, size_t n, size_t max);

/* "Bash: rm -rf build": a tool and the argument that tells most of its use;
 * input may be NULL. */
void add_tool_use(struct buf *out, const char *tool, struct json_object *input);

/* ", resets at 14:00 CET on 20 Nov", or nothing for 0. */
void add_reset_time(struct buf *out, int64_t when);

/* Reading what may have any shape: the member where it is of that type, else
 * NULL, "" or none. */
struct json_object *member(
    struct json_object *o, const char *key, json_type type);
const char *member_text(struct json_object *o, const char *key);
int64_t member_number(struct json_object *o, const char *key, int64_t none);

#endif
