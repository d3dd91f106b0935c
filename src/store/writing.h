/* writing.h - text on its way into a person's file.
 *
 * It is in the state before the file is changed and leaves it afterwards: after
 * a crash between the two it is carried out, and never twice. */
#ifndef STORE_WRITING_H
#define STORE_WRITING_H

#include "base/buf.h"
#include "base/error.h"
#include "core/fields.h"

struct writing {
	char *file;   /* a plain name; NULL: nothing is on its way */
	bool is_day;  /* in daily_dir, else in tasks_dir */
	int64_t size; /* of the file before; 0: text is the whole new one */
	char *text;
};

/* What is stored of it. */
extern const struct fields writing_fields;

void writing_release(struct writing *w);

/* The plain name inside folder, at most max bytes; text stays empty where
 * there is none. Returns 0, or -1 with the reason. */
int writing_read(const char *folder, const char *name, size_t max,
    struct buf *text, struct error *err);

/* Does what w says inside folder, durably; where it was done, nothing. A list
 * that is replaced by a whole new one is kept beside it (plan_write_list()).
 * Returns 0, 1 where the file has been changed by somebody else meanwhile, -1
 * where it cannot be written; both with the reason. */
int writing_carry_out(
    const struct writing *w, const char *folder, struct error *err);

#endif
