/* state.c - the record in memory and on disk. */
#include "store/state.h"
#include "base/clock.h"
#include "base/durable.h"
#include "base/path.h"
#include "store/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

void state_release(struct state *s)
{
	fields_release(&state_fields, s);
	*s = (struct state)STATE_INIT;
}

void state_copy(struct state *to, const struct state *from)
{
	fields_copy(&state_fields, to, from);
}

void rollback_release(struct rollback *r)
{
	fields_release(&rollback_fields, r);
}

void rollback_copy(struct rollback *to, const struct rollback *from)
{
	fields_copy(&rollback_fields, to, from);
}

const char *state_runs(const struct state *s)
{
	if (session_status(&s->session) == SESSION_RUNNING)
		return s->session.asked;
	if (s->rollback.task != 0)
		return s->rollback.asked;
	return s->plan.status == PLAN_RUNNING ? s->plan.asked : NULL;
}

struct status_extra state_extra(
    const struct state *s, int64_t now, const char *activity)
{
	return (struct status_extra){
		.now = now,
		.activity = activity,
		.undelivered = s->n_notices,
		.undelivered_error = s->undelivered_error,
		.plan = &s->plan,
		.undoing = s->rollback.task,
	};
}

enum state_result state_load(
    const char *path, struct state *s, struct error *err)
{
	struct error why = ERROR_INIT;
	enum state_result result;
	char *text;
	size_t n;

	if (read_file(path, STATE_MAX_BYTES, &text, &n, err) != 0)
		return errno == ENOENT  ? STATE_NONE
		       : errno == EFBIG ? STATE_CORRUPT
					: STATE_UNREADABLE;
	result = state_parse(text, n, s, &why);
	if (result == STATE_CORRUPT)
		error_set(err, "'%s' is not valid: %s", path, why.text);
	else if (result == STATE_UNREADABLE)
		error_set(err, "cannot use '%s': %s", path, why.text);
	free(text);
	return result;
}

int state_store(const char *path, const struct state *s, struct error *err)
{
	struct buf text = BUF_INIT;
	int rc;

	state_print(&text, s);
	if (text.len > STATE_MAX_BYTES)
		rc = error_set(err,
		    "cannot store '%s': it would have %zu bytes, want %d at most",
		    path, text.len, STATE_MAX_BYTES);
	else
		rc = durable_write(path, text.data, text.len, 0600, err);
	buf_release(&text);
	return rc;
}

int state_replaceable(const char *path, struct error *err)
{
	struct statx st;

	if (statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &st) != 0)
		return 0;
	if (S_ISLNK(st.stx_mode))
		return error_set(err,
		    "'%s' is a symbolic link, which the next change would replace, want the file itself (paths.state_file may name another folder)",
		    path);
	if (!S_ISREG(st.stx_mode))
		return error_set(err,
		    "'%s' is no file%s, want the path of one in a folder that is there",
		    path, S_ISDIR(st.stx_mode) ? " but a folder" : "");
	if (st.stx_attributes & STATX_ATTR_MOUNT_ROOT)
		return error_set(err,
		    "'%s' is mounted by itself and cannot be replaced, want its folder mounted",
		    path);
	return 0;
}

/* base, or the first of base-2, base-3 ... that is not there yet. To be
 * freed. */
static char *free_name(const char *base)
{
	char *name = xstrdup(base);
	struct stat st;

	for (int i = 2; lstat(name, &st) == 0; i++) {
		free(name);
		name = xasprintf("%s-%d", base, i);
	}
	return name;
}

int state_rescue(const char *path, int64_t now, char **kept, struct error *err)
{
	char when[CLOCK_TEXT];
	char *base;

	clock_local(now, "%Y%m%d-%H%M%S", when);
	base = xasprintf("%s.corrupt-%s", path, when);
	*kept = free_name(base);
	free(base);
	if (durable_rename(path, *kept, err) == 0)
		return 0;
	free(*kept);
	*kept = NULL;
	return -1;
}

/* What logs there are, into the folder. */
static int put_logs_away(const char *logs_dir, const char *folder,
    const struct session *last, struct error *err)
{
	int rc = 0;

	for (size_t i = 0; i < last->n * TASK_LOG_KINDS && rc == 0; i++) {
		int task = last->tasks[i / TASK_LOG_KINDS].task.number;
		char *name = task_log_name(
		    task, (enum task_log_kind)(i % TASK_LOG_KINDS));
		char *from = path_join(logs_dir, name);
		char *base = path_join(folder, name);
		char *to = free_name(base);

		if (rename(from, to) != 0 && errno != ENOENT)
			rc = error_errno(
			    err, "cannot move '%s' to '%s'", from, to);
		free(to);
		free(base);
		free(from);
		free(name);
	}
	return rc;
}

int state_archive(const char *path, const char *logs_dir,
    const struct session *last, struct error *err)
{
	char *folder, *to, *data;
	size_t n;
	int rc;

	if (last->id == NULL)
		return 0;
	folder = path_join(logs_dir, last->id);
	to = path_join(folder, path_name(path));
	rc = durable_mkdir(folder, 0700, err);
	if (rc == 0)
		rc = put_logs_away(logs_dir, folder, last, err);
	if (rc == 0 && read_file(path, STATE_MAX_BYTES, &data, &n, err) == 0) {
		/* Also puts the moved logs on disk: it ends with the folder's
		 * fsync. */
		rc = durable_write(to, data, n, 0600, err);
		free(data);
	} else if (rc == 0 && errno != ENOENT) {
		rc = -1;
	}
	free(to);
	free(folder);
	return rc;
}
