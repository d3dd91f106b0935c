/* log.c - levels, a sink, standard error. */
#include "base/log.h"
#include "base/buf.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <unistd.h>

const char *const log_level_name[] = {
	[LOG_DEBUG] = "DEBUG",
	[LOG_INFO] = "INFO",
	[LOG_WARNING] = "WARNING",
	[LOG_ERROR] = "ERROR",
};
_Static_assert(ARRAY_SIZE(log_level_name) == LOG_LEVELS, "name every level");

static struct {
	const char *name;
	_Atomic enum log_level threshold;
	log_sink *sink;
	void *arg;
	atomic_bool to_stderr;
	atomic_uint dropped; /* lines that standard error did not take */
} state = { "orchestrator", LOG_INFO, NULL, NULL, true, 0 };

void log_set_name(const char *name)
{
	state.name = name;
}

void log_set_level(enum log_level threshold)
{
	state.threshold = threshold;
}

void log_set_sink(log_sink *sink, void *arg)
{
	state.sink = sink;
	state.arg = arg;
}

void log_to_stderr(bool on)
{
	state.to_stderr = on;
}

/* Whoever reads it may have stopped reading: nobody waits for that. What
 * poll(2) calls writable takes PIPE_BUF bytes without waiting, and in one
 * piece. */
static bool stderr_takes(const struct buf *line)
{
	struct pollfd p = { .fd = STDERR_FILENO, .events = POLLOUT };

	return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0 &&
	       (p.revents & (POLLERR | POLLNVAL)) == 0 &&
	       write(STDERR_FILENO, line->data, line->len) ==
		   (ssize_t)line->len;
}

static void write_stderr(const char *text)
{
	unsigned dropped = state.dropped;
	struct buf line = BUF_INIT;

	if (dropped > 0) {
		buf_addf(&line,
		    "orchestrator: %u lines could not be written here\n",
		    dropped);
		if (stderr_takes(&line))
			state.dropped -= dropped;
		buf_reset(&line);
	}
	buf_adds(&line, "orchestrator: ");
	/* A stranger's words may be among it. */
	buf_add_line(&line, text, strlen(text));
	if (line.len >= PIPE_BUF)
		buf_truncate(
		    &line, utf8_cut(line.data, line.len, PIPE_BUF - 1));
	buf_addc(&line, '\n');
	if (!stderr_takes(&line))
		state.dropped++;
	buf_release(&line);
}

void log_msg(enum log_level level, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	int saved = errno;
	va_list ap;

	if (level < state.threshold)
		return;
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	if (state.to_stderr)
		write_stderr(text.data);
	if (state.sink != NULL)
		state.sink(state.arg, level, state.name, text.data);
	buf_release(&text);
	errno = saved;
}
