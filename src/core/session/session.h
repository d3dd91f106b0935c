/* session.h - a day's list on its way through: its states and what they hold.
 *
 * What a phase looks like is core/session/phases.h's, what may happen in it
 * core/session/event.h's. Times are seconds since 1970,
 * 0 for none. Every pointer may be NULL for "none" and belongs to the struct
 * it is in. */
#ifndef CORE_SESSION_H
#define CORE_SESSION_H

#include "base/strvec.h"
#include "core/claude/ask.h"
#include "core/session/policy.h"
#include "core/list/task.h"
#include "core/session/session_budget.h"

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
	ASK_LIMIT,      /* asks nothing of anybody: it goes on by itself */
	ASK_PERMISSION, /* Claude asks, in the middle of an attempt: may it? */
	ASK_QUESTION,   /* ... or what only a person knows */
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
	PHASE_LIMIT, /* parked until the account's usage limit ends */
	PHASE_ASKED, /* parked until somebody answers what Claude asks */
	PHASE_PAUSED_ASKED,
	PHASE_COMPLETED,
	PHASE_STOPPED,
	PHASES
};

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
	VERIFY_KEPT = 2000,     /* bytes */
	DECISIONS_KEPT = 64,
	GRANTS_KEPT = 64,
	DENIED_MAX = 8,    /* of them are named, */
	DENIED_SIZE = 120, /* each in so many bytes */
	NO_EXIT_CODE = -1,
};

/* How the error of an attempt begins that the API refused (stream_result.c),
 * before the status. */
#define API_REFUSED "Anthropic's API refused ("

/* What an attempt changed in claude.workdir, where that is in git. */
struct changes {
	bool known;
	int files, added, removed; /* the latter two: lines */
};

/* What a command of `verify:` said of an attempt's work. */
struct verification {
	enum task_result result; /* RESULT_NONE: there was none */
	char *command;           /* as one line */
	char *error;             /* one line; NULL on success */
	char *output;            /* its last lines, cut to VERIFY_KEPT */
	int exit_code;           /* as below */
	int64_t duration_ms;
};

/* The last lines of what its command said, as they are kept. */
char *verification_tail(const char *said);

/* What Claude had used up of what it was given for an attempt. */
enum spent { SPENT_NOTHING, SPENT_USD, SPENT_TURNS };

/* How an attempt ended, as the agent's watcher saw it; with a verification
 * result and error are those of both. */
struct outcome {
	enum task_result result;
	char *error;     /* one line for a person; NULL on success */
	char *summary;   /* Claude's closing text, cut to SUMMARY_MAX */
	int exit_code;   /* NO_EXIT_CODE: none; 128+n for signal n */
	double cost_usd; /* of a record: all its attempts together */
	int num_turns;
	int denials;          /* tools that Claude was denied */
	struct strvec denied; /* the first of them: "Bash: rm -rf build" */
	int64_t duration_ms;
	struct verification verification;
	enum spent spent;       /* not stored; reached says whose it was: */
	struct reached reached; /* a limit of ours ended it */
	bool limited;           /* a usage limit of the account ended it, ... */
	int64_t resets_at;      /* ... which ends then; 0: not known */
	struct changes changes;
};

#define OUTCOME_INIT                      \
	{                                 \
		.exit_code = NO_EXIT_CODE \
	}

/* Of " 3 files changed, 10 insertions(+)", as git counts. */
void changes_read(struct changes *out, const char *shortstat);

void outcome_release(struct outcome *o);
void outcome_copy(struct outcome *to, const struct outcome *from);

/* A task of the session: what the list says, and what became of it. */
struct task_record {
	struct task task;
	enum task_status status;
	int attempt;            /* 0: never run */
	struct outcome outcome; /* of the last attempt */
	/* Of the attempt that runs: how Claude ended, while what it did is
	 * verified and counted. */
	struct outcome ended;
	int64_t started_at, completed_at;
	char *conversation; /* agent_session_id of the last attempt */
	char *resumed_from; /* the conversation it goes on with */
	char *feedback;     /* for the attempt that runs or is due */
	char *approved_by;
	int64_t approved_at;
	double counted_from; /* of cost_usd: what task_usd leaves out */
	bool auto_resumed;   /* on_interrupted: resume has had its go */
	int undone; /* what attempts up to this one did was rolled back */
};

/* A question that was answered; kept for whoever answers it again. */
struct decision {
	char id[DECISION_ID_SIZE];
	char *command;
	char *by;
	int task;
	int64_t at;
	/* Of what Claude asked: "Bash: rm -rf build" or "Which? Blue", and
	 * its hash. */
	char *what;
	char hash[ASK_HASH_SIZE];
};

/* What was decided of a call while no Claude waited for it: the next one that
 * makes exactly that call is answered by it, once. */
struct ruling {
	enum ruling_kind {
		RULING_NONE,
		RULING_ALLOW,
		RULING_DENY,
		RULING_ANSWER,
		RULINGS
	} kind;
	char hash[ASK_HASH_SIZE];
	char *what; /* "Bash: rm -rf build" */
	char *text; /* why it is denied, or the answers as JSON */
	char *file; /* as in the call's struct ask */
};
extern const char *const ruling_name[RULINGS]; /* [0] is NULL */

/* A yes that lasts for the session: to exactly this call, or to this tool with
 * any file in a folder and below. */
struct grant {
	char *tool;
	char *folder; /* NULL: to the call of this hash */
	char hash[ASK_HASH_SIZE];
	char *what; /* "Bash: make test", "Edit in /srv/app/src" */
	char *by;
	int64_t at;
};

struct session {
	enum phase phase;
	char *id;                  /* 20251120-093015 */
	char *task_file;           /* as shown; relative to the config folder */
	struct task_record *tasks; /* n of them, in file order */
	size_t n;
	size_t current; /* position from 1; 0: no session */
	/* The open question, the running attempt, or what a session has left
	 * that has ended. */
	char asked[DECISION_ID_SIZE];
	/* What Claude asks while it runs, and the id of that question. */
	struct ask ask;
	char ask_id[DECISION_ID_SIZE];
	struct ruling ruling; /* for the current task's next attempt */
	struct grant grants[GRANTS_KEPT]; /* oldest first */
	size_t n_grants;
	struct decision decisions[DECISIONS_KEPT]; /* oldest first */
	size_t n_decisions;
	/* The limit that is asked about, and what limits were raised by. */
	struct reached reached;
	double raised[LIMITS];
	int64_t started_at, paused_at, last_activity;
	int64_t parked_until; /* in PHASE_LIMIT: when it goes on */
	int parked_times;     /* in a row, by usage limits */
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

/* Takes t over as its last task, pending. */
void session_append(struct session *s, struct task *t);

enum session_status session_status(const struct session *s);
bool session_is_unfinished(const struct session *s);
/* Seconds since it began, up to now or to its end. */
int64_t session_runtime(const struct session *s, int64_t now);
/* Does Claude wait for an answer? */
bool session_is_asked(const struct session *s);
/* What is asked, by us or by Claude, ... */
enum question session_question(const struct session *s);
/* ... and the id of that, or of what runs or is left; "" for none. */
const char *session_decision(const struct session *s);
/* Is a button with this id about what is open now? */
bool session_is_open(const struct session *s, const char *id);
/* The record at position current, or NULL. */
struct task_record *session_current(const struct session *s);
/* The one with this number in its heading, 0: the current one; or NULL. */
struct task_record *session_task(const struct session *s, int number);
/* The one with this number, 0: the one that ended last, or else runs; or
 * NULL. */
struct task_record *session_changed(const struct session *s, int number);
/* The one that `retry` would run now, or NULL. */
struct task_record *session_retriable(const struct session *s);
/* The one with this number, 0: the last that ran, if what it did can be rolled
 * back: it has run since that was last done, and does not now. Or NULL. */
struct task_record *session_undoable(const struct session *s, int number);
/* The one that can be retried, where it is completed and Claude was denied a
 * tool in it. */
struct task_record *session_denied(const struct session *s);
/* The API refused what its last attempt resumed: the conversation is spoilt,
 * and resuming it again fails alike. */
bool task_is_poisoned(const struct task_record *t);
/* It runs, or has run, again, and knows nothing of the attempts before. */
bool task_is_afresh(const struct task_record *t);
/* Completed, and nothing was denied in it. */
bool task_is_clean(const struct task_record *t);
const struct decision *session_find_decision(
    const struct session *s, const char *id);

struct session_counts {
	int completed, failed, skipped, pending; /* failed: interrupted too */
	double cost_usd;
};
void session_count(const struct session *s, struct session_counts *out);

#endif
