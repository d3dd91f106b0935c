/* lobby.c - accepts, waits for whole requests, hands them to the workers.
 *
 * The listening sockets are shared with siblings (spawn-fcgi -F 4), so they
 * are heeded only while a worker of ours is free: else a sibling's takes it. If
 * none does for a moment, we let in who waits all the same: kept connections
 * may be enough to leave no worker idle, and must not shut the others out. */
#include "door/lobby.h"
#include "base/base.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ACCEPT_PAUSE_MS = 100,
	TURN_MS = 20,
	STOP_MS = 1000,
	EVENTS = 32,
	PATIENCE_MS = LOBBY_SECONDS * 1000 - 300
};

/* -- guests -----------------------------------------------------------------
 */

static void forget(struct lobby *l, size_t i)
{
	if (l->guest[i].watched)
		epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, l->guest[i].fd, NULL);
	l->n_guests--;
	memmove(&l->guest[i], &l->guest[i + 1],
	    (l->n_guests - i) * sizeof(l->guest[0]));
}

static void show_out(struct lobby *l, size_t i)
{
	int fd = l->guest[i].fd;

	forget(l, i);
	close(fd);
}

/* A long body, or one in many small records, fills the queue before its end is
 * there: the sender waits for us to read. So it is, by one worker at a time,
 * which bounds the memory too, until the deadline. */
static bool hand_on_slow(struct lobby *l, size_t i)
{
	bool is_free;

	pthread_mutex_lock(&l->lock);
	is_free = l->slow_fd < 0;
	if (is_free) {
		l->slow_of = l->guest[i].fd;
		l->slow_fd = fcntl(l->slow_of, F_DUPFD_CLOEXEC, 0);
		l->slow_deadline = l->guest[i].deadline;
	}
	is_free = is_free && l->slow_fd >= 0;
	pthread_mutex_unlock(&l->lock);
	return is_free;
}

static void hand_on(struct lobby *l, size_t i, bool keeps)
{
	struct guest g = l->guest[i];

	forget(l, i);
	if (!seats_put(&l->seats, g.fd, g.peer, keeps))
		close(g.fd);
}

/* Is it still here after that? To read on what is handed on never waits: it is
 * in order, or what has come can be read and no more will. */
static bool look(struct lobby *l, size_t i, bool has_ended)
{
	int fd = l->guest[i].fd;
	int64_t patient = l->guest[i].deadline - PATIENCE_MS; /* so long */
	ssize_t n = recv(fd, l->look, sizeof(l->look), MSG_PEEK | MSG_DONTWAIT);
	enum found found;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	found = n > 0 ? records_look(l->look, (size_t)n) : FOUND_FOREIGN;
	if (found == FOUND_FOREIGN) {
		show_out(l, i);
	} else if (found == FOUND_KEEPS && !has_ended) {
		hand_on(l, i, true);
	} else if (found == FOUND_KEEPS || found == FOUND_WHOLE || has_ended) {
		shutdown(fd, SHUT_RD); /* so is told what it lacks */
		hand_on(l, i, false);
	} else if ((found == FOUND_LONG_BODY ||
		       (found == FOUND_IN_BODY &&
			   clock_mono_ms() >= patient)) &&
		   hand_on_slow(l, i)) {
		hand_on(l, i, false);
	} else {
		return true;
	}
	return false;
}

/* Somebody: an account on a Unix socket, an address (of a /64) on TCP. */
static uint64_t who(int fd)
{
	struct sockaddr_storage a = { 0 };
	socklen_t n = sizeof(a);
	struct ucred cred = { 0 };
	uint64_t id = 0;

	if (getpeername(fd, (struct sockaddr *)&a, &n) != 0)
		return id;
	if (a.ss_family == AF_INET) {
		id = ((struct sockaddr_in *)&a)->sin_addr.s_addr;
	} else if (a.ss_family == AF_INET6) {
		memcpy(
		    &id, &((struct sockaddr_in6 *)&a)->sin6_addr, sizeof(id));
	} else {
		n = sizeof(cred);
		if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) == 0)
			id = cred.uid;
	}
	return id;
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Most have sent all when they are let in. Who has too many waiting loses the
 * oldest. */
static void let_in(struct lobby *l, int fd, uint64_t peer)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET,
		.data.fd = fd };
	int64_t late = clock_mono_ms() + LOBBY_SECONDS * 1000;
	size_t same = 0, oldest = 0;
	struct guest *g;

	for (size_t i = l->n_guests; i-- > 0;)
		if (l->guest[i].peer == peer) {
			same++;
			oldest = i;
		}
	if (same >= LOBBY_GUESTS_OF_ONE)
		show_out(l, oldest);
	else if (l->n_guests == LOBBY_GUESTS)
		show_out(l, 0);
	g = &l->guest[l->n_guests++];
	*g = (struct guest){
		.fd = fd, .peer = peer, .deadline = min64(late, l->closes_at)
	};
	if (!look(l, l->n_guests - 1, false))
		return;
	g->watched = epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0;
	if (!g->watched)
		show_out(l, l->n_guests - 1);
}

static void let_in_again(struct lobby *l)
{
	struct unseated u;

	while (seats_returned(&l->seats, &u))
		let_in(l, u.fd, u.peer);
}

/* Shows out who is late; how long until there is something to do, -1: nobody
 * waits. */
static int clear_out(struct lobby *l)
{
	int64_t now = clock_mono_ms(), next = INT64_MAX;
	int wait;

	pthread_mutex_lock(&l->lock);
	if (l->slow_fd >= 0 && l->slow_deadline > now)
		next = l->slow_deadline;
	else if (l->slow_fd >= 0)
		shutdown(l->slow_fd, SHUT_RD); /* the worker sees the end */
	pthread_mutex_unlock(&l->lock);
	for (size_t i = l->n_guests; i-- > 0;) {
		int64_t deadline = l->guest[i].deadline;

		if (deadline <= now)
			show_out(l, i);
		else if (deadline - PATIENCE_MS > now)
			next = min64(next, deadline - PATIENCE_MS);
		else {
			next = min64(next, deadline);
			look(l, i, false);
		}
	}
	if (!l->listening)
		next = min64(next, l->turn_at > now ? l->turn_at : next);
	wait = seats_tidy(&l->seats, now);
	if (next != INT64_MAX && (wait < 0 || next - now < wait))
		wait = (int)(next - now);
	return wait;
}

/* -- the door ---------------------------------------------------------------
 */

/* The flag belongs to the socket, which others have too: systemd takes it off
 * again whenever it hands the socket to a process, to ExecReload= as well. */
static void never_block(int fd)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags >= 0 && (flags & O_NONBLOCK) == 0)
		fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

static bool accept_one(struct lobby *l, int listener)
{
	struct timeval limit = { .tv_sec = LOBBY_SECONDS };
	struct pollfd stop = { .fd = l->stop_fd, .events = POLLIN };
	int fd, one = 1;

	never_block(listener);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		let_in(l, fd, who(fd));
	} else if (errno != EAGAIN) { /* such as: no descriptor is left */
		poll(&stop, 1, ACCEPT_PAUSE_MS);
	}
	return fd >= 0;
}

static void listen_or_not(struct lobby *l, bool on)
{
	if (on == l->listening)
		return;
	for (size_t i = 0; i < l->n_listeners; i++) {
		struct epoll_event ev = { .events = on ? EPOLLIN : 0,
			.data.fd = l->listeners[i] };

		epoll_ctl(l->epoll_fd, EPOLL_CTL_MOD, l->listeners[i], &ev);
	}
	l->listening = on;
}

static bool has_room(struct lobby *l)
{
	if (l->closes_at != INT64_MAX ||
	    seats_used(&l->seats) > SEATS - LOBBY_GUESTS)
		return false;
	return atomic_load(&l->seats.busy) < l->workers ||
	       clock_mono_ms() >= l->turn_at;
}

/* Asked first, looked after: so a worker that gets free is seen by us, or sees
 * that we asked. */
static bool may_accept(struct lobby *l)
{
	if (has_room(l))
		return true;
	atomic_store(&l->seats.asked, true);
	if (!has_room(l))
		return false;
	atomic_store(&l->seats.asked, false);
	return true;
}

static void open_up(struct lobby *l, int listener)
{
	int64_t now = clock_mono_ms();
	int n = now >= l->turn_at ? LOBBY_GUESTS : 1;

	if (!may_accept(l)) {
		listen_or_not(l, false);
		if (l->turn_at <= now || l->turn_at == INT64_MAX)
			l->turn_at = now + TURN_MS;
		return;
	}
	while (n-- > 0 && accept_one(l, listener))
		;
	l->turn_at = INT64_MAX;
}

static bool is_listener(const struct lobby *l, int fd)
{
	for (size_t i = 0; i < l->n_listeners; i++)
		if (l->listeners[i] == fd)
			return true;
	return false;
}

/* An event of one that has left since is nobody's. */
static void heed(struct lobby *l, const struct epoll_event *ev)
{
	int fd = ev->data.fd;
	uint64_t count;

	if (is_listener(l, fd)) {
		if (l->listening)
			open_up(l, fd);
	} else if (fd == l->seats.free_fd) {
		if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			bug("an eventfd cannot be read");
		atomic_store(&l->seats.asked, false);
	} else if (fd == l->seats.back[0]) {
		let_in_again(l);
	} else {
		for (size_t i = 0; i < l->n_guests; i++)
			if (l->guest[i].fd == fd) {
				look(l, i,
				    (ev->events & ~(uint32_t)EPOLLIN) != 0);
				break;
			}
	}
}

/* No more come in; who is here has a moment to finish. */
static void last_call(struct lobby *l)
{
	int64_t now = clock_mono_ms();

	l->closes_at = now + STOP_MS;
	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, l->stop_fd, NULL);
	listen_or_not(l, false);
	for (size_t i = 0; i < l->n_guests; i++)
		l->guest[i].deadline =
		    min64(l->guest[i].deadline, l->closes_at);
	seats_clear(&l->seats, now);
}

/* One turn of the loop; false: all have left. A worker puts what is not whole
 * into the pipe before it leaves the seat, so we look for seats first. */
static bool wait_for_more(struct lobby *l)
{
	struct epoll_event ev[EVENTS];
	bool is_closing = l->closes_at != INT64_MAX, is_empty;
	int wait, n;

	if (!l->listening)
		listen_or_not(l, may_accept(l));
	is_empty = seats_used(&l->seats) == 0;
	if (is_closing)
		let_in_again(l);
	wait = clear_out(l);
	if (is_closing && is_empty && l->n_guests == 0 &&
	    seats_used(&l->seats) == 0)
		return false;
	n = epoll_wait(l->epoll_fd, ev, EVENTS, wait);
	for (int i = 0; i < n; i++)
		if (ev[i].data.fd == l->stop_fd)
			last_call(l);
		else
			heed(l, &ev[i]);
	return true;
}

void *lobby_keep(void *lobby)
{
	struct lobby *l = lobby;

	while (wait_for_more(l))
		;
	seats_end(&l->seats);
	return NULL;
}

void lobby_done(struct lobby *l, const struct caller *c, bool stays)
{
	const uint64_t one = 1;
	bool was_slow;

	pthread_mutex_lock(&l->lock);
	was_slow = l->slow_fd >= 0 && l->slow_of == c->fd;
	if (was_slow) {
		close(l->slow_fd);
		l->slow_fd = -1;
	}
	pthread_mutex_unlock(&l->lock);
	/* The next of them has its turn. */
	if (was_slow && write(l->seats.free_fd, &one, sizeof(one)) < 0 &&
	    errno != EAGAIN)
		bug("an eventfd cannot be written to");
	seats_leave(&l->seats, c, stays);
}

static int watch(struct lobby *l, int fd)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev);
}

int lobby_open(struct lobby *l, const int *listeners, size_t n, int stop_fd,
    int workers, struct error *err)
{
	l->n_listeners = n;
	l->stop_fd = stop_fd;
	l->workers = workers;
	l->listening = true;
	l->slow_fd = -1;
	l->turn_at = l->closes_at = INT64_MAX;
	if (seats_open(&l->seats, err) != 0)
		return -1;
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (l->epoll_fd < 0 || watch(l, stop_fd) != 0 ||
	    watch(l, l->seats.free_fd) != 0 || watch(l, l->seats.back[0]) != 0)
		return error_errno(err, "cannot wait for connections");
	for (size_t i = 0; i < n; i++) {
		l->listeners[i] = listeners[i];
		if (watch(l, listeners[i]) != 0)
			return error_errno(
			    err, "cannot use the listening socket");
		never_block(listeners[i]);
	}
	return 0;
}

void lobby_close(struct lobby *l)
{
	if (l->epoll_fd >= 0)
		close(l->epoll_fd);
	while (l->n_guests > 0)
		close(l->guest[--l->n_guests].fd);
	l->epoll_fd = -1;
	seats_close(&l->seats);
}
