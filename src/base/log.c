/* log.c - levels, a sink, standard error. */
#include "base/log.h"
#include "base/buf.h"

#include <errno.h>
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
} state = { "orchestrator", LOG_INFO, NULL, NULL, true };

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

void log_msg(enum log_level level, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	struct buf line = BUF_INIT;
	int saved = errno;
	va_list ap;

	if (level < state.threshold)
		return;
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	buf_addf(&line, "orchestrator: %s\n", text.data);
	if (state.to_stderr &&
	    write(STDERR_FILENO, line.data, line.len) != (ssize_t)line.len)
		state.to_stderr = false; /* closed: nobody listens there */
	if (state.sink != NULL)
		state.sink(state.arg, level, state.name, text.data);
	buf_release(&line);
	buf_release(&text);
	errno = saved;
}
