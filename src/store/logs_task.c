/* logs_task.c - what one attempt said and did: for people, and raw. */
#include "base/clock.h"
#include "base/path.h"
#include "store/log_file.h"
#include "store/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

enum { HEADER_MAX = 1024, READ_CHUNK = 64 * 1024 };

/* The last word of each file; both end the line. */
static const char output_full[] =
    "(64 MiB of this attempt are in; the rest is not kept)\n";
static const char stream_full[] =
    "{\"type\":\"orchestrator\",\"text\":\"64 MiB of this attempt are in; the rest is not kept\"}\n";

static const char *const kind_name[] = {
	[TASK_LOG_OUTPUT] = "output.log",
	[TASK_LOG_STREAM] = "stream.jsonl",
	[TASK_LOG_CHANGES] = "changes.diff",
};
_Static_assert(ARRAY_SIZE(kind_name) == TASK_LOG_KINDS, "name every kind");

char *task_log_name(int task, enum task_log_kind kind)
{
	return xasprintf("task-%d-%s", task, kind_name[kind]);
}

static char *named_path(
    const char *dir, const char *name, enum task_log_kind kind)
{
	char *whole = xasprintf("%s-%s", name, kind_name[kind]);
	char *path = path_join(dir, whole);

	free(whole);
	return path;
}

int task_log_open(struct task_log *t, const char *dir, const char *name,
    bool wanted, const char *header, struct error *err)
{
	char *clean, *line;
	int rc = 0;

	*t = (struct task_log)TASK_LOG_INIT;
	if (!wanted)
		return 0;
	t->output_path = named_path(dir, name, TASK_LOG_OUTPUT);
	t->stream_path = named_path(dir, name, TASK_LOG_STREAM);
	t->output_fd = log_file_open(t->output_path);
	if (t->output_fd < 0)
		return path_not_opened(t->output_path, err);
	t->stream_fd = log_file_open(t->stream_path);
	if (t->stream_fd < 0)
		rc = path_not_opened(t->stream_path, err);
	clean = log_file_one_line(header, HEADER_MAX);
	line = xasprintf("%s%s\n", TASK_LOG_HEADER, clean);
	log_file_write(t->output_fd, line, strlen(line));
	free(line);
	free(clean);
	return rc;
}

/* Writes whole lines, or says once that no more will come. */
static void append(
    int fd, size_t *bytes, const char *data, size_t n, const char *full)
{
	if (fd < 0 || *bytes > TASK_LOG_MAX)
		return;
	if (*bytes + n > TASK_LOG_MAX) {
		*bytes = (size_t)TASK_LOG_MAX + 1;
		log_file_write(fd, full, strlen(full));
		return;
	}
	*bytes += n;
	log_file_write(fd, data, n);
}

void task_log_text(struct task_log *t, const char *text)
{
	struct buf clean = BUF_INIT;
	struct buf lines = BUF_INIT;
	char when[CLOCK_TEXT];

	if (t->output_fd < 0)
		return;
	clock_local(clock_now(), "%H:%M:%S", when);
	buf_add_clean(&clean, text, strlen(text));
	for (const char *p = clean.data; *p != '\0';) {
		size_t n = strcspn(p, "\n");

		buf_addf(&lines, "[%s] %.*s\n", when, (int)n, p);
		p += n + (p[n] == '\n');
	}
	append(
	    t->output_fd, &t->output_bytes, lines.data, lines.len, output_full);
	buf_release(&lines);
	buf_release(&clean);
}

void task_log_raw(struct task_log *t, const char *line, size_t n)
{
	struct buf whole = BUF_INIT;

	if (t->stream_fd < 0)
		return;
	buf_add(&whole, line, n);
	buf_addc(&whole, '\n');
	append(
	    t->stream_fd, &t->stream_bytes, whole.data, whole.len, stream_full);
	buf_release(&whole);
}

static void reopen(int *fd, const char *path)
{
	int fresh = path != NULL ? log_file_open(path) : -1;

	if (fresh < 0)
		return; /* better the old file than none */
	if (*fd >= 0)
		close(*fd);
	*fd = fresh;
}

void task_log_reopen(struct task_log *t)
{
	reopen(&t->output_fd, t->output_path);
	reopen(&t->stream_fd, t->stream_path);
}

void task_log_release(struct task_log *t)
{
	if (t->output_fd >= 0)
		close(t->output_fd);
	if (t->stream_fd >= 0)
		close(t->stream_fd);
	free(t->output_path);
	free(t->stream_path);
	*t = (struct task_log)TASK_LOG_INIT;
}

int task_changes_read(const char *dir, int task, size_t max, struct buf *out,
    bool *cut, struct error *err)
{
	char *name = task_log_name(task, TASK_LOG_CHANGES);
	char *path = path_join(dir, name);
	int fd = path_open_regular(path, O_RDONLY, 0);
	struct buf raw = BUF_INIT;
	ssize_t got = 1;
	int rc = 0;

	while (fd >= 0 && got > 0 && raw.len <= max) {
		got = read(fd, buf_reserve(&raw, READ_CHUNK), READ_CHUNK);
		if (got > 0)
			buf_grown(&raw, (size_t)got);
	}
	*cut = raw.len > max;
	if (*cut)
		buf_truncate(&raw, utf8_cut(raw.data, raw.len, max));
	if (got < 0)
		rc = error_errno(err, "cannot read '%s'", path);
	else if (fd < 0 && errno != ENOENT)
		rc = path_not_opened(path, err);
	if (fd >= 0)
		close(fd);
	buf_add_clean(out, raw.data, raw.len);
	buf_release(&raw);
	free(path);
	free(name);
	return rc;
}
