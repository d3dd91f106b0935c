/* loop.h - one poll(2) for descriptors and deadlines.
 *
 * It knows descriptors and callbacks and nothing of sessions. Nothing sleeps
 * in it: a deadline is a number, and the nearest one is poll's timeout. A
 * callback may add and remove watches and timers, its own too. */
#ifndef ENGINE_LOOP_H
#define ENGINE_LOOP_H

#include "base/base.h"

#include <poll.h>

typedef void loop_callback(void *arg, short revents);

/* Owned by whoever waits; on the list while armed. */
struct timer {
	int64_t due; /* monotonic ms; 0: not armed */
	void (*fire)(void *arg);
	void *arg;
	struct timer *next;
};

struct loop {
	struct watch *watches;
	size_t n, cap;
	struct timer *timers;
	void (*turn_ended)(void *arg); /* or NULL */
	void *arg;
	bool stopping;
};

#define LOOP_INIT                                   \
	{                                           \
		NULL, 0, 0, NULL, NULL, NULL, false \
	}

void loop_release(struct loop *l);

/* One watch a descriptor; the descriptor stays the caller's. */
void loop_watch(
    struct loop *l, int fd, short events, loop_callback *cb, void *arg);
/* Other events for a watched descriptor; 0 keeps it quiet. */
void loop_events(struct loop *l, int fd, short events);
/* Before the descriptor is closed. Not watched: nothing happens. */
void loop_unwatch(struct loop *l, int fd);

/* Arms (again); fire and arg are set by the owner. */
void loop_timer_at(struct loop *l, struct timer *t, int64_t due);
void loop_timer_in(struct loop *l, struct timer *t, int64_t ms);
void loop_timer_off(struct loop *l, struct timer *t);

/* Calls it before each wait: what the turn has made due is done there, in one
 * place and on nobody's stack. */
void loop_at_turn_end(struct loop *l, void (*ended)(void *arg), void *arg);

/* Until loop_stop(). Returns 0, or -1 with errno where poll(2) failed. */
int loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif
