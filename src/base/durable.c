/* durable.c - write, fsync, rename, fsync the folder. */
#include "base/durable.h"
#include "base/buf.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int write_all(int fd, const void *data, size_t n)
{
	for (const char *p = data; n > 0;) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static int sync_folder_of(const char *path, struct error *err)
{
	char *folder = path_folder(path);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0 || fsync(fd) != 0)
		rc = error_errno(err, "cannot sync the folder '%s'", folder);
	if (fd >= 0)
		close(fd);
	free(folder);
	return rc;
}

static int replace(const char *path, const void *data, size_t n, mode_t mode,
    unsigned flags, struct error *err)
{
	const char *name = path_name(path);
	/* In its folder, and never taken for a finished file. */
	char *temp = xasprintf("%.*s.%s.new", (int)(name - path), path, name);
	int fd, saved, rc = 0;

	unlink(temp); /* of a writer that was killed: never written on */
	fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0) {
		rc = error_errno(err, "cannot create a file beside '%s'", path);
		free(temp);
		return rc;
	}
	if (write_all(fd, data, n) != 0 || fchmod(fd, mode) != 0 ||
	    fsync(fd) != 0)
		rc = error_errno(err, "cannot write '%s'", path);
	if (close(fd) != 0 && rc == 0)
		rc = error_errno(err, "cannot write '%s'", path);
	if (rc == 0 && renameat2(AT_FDCWD, temp, AT_FDCWD, path, flags) != 0)
		rc = error_errno(err, "cannot replace '%s'", path);
	saved = errno;
	if (rc != 0)
		unlink(temp);
	errno = saved;
	free(temp);
	return rc == 0 ? sync_folder_of(path, err) : -1;
}

int durable_write(const char *path, const void *data, size_t n, mode_t mode,
    struct error *err)
{
	return replace(path, data, n, mode, 0, err);
}

int durable_create(const char *path, const void *data, size_t n, mode_t mode,
    struct error *err)
{
	return replace(path, data, n, mode, RENAME_NOREPLACE, err);
}

int durable_rename(const char *from, const char *to, struct error *err)
{
	if (rename(from, to) != 0)
		return error_errno(err, "cannot move '%s' to '%s'", from, to);
	if (sync_folder_of(to, err) != 0)
		return -1;
	return sync_folder_of(from, err);
}

int durable_mkdir(const char *path, mode_t mode, struct error *err)
{
	char *folder = path_folder(path);
	struct stat st;
	int rc = 0;

	if (mkdir(path, mode) == 0) {
		rc = sync_folder_of(path, err);
	} else if (errno == ENOENT && strcmp(folder, path) != 0) {
		rc = durable_mkdir(folder, mode, err);
		if (rc == 0 && mkdir(path, mode) != 0 && errno != EEXIST)
			rc = error_errno(
			    err, "cannot make the folder '%s'", path);
		else if (rc == 0)
			rc = sync_folder_of(path, err);
	} else if (errno != EEXIST) {
		rc = error_errno(err, "cannot make the folder '%s'", path);
	} else if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		errno = ENOTDIR;
		rc = error_errno(err, "cannot make the folder '%s'", path);
	}
	free(folder);
	return rc;
}

int read_file(
    const char *path, size_t max, char **data, size_t *n, struct error *err)
{
	int fd = path_open_regular(path, O_RDONLY, 0);
	struct buf text = BUF_INIT;
	int rc, saved;

	if (fd < 0)
		return path_not_opened(path, err);
	rc = buf_read(&text, fd, max);
	if (rc == 0 && text.len > max) {
		errno = EFBIG;
		rc = -1;
	}
	if (rc != 0)
		error_errno(err, "cannot read '%s'", path);
	saved = errno;
	close(fd);
	if (rc == 0) {
		*n = text.len;
		*data = buf_detach(&text);
	}
	buf_release(&text);
	errno = saved;
	return rc;
}
