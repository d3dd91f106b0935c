/* responder_parts.h - what the responder's own files share. Nobody else comes
 * in.
 *
 *   responder.c  starting, signals, threads, the end
 *   lobby.c      who waits with half a request (lobby.h)
 *   seats.c      who waits for an answer, or is kept (seats.h)
 *   records.c    is a request whole (records.h)
 *   serve.c      one FastCGI request: its head and body, and the answer sent
 *   dispatch.c   who may ask what, and the answer
 *   health.c     is the supervisor there
 *   held_config.c  the configuration in use
 *   watcher.c    the process that starts it again
 *
 * Whoever reads the time zone holds `lock` for reading, and so does whoever
 * takes hold of the configuration; the main thread alone changes them, under
 * it. Nobody holds it while waiting for another process: who has hold of the
 * configuration goes on with that one. */
#ifndef DOOR_RESPONDER_PARTS_H
#define DOOR_RESPONDER_PARTS_H

#include "core/talk/answer.h"
#include "core/talk/request.h"
#include "core/talk/route.h"
#include "door/lobby.h"
#include "store/config.h"
#include "store/logs.h"
#include "store/snapshot.h"

#include <fcgiapp.h>
#include <pthread.h>
#include <stdatomic.h>

struct health {
	pthread_mutex_t mutex;
	pthread_cond_t known;
	int64_t asked_at; /* monotonic ms; 0: never */
	int64_t asking_since;
	bool asking, up;
};

/* One reading of config.yaml, released by the last who lets go of it. */
struct held_config {
	struct config config;
	unsigned reading; /* each has another number */
	atomic_int users; /* the responder itself is one */
};

struct worker;
struct responder {
	pthread_rwlock_t lock;
	struct held_config *current;
	struct worker *workers;
	int n_workers;
	struct daily_log daily;
	struct health health;
	struct lobby lobby;
	int listeners[LOBBY_LISTENERS];
	size_t n_listeners;
	char *own_socket; /* we made it, we remove it; NULL: not so */
	int stop_fd;      /* eventfd: readable for good once we stop */
	int watcher_fd;   /* orders to it; closing it ends it */
	pid_t watcher_pid;
	int64_t started_at; /* monotonic ms */
};

/* /status, printed once for what it says: the state, the second, what Claude
 * does, the configuration. */
struct status_print {
	unsigned long state;
	unsigned config;
	int64_t now;
	char *activity;
	struct buf text; /* empty: none yet */
};

/* One thread's own. */
struct worker {
	struct responder *responder;
	struct held_config *held; /* by the request under way; else NULL */
	struct snapshot snapshot;
	struct access_log access;
	struct status_print status;
	char look[RECORDS_LOOK];
	pthread_t thread;
};

/* One request on its way through. What it points to is libfcgi's, but for
 * body, request and answer. */
struct exchange {
	struct route_head head;
	const char *peer, *authorization;
	bool authorization_repeated;
	struct route route;
	int refused; /* by the head or the body: the code */
	const char *why;
	struct buf body;
	struct request request;
	bool is_known; /* authenticated */
	int command;   /* -1: not known (yet) */
	struct answer answer;
	const struct buf *printed; /* its body; NULL: not yet */
};

/* serve.c; was the request read to its end, and the answer written? */
bool serve(struct worker *w, FCGX_Request *q);

/* held_config.c */

/* Says every fault; NULL where there is one. The main thread's. */
struct held_config *held_config_read(const char *path);
/* The one in use, under the lock; to be released. */
struct held_config *held_config_take(struct responder *r);
/* Anywhere. */
void held_config_release(struct held_config *held);
/* Zone, log level and logs_dir of this process. */
void held_config_apply(const struct config *c);

/* dispatch.c: fills x->answer. Under the lock, which it leaves meanwhile where
 * it has to wait; with the configuration held. */
void dispatch(struct worker *w, struct exchange *x);

/* health.c */
void health_init(struct health *h);
void health_release(struct health *h);
void health_answer(
    struct answer *a, struct responder *r, const struct config *c);

/* watcher.c. Forked before there are threads, and before the responder gives
 * up running programs: the watcher, which starts supervisors, reads nothing
 * but these orders, the lock and the configuration. */
enum watcher_order {
	WATCHER_LOOK = 'L',   /* now: a supervisor is wanted */
	WATCHER_REOPEN = 'O', /* its log */
	WATCHER_RELOAD = 'R', /* the configuration, which is clean; its log */
};
int watcher_start(struct responder *r, struct error *err);
/* False where it has died. */
bool watcher_order(const struct responder *r, enum watcher_order order);
/* A child has ended: says so where it was the watcher. */
void watcher_reap(struct responder *r);
/* Ends it; false where it did not end by the deadline (monotonic ms). */
bool watcher_end(struct responder *r, int64_t deadline);

#endif
