/* doctor_run.c - a short-lived program: what it says, with a limit. */
#include "base/clock.h"
#include "door/doctor_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_MAX = 16 * 1024 * 1024 };

void said_release(struct said *s)
{
	buf_release(&s->out);
	buf_release(&s->err);
}

static char *last_line(const struct buf *text)
{
	size_t end = text->len, start;

	while (end > 0 && strchr(" \t\r\n", text->data[end - 1]) != NULL)
		end--;
	for (start = end; start > 0 && text->data[start - 1] != '\n'; start--)
		;
	return xstrndup(text->data + start, end - start);
}

char *said_last(const struct said *s)
{
	char *line = last_line(&s->err);

	if (line[0] != '\0')
		return line;
	free(line);
	return last_line(&s->out);
}

/* Returns false at the end of the file. */
static bool read_some(int fd, struct buf *to)
{
	char piece[16384];
	ssize_t n = read(fd, piece, sizeof(piece));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (to->len < SAID_MAX)
		buf_add(to, piece, (size_t)n);
	return n > 0;
}

static void close_if(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Until it has exited, or its time is up. What it left running may hold the
 * pipes open: that it has exited is enough. */
static void listen_to(
    struct said *s, int pidfd, int out, int err, int64_t deadline)
{
	struct pollfd p[] = {
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = out, .events = POLLIN },
		{ .fd = err, .events = POLLIN },
	};
	struct buf *to[] = { NULL, &s->out, &s->err };

	while (p[0].revents == 0) {
		int64_t left = deadline - clock_mono_ms();

		s->timed_out = left <= 0;
		if (s->timed_out ||
		    (poll(p, ARRAY_SIZE(p), (int)left) < 0 && errno != EINTR))
			break;
		for (size_t i = 1; i < ARRAY_SIZE(p); i++)
			if (p[i].revents != 0 && !read_some(p[i].fd, to[i]))
				p[i].fd = -1;
	}
	/* What is still in the pipes. */
	for (size_t i = 1; i < ARRAY_SIZE(p); i++)
		while (p[i].fd >= 0 && poll(&p[i], 1, 0) > 0)
			if (!read_some(p[i].fd, to[i]))
				p[i].fd = -1;
}

int doctor_run(const struct child_spec *spec, const char *input, int limit,
    struct said *s, struct error *err)
{
	int64_t began = clock_mono_ms();
	int ends[6] = { -1, -1, -1, -1, -1, -1 }, pidfd;
	struct child_spec own = *spec;
	pid_t pid = -1;

	if (pipe2(&ends[0], O_CLOEXEC) != 0 ||
	    pipe2(&ends[2], O_CLOEXEC) != 0 ||
	    pipe2(&ends[4], O_CLOEXEC) != 0) {
		error_errno(err, "cannot make a pipe");
	} else {
		own.in = ends[0];
		own.out = ends[3];
		own.err = ends[5];
		own.own_session = true;
		own.cgroup_fd = -1;
		pid = child_spawn(&own, &pidfd, err);
	}
	close_if(&ends[0]);
	close_if(&ends[3]);
	close_if(&ends[5]);
	if (pid > 0) {
		/* Short enough for the pipe; one that does not read is no
		 * fault. */
		if (write(ends[1], input, strlen(input)) < 0)
			errno = 0;
		close_if(&ends[1]);
		listen_to(s, pidfd, ends[2], ends[4], began + limit * 1000);
		kill(-pid, SIGKILL);
		while (waitpid(pid, &s->wait_status, 0) < 0 && errno == EINTR)
			;
		close(pidfd);
	}
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		close_if(&ends[i]);
	s->took_ms = clock_mono_ms() - began;
	return pid > 0 ? 0 : -1;
}
