/* day_folder.c - a file under the first name that is free, or already its. */
#include "store/day_folder.h"
#include "base/durable.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Claude may have an account of its own, and is to read them. */
enum { FOLDER_MODE = 0755, FILE_MODE = 0644, NAMES_TRIED = 1000 };

static bool holds(const char *path, const struct buf *contents)
{
	char *data = NULL;
	size_t n = 0;
	bool same = read_file(path, contents->len, &data, &n, NULL) == 0 &&
		    n == contents->len && memcmp(data, contents->data, n) == 0;

	free(data);
	return same;
}

/* "photo.jpg", "photo-2.jpg" ... */
static char *nth_name(const char *name, int i)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot != NULL ? (size_t)(dot - name) : strlen(name);

	return i == 1 ? xstrdup(name)
		      : xasprintf("%.*s-%d%s", (int)n, name, i, name + n);
}

/* Open for everybody where it is new, whatever the umask. */
static int make_open_folder(const char *path, struct error *err)
{
	bool is_new = access(path, F_OK) != 0;
	struct stat st;
	int fd, rc;

	if (durable_mkdir(path, FOLDER_MODE, err) != 0)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 || fstat(fd, &st) != 0 ||
		     (is_new && fchmod(fd, st.st_mode | FOLDER_MODE) != 0)
		 ? error_errno(err, "cannot open the folder '%s'", path)
		 : 0;
	if (fd >= 0)
		close(fd);
	return rc;
}

int day_folder_keep(const char *daily_dir, const char *date, const char *name,
    const struct buf *contents, char **path, bool *made, struct error *err)
{
	char *folder = path_join(daily_dir, date);
	struct error why = ERROR_INIT;
	struct stat st;
	int rc = 1;

	*path = NULL;
	*made = false;
	/* Below daily_dir, whose owner chose its name. A link there would lead
	 * to what is another's. */
	if (lstat(folder, &st) == 0 && S_ISLNK(st.st_mode))
		rc = error_set(err, "'%s' is a link, want a folder", folder);
	else if (make_open_folder(daily_dir, err) != 0 ||
		 make_open_folder(folder, err) != 0)
		rc = -1;
	for (int i = 1; rc > 0 && i <= NAMES_TRIED; i++) {
		char *plain = nth_name(name, i);

		free(*path);
		*path = path_join(folder, plain);
		free(plain);
		errno = 0;
		if (durable_create(*path, contents->data, contents->len,
			FILE_MODE, &why) == 0) {
			*made = true;
			rc = 0;
		} else if (errno != EEXIST) {
			rc = -1;
		} else if (holds(*path, contents)) {
			rc = 0;
		}
	}
	if (rc != 0) {
		if (why.text[0] != '\0')
			error_set(err, "%s", why.text);
		free(*path);
		*path = NULL;
	}
	free(folder);
	return rc == 0 ? 0 : -1;
}
