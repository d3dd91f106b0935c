/* lobby.h - where a connection waits until its request is there as a whole.
 *
 * libfcgi reads with the thread that will answer, for as long as the peer
 * likes: four peers that send one byte each would hold all of four threads.
 * So one thread keeps the door. It accepts, looks at what has come without
 * taking it, and hands on what is whole (or is more than any request may be:
 * it is refused soon). Who takes too long is shown out; who has too many
 * waiting loses the oldest. One worker at most reads a body as it comes, within
 * the same deadline; nothing else that a worker reads makes it wait.
 *
 * lobby_open, then lobby_keep in a thread of its own; each worker calls
 * lobby_take and, done with that connection, lobby_free_again. lobby_close
 * when all of them have ended. */
#ifndef DOOR_LOBBY_H
#define DOOR_LOBBY_H

#include "base/error.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum {
	LOBBY_GUESTS = 64,
	LOBBY_GUESTS_OF_ONE = 16, /* of one account, or one address */
	LOBBY_LISTENERS = 8,
	LOBBY_LOOK = 96 * 1024,
	LOBBY_SECONDS = 10,
};

struct guest {
	int fd;
	uint64_t peer;
	int64_t deadline; /* monotonic ms */
};

struct lobby {
	int listeners[LOBBY_LISTENERS]; /* the caller's */
	size_t n_listeners;
	int stop_fd; /* the caller's: readable for good once we stop */
	int epoll_fd, free_fd;
	int whole[2]; /* a pipe of descriptors, to the workers */
	int workers;
	atomic_int taken; /* handed on and not yet answered */
	bool listening;
	/* One whose body is read as it comes, by one worker; -1: none. */
	pthread_mutex_t lock;
	int slow_of, slow_fd; /* the worker's, and a copy of our own */
	int64_t slow_deadline;
	struct guest guest[LOBBY_GUESTS]; /* oldest first */
	size_t n_guests;
	char look[LOBBY_LOOK];
};
#define LOBBY_INIT                                                  \
	{                                                           \
		.epoll_fd = -1, .free_fd = -1, .whole = { -1, -1 }, \
		.slow_fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER    \
	}

int lobby_open(struct lobby *l, const int *listeners, size_t n, int stop_fd,
    int workers, struct error *err);
void lobby_close(struct lobby *l);

/* Until stop_fd is readable and nobody waits any more. */
void *lobby_keep(void *lobby);

/* A connection with a request, the caller's from then on; -1: no more come. */
int lobby_take(struct lobby *l);
/* fd: as it was taken; it may be closed by now. */
void lobby_free_again(struct lobby *l, int fd);

#endif
