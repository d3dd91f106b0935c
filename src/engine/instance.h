/* instance.h - what the supervisor's own files share. Nobody else comes in.
 *
 *   supervisor.c  starting, signals, the loop's end
 *   commit.c      one change: apply, tell, store, swap, act
 *   commands.c    a request from the control socket to an event
 *   attempt.c     the running attempt, and what a crash left of one
 *   outbox.c      notifications on their way
 *   reload.c      a new configuration while everything goes on */
#ifndef ENGINE_INSTANCE_H
#define ENGINE_INSTANCE_H

#include "engine/agent.h"
#include "engine/control.h"
#include "engine/loop.h"
#include "engine/notifier.h"
#include "engine/supervisor.h"
#include "store/config.h"
#include "store/logs.h"
#include "store/state.h"

struct instance {
	const struct supervisor_options *options;
	struct config *config;
	struct config *retired; /* the running attempt was started with it */
	struct state state;     /* what is on disk */
	struct loop loop;
	struct daily_log daily;
	int lock_fd, signal_fd;
	struct control *control;
	bool stopping;
	bool state_failed; /* the last store went wrong, and it was said */

	/* The running attempt. */
	struct agent *agent;
	struct task_log task_log;
	char *lock_path; /* run_dir/attempt.lock */
	char *activity_path;
	bool clearing;        /* a former attempt is still being ended */
	struct outcome last;  /* of the attempt before this one */
	struct outcome ended; /* not yet in the state */
	bool has_ended;
	struct timer settle, clear;

	/* Notifications. */
	struct notifier *notifier;
	struct timer retry;
	int tries; /* of the one at the head, failed */

	struct timer housekeeping;
};

/* commit.c */

/* Applies e to a copy of the state. Where it is accepted: adds what the
 * world is told (cause may be NULL), stores, swaps and performs the actions.
 * r and a are of the command that e stands for, NULL otherwise; a is filled
 * with the answer, and the delivery is remembered in the same write.
 * Returns 0, or -1 where nothing has changed: refused, or not stored. */
int commit_event(struct instance *in, struct event *e, const struct request *r,
    struct answer *a);
/* Stores next in place of the state and takes it over; -1: not stored, next
 * is the caller's still. */
int commit_state(struct instance *in, struct state *next, struct error *err);
/* One notification that belongs to no event, stored at once. */
void commit_error(struct instance *in, const char *message);

/* commands.c */
void commands_handle(
    void *arg, enum control_op op, const struct request *r, struct answer *a);

/* attempt.c */
void attempt_init(struct instance *in);
void attempt_start(struct instance *in);
/* Ends it; result as in agent_end(). */
void attempt_end(struct instance *in, enum task_result result);
/* What the last supervisor left: ends it, then says what became of it. */
void attempt_recover(struct instance *in);
void attempt_release(struct instance *in);

/* outbox.c */
void outbox_init(struct instance *in);
/* Sends the oldest notification if none is under way. */
void outbox_kick(struct instance *in);
/* After a reload: now, with the new URL. */
void outbox_retry_now(struct instance *in);
void outbox_release(struct instance *in);

/* reload.c */

/* Reads the configuration of o; says every fault. NULL where there is one. */
struct config *config_read(const struct supervisor_options *o);
/* Makes a clean configuration the one in use; -1 (said) keeps the old. */
int reload(struct instance *in, struct error *err);
/* Zone and log level. */
void config_apply(const struct config *c);

#endif
