/* logs.h - the files in logs_dir.
 *
 * Each file is 0600, appended to in whole lines (one write a line), and
 * opened again by its ..._reopen() after logrotate has moved it. Text that came
 * from outside is made clean first (buf_add_clean), so that no log line can
 * be forged. */
#ifndef STORE_LOGS_H
#define STORE_LOGS_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"

#include <pthread.h>
#include <stdatomic.h>

enum {
	TASK_LOG_MAX = 64 * 1024 * 1024,
	TAIL_MAX = 64 * 1024,
	DIFF_ANSWERED = 1024 * 1024, /* over HTTP */
	DIFF_MAX = 16 * 1024 * 1024  /* kept of one */
};

/* The main log: logs_dir/YYYY-MM-DD.log in local time, a new file each day.
 * daily_log_sink is for log_set_sink() with the daily_log as its arg;
 * thread-safe. A message is one line: what breaks lines in it is made a
 * blank. */
struct daily_log {
	char *dir, *format;
	char date[11];
	int fd; /* -1: not open (it is tried again each line) */
	pthread_mutex_t lock;
};

void daily_log_init(struct daily_log *d, const char *dir, const char *format);
void daily_log_release(struct daily_log *d);
/* Where format is not NULL, lines are in that one from now on. */
void daily_log_reopen(struct daily_log *d, const char *format);
void daily_log_sink(
    void *arg, enum log_level level, const char *name, const char *text);

/* Does format use only the fields of orchestrator.yaml(5)? (%(asctime)s is
 * local time as Python writes it, 2025-11-20 09:30:15,123; %% is a percent
 * sign.) On false *bad (to be freed) is the first one that is not known. */
bool log_format_ok(const char *format, char **bad);

/* What Claude said and did in one attempt: task-N-output.log for people,
 * under a line TASK_LOG_HEADER + header, task-N-stream.jsonl raw. Past
 * TASK_LOG_MAX an attempt each says so and stops; the caller goes on
 * reading. */
#define TASK_LOG_HEADER "=== "

/* The names of a task's files: "task-3-output.log", "task-3-stream.jsonl",
 * "task-3-changes.diff" (engine/evidence). To be freed. */
enum task_log_kind {
	TASK_LOG_OUTPUT,
	TASK_LOG_STREAM,
	TASK_LOG_CHANGES,
	TASK_LOG_KINDS
};
char *task_log_name(int task, enum task_log_kind kind);

struct task_log {
	char *output_path, *stream_path; /* NULL: not wanted */
	int output_fd, stream_fd;
	size_t output_bytes, stream_bytes;
};

#define TASK_LOG_INIT                    \
	{                                \
		NULL, NULL, -1, -1, 0, 0 \
	}

/* NAME-output.log and NAME-stream.jsonl; name: "task-2", "plan". wanted:
 * logging.task_logs. header: "attempt 2, 2025-11-20 09:30:15, ...". Missing
 * files are no reason not to run: failure is only reported. */
int task_log_open(struct task_log *t, const char *dir, const char *name,
    bool wanted, const char *header, struct error *err);
/* One event, maybe of several lines; each gets "[HH:MM:SS] " in front. */
void task_log_text(struct task_log *t, const char *text);
/* One raw line, without its newline. */
void task_log_raw(struct task_log *t, const char *line, size_t n);
void task_log_reopen(struct task_log *t);
void task_log_release(struct task_log *t);

/* task-N-changes.diff, made clean, at most max bytes; *cut: there is more.
 * Returns 0 (out empty where there is none) or -1. */
int task_changes_read(const char *dir, int task, size_t max, struct buf *out,
    bool *cut, struct error *err);

/* webhook-access.log, one a thread: nobody waits for another's line. Only
 * access_log_reopen may be called by any thread, and takes effect with the next
 * line; so does a change of the time zone with it. "-" stands for what is
 * NULL. */
struct access_entry {
	const char *peer, *method, *path, *command, *user;
	int status;
	int64_t microseconds;
};

struct access_log {
	char *path;
	int fd;
	atomic_bool is_stale;
	int64_t second; /* that `when` says; 0: none yet */
	char when[CLOCK_TEXT];
};

void access_log_init(struct access_log *a, const char *dir);
void access_log_release(struct access_log *a);
void access_log_reopen(struct access_log *a);
void access_log_write(struct access_log *a, const struct access_entry *e);

/* Removes the logs and archives of sessions that were last changed more than
 * keep_days ago; 0: none. Never today's log or the access log, and, with
 * keep_tasks, no task's: a session that is not finished has them. Blocks as
 * long as reading a folder does. */
void logs_sweep(
    const char *dir, const char *state_file, int keep_days, bool keep_tasks);

/* The last lines (at most TAIL_MAX bytes of whole lines, valid UTF-8) of the
 * daily logs, going back over midnight, or of task N's output log where
 * task > 0. Reads from the end. A line longer than TAIL_MAX, where it is the
 * last one, is shown by its end behind an ellipsis. what gets the newest file's
 * name for people
 * ("orchestrator_logs/2025-11-20.log"). Returns 0 (out empty where there is
 * no log yet) or -1. */
int logs_tail(const char *dir, int task, int lines, struct buf *out,
    struct buf *what, struct error *err);

#endif
