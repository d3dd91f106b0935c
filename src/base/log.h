/* log.h - one call for everything the program has to say of itself.
 *
 * A line goes to the sink when it is set (the daily file, store/logs), and to
 * standard error, as "orchestrator: text", as long as log_to_stderr(true)
 * holds. Nothing waits for a reader of standard error: what does not fit there
 * is counted and left out, and the number said as soon as there is room. A
 * line is cut at PIPE_BUF there. Levels below the threshold are dropped.
 * Thread-safe as long as the sink is; set the sink before threads start. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/base.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR, LOG_LEVELS };

extern const char *const log_level_name[LOG_LEVELS];

/* name is the part of the program that speaks: "supervisor", "fcgi". */
typedef void log_sink(
    void *arg, enum log_level level, const char *name, const char *text);

void log_set_name(const char *name); /* kept, not copied */
void log_set_level(enum log_level threshold);
void log_set_sink(log_sink *sink, void *arg);
void log_to_stderr(bool on);

void log_msg(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#define log_debug(...)   log_msg(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)    log_msg(LOG_INFO, __VA_ARGS__)
#define log_warning(...) log_msg(LOG_WARNING, __VA_ARGS__)
#define log_error(...)   log_msg(LOG_ERROR, __VA_ARGS__)

#endif
