/* stream_line.h - what one line of stream-json says.
 *
 * Only for stream.c and its parts. */
#ifndef CORE_STREAM_LINE_H
#define CORE_STREAM_LINE_H

#include "core/claude/stream.h"

/* Reads a whole line into s and calls its handler. */
void stream_read_line(struct stream *s, const char *raw, size_t n);

#endif
