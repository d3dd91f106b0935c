/* logs_tail.c - the last lines, read from the end, however large a log is. */
#include "base/clock.h"
#include "base/path.h"
#include "base/strvec.h"
#include "store/logs.h"

#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 16 * 1024, LOOK_BACK = 1024 * 1024 };

/* What has been gathered, in the order of the file; the newest is last. */
struct tail {
	struct buf text;
	int lines, wanted;
	bool full; /* there may be more, but it is not wanted */
};

static void prepend(struct buf *b, const char *p, size_t n)
{
	buf_reserve(b, n);
	memmove(b->data + n, b->data, b->len);
	memcpy(b->data, p, n);
	buf_grown(b, n);
}

/* The last block that ends at end, as many bytes as it has. */
static ssize_t read_block(int fd, off_t end, char *block)
{
	size_t want = end < BLOCK ? (size_t)end : BLOCK;
	ssize_t n;

	do
		n = pread(fd, block, want, end - (off_t)want);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)want ? n : -1;
}

/* Where the last whole line ends: a line that is still being written is not
 * one, unless it is longer than anybody looks back. 0: there is none. */
static off_t end_of_last_line(int fd, off_t size)
{
	off_t first = size > LOOK_BACK ? size - LOOK_BACK : 0, at = size;
	char block[BLOCK];

	while (at > first) {
		ssize_t n = read_block(fd, at, block);
		const char *nl;

		if (n <= 0)
			return 0;
		nl = memrchr(block, '\n', (size_t)n);
		if (nl != NULL)
			return at - n + (nl - block) + 1;
		at -= n;
	}
	return first > 0 ? size : 0;
}

/* How much of the end of the block is wanted: from behind the newline that
 * ends the line before the first one wanted. */
static size_t wanted_part(struct tail *t, const char *block, size_t n)
{
	for (size_t i = n; i-- > 0;)
		if (block[i] == '\n' && t->lines++ == t->wanted) {
			t->full = true;
			return n - i - 1;
		}
	return n;
}

/* Drops what is over the limit and the half line in front; a last line that
 * is over it alone has its end shown. */
static void cut_front(struct buf *text)
{
	static const char mark[] = "\xe2\x80\xa6";
	size_t room = TAIL_MAX - strlen(mark);
	size_t drop = text->len > room ? text->len - room : 0;
	const char *nl = memchr(text->data + drop, '\n', text->len - drop - 1);

	if (nl != NULL) {
		buf_consume(text, (size_t)(nl - text->data) + 1);
		return;
	}
	while (((unsigned char)text->data[drop] & 0xc0) == 0x80)
		drop++;
	buf_consume(text, drop);
	prepend(text, mark, strlen(mark));
}

/* The bytes of the lines that are wanted of one file. Returns whether the
 * first one is only a part, because the limit was reached. */
static bool read_lines(struct tail *t, int fd, off_t end, struct buf *part)
{
	char block[BLOCK];

	while (end > 0 && !t->full) {
		ssize_t n = read_block(fd, end, block);
		size_t use = n > 0 ? wanted_part(t, block, (size_t)n) : 0;

		if (n <= 0)
			return true;
		prepend(part, block + (size_t)n - use, use);
		end -= n;
		if (!t->full && end > 0 && part->len + t->text.len > TAIL_MAX)
			return t->full = true;
	}
	return false;
}

static int newest_first(const void *a, const void *b)
{
	return strcmp(*(char *const *)b, *(char *const *)a);
}

static bool is_daily_log(const char *name)
{
	char date[11];

	if (strlen(name) != 14 || strcmp(name + 10, ".log") != 0)
		return false;
	snprintf(date, sizeof(date), "%.10s", name);
	return clock_is_date(date);
}

static int list_days(const char *dir, struct strvec *names, struct error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	if (d == NULL && errno == ENOENT)
		return 0;
	if (d == NULL)
		return error_errno(err, "cannot open '%s'", dir);
	while ((e = readdir(d)) != NULL)
		if (is_daily_log(e->d_name))
			strvec_add(names, e->d_name);
	closedir(d);
	if (names->n > 0)
		qsort(names->v, names->n, sizeof(*names->v), newest_first);
	return 0;
}

/* Adds the end of one file of the folder in front of what is there; not there:
 * nothing. Bytes that are no text grow when they are made clean, so the limit
 * is looked at afterwards. */
static int gather_file(
    struct tail *t, const char *dir, const char *name, struct error *err)
{
	int fd = path_open_inside(dir, name);
	struct buf part = BUF_INIT, clean = BUF_INIT;
	struct stat st;
	bool partial;

	if (fd < 0)
		return errno == ENOENT
			   ? 0
			   : error_errno(err, "cannot open '%s/%s'", dir, name);
	if (fstat(fd, &st) == 0) {
		partial =
		    read_lines(t, fd, end_of_last_line(fd, st.st_size), &part);
		buf_add_clean(&clean, part.data, part.len);
		prepend(&t->text, clean.data, clean.len);
		if (clean.len > 0 && (partial || t->text.len > TAIL_MAX))
			cut_front(&t->text);
		t->full |= t->text.len >= TAIL_MAX;
	}
	buf_release(&clean);
	buf_release(&part);
	close(fd);
	return 0;
}

int logs_tail(const char *dir, int task, int lines, struct buf *out,
    struct buf *what, struct error *err)
{
	struct tail t = { BUF_INIT, 0, lines, false };
	struct strvec names = STRVEC_INIT;
	int rc = 0;

	if (task > 0)
		strvec_take(&names, task_log_name(task, TASK_LOG_OUTPUT));
	else
		rc = list_days(dir, &names, err);
	if (names.n > 0) {
		buf_reset(what);
		buf_addf(what, "%s/%s", path_name(dir), names.v[0]);
	}
	for (size_t i = 0; i < names.n && rc == 0 && !t.full; i++) {
		rc = gather_file(&t, dir, names.v[i], err);
		t.full |= t.lines >= t.wanted;
	}
	if (rc == 0)
		buf_add(out, t.text.data, t.text.len);
	buf_release(&t.text);
	strvec_release(&names);
	return rc;
}
