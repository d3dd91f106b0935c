/* path.c - names of files. */
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

char *path_join(const char *folder, const char *name)
{
	size_t n = strlen(folder);

	if (name[0] == '/' || strcmp(folder, ".") == 0)
		return xstrdup(name);
	return xasprintf(
	    "%s%s%s", folder, n > 0 && folder[n - 1] == '/' ? "" : "/", name);
}

char *path_folder(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return xstrdup(".");
	while (slash > path && slash[-1] == '/')
		slash--;
	return xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

const char *path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

char *path_real(const char *path)
{
	char *real = realpath(path, NULL);
	char *folder, *parent;

	if (real != NULL)
		return real;
	folder = path_folder(path);
	if (strcmp(folder, path) == 0) {
		free(folder);
		return xstrdup(path);
	}
	parent = path_real(folder);
	real = path_join(parent, path_name(path));
	free(parent);
	free(folder);
	return real;
}

char *path_settled(const char *path)
{
	char *real = path[0] == '/' ? path_real(path) : NULL;
	size_t n = 0, whole = real != NULL ? strlen(real) : 0;
	bool settled = true;
	struct stat st;

	/* Each part is there and no link, or nothing at all. */
	while (n < whole && settled) {
		char *upto;

		n += 1 + strcspn(real + n + 1, "/");
		upto = xstrndup(real, n);
		settled = path_is_plain(path_name(upto)) &&
			  (lstat(upto, &st) == 0 ? !S_ISLNK(st.st_mode)
						 : errno == ENOENT);
		free(upto);
	}
	if (!settled)
		xreplace(&real, NULL);
	return real;
}

char *path_relative(const char *folder, const char *path)
{
	char *base = path_real(folder);
	char *full = path_real(path);
	size_t n = strlen(base);
	bool below = strncmp(full, base, n) == 0 && full[n] == '/';
	char *out = xstrdup(below ? full + n + 1 : full);

	free(full);
	free(base);
	return out;
}

char *path_own_program(bool *replaced)
{
	static const char gone[] = " (deleted)";
	char path[PATH_MAX + sizeof(gone)];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	bool is_gone;

	if (n <= 0)
		return NULL;
	path[n] = '\0';
	is_gone = str_ends(path, gone);
	if (replaced != NULL)
		*replaced = is_gone;
	return xstrndup(path, strlen(path) - (is_gone ? strlen(gone) : 0));
}

bool path_is_plain(const char *name)
{
	size_t n = strlen(name);

	if (n == 0 || n > NAME_MAX || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0)
		return false;
	for (size_t i = 0; i < n; i++)
		if (name[i] == '/' || (unsigned char)name[i] < 0x20 ||
		    name[i] == 0x7f)
			return false;
	return true;
}

bool path_is_inside(const char *folder, const char *path)
{
	char *base = path_real(folder);
	char *full = path_real(path);
	size_t n = strlen(base);
	bool inside =
	    strncmp(full, base, n) == 0 &&
	    (full[n] == '/' || full[n] == '\0' || strcmp(base, "/") == 0);

	free(full);
	free(base);
	return inside;
}

/* O_NONBLOCK: the opening of a FIFO waits for its other end. It means nothing
 * to a regular file. */
int path_open_regular(const char *path, int flags, mode_t mode)
{
	int fd = open(path, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, mode);
	struct stat st;

	if (fd < 0 && errno != ENXIO && errno != EISDIR)
		return -1;
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	if (fd >= 0)
		close(fd);
	errno = EINVAL;
	return -1;
}

int path_not_opened(const char *path, struct error *err)
{
	if (errno == EINVAL)
		return error_set(
		    err, "cannot open '%s': it is no regular file", path);
	return error_errno(err, "cannot open '%s'", path);
}

int path_open_inside(const char *folder, const char *name)
{
	char *path, *link, target[PATH_MAX];
	ssize_t n;
	int fd;

	if (!path_is_plain(name)) {
		errno = EINVAL;
		return -1;
	}
	path = path_join(folder, name);
	fd = path_open_regular(path, O_RDONLY, 0);
	free(path);
	if (fd < 0)
		return -1;
	/* By the file's own name: what was opened is what is judged, whatever
	 * was renamed meanwhile. */
	link = xasprintf("/proc/self/fd/%d", fd);
	n = readlink(link, target, sizeof(target) - 1);
	free(link);
	target[n > 0 ? n : 0] = '\0';
	if (n < 0 || !path_is_inside(folder, target)) {
		close(fd);
		errno = EXDEV;
		return -1;
	}
	return fd;
}
