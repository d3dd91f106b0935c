/* snapshot.h - the reader's cached view of state.json.
 *
 * For whoever only reads: it is read again only when device, inode, size or
 * mtime have changed, and the file that was read is held open so that its
 * inode cannot be given to another. One snapshot a thread. */
#ifndef STORE_SNAPSHOT_H
#define STORE_SNAPSHOT_H

#include "store/state.h"

#include <sys/stat.h>

struct snapshot {
	char *path;
	int fd; /* of the file that was read; -1: none */
	struct stat st;
	unsigned long reading; /* another number, maybe another state */
	struct state state;
};

void snapshot_init(struct snapshot *s, const char *path);
void snapshot_release(struct snapshot *s);

/* The state as it is on disk now; no file: an idle one. Borrowed until the
 * next call. NULL with the reason where it cannot be read or is not valid
 * (the supervisor will say what it did about it). */
const struct state *snapshot_get(struct snapshot *s, struct error *err);

#endif
