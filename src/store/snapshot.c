/* snapshot.c - reading state.json only when it is another one. */
#include "store/snapshot.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

void snapshot_init(struct snapshot *s, const char *path)
{
	*s = (struct snapshot){ .path = xstrdup(path), .fd = -1 };
	s->state = (struct state)STATE_INIT;
}

static void forget(struct snapshot *s)
{
	if (s->fd < 0)
		return;
	close(s->fd);
	s->fd = -1;
	s->reading++;
	state_release(&s->state);
}

void snapshot_release(struct snapshot *s)
{
	forget(s);
	free(s->path);
	s->path = NULL;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The whole of the open file, which is never written again once it has its
 * name. */
static int read_whole(struct snapshot *s, struct buf *out, struct error *err)
{
	if (!S_ISREG(s->st.st_mode) || s->st.st_size > STATE_MAX_BYTES)
		return error_set(err, "'%s' is no state.json", s->path);
	while (out->len < (size_t)s->st.st_size) {
		size_t want = (size_t)s->st.st_size - out->len;
		ssize_t n =
		    pread(s->fd, buf_reserve(out, want), want, (off_t)out->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot read '%s'", s->path);
		if (n == 0)
			break;
		buf_grown(out, (size_t)n);
	}
	return 0;
}

static int read_open_file(struct snapshot *s, struct error *err)
{
	struct buf text = BUF_INIT;
	struct error why = ERROR_INIT;
	enum state_result result;
	int rc;

	if (fstat(s->fd, &s->st) != 0)
		return error_errno(err, "cannot read '%s'", s->path);
	rc = read_whole(s, &text, err);
	if (rc == 0) {
		result = state_parse(text.data, text.len, &s->state, &why);
		if (result == STATE_CORRUPT)
			rc = error_set(
			    err, "'%s' is not valid: %s", s->path, why.text);
		else if (result == STATE_UNREADABLE)
			rc = error_set(
			    err, "cannot use '%s': %s", s->path, why.text);
	}
	buf_release(&text);
	return rc;
}

const struct state *snapshot_get(struct snapshot *s, struct error *err)
{
	struct stat now;

	if (s->fd >= 0 && stat(s->path, &now) == 0 && is_same(&now, &s->st))
		return &s->state;
	forget(s);
	s->fd = path_open_regular(s->path, O_RDONLY, 0);
	if (s->fd >= 0)
		s->reading++;
	if (s->fd < 0 && errno == ENOENT)
		return &s->state;
	if (s->fd < 0) {
		path_not_opened(s->path, err);
		return NULL;
	}
	if (read_open_file(s, err) == 0)
		return &s->state;
	forget(s); /* so that it is tried again */
	return NULL;
}
