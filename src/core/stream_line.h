/* stream_line.h - what one line of stream-json says.
 *
 * Only for stream.c and its parts. */
#ifndef CORE_STREAM_LINE_H
#define CORE_STREAM_LINE_H

#include "core/json.h"
#include "core/stream.h"

/* Reads a whole line into s and calls its handler. */
void stream_read_line(struct stream *s, const char *raw, size_t n);

/* Takes the result line in: has_result, result_ok, why, closing, numbers. */
void stream_take_result(struct stream *s, struct json_object *line);

/* Adds text as one line: clean, every run of white space one blank, cut to
 * max bytes with "..." where it is longer. */
void add_one_line(struct buf *out, const char *text, size_t n, size_t max);

/* "resets at 14:00 on 20 Nov", or nothing for 0. */
void add_reset_time(struct buf *out, int64_t when);

/* Reading what may have any shape: the member where it is of that type, else
 * NULL, "" or none. */
struct json_object *member(
    struct json_object *o, const char *key, json_type type);
const char *member_text(struct json_object *o, const char *key);
int64_t member_number(struct json_object *o, const char *key, int64_t none);

#endif
