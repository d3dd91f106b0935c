/* agent_io.c - the prompt in, the stream and the complaints out. */
#include "engine/agent_run.h"
#include "engine/agent_view.h"
#include "engine/forked.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 16 * 1024, TAIL_KEPT = 64 * 1024, TEXT_LINE_MAX = 64 * 1024 };

static void close_end(struct agent *a, int *fd)
{
	if (*fd < 0)
		return;
	loop_unwatch(a->loop, *fd);
	close(*fd);
	*fd = -1;
}

static void set_activity(struct agent *a, struct buf *what)
{
	if (what->len > 0 && !str_equal(what->data, a->last_activity)) {
		xreplace(&a->last_activity, what->data);
		a->cb.activity(a->cb.arg, what->data);
	}
	buf_release(what);
}

static void on_event(
    void *arg, const char *raw, size_t n, const struct stream_event *e)
{
	struct agent *a = arg;
	struct buf shown = BUF_INIT;
	struct buf activity = BUF_INIT;

	if (raw != NULL)
		task_log_raw(a->log, raw, n);
	if (e == NULL)
		return;
	if (e->kind == STREAM_OTHER && !e->is_error)
		complaint_add(&a->remark, e->text);
	agent_view_log(&shown, e);
	if (shown.len > 0)
		task_log_text(a->log, shown.data);
	buf_release(&shown);
	agent_view_activity(&activity, e);
	set_activity(a, &activity);
}

static void on_text_line(struct agent *a, const char *line)
{
	struct buf activity = BUF_INIT;

	task_log_text(a->log, line);
	agent_view_line(&activity, line);
	set_activity(a, &activity);
}

static void on_complaint(struct agent *a, const char *line)
{
	struct buf shown = BUF_INIT;

	buf_addf(&shown, "⚠ %s", line);
	task_log_text(a->log, shown.data);
	complaint_add(&a->complaint, line);
	buf_release(&shown);
}

typedef void line_handler(struct agent *a, const char *line);

/* Hands over whole lines; one without an end is handed over in pieces. */
static void take_lines(struct agent *a, struct buf *pending, const char *bytes,
    size_t n, line_handler *handler)
{
	size_t start = 0;
	char *newline;

	buf_add(pending, bytes, n);
	while ((newline = memchr(pending->data + start, '\n',
		    pending->len - start)) != NULL) {
		*newline = '\0';
		handler(a, pending->data + start);
		start = (size_t)(newline - pending->data) + 1;
	}
	buf_consume(pending, start);
	if (pending->len >= TEXT_LINE_MAX) {
		handler(a, pending->data);
		buf_reset(pending);
	}
}

static void end_lines(
    struct agent *a, struct buf *pending, line_handler *handler)
{
	if (pending->len > 0)
		handler(a, pending->data);
	buf_reset(pending);
}

static void take_output(struct agent *a, const char *bytes, size_t n)
{
	if (a->exited && a->format == OUTPUT_STREAM_JSON) {
		a->stream.after_end = true;
		task_log_text(a->log, "⚠ after the end of Claude:");
		take_lines(a, &a->out_line, bytes, n, on_text_line);
	} else if (a->cb.output != NULL && a->format == OUTPUT_TEXT) {
		a->cb.output(a->cb.arg, bytes, n);
	} else if (a->format == OUTPUT_TEXT) {
		buf_add(&a->tail, bytes, n);
		if (a->tail.len > 2 * (size_t)TAIL_KEPT)
			buf_consume(&a->tail, a->tail.len - TAIL_KEPT);
		take_lines(a, &a->out_line, bytes, n, on_text_line);
	} else {
		stream_feed(&a->stream, bytes, n);
	}
}

static void take_complaints(struct agent *a, const char *bytes, size_t n)
{
	take_lines(a, &a->err_line, bytes, n, on_complaint);
}

/* Reads once. Returns false when there is nothing (now or any more). */
static bool read_some(struct agent *a, int *fd,
    void (*take)(struct agent *, const char *, size_t))
{
	char bytes[CHUNK];
	ssize_t n;

	if (*fd < 0)
		return false;
	n = read(*fd, bytes, sizeof(bytes));
	if (n > 0) {
		take(a, bytes, (size_t)n);
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		close_end(a, fd);
	return false;
}

static void on_output(void *arg, short revents)
{
	struct agent *a = arg;

	(void)revents;
	if (read_some(a, &a->out, take_output))
		agent_heard(a);
}

static void on_stderr(void *arg, short revents)
{
	struct agent *a = arg;

	(void)revents;
	if (read_some(a, &a->err, take_complaints))
		agent_heard(a);
}

/* A program that does not want to read all of it may: no error. */
static void on_input(void *arg, short revents)
{
	struct agent *a = arg;
	size_t len = strlen(a->prompt);
	ssize_t n;

	(void)revents;
	n = write(a->in, a->prompt + a->written, len - a->written);
	if (n > 0)
		a->written += (size_t)n;
	if (a->written == len || (n < 0 && errno != EAGAIN && errno != EINTR))
		close_end(a, &a->in);
}

/* mine is the end we keep. Another account could not open a pipe of ours
 * through /dev/stderr, as scripts do, without the wider mode. */
static int make_pipe(int *mine, int *theirs, bool we_read)
{
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) != 0)
		return -1;
	*mine = fds[we_read ? 0 : 1];
	*theirs = fds[we_read ? 1 : 0];
	fchmod(*theirs, 0666);
	return fcntl(*mine, F_SETFL, O_NONBLOCK);
}

/* A pipe can be opened again through /proc by whatever Claude starts, and a
 * result forged; a socket cannot. Closed for writing on our side, so that a
 * program that reads there comes to an end. Any other program (output_format:
 * text) keeps its pipes: no stream is believed there, and scripts open
 * /dev/stderr, which a socket refuses. */
static int make_outlet(struct agent *a, int *mine, int *theirs)
{
	int fds[2];

	if (a->format != OUTPUT_STREAM_JSON)
		return make_pipe(mine, theirs, true);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return -1;
	*mine = fds[0];
	*theirs = fds[1];
	shutdown(*mine, SHUT_WR);
	return fcntl(*mine, F_SETFL, O_NONBLOCK);
}

int agent_io_open(struct agent *a, int theirs[3], struct error *err)
{
	int rc;

	for (int i = 0; i < 3; i++)
		theirs[i] = -1;
	rc = make_pipe(&a->in, &theirs[0], false);
	if (rc == 0)
		rc = make_outlet(a, &a->out, &theirs[1]);
	/* Where one stream takes both, they come in the order they were
	 * written. */
	if (rc == 0 && a->one_stream) {
		theirs[2] = fcntl(theirs[1], F_DUPFD_CLOEXEC, 0);
		rc = theirs[2] < 0 ? -1 : 0;
	} else if (rc == 0) {
		rc = make_outlet(a, &a->err, &theirs[2]);
	}
	if (rc != 0) {
		error_errno(err, "cannot make a pipe or a socket");
		close_each(theirs, 3);
		agent_io_close(a);
		return -1;
	}
	a->written = 0;
	stream_init(&a->stream, on_event, a);
	a->stream.session = a->conversation;
	return 0;
}

void agent_io_watch(struct agent *a)
{
	loop_watch(a->loop, a->in, POLLOUT, on_input, a);
	loop_watch(a->loop, a->out, POLLIN, on_output, a);
	if (a->err >= 0)
		loop_watch(a->loop, a->err, POLLIN, on_stderr, a);
}

/* What is in the pipe now, and no more: somebody outside the attempt may have
 * got hold of it and write for ever. */
static void drain(struct agent *a, int *fd,
    void (*take)(struct agent *, const char *, size_t))
{
	int left = 0;

	if (*fd >= 0)
		ioctl(*fd, FIONREAD, &left);
	for (; left > 0 && read_some(a, fd, take); left -= CHUNK)
		;
}

void agent_io_ended(struct agent *a)
{
	if (a->format != OUTPUT_STREAM_JSON)
		return;
	drain(a, &a->out, take_output);
	stream_end(&a->stream);
}

void agent_io_finish(struct agent *a)
{
	drain(a, &a->out, take_output);
	drain(a, &a->err, take_complaints);
	end_lines(a, &a->out_line, on_text_line);
	end_lines(a, &a->err_line, on_complaint);
	if (a->format == OUTPUT_STREAM_JSON)
		stream_end(&a->stream);
	agent_io_close(a);
}

void agent_io_close(struct agent *a)
{
	close_end(a, &a->in);
	close_end(a, &a->out);
	close_end(a, &a->err);
}
