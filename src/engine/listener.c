/* listener.c - who waits at a socket is let in while there is room. */
#include "engine/listener.h"
#include "base/log.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ACCEPT_AGAIN_MS = 100 };

void listener_go_on(struct listener *l)
{
	loop_events(l->loop, l->fd, POLLIN);
}

static void on_again(void *arg)
{
	listener_go_on(arg);
}

static void on_connection(void *arg, short revents)
{
	struct listener *l = arg;
	void *place = l->free_place(l->arg);
	int fd;

	(void)revents;
	if (place == NULL) {
		loop_events(l->loop, l->fd, 0); /* until somebody leaves */
		return;
	}
	fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		l->welcome(l->arg, place, fd);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		log_warning("%s: %s", l->name, strerror(errno));
		loop_events(l->loop, l->fd, 0);
		loop_timer_in(l->loop, &l->again, ACCEPT_AGAIN_MS);
	}
}

void listener_begin(struct listener *l)
{
	l->again = (struct timer){ .fire = on_again, .arg = l };
	loop_watch(l->loop, l->fd, POLLIN, on_connection, l);
}

void listener_end(struct listener *l)
{
	if (l->fd < 0)
		return;
	loop_timer_off(l->loop, &l->again);
	loop_unwatch(l->loop, l->fd);
	close(l->fd);
	l->fd = -1;
}
