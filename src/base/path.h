/* path.h - names of files: joining them, and keeping them inside a folder.
 *
 * What is returned is from the heap and the caller's to free. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/error.h"

/* name itself where it is absolute, else folder/name. */
char *path_join(const char *folder, const char *name);
/* What dirname(1) says: "." for a plain name. */
char *path_folder(const char *path);
/* The last part; points into path. */
const char *path_name(const char *path);
/* The absolute form, symbolic links resolved as far as the parts exist. */
char *path_real(const char *path);
/* The same of an absolute path, or NULL where nobody can say where it leads: it
 * has a link that leads nowhere, a ".." behind what is not there, or a folder
 * that we may not look into. */
char *path_settled(const char *path);
/* Path seen from folder: "a/b" where path is folder/a/b, else path itself. */
char *path_relative(const char *folder, const char *path);

/* The name of the program that we are. *replaced (may be NULL): another has
 * been put in its place, or none. NULL where the kernel does not say. */
char *path_own_program(bool *replaced);

/* A plain name: not empty, no '/', not '.' or '..', no control character,
 * at most 255 bytes. */
bool path_is_plain(const char *name);
/* Does path, with all symbolic links followed, lie in folder? */
bool path_is_inside(const char *folder, const char *path);

/* open(2), but never one that waits for somebody: a FIFO, device or folder is
 * refused with errno EINVAL before anything is read from it or written to it.
 * Close-on-exec. */
int path_open_regular(const char *path, int flags, mode_t mode);
/* Why that failed, from errno, which is kept. Returns -1. */
int path_not_opened(const char *path, struct error *err);

/* Opens the plain name inside folder for reading: a regular file, and a
 * symbolic link only where its target lies inside folder too. Returns the
 * descriptor, or -1 with errno (EXDEV: it leads out). */
int path_open_inside(const char *folder, const char *name);

#endif
