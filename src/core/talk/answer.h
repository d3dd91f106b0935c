/* answer.h - what is said back: an HTTP status and one JSON object.
 *
 * The command line prints the same object with --json, else its message. */
#ifndef CORE_ANSWER_H
#define CORE_ANSWER_H

#include "base/buf.h"
#include "base/faults.h"
#include "core/json.h"
#include "core/talk/message.h"

struct answer {
	int code;                 /* 200, 400 ... 503 */
	struct json_object *body; /* owned */
};

#define ANSWER_INIT     \
	{               \
		0, NULL \
	}

void answer_release(struct answer *a);
/* Its body, one line. */
void answer_print(struct buf *out, const struct answer *a);

/* {"status":"ok","message":...,"actions":[...]} */
void answer_ok(
    struct answer *a, const char *message, const struct actions *actions);
/* error NULL: the usual one of the code. actions NULL: none. */
void answer_error(struct answer *a, int code, const char *error,
    const char *message, const struct actions *actions);
/* The message gets the first ten of them, each on a line. */
void answer_faults(
    struct answer *a, const char *message, const struct faults *f);
/* The message does not hold all; this member of the answer does, and name is
 * what a file of it may be called. */
void answer_document(struct answer *a, const char *member, const char *name);
/* A notification tells the same: whoever shows that need not show this. */
void answer_follow_up(struct answer *a);
/* Adds the warnings, if any, to an answer that is ok: to its message, and as
 * a list of their own. */
void answer_warnings(struct answer *a, const struct faults *f);

struct plan;

/* What /status says beside the session. */
struct status_extra {
	int64_t now;
	const char *activity; /* of what runs, task or plan; NULL: none */
	size_t undelivered;
	const char *undelivered_error; /* why, one line; NULL: not known */
	const struct plan *plan;       /* NULL: none */
	int undoing; /* to before which task a rollback is under way; 0: none */
};
void answer_status(struct answer *a, const struct session *s,
    const struct status_extra *x, command_set enabled);
void answer_tasks(struct answer *a, const struct session *s,
    const struct status_extra *x, command_set enabled);
/* number: 0 for the task in question or running. Where there is none: 409,
 * and then answer_output() need not be called. */
void answer_show(struct answer *a, const struct session *s, int number,
    int64_t now, command_set enabled);
/* diff: what was read of it; cut: it goes on. */
void answer_diff(struct answer *a, const struct task_record *t,
    const char *diff, bool cut, command_set enabled);
void answer_output(struct answer *a, const struct task_record *t,
    const char *output, const char *what);
/* There is no such task. */
void answer_no_task(struct answer *a, const struct session *s, int number,
    int64_t now, command_set enabled);
void answer_help(struct answer *a, command_set enabled);
void answer_logs(struct answer *a, const char *logs, const char *what);

/* The array of {"label","command"}. */
struct json_object *actions_to_json(const struct actions *a);

#endif
