/* message.h - every sentence that a person reads on the phone, in one place.
 *
 * Plain text, at most MESSAGE_MAX characters. Times are local (clock.h). */
#ifndef CORE_MESSAGE_H
#define CORE_MESSAGE_H

#include "base/buf.h"
#include "core/session/command.h"
#include "core/session/event.h"

enum {
	MESSAGE_MAX = 4096,
	ACTIONS_MAX = 4,
	ACTION_COMMAND_SIZE = 65,
	ACTION_LABEL_SIZE = 40,
};

/* Buttons, the likeliest first. */
struct actions {
	size_t n;
	struct {
		char label[ACTION_LABEL_SIZE]; /* "Approve", "Retry task 2" */
		char command[ACTION_COMMAND_SIZE]; /* "/approve #k3f9" */
		bool feedback; /* takes a text: a receiver may ask for it */
	} v[ACTIONS_MAX];
};

/* What can be done now, of the commands that are enabled. A Start names the
 * day whose list it begins. */
void actions_for(struct actions *out, const struct session *s, int64_t now,
    command_set enabled);

struct plan;
struct task_list;

/* The same while a plan (NULL: none) is being made: look, or end it; or with
 * the button that takes a ready one. */
void actions_with_plan(struct actions *out, const struct session *s,
    const struct plan *p, int64_t now, command_set enabled);
/* What fits the news of a plan that has ended. */
void actions_of_plan(
    struct actions *out, const struct plan *p, command_set enabled);

/* After a note: the plan that it is for, where one could be made. */
void actions_of_note(struct actions *out, const struct session *s,
    const struct plan *p, const char *date, int64_t now, command_set enabled);

/* The answer to a command that was applied. */
void message_applied(struct buf *out, const struct session *s,
    enum event_kind kind, const struct change *c, command_set enabled);
/* The answer to one that was refused: what would be right, or what was
 * decided, when and by whom. */
void message_refused(struct buf *out, const struct session *s,
    enum event_kind kind, const struct change *c, int64_t now,
    command_set enabled);

struct status_extra;
void message_status(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled);
/* whole: all of them, however long that is; else those around the current one
 * that fit, and how many there are before and behind. A plan that waits to be
 * started is named too. */
void message_tasks(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled, bool whole);
/* A task whole, however long that is. */
void message_show(struct buf *out, const struct session *s,
    const struct task_record *t, int64_t now);
/* What its last attempt changed, however long that is. */
void message_diff(
    struct buf *out, const struct task_record *t, const char *diff);
void message_help(struct buf *out, command_set enabled);

/* The text of a notification: what happened to task t, then what is asked. */
enum notice_event {
	NOTICE_SESSION_STARTED,
	NOTICE_TASK_STARTED,
	NOTICE_TASK_COMPLETED,
	NOTICE_TASK_FAILED,
	NOTICE_WAITING,
	NOTICE_PAUSED,
	NOTICE_RESUMED,
	NOTICE_SESSION_COMPLETED,
	NOTICE_SESSION_STOPPED,
	NOTICE_RECOVERED,
	NOTICE_LIMIT,
	NOTICE_ASKED,   /* by Claude: waiting_approval too */
	NOTICE_SHELVED, /* the same, and it does not run any more */
	NOTICE_ERROR,   /* from here on each brings its own text */
	NOTICE_PLAN_READY,
	NOTICE_PLAN_FAILED,
	NOTICE_ROLLED_BACK,
	NOTICE_NOT_ROLLED_BACK,
	NOTICE_REPORT,
	NOTICE_PROGRESS,
	NOTICE_EVENTS
};
extern const char *const notice_event_name[NOTICE_EVENTS];

/* What Claude asks: in one message, or, where it is longer, in *parts, each to
 * be shown as it is before the message, which then says so. parts may be NULL:
 * all of it is in out, however long. */
void message_asked(struct buf *out, const struct session *s,
    command_set enabled, struct strvec *parts);

/* The command that a notification tells of: whoever shows that need not show
 * the answer, so it says as much. Borrowed. */
struct deed {
	enum event_kind kind;
	const char *by;
	int64_t at;
	const struct task_record *task; /* the one it was about, or NULL */
};

/* deed NULL: it happened by itself. */
void message_notice(struct buf *out, const struct session *s,
    enum notice_event event, const struct task_record *t,
    const struct deed *deed, command_set enabled);

/* The question once more, which nobody has answered since then. */
void message_reminder(struct buf *out, const struct session *s, int64_t since,
    int64_t now, command_set enabled);

/* What the session, and a plan, have come to and what waits; of x now, what
 * runs and the plan are looked at. */
void message_report(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled);
/* Its buttons. What Claude asks is not shown whole here, so it can be refused
 * and looked at, but not allowed. */
void actions_of_report(struct actions *out, const struct session *s,
    const struct plan *p, int64_t now, command_set enabled);

/* How the running task comes along. */
struct progress {
	const char *activity; /* NULL: nothing yet */
	int64_t elapsed;
	double cost_usd; /* of the turns that have ended; 0: none has */
	int num_turns;
};
void message_progress(
    struct buf *out, const struct session *s, const struct progress *p);

struct decision;

/* "✔️ Approved by Anna at 2:03 PM" */
void message_decided(struct buf *out, const struct decision *d);
/* The first line of what arrives late: when it was meant. */
void message_late(struct buf *out, int64_t when, int64_t late);

/* `add`: what became of it; `note`. */
struct added {
	const struct task *task;
	size_t total; /* tasks of the session, or else of the list */
	bool in_session;
	bool waits;       /* for approval */
	const char *list; /* the file it is in, as shown; NULL: none */
	bool kept;        /* a list that was done was put aside for it */
};
void message_added(struct buf *out, const struct added *x, command_set enabled);
void message_noted(struct buf *out, const char *path, command_set enabled);

/* Plans: the answers to `plan` and to `cancel`, ... */
void message_plan_started(
    struct buf *out, const struct plan *p, command_set enabled);
void message_plan_cancelling(
    struct buf *out, const struct plan *p, command_set enabled);
/* ... to a command (its name) that has to wait for the plan, ... */
void message_plan_busy(struct buf *out, const struct plan *p,
    const char *command, command_set enabled);
/* ... and to `plan` while a task runs. */
void message_plan_refused(
    struct buf *out, const struct session *s, command_set enabled);
/* The news of one that has ended. path: of the list, as shown; kept: the name
 * of the one that was there, or NULL. */
void message_plan_ready(struct buf *out, const struct plan *p,
    const struct task_list *list, const char *path, const char *kept,
    const struct outcome *o, command_set enabled);
void message_plan_failed(struct buf *out, const struct plan *p,
    enum task_result result, command_set enabled);

/* Cuts text to MESSAGE_MAX characters, with a last line that says so. */
void message_cut(struct buf *text);

#endif
