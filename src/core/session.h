/* session.h - a day's list on its way through: states, events, one table.
 *
 * session_apply() is the only place that decides what may happen. It is
 * pure: no clock, no randomness, no I/O; what it needs of these comes in the
 * event. It changes the session in memory and says which actions are due; the
 * caller stores the session first and performs the actions afterwards. To be
 * able to take a change back, apply it to a session_copy().
 *
 * SPEC's status, intent and waiting_for are three views of one phase. Times
 * are seconds since 1970, 0 for none. Every pointer may be NULL for "none"
 * and belongs to the struct it is in. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "core/policy.h"
#include "core/task.h"

enum session_status {
	SESSION_IDLE,
	SESSION_WAITING,
	SESSION_RUNNING,
	SESSION_PAUSED,
	SESSION_COMPLETED,
	SESSION_STOPPED,
	SESSION_STATUSES
};
extern const char *const session_status_name[SESSION_STATUSES];

enum intent { INTENT_NONE, INTENT_PAUSE, INTENT_CANCEL, INTENT_STOP, INTENTS };
extern const char *const intent_name[INTENTS]; /* [0] is NULL */

/* What waiting_for is about. */
enum question {
	ASK_NOTHING,
	ASK_APPROVAL,
	ASK_FAILED,
	ASK_INTERRUPTED,
	ASK_PAUSED,
	QUESTIONS
};
extern const char *const question_name[QUESTIONS]; /* [0] is NULL */

/* The rows of the table. */
enum phase {
	PHASE_IDLE,
	PHASE_APPROVAL,    /* waiting: may the current task run? */
	PHASE_FAILED,      /* waiting: the current task did not succeed */
	PHASE_INTERRUPTED, /* waiting: the current task was cut off */
	PHASE_RUNNING,
	PHASE_PAUSING,    /* running, to be paused afterwards */
	PHASE_CANCELLING, /* running, being ended */
	PHASE_STOPPING,   /* running, being ended, and the session with it */
	PHASE_PAUSED,     /* between two tasks, nothing asked */
	PHASE_PAUSED_APPROVAL,
	PHASE_PAUSED_FAILED,
	PHASE_PAUSED_INTERRUPTED,
	PHASE_COMPLETED,
	PHASE_STOPPED,
	PHASES
};

/* The three views of a phase. */
struct phase_view {
	enum session_status status;
	enum intent intent;
	enum question question;
};
extern const struct phase_view phase_view[PHASES];
/* The phase that looks like this, or -1: no session can be in it. */
int phase_of(enum session_status, enum intent, enum question);

enum task_status {
	TASK_PENDING,
	TASK_RUNNING,
	TASK_COMPLETED,
	TASK_FAILED,
	TASK_SKIPPED,
	TASK_INTERRUPTED,
	TASK_STATUSES
};
extern const char *const task_status_name[TASK_STATUSES];

enum task_result {
	RESULT_NONE,
	RESULT_SUCCESS,
	RESULT_ERROR,
	RESULT_TIMEOUT,
	RESULT_CANCELLED,
	RESULT_INTERRUPTED,
	TASK_RESULTS
};
extern const char *const task_result_name[TASK_RESULTS]; /* [0] is NULL */

enum {
	DECISION_ID_SIZE = 8,   /* with the NUL: "k3f9" */
	CONVERSATION_SIZE = 37, /* a UUID with its NUL */
	SUMMARY_MAX = 1000,     /* bytes */
	DECISIONS_KEPT = 64,
	NO_EXIT_CODE = -1,
};

/* How an attempt ended, as the agent's watcher saw it. */
struct outcome {
	enum task_result result;
	char *error;     /* one line for a person; NULL on success */
	char *summary;   /* Claude's closing text, cut to SUMMARY_MAX */
	int exit_code;   /* NO_EXIT_CODE: none; 128+n for signal n */
	double cost_usd; /* of a record: all its attempts together */
	int num_turns;
	int denials; /* tools that Claude was denied */
	int64_t duration_ms;
};

#define OUTCOME_INIT                      \
	{                                 \
		.exit_code = NO_EXIT_CODE \
	}

void outcome_release(struct outcome *o);
void outcome_copy(struct outcome *to, const struct outcome *from);

/* A task of the session: what the list says, and what became of it. */
struct task_record {
	struct task task;
	enum task_status status;
	int attempt;            /* 0: never run */
	struct outcome outcome; /* of the last attempt */
	int64_t started_at, completed_at;
	char *conversation; /* agent_session_id of the last attempt */
	char *resumed_from; /* the conversation it goes on with */
	char *feedback;     /* for the attempt that runs or is due */
	char *approved_by;
	int64_t approved_at;
	bool auto_resumed; /* on_interrupted: resume has had its go */
};

/* A question that was answered; kept for whoever answers it again. */
struct decision {
	char id[DECISION_ID_SIZE];
	char *command;
	char *by;
	int task;
	int64_t at;
};

struct session {
	enum phase phase;
	char *id;                  /* 20251120-093015 */
	char *task_file;           /* as shown; relative to the config folder */
	struct task_record *tasks; /* n of them, in file order */
	size_t n;
	size_t current;               /* position from 1; 0: no session */
	char asked[DECISION_ID_SIZE]; /* the open question or running attempt */
	struct decision decisions[DECISIONS_KEPT]; /* oldest first */
	size_t n_decisions;
	int64_t started_at, paused_at, last_activity;
	/* The supervisor was stopped in order, and but for that it would not
	 * wait: the next one takes EV_CONTINUE. */
	bool held;
};

#define SESSION_INIT                \
	{                           \
		.phase = PHASE_IDLE \
	}

void session_release(struct session *s);
void session_copy(struct session *to, const struct session *from);

enum session_status session_status(const struct session *s);
bool session_is_unfinished(const struct session *s);
/* The record at position current, or NULL. */
struct task_record *session_current(const struct session *s);
/* The one that `retry` would run now, or NULL. */
struct task_record *session_retriable(const struct session *s);
const struct decision *session_find_decision(
    const struct session *s, const char *id);

struct session_counts {
	int completed, failed, skipped, pending; /* failed: interrupted too */
	double cost_usd;
};
void session_count(const struct session *s, struct session_counts *out);

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
	EV_STOP,
	/* what became of the running attempt */
	EV_SUCCEEDED,
	EV_FAILED,      /* error or timeout */
	EV_INTERRUPTED, /* cut off: our SIGTERM, a crash, a reboot */
	/* a restart: what was held, or is resumed, goes on */
	EV_CONTINUE,
	EVENTS
};
extern const char *const event_name[EVENTS];

struct event {
	enum event_kind kind;
	int64_t now;
	const char *fresh_id;           /* for a question or attempt it opens */
	const char *fresh_conversation; /* for an attempt it opens */
	const char *by;                 /* commands: who */
	/* Commands: apply only if this is what is asked or run. */
	int task;             /* 0: not said */
	const char *decision; /* NULL: not said */
	const char *feedback; /* EV_RETRY */
	bool result_is_in;    /* EV_CANCEL: too late for it */
	bool hold;            /* nothing may begin: we are stopping */
	bool resume;          /* EV_INTERRUPTED: run it again at once */
	/* EV_START: taken over by the session, empty afterwards. */
	struct task_list *list;
	const char *session_id, *task_file;
	const struct outcome *outcome; /* EV_SUCCEEDED .. EV_INTERRUPTED */
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
	/* And besides it: */
	ACT_TELL_SESSION_COMPLETED = 1 << 12,
	ACT_TELL_NEXT_STARTED = 1 << 13, /* task_started of the one after */
};

enum refusal { REFUSED_CONFLICT = 1, REFUSED_STALE };

struct change {
	unsigned actions;
	enum phase from;
	struct task_record *task; /* the one the event was about, or NULL */
	/* Where refused: */
	enum refusal refusal;
	const struct decision *stale; /* what was decided instead, or NULL */
};

/* Returns 0, or -1 where the event is refused (out->refusal says how and s
 * has not changed). An event of an attempt that does not fit the phase is a
 * bug(); commands never are. */
int session_apply(struct session *s, const struct policy *p,
    const struct event *e, struct change *out);

#endif
