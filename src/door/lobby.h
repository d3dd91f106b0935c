/* lobby.h - where a connection waits until its request is there as a whole.
 *
 * libfcgi reads with the thread that will answer, for as long as the peer
 * likes: four peers that send one byte each would hold all of four threads.
 * So one thread keeps the door. It accepts, looks at what has come without
 * taking it, and gives a seat (seats.h) to what is whole (or is more than any
 * request may be: it is refused soon). Who takes too long is shown out; who has
 * too many waiting loses the oldest. One worker at most reads a body as it
 * comes, within the same deadline; nothing else that a worker reads makes it
 * wait.
 *
 * lobby_open, then lobby_keep in a thread of its own; each worker calls
 * seats_take and, done with that caller, lobby_done. lobby_close when all of
 * them have ended. */
#ifndef DOOR_LOBBY_H
#define DOOR_LOBBY_H

#include "door/records.h"
#include "door/seats.h"

enum {
	LOBBY_GUESTS = 64,
	LOBBY_GUESTS_OF_ONE = 16, /* of one account, or one address */
	LOBBY_LISTENERS = 8,
	LOBBY_SECONDS = 10,
};

struct guest {
	int fd;
	uint64_t peer;
	int64_t deadline; /* monotonic ms */
	bool watched;
};

struct lobby {
	int listeners[LOBBY_LISTENERS]; /* the caller's */
	size_t n_listeners;
	int stop_fd; /* the caller's: readable for good once we stop */
	int epoll_fd;
	int workers;
	bool listening;
	int64_t turn_at;   /* we let in whoever waits, busy or not */
	int64_t closes_at; /* monotonic ms, as all of these */
	struct seats seats;
	/* One whose body is read as it comes, by one worker; -1: none. */
	pthread_mutex_t lock;
	int slow_of, slow_fd; /* the worker's, and a copy of our own */
	int64_t slow_deadline;
	struct guest guest[LOBBY_GUESTS]; /* oldest first */
	size_t n_guests;
	char look[RECORDS_LOOK];
};
#define LOBBY_INIT                                                  \
	{                                                           \
		.epoll_fd = -1, .seats = SEATS_INIT, .slow_fd = -1, \
		.lock = PTHREAD_MUTEX_INITIALIZER                   \
	}

int lobby_open(struct lobby *l, const int *listeners, size_t n, int stop_fd,
    int workers, struct error *err);
void lobby_close(struct lobby *l);

/* Until stop_fd is readable and nobody waits any more. */
void *lobby_keep(void *lobby);

/* As seats_leave. */
void lobby_done(struct lobby *l, const struct caller *c, bool stays);

#endif
