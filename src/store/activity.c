/* activity.c - a small file that is replaced, never synced. */
#include "store/activity.h"
#include "base/buf.h"
#include "base/durable.h"
#include "base/path.h"

#include <fcntl.h>
#include <unistd.h>

enum { FILE_MAX = 4096 };

/* "ATTEMPT what it does", one line. Renamed into place: a reader never sees
 * half of it. */
void activity_set(const char *path, const char *attempt, const char *what)
{
	struct buf clean = BUF_INIT, line = BUF_INIT;
	char *fresh;
	size_t n;
	int fd;

	if (what == NULL) {
		unlink(path);
		return;
	}
	buf_add_line(&clean, what, strlen(what));
	n = utf8_cut(clean.data, clean.len, ACTIVITY_MAX);
	buf_addf(&line, "%s %.*s\n", attempt, (int)n, clean.data);
	fresh = xasprintf("%s.new", path);
	fd = path_open_regular(
	    fresh, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
	if (fd >= 0) {
		if (write(fd, line.data, line.len) == (ssize_t)line.len)
			rename(fresh, path);
		close(fd);
	}
	free(fresh);
	buf_release(&line);
	buf_release(&clean);
}

char *activity_get(const char *path, const char *attempt)
{
	size_t n = strlen(attempt), len;
	char *what = NULL;
	char *line;

	if (n == 0 || read_file(path, FILE_MAX, &line, &len, NULL) != 0)
		return NULL;
	if (len > n + 2 && strncmp(line, attempt, n) == 0 && line[n] == ' ' &&
	    line[len - 1] == '\n' && utf8_valid(line, len))
		what = xstrndup(line + n + 1, len - n - 2);
	free(line);
	return what;
}
