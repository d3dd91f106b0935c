/* attachment.h - files that come with `add` or `note`: pictures, documents.
 *
 * They travel as [{"name","type","data"}], data in base64. Pure;
 * store/day_folder.h keeps them. */
#ifndef CORE_ATTACHMENT_H
#define CORE_ATTACHMENT_H

#include "base/buf.h"
#include "core/json.h"

enum {
	ATTACHMENTS_MAX = 10,
	ATTACHMENTS_BYTES = 10 * 1024 * 1024, /* all of them together */
	ATTACHMENT_NAME_MAX = 100,
};

/* What is wrong with files, an array: a name that is none, a type that is not
 * taken, contents of another type, too much. Returns 0, or -1 with the place
 * ("files[0].type: want ..."). */
int attachments_check(struct json_object *files, struct error *err);

/* The i-th of files, which was checked: its name (borrowed) and contents. */
const char *attachment_read(
    struct json_object *files, size_t i, struct buf *contents);

#endif
