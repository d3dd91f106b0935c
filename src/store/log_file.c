/* log_file.c - opening and writing a log file. */
#include "store/log_file.h"
#include "base/buf.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int log_file_open(const char *path)
{
	return path_open_regular(
	    path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
}

void log_file_write(int fd, const char *data, size_t n)
{
	size_t done = 0;
	off_t end;

	while (done < n) {
		ssize_t more = write(fd, data + done, n - done);

		if (more < 0 && errno == EINTR)
			continue;
		if (more < 0)
			break;
		done += (size_t)more;
	}
	if (done == 0 || done == n)
		return;
	/* The disk is full: half a line is taken back, lines are whole. Ours is
	 * the end of the file, unless somebody has cut it meanwhile. */
	end = lseek(fd, 0, SEEK_CUR);
	if (end != lseek(fd, 0, SEEK_END) || end < (off_t)done ||
	    ftruncate(fd, end - (off_t)done) != 0)
		return;
}

char *log_file_one_line(const char *text, size_t max)
{
	struct buf clean = BUF_INIT;

	buf_add_line(&clean, text, strlen(text));
	buf_truncate(&clean, utf8_cut(clean.data, clean.len, max));
	return buf_detach(&clean);
}
