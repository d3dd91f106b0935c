/* event.h - what happens to a session, and what is due then.
 *
 * session_apply() is the only place that decides what may happen. It is
 * pure: no clock, no randomness, no I/O; what it needs of these comes in the
 * event. It changes the session in memory and says which actions are due; the
 * caller stores the session first and performs the actions afterwards. To be
 * able to take a change back, apply it to a session_copy(). */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "core/session/command.h"
#include "core/session/session.h"

/* The columns of the table. */
enum event_kind {
	/* commands */
	EV_START,
	EV_APPROVE,
	EV_SKIP,
	EV_RETRY,
	EV_PAUSE,
	EV_RESUME,
	EV_CANCEL,
	EV_ALLOW,
	EV_ALWAYS,
	EV_DENY,
	EV_ANSWER,
	EV_ROLLBACK, /* of its task and all later ones: it is done */
	EV_RAISE,
	EV_STOP,
	/* what became of the running attempt */
	EV_SUCCEEDED,
	EV_FAILED,      /* error or timeout */
	EV_INTERRUPTED, /* cut off: our SIGTERM, a crash, a reboot */
	EV_PARKED,      /* by a usage limit, until the event's `until` */
	EV_SHELVED,     /* ended, or cut off, while nobody answered Claude */
	/* what Claude wants in the middle of it */
	EV_ASKED,     /* may it? */
	EV_WITHDRAWN, /* it does not wait for the answer any more */
	EV_RECALLED,  /* it makes the call that is decided already */
	/* what was held at a restart, or is parked, goes on */
	EV_CONTINUE,
	EVENTS
};
extern const char *const event_name[EVENTS];
/* The event that a command is, or -1: it changes no session by itself. */
int event_of_command(enum command c);
/* One of a person, or something that became of an attempt? */
bool event_is_command(enum event_kind kind);

struct event {
	enum event_kind kind;
	int64_t now;
	const char *fresh_id;           /* for a question or attempt it opens */
	const char *fresh_conversation; /* for an attempt it opens */
	const char *by;                 /* commands: who */
	/* Commands: apply only if this is what is asked or run. */
	int task;             /* 0: not said */
	const char *decision; /* NULL: not said */
	bool later_day;       /* than that of the last change */
	const char *feedback; /* EV_RETRY; EV_DENY: why; EV_ANSWER */
	double raise;         /* EV_RAISE: by so much; 0: as configured */
	bool fresh;           /* EV_RETRY: in a new conversation */
	bool result_is_in;    /* EV_CANCEL: too late for it */
	bool hold;            /* nothing may begin: we are stopping */
	bool busy;            /* commands: no task may be run now, a plan is */
	bool resume;          /* EV_INTERRUPTED: run it again at once */
	bool shelving;        /* Claude does not wait for an answer any more */
	/* EV_START: taken over by the session, empty afterwards. */
	struct task_list *list;
	const char *session_id, *task_file;
	const struct outcome *outcome; /* EV_SUCCEEDED .. EV_SHELVED */
	int64_t until;                 /* EV_PARKED */
	struct budget budget;          /* what may be spent */
	const struct ask *ask;         /* EV_ASKED */
};

/* What is due once the new session is on disk. Nothing to do is 0. */
enum action {
	ACT_RUN = 1 << 0,     /* begin an attempt at the current task */
	ACT_KILL = 1 << 1,    /* end the running attempt */
	ACT_ARCHIVE = 1 << 2, /* BEFORE storing: put the last session away */
	/* What the world is told; at most one of these. */
	ACT_TELL_STARTED = 1 << 3,
	ACT_TELL_TASK_STARTED = 1 << 4,
	ACT_TELL_COMPLETED = 1 << 5,
	ACT_TELL_FAILED = 1 << 6,
	ACT_TELL_WAITING = 1 << 7,
	ACT_TELL_PAUSED = 1 << 8,
	ACT_TELL_RESUMED = 1 << 9,
	ACT_TELL_RECOVERED = 1 << 10,
	ACT_TELL_STOPPED = 1 << 11,
	ACT_TELL_LIMIT = 1 << 14,
	/* And besides it: */
	ACT_TELL_SESSION_COMPLETED = 1 << 12,
	ACT_TELL_NEXT_STARTED = 1 << 13, /* task_started of the one after */
	ACT_TELL_ASKED = 1 << 15,
	ACT_RULE = 1 << 16, /* tell Claude what was decided */
	ACT_TELL_SHELVED = 1 << 17,
};

enum refusal {
	REFUSED_CONFLICT = 1,
	REFUSED_STALE,
	REFUSED_BUSY,
	REFUSED_SPENT /* a limit is reached */
};

struct change {
	unsigned actions;
	enum phase from;
	struct task_record *task; /* the one the event was about, or NULL */
	/* Where refused: */
	enum refusal refusal;
	const struct decision *stale; /* what was decided instead, or NULL */
	/* REFUSED_SPENT: which limit; EV_RAISE: what has become of it. */
	struct reached spent;
};

/* Is there a cell for it, in this phase and with these tasks? */
bool session_allows(const struct session *s, enum event_kind kind);

/* Returns 0, or -1 where the event is refused (out->refusal says how and s
 * has not changed). An event of an attempt that does not fit the phase is a
 * bug(); commands never are. */
int session_apply(struct session *s, const struct policy *p,
    const struct event *e, struct change *out);

#endif
