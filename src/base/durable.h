/* durable.h - files that survive a power cut.
 *
 * A reader sees the old content or the new, never half of one. The full
 * sequence (write a new file in the same folder, fsync it, rename it over,
 * fsync the folder) is the only one that was seen to survive an ext4 that was
 * shut down without flushing. After a failure no partial file is left and the
 * old one still stands, unless only the folder's fsync failed: then the new
 * one may be there. Try again with a fresh call. One writer a file: the new
 * one is called .NAME.new until it is renamed. */
#ifndef BASE_DURABLE_H
#define BASE_DURABLE_H

#include "base/error.h"

/* Replaces path by n bytes, mode as given whatever the umask. Returns 0, or
 * -1 with the reason. */
int durable_write(const char *path, const void *data, size_t n, mode_t mode,
    struct error *err);

/* Like it, but never over an existing file: -1 with errno EEXIST then. */
int durable_create(const char *path, const void *data, size_t n, mode_t mode,
    struct error *err);

/* rename(2), then both folders on disk. */
int durable_rename(const char *from, const char *to, struct error *err);

/* mkdir(2) with all parents that are missing; an existing folder is fine. */
int durable_mkdir(const char *path, mode_t mode, struct error *err);

/* All of it, in as many calls as it takes. Returns 0, or -1 with errno. */
int write_all(int fd, const void *data, size_t n);

/* The whole of a regular file of at most max bytes, to be freed,
 * NUL-terminated. Returns 0, or -1 with the reason; errno says which (EFBIG:
 * over max; EINVAL: a FIFO, say). */
int read_file(
    const char *path, size_t max, char **data, size_t *n, struct error *err);

#endif
