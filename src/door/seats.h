/* seats.h - the connections whose requests the workers answer.
 *
 * The lobby gives a seat to each connection that has a whole request. A worker
 * takes what is readable, answers, and leaves: the connection is closed or,
 * where its peer wants it, kept for the next request, and then nobody waits
 * for it but one epoll of all of them. What comes on a kept connection and is
 * not yet whole goes back to the lobby.
 *
 * A peer that keeps connections may send the next request at the moment in
 * which we close one, and would have to take it for lost. So it is told: an
 * empty record, which says nothing to who awaits an answer, and which makes
 * nginx give up a connection that it does not use. It closes; we only then.
 *
 * seats_open, seats_close when all workers have ended. Any thread may call the
 * others. */
#ifndef DOOR_SEATS_H
#define DOOR_SEATS_H

#include "base/error.h"
#include "door/records.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

enum {
	SEATS = 512,
	SEATS_KEPT = 256, /* idle, that is; who comes after that is told */
	SEATS_KEPT_OF_ONE = 128,
	SEATS_IDLE_SECONDS = 75, /* nginx keeps them 60 */
	SEATS_LEAVE_MS = 1000,
};

enum seat_stage {
	SEAT_EMPTY,
	SEAT_READY, /* a request is there as a whole */
	SEAT_KEPT,
	SEAT_TAKEN
};

struct seat {
	int fd;
	enum seat_stage stage;
	bool keeps, told;
	uint64_t peer;
	int64_t deadline; /* monotonic ms; of a kept one */
};

/* One in a worker's hands. */
struct caller {
	int fd, seat;
	bool keeps; /* the next request may come after this one */
};

struct unseated {
	int fd;
	uint64_t peer;
};

struct seats {
	int epoll_fd, end_fd;
	/* For the lobby: an eventfd, where it has asked to be told of who gets
	 * free; a pipe of those that were kept, and are not whole again. */
	int free_fd;
	atomic_bool asked;
	int back[2];
	pthread_mutex_t lock;
	struct seat seat[SEATS];
	int empty[SEATS]; /* the first SEATS - n_used are */
	int n_used, n_kept;
	atomic_int busy; /* ready or taken: as many workers have work */
	bool closing;
};
#define SEATS_INIT                                                    \
	{                                                             \
		.epoll_fd = -1, .end_fd = -1, .free_fd = -1,          \
		.back = { -1, -1 }, .lock = PTHREAD_MUTEX_INITIALIZER \
	}

int seats_open(struct seats *s, struct error *err);
void seats_close(struct seats *s);

/* The connection is ours from here on, with a request to be read; false: there
 * is no room. keeps: the peer wants it kept. */
bool seats_put(struct seats *s, int fd, uint64_t peer, bool keeps);
/* The next to be answered; false: no more come. look: RECORDS_LOOK bytes of the
 * worker's own. */
bool seats_take(struct seats *s, struct caller *c, char *look);
/* stays: it keeps, and all was read and answered. Else it is closed by now. */
void seats_leave(struct seats *s, const struct caller *c, bool stays);
/* One that is the lobby's again; false: there is none now. */
bool seats_returned(struct seats *s, struct unseated *u);

int seats_used(struct seats *s);
/* Ends what is idle for too long; ms until there is something to do, -1: there
 * is nothing. */
int seats_tidy(struct seats *s, int64_t now);
/* From here on nothing is kept, and who is idle is told. */
void seats_clear(struct seats *s, int64_t now);
/* Wakes every worker for good. */
void seats_end(struct seats *s);

#endif
