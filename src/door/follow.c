/* follow.c - reading on where we left off. */
#include "door/follow.h"
#include "base/path.h"
#include "store/logs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 64 * 1024 };

void follow_release(struct follow *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->path);
	buf_release(&f->line);
	*f = (struct follow)FOLLOW_INIT;
}

static void open_file(struct follow *f)
{
	f->fd = path_open_regular(f->path, O_RDONLY | O_NOFOLLOW, 0);
	f->at = 0;
	buf_reset(&f->line);
}

/* Behind the last header line in the last block. */
static off_t last_attempt(int fd, off_t size)
{
	char block[BLOCK + 1];
	off_t from = size > BLOCK ? size - BLOCK : 0;
	ssize_t n = pread(fd, block, BLOCK, from);
	off_t found = from;

	block[n > 0 ? n : 0] = '\0';
	for (const char *p = block; (p = strchr(p, '\n')) != NULL; p++)
		if (str_starts(p + 1, TASK_LOG_HEADER))
			found = from + (p + 1 - block);
	return found;
}

void follow_open(struct follow *f, const char *path, enum follow_from from)
{
	struct stat st;

	follow_release(f);
	f->path = xstrdup(path);
	open_file(f);
	if (f->fd < 0 || from == FOLLOW_ALL || fstat(f->fd, &st) != 0)
		return;
	f->at =
	    from == FOLLOW_NEW ? st.st_size : last_attempt(f->fd, st.st_size);
}

/* Hands over what has come, line by line. */
static void drain(
    struct follow *f, void (*line)(void *arg, const char *text), void *arg)
{
	for (;;) {
		char *room = buf_reserve(&f->line, BLOCK), *nl;
		ssize_t n = pread(f->fd, room, BLOCK, f->at);

		if (n <= 0)
			return;
		buf_grown(&f->line, (size_t)n);
		f->at += n;
		while ((nl = memchr(f->line.data, '\n', f->line.len)) != NULL) {
			*nl = '\0';
			line(arg, f->line.data);
			buf_consume(&f->line, (size_t)(nl - f->line.data) + 1);
		}
	}
}

/* Is the file of that name another one by now? */
static bool was_replaced(const struct follow *f)
{
	struct stat ours, there;

	return fstat(f->fd, &ours) == 0 && stat(f->path, &there) == 0 &&
	       (ours.st_ino != there.st_ino || ours.st_dev != there.st_dev);
}

void follow_read(
    struct follow *f, void (*line)(void *arg, const char *text), void *arg)
{
	if (f->path == NULL)
		return;
	if (f->fd >= 0) {
		bool replaced = was_replaced(f); /* asked before the drain */

		drain(f, line, arg);
		if (!replaced)
			return;
		close(f->fd);
	}
	open_file(f);
	if (f->fd >= 0)
		drain(f, line, arg);
}
