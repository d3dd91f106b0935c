/* listener.h - accepts callers of a socket into a fixed number of places.
 *
 * While every place is taken nobody is accepted (they wait in the kernel's
 * queue); where no descriptor can be had it pauses instead of trying without
 * end. */
#ifndef ENGINE_LISTENER_H
#define ENGINE_LISTENER_H

#include "engine/loop.h"

struct listener {
	struct loop *loop;
	int fd; /* owned, does not block; -1: not listening */
	/* A free place, or NULL. */
	void *(*free_place)(void *arg);
	/* fd is the place's now. */
	void (*welcome)(void *arg, void *place, int fd);
	void *arg;
	const char *name; /* for the log */
	struct timer again;
};

/* All fields but again are set. */
void listener_begin(struct listener *l);
/* A place has become free. */
void listener_go_on(struct listener *l);
/* Closes fd. Calling it twice does nothing. */
void listener_end(struct listener *l);

#endif
