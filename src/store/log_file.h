/* log_file.h - the one way a log file is opened and written to.
 *
 * For the files of logs.h only. Appending in one write keeps lines of several
 * writers whole. */
#ifndef STORE_LOG_FILE_H
#define STORE_LOG_FILE_H

#include "base/base.h"

/* For appending, 0600, close-on-exec, never through a symbolic link, and
 * regular files only: a FIFO would hold up whoever writes. Returns the
 * descriptor, or -1 with errno. */
int log_file_open(const char *path);
/* All of it, or as much as the disk takes. */
void log_file_write(int fd, const char *data, size_t n);
/* Text without line breaks, controls or broken characters, at most max
 * bytes; to be freed. */
char *log_file_one_line(const char *text, size_t max);

#endif
