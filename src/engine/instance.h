/* instance.h - what the supervisor's own files share. Nobody else comes in.
 *
 *   supervisor.c  starting, signals, what is due, the loop's end
 *   supervisor_claim.c  the locks
 *   commit.c      one change: apply, tell, store, swap
 *   commands.c    a request from the control socket to an event
 *   job.c         what runs, and what a crash left of it
 *   attempt.c     a job's kind: a task
 *   undoing.c     a job's kind: a rollback, and its command
 *   limits.c      what an attempt may spend
 *   asking.c      what Claude asks in the middle of it
 *   planning.c    a job's kind: a plan
 *   planning_commands.c  its commands
 *   commands_add.c  tasks and notes that are added
 *   outbox.c      notifications on their way
 *   outbox_body.c what they are given when they go
 *   outbox_timed.c  those for which it is time
 *   reload.c      a new configuration while everything goes on */
#ifndef ENGINE_INSTANCE_H
#define ENGINE_INSTANCE_H

#include "engine/asking.h"
#include "engine/control.h"
#include "engine/job.h"
#include "engine/loop.h"
#include "engine/notifier.h"
#include "engine/supervisor.h"
#include "store/config.h"
#include "store/logs.h"
#include "store/state.h"

/* What became of a plan that has ended and is not yet in the state. */
struct planning {
	char *message; /* NULL: none has */
	enum plan_status status;
	char *error;
};

/* The rollback that runs. */
struct undoing {
	struct buf said;       /* by its program */
	uint64_t ticket;       /* of the call that waits; 0: none does */
	bool at_terminal;      /* ... there */
	struct timer patience; /* of that */
};

/* What follows from a change once it is stored. */
enum due {
	DUE_ATTEMPT = 1 << 0, /* at what the record says is running */
	DUE_CANCEL = 1 << 1,  /* of what runs */
	DUE_NOTIFY = 1 << 2,  /* there may be something to be sent */
	DUE_END = 1 << 3, /* of the supervisor, as by SIGTERM, in a moment */
};

struct instance {
	const struct supervisor_options *options;
	struct config *config;
	struct state state; /* what is on disk */
	struct loop loop;
	struct daily_log daily;
	int lock_fd, state_lock_fd, signal_fd;
	bool policy_held;   /* a looser one waits for the next start */
	size_t crowded_out; /* notifications, by what is not stored yet */
	struct control *control;
	unsigned due; /* at the end of the loop's turn */
	bool stopping;
	bool failed;          /* it stops because something of ours is gone */
	bool served;          /* has carried out a command */
	int64_t idle_since;   /* clock_mono_ms(); 0: is not, or not yet seen */
	struct timer leave;   /* once the answer that says so is out */
	struct timer give_up; /* the end in order has taken too long */
	bool store_failed;    /* said; the disk may hold what was refused */

	struct job job;      /* what runs: a task, a plan, or nothing */
	struct outcome last; /* of the attempt before this one */
	struct planning planning;
	struct undoing undoing;
	struct asking asking; /* of the attempt that runs */

	/* Notifications. */
	struct notifier *notifier;
	struct timer retry;
	struct timer store_soon;
	bool unstored;          /* the disk has more of them than are left */
	char *sending;          /* id of the one last handed to the notifier */
	int tries;              /* of the one at the head, failed */
	bool early;             /* this try is a command's, and counts not */
	bool told_to_wait;      /* by the receiver (Retry-After) */
	struct strvec settling; /* the decisions it says are settled */
	struct timer progress;
	int64_t delivered_at; /* clock_now() of the last one; 0: none yet */

	struct timer housekeeping;
	int64_t swept_at; /* clock_mono_ms(); 0: not yet */
};

/* supervisor_claim.c */

/* Makes the folders and takes both locks: 0; 1 where another supervisor holds
 * one; -1. */
int supervisor_claim(struct instance *in, struct error *err);

/* commit.c */

/* What an event needs of clock and randomness. */
struct fresh {
	char decision[DECISION_ID_SIZE], conversation[CONVERSATION_SIZE];
};
/* The commands that the answer to r may name, and how it writes them. */
command_set commands_named(const struct instance *in, const struct request *r);
/* e: of this kind, now, with ids that are kept in f. */
void event_init(const struct instance *in, struct event *e, struct fresh *f,
    enum event_kind kind);
/* Applies e to a copy of the state. Where it is accepted: adds what the
 * world is told (cause may be NULL), stores, swaps and sets what is due.
 * r and a are of the command that e stands for, NULL otherwise; a is filled
 * with the answer, and the delivery is remembered in the same write.
 * Returns 0, or -1 where nothing has changed: refused, or not stored. */
int commit_event(struct instance *in, struct event *e, const struct request *r,
    struct answer *a);
/* The same for a command that is no event of the session and has changed
 * next: remembers its answer a, and stores. -1: a says why nothing was done. */
int commit_command(struct instance *in, struct state *next,
    const struct request *r, struct answer *a);
/* Fills a, whatever is in it, with code and why nothing was done. */
void commit_not_done(struct answer *a, int code, const struct error *why);
/* Fills a with 409, why, and what can be said instead. */
void commit_refuse(const struct instance *in, const struct request *r,
    const char *why, struct answer *a);
/* A command that a refuses: 409 is remembered where it has a delivery_id. */
void commit_remember_refusal(
    struct instance *in, const struct request *r, struct answer *a);
/* Adds a notification to next; of what, only event, task, message, actions,
 * reminder and cause are looked at. */
void commit_tell(
    struct instance *in, struct state *next, const struct notice_source *what);
/* a, whose change next holds, says follow_up where a notification of next tells
 * of it and can be expected to arrive. */
void commit_follow_up(
    const struct instance *in, const struct state *next, struct answer *a);
/* Stores next in place of the state and takes it over; -1: not stored, next
 * is the caller's still. */
int commit_state(struct instance *in, struct state *next, struct error *err);
/* After a store that failed: the state that is in force, once more. */
void commit_again(struct instance *in);
/* What was delivered leaves the disk too; housekeeping tries again where that
 * fails. */
void commit_deliveries(struct instance *in);
/* One notification that belongs to no event, stored at once. */
void commit_error(struct instance *in, const char *message);

/* commands.c */
void commands_handle(
    void *arg, enum wire_op op, const struct request *r, struct answer *a);

/* attempt.c */
extern const struct job_kind attempt_kind;
/* At what the record says is running. */
void attempt_start(struct instance *in);
/* From time to time: goes on with what a usage limit has parked, when its time
 * has come. That is in the state, by the wall clock: a restart, a suspended
 * machine or a clock that was set changes nothing. */
void attempt_tick(struct instance *in);

/* limits.c */

/* What may be spent, as configured, and what of the day's is. */
void limits_budget(const struct instance *in, struct budget *out);
/* What is left for the attempt that begins: to Claude, and to its agent. */
void limits_hand_over(
    const struct instance *in, struct agent_job *job, struct strvec *words);
/* It ended so: by a limit of ours? Then o says which, for a person. */
void limits_judge(const struct instance *in, struct outcome *o);

/* undoing.c */
extern const struct job_kind undoing_kind;
/* `rollback`: refuses, or stores that it is begun and holds the call. */
void undoing_command(struct instance *in, const struct event *e,
    const struct request *r, struct answer *a);
/* Fills a with 409 for a command that has to wait for it. */
void undoing_refuse(
    struct instance *in, const struct request *r, struct answer *a);
void undoing_release(struct instance *in);

/* planning_commands.c */

/* `plan`: refuses, or stores that it runs, starts it and answers. */
void planning_command(
    struct instance *in, const struct request *r, struct answer *a);
/* `cancel`, where it is the running plan that is meant; false: it is not. */
bool planning_cancel(
    struct instance *in, const struct request *r, struct answer *a);

/* Fills a with 409 for a command that has to wait for the plan. */
void planning_refuse(
    const struct instance *in, const struct request *r, struct answer *a);

/* commands_add.c */

/* `add` and `note`. */
void adding_command(
    struct instance *in, const struct request *r, struct answer *a);
/* What the state says is on its way into a file is put there. -1: it cannot
 * be yet, with the reason. */
int adding_flush(struct instance *in, struct error *err);

/* planning.c */

extern const struct job_kind planning_kind;
void planning_release(struct instance *in);

/* outbox.c */
void outbox_init(struct instance *in);
/* Sends the oldest notification if none is under way. */
void outbox_kick(struct instance *in);
/* Sends n now, once, besides the queue; nothing must be under way. */
void outbox_post(struct instance *in, const struct notice *n);
/* After a reload: now, with the new URL. */
void outbox_retry_now(struct instance *in);
/* A command has come by n8n, which is up then: now, unless it is to wait. */
void outbox_receiver_is_up(struct instance *in);
void outbox_release(struct instance *in);

/* outbox_body.c */

/* n's payload with what is so now. */
void outbox_body(struct instance *in, const struct notice *n, struct buf *body);
/* Keeps in next what the receiver said of n. */
void outbox_receipt(
    struct state *next, const struct notice *n, const char *receipt);

/* outbox_timed.c */

/* With an attempt: tells of it now and then, until it ends. */
void outbox_progress(struct instance *in);
/* Tells the question that is open again, where it is time to. */
void outbox_remind(struct instance *in);
/* Tells what has happened since the last report, where it is time to. */
void outbox_report(struct instance *in);

/* reload.c */

/* Reads the configuration of o; says every fault. NULL where there is one. */
struct config *config_read(const struct supervisor_options *o);
/* Makes a clean configuration the one in use; -1 (said) keeps the old. */
int reload(struct instance *in, struct error *err);
/* What state.json says of where the task logs are. */
void name_task_logs(struct instance *in);
/* Zone and log level. */
void config_apply(const struct config *c);
/* Why a reload has not taken all of the file: in->policy_held. */
extern const char policy_held_text[];

#endif
