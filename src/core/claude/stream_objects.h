/* stream_objects.h - the JSON objects on a line, wherever they begin.
 *
 * A terminal's title sequence, colours, a byte order mark, a prompt or half a
 * line of another process may be glued to an object, and two may share a line.
 * No tree is built that would need much more memory than its line. */
#ifndef CORE_STREAM_OBJECTS_H
#define CORE_STREAM_OBJECTS_H

#include "core/json.h"

struct line_objects {
	const char *at, *end; /* what is still to be looked at */
	size_t budget;        /* bytes that may still be read in vain */
};

/* What was found, with the text that stands before it on the
 * line. o, to be put, is NULL where its tree would be too large. */
struct line_object {
	const char *before;
	size_t n_before;
	struct json_object *o;
};

void line_objects_init(struct line_objects *l, const char *line, size_t n);
/* Returns false where there is none any more; then before is what is left. */
bool line_objects_next(struct line_objects *l, struct line_object *found);

#endif
