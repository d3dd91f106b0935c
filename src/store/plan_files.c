/* plan_files.c - reading a day's log, and putting a list into its place. */
#include "store/plan_files.h"
#include "base/durable.h"
#include "base/path.h"
#include "core/session/plan.h"
#include "core/list/task.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LIST_MODE = 0640, FOLDER_MODE = 0750 };

char *plan_list_name(const char *date)
{
	return xasprintf("%s-tasks.md", date);
}

static const char *why_not(int error)
{
	return error == EXDEV ? "it leads out of its folder" : strerror(error);
}

/* A plain name inside folder, up to one byte more than max. Returns 0, or -1
 * with errno. */
static int read_inside(
    const char *folder, const char *name, size_t max, struct buf *text)
{
	int fd = path_open_inside(folder, name);
	int rc, saved;

	if (fd < 0)
		return -1;
	rc = buf_read(text, fd, max);
	saved = errno;
	close(fd);
	errno = saved;
	return rc;
}

int plan_read_day(const char *daily_dir, const char *date, struct buf *text,
    struct error *err)
{
	char *name = xasprintf("%s.md", date);
	char *path = path_join(daily_dir, name);
	int rc = read_inside(daily_dir, name, DAY_MAX_BYTES, text);

	if (rc != 0 && errno == ENOENT)
		error_set(err, "there is no daily log '%s'", path);
	else if (rc != 0)
		error_set(err, "cannot read the daily log '%s': %s", path,
		    why_not(errno));
	else if (text->len > DAY_MAX_BYTES)
		rc = error_set(err,
		    "the daily log '%s' is too long: want at most %d KiB", path,
		    DAY_MAX_BYTES / 1024);
	else if (!utf8_valid(text->data, text->len))
		rc = error_set(
		    err, "the daily log '%s' is not valid UTF-8", path);
	else if (text->data[strspn(text->data, " \t\r\n")] == '\0')
		rc = error_set(err, "the daily log '%s' is empty", path);
	free(path);
	free(name);
	return rc;
}

int plan_read_list(const char *tasks_dir, const char *date, struct buf *text,
    struct error *err)
{
	char *name = plan_list_name(date);
	struct buf raw = BUF_INIT;
	int rc = read_inside(tasks_dir, name, TASK_LIST_MAX_BYTES, &raw);

	if (rc != 0 && errno == ENOENT)
		rc = 0;
	else if (rc != 0)
		error_set(err, "cannot read the task list '%s' in %s: %s", name,
		    tasks_dir, why_not(errno));
	else if (raw.len > TASK_LIST_MAX_BYTES)
		rc = error_set(err, "the task list '%s' in %s is too long",
		    name, tasks_dir);
	else
		buf_add_clean(text, raw.data, raw.len);
	buf_release(&raw);
	free(name);
	return rc;
}

/* A second name for the file; where the folder knows no such thing, or it is
 * another account's file, a copy. */
static int keep_as(const char *path, const char *beside, struct error *err)
{
	char *data;
	size_t n;
	int rc;

	if (link(path, beside) == 0)
		return 0;
	if (errno == EEXIST)
		return -1;
	if (read_file(path, TASK_LIST_MAX_BYTES, &data, &n, err) != 0)
		return -1;
	rc = durable_create(beside, data, n, LIST_MODE, err);
	free(data);
	return rc;
}

/* Under the first name that is free. */
static int keep_list(const char *tasks_dir, const char *date, const char *path,
    char **kept, struct error *err)
{
	int rc = -1;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return 0;
	errno = EEXIST;
	for (int i = 1; rc != 0 && errno == EEXIST; i++) {
		char *beside;

		free(*kept);
		*kept = xasprintf("%s-tasks.%d.md", date, i);
		beside = path_join(tasks_dir, *kept);
		rc = keep_as(path, beside, err);
		free(beside);
	}
	return rc;
}

int plan_write_list(const char *tasks_dir, const char *date,
    const struct buf *text, char **kept, struct error *err)
{
	char *name = plan_list_name(date);
	char *path = path_join(tasks_dir, name);
	struct stat list, other;
	int rc;

	*kept = NULL;
	rc = durable_mkdir(tasks_dir, FOLDER_MODE, err);
	if (rc == 0)
		rc = keep_list(tasks_dir, date, path, kept, err);
	if (rc == 0)
		rc = durable_write(path, text->data, text->len, LIST_MODE, err);
	if (rc != 0 && *kept != NULL) {
		char *beside = path_join(tasks_dir, *kept);

		/* The list stands where it was: it needs no second name. Where
		 * that is not sure (a copy; the folder's fsync alone failed) it
		 * stays. */
		if (lstat(path, &list) == 0 && lstat(beside, &other) == 0 &&
		    list.st_dev == other.st_dev && list.st_ino == other.st_ino)
			unlink(beside);
		free(beside);
	}
	if (rc != 0) {
		free(*kept);
		*kept = NULL;
	}
	free(path);
	free(name);
	return rc;
}
