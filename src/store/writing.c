/* writing.c - carrying out what the state says is on its way. */
#include "store/writing.h"
#include "base/durable.h"
#include "base/path.h"
#include "core/list/task.h"
#include "store/plan_files.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_MODE = 0640, FOLDER_MODE = 0750, DATE_LENGTH = 10 };

static int check_writing(
    void *writing, struct json_object *o UNUSED, struct error *err)
{
	const struct writing *w = writing;

	if (!path_is_plain(w->file))
		return error_set(
		    err, "file: want a plain name, got \"%s\"", w->file);
	return 0;
}

#define T struct writing
static const struct field writing_rows[] = {
	ROW_TEXT(T, file, "file", FIELD_NEEDED),
	ROW_BOOL(T, is_day, "day"),
	ROW_LONG(T, size, "size", 0, TASK_LIST_MAX_BYTES),
	ROW_TEXT(T, text, "text", FIELD_NEEDED),
};
const struct fields writing_fields = { FIELDS(writing_rows, T),
	FIELDS_THERE(T, file), .check = check_writing };
#undef T

void writing_release(struct writing *w)
{
	fields_release(&writing_fields, w);
}

static int read_file_of(const char *folder, const char *name, size_t max,
    struct buf *text, mode_t *mode, struct error *err)
{
	int fd = path_open_inside(folder, name);
	struct stat st;
	int rc;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return error_set(err, "cannot read '%s' in %s: %s", name,
		    folder,
		    errno == EXDEV ? "it leads out of its folder"
				   : strerror(errno));
	rc = buf_read(text, fd, max);
	if (rc != 0)
		error_errno(err, "cannot read '%s' in %s", name, folder);
	else if (text->len > max)
		rc = error_set(err,
		    "'%s' in %s is too long: want at most %zu KiB", name,
		    folder, max / 1024);
	else if (mode != NULL && fstat(fd, &st) == 0)
		*mode = st.st_mode & 07777;
	close(fd);
	return rc;
}

int writing_read(const char *folder, const char *name, size_t max,
    struct buf *text, struct error *err)
{
	return read_file_of(folder, name, max, text, NULL, err);
}

/* A list of another name than a day's is never begun by us. */
static int replace_list(
    const struct writing *w, const char *folder, struct error *err)
{
	struct buf text = BUF_INIT;
	char *date = xstrndup(w->file, DATE_LENGTH), *kept;
	int rc;

	buf_adds(&text, w->text);
	rc = plan_write_list(folder, date, &text, &kept, err);
	if (rc == 0)
		free(kept);
	free(date);
	buf_release(&text);
	return rc;
}

int writing_carry_out(
    const struct writing *w, const char *folder, struct error *err)
{
	char *path = path_join(folder, w->file);
	size_t n = strlen(w->text), size = (size_t)w->size;
	struct buf now = BUF_INIT;
	mode_t mode = FILE_MODE;
	int rc = read_file_of(
	    folder, w->file, TASK_LIST_MAX_BYTES, &now, &mode, err);
	bool is_done = now.len >= size && now.len - size >= n &&
		       memcmp(now.data + size, w->text, n) == 0;

	if (rc != 0 || is_done)
		goto out;
	if (size == 0 && !w->is_day) {
		rc = replace_list(w, folder, err);
	} else if (now.len == size) {
		buf_adds(&now, w->text);
		rc = durable_mkdir(folder, FOLDER_MODE, err);
		if (rc == 0)
			rc = durable_write(path, now.data, now.len, mode, err);
	} else {
		error_set(err,
		    "'%s' in %s was changed meanwhile: what was to be added to it is not there",
		    w->file, folder);
		rc = 1;
	}
out:
	buf_release(&now);
	free(path);
	return rc;
}
