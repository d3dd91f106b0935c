/* stream_parts.h - what the readers of Claude's lines share, and the readers
 * of the lines that have a file of their own.
 *
 * Only for stream.c, stream_result.c and stream_system.c. */
#ifndef CORE_STREAM_PARTS_H
#define CORE_STREAM_PARTS_H

#include "core/json.h"
#include "core/claude/stream.h"

enum { STREAM_ARGUMENT_MAX = 1000 };

/* A line on its way to the handler, which gets raw once. */
struct stream_emitter {
	struct stream *s;
	const char *raw;
	size_t n;
	bool done;
};

void stream_emit(struct stream_emitter *e, const struct stream_event *event);
void stream_emit_text(struct stream_emitter *e, enum stream_kind kind,
    const char *tool, const struct buf *text, bool is_error);

/* Adds text as one line: clean, every run of white space one blank, cut to
 * max bytes with "..." where it is longer. */
void stream_add_line(struct buf *out, const char *text, size_t n, size_t max);

/* "Bash: rm -rf build": a tool and the argument that tells most of its use;
 * input may be NULL. */
void stream_add_tool(
    struct buf *out, const char *tool, struct json_object *input);

/* The argument that tells most of a tool's use. */
void stream_add_argument(struct buf *out, struct json_object *input);

/* ", resets at 14:00 CET on 20 Nov", or nothing for 0. */
void stream_add_reset(struct buf *out, int64_t when);

/* Reading what may have any shape: the member where it is of that type, else
 * NULL, "" or none. */
struct json_object *stream_member(
    struct json_object *o, const char *key, json_type type);
const char *stream_text(struct json_object *o, const char *key);
bool stream_flag(struct json_object *o, const char *key, bool none);
int64_t stream_number(struct json_object *o, const char *key, int64_t none);

/* Readers of lines of these types. */
void stream_read_system(struct stream_emitter *e, struct json_object *line);
void stream_read_limit(struct stream_emitter *e, struct json_object *line);

/* The result line: has_result, result_ok, why, closing, numbers. */
void stream_read_result(struct stream *s, struct json_object *line);

#endif
