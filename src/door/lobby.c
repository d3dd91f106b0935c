/* lobby.c - accepts, waits for whole requests, hands them to the workers.
 *
 * The listening sockets are shared with siblings (spawn-fcgi -F 4), so they
 * are heeded only while a worker of ours is free: else a sibling's takes it. */
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
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ACCEPT_PAUSE_MS = 100,
	STOP_MS = 1000,
	EVENTS = 32,
	PATIENCE_MS = LOBBY_SECONDS * 1000 - 300
};

/* Of FastCGI's records, what is asked of them here. */
enum { HEADER = 8, PROTOCOL = 1, ABORT_REQUEST = 2, PARAMS = 4, STDIN = 5 };

enum found { UNFINISHED, IN_BODY, WHOLE, FOREIGN };

/* The last record of a request is an empty STDIN. */
static enum found look_at(const char *bytes, size_t n)
{
	const unsigned char *p = (const unsigned char *)bytes;
	enum found found = UNFINISHED;

	for (size_t at = 0; at < n;) {
		size_t content, padding;

		if (p[at] != PROTOCOL)
			return FOREIGN;
		if (n - at < HEADER)
			break;
		content = (size_t)p[at + 4] << 8 | p[at + 5];
		padding = p[at + 6];
		if (p[at + 1] == ABORT_REQUEST ||
		    (p[at + 1] == STDIN && content == 0))
			return WHOLE;
		if (p[at + 1] == PARAMS && content == 0)
			found = IN_BODY;
		at += HEADER + content + padding;
	}
	return n < LOBBY_LOOK ? found : WHOLE;
}

/* -- guests -----------------------------------------------------------------
 */

static void forget(struct lobby *l, size_t i)
{
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

/* A body in many small records fills the queue before its end is there: the
 * sender waits for us to read. So it is, by one worker at a time, until the
 * deadline. */
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

/* How long until it is late; -1: there is none. */
static int end_slow(struct lobby *l, int64_t now)
{
	int left = -1;

	pthread_mutex_lock(&l->lock);
	if (l->slow_fd >= 0 && l->slow_deadline > now)
		left = (int)(l->slow_deadline - now);
	else if (l->slow_fd >= 0)
		shutdown(l->slow_fd, SHUT_RD); /* the worker sees the end */
	pthread_mutex_unlock(&l->lock);
	return left;
}

/* Off our list first: the worker may be done before write returns. What has
 * come can still be read, and no more will: whatever the peer left out, to read
 * on never waits. */
static void hand_on(struct lobby *l, size_t i, bool whole)
{
	int fd = l->guest[i].fd;

	forget(l, i);
	if (whole)
		shutdown(fd, SHUT_RD);
	atomic_fetch_add(&l->taken, 1);
	if (write(l->whole[1], &fd, sizeof(fd)) != sizeof(fd))
		bug("a pipe of descriptors cannot be written to");
}

static void look(struct lobby *l, size_t i, bool has_ended)
{
	ssize_t n = recv(
	    l->guest[i].fd, l->look, sizeof(l->look), MSG_PEEK | MSG_DONTWAIT);
	enum found found;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	found = n > 0 ? look_at(l->look, (size_t)n) : FOREIGN;
	if (found == FOREIGN)
		show_out(l, i);
	else if (found == WHOLE || has_ended) /* so is told what it lacks */
		hand_on(l, i, true);
	else if (found == IN_BODY &&
		 clock_mono_ms() >= l->guest[i].deadline - PATIENCE_MS &&
		 hand_on_slow(l, i))
		hand_on(l, i, false);
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

static void make_room(struct lobby *l, uint64_t peer)
{
	size_t same = 0, oldest = 0;

	for (size_t i = l->n_guests; i-- > 0;)
		if (l->guest[i].peer == peer) {
			same++;
			oldest = i;
		}
	if (same >= LOBBY_GUESTS_OF_ONE)
		show_out(l, oldest);
	else if (l->n_guests == LOBBY_GUESTS)
		show_out(l, 0);
}

static void let_in(struct lobby *l, int fd)
{
	struct timeval limit = { .tv_sec = LOBBY_SECONDS };
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET,
		.data.fd = fd };
	struct guest g = { .fd = fd, .peer = who(fd) };
	int one = 1;

	g.deadline = clock_mono_ms() + LOBBY_SECONDS * 1000;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	make_room(l, g.peer);
	if (epoll_ctl(l->epoll_fd, EPOLL_CTL_ADD, fd, &ev) != 0)
		close(fd);
	else
		l->guest[l->n_guests++] = g;
}

static int64_t min64(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Shows out who is late; how long until there is something to do, -1: nobody
 * waits. */
static int clear_out(struct lobby *l)
{
	int64_t now = clock_mono_ms(), next = INT64_MAX;
	int slow = end_slow(l, now), wait = -1;

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
	if (next != INT64_MAX)
		wait = (int)(next - now);
	return wait < 0 || (slow >= 0 && slow < wait) ? slow : wait;
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

static void accept_one(struct lobby *l, int listener)
{
	struct pollfd stop = { .fd = l->stop_fd, .events = POLLIN };
	int fd;

	never_block(listener);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd >= 0)
		let_in(l, fd);
	else if (errno != EAGAIN) /* such as: no descriptor is left */
		poll(&stop, 1, ACCEPT_PAUSE_MS);
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
			accept_one(l, fd);
	} else if (fd == l->free_fd) {
		if (read(fd, &count, sizeof(count)) < 0 && errno != EAGAIN)
			bug("an eventfd cannot be read");
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
	int64_t end = clock_mono_ms() + STOP_MS;

	epoll_ctl(l->epoll_fd, EPOLL_CTL_DEL, l->stop_fd, NULL);
	for (size_t i = 0; i < l->n_guests; i++)
		if (l->guest[i].deadline > end)
			l->guest[i].deadline = end;
}

void *lobby_keep(void *lobby)
{
	struct lobby *l = lobby;
	bool stopping = false;

	for (;;) {
		struct epoll_event ev[EVENTS];
		int wait = clear_out(l), n;

		if (stopping && l->n_guests == 0)
			break;
		listen_or_not(
		    l, !stopping && atomic_load(&l->taken) < l->workers);
		n = epoll_wait(l->epoll_fd, ev, EVENTS, wait);
		for (int i = 0; i < n; i++)
			if (ev[i].data.fd == l->stop_fd && !stopping) {
				stopping = true;
				last_call(l);
			} else {
				heed(l, &ev[i]);
			}
	}
	close(l->whole[1]);
	l->whole[1] = -1;
	return NULL;
}

int lobby_take(struct lobby *l)
{
	int fd;
	ssize_t n;

	do
		n = read(l->whole[0], &fd, sizeof(fd));
	while (n < 0 && errno == EINTR);
	return n == sizeof(fd) ? fd : -1;
}

void lobby_free_again(struct lobby *l, int fd)
{
	uint64_t one = 1;

	pthread_mutex_lock(&l->lock);
	if (l->slow_fd >= 0 && l->slow_of == fd) {
		close(l->slow_fd);
		l->slow_fd = -1;
	}
	pthread_mutex_unlock(&l->lock);
	atomic_fetch_sub(&l->taken, 1);
	if (write(l->free_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		bug("an eventfd cannot be written to");
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
	atomic_init(&l->taken, 0);
	l->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	l->free_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (l->epoll_fd < 0 || l->free_fd < 0 ||
	    pipe2(l->whole, O_CLOEXEC) != 0 || watch(l, stop_fd) != 0 ||
	    watch(l, l->free_fd) != 0)
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
	const int fds[] = { l->epoll_fd, l->free_fd, l->whole[0], l->whole[1] };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	while (l->n_guests > 0)
		close(l->guest[--l->n_guests].fd);
	l->epoll_fd = l->free_fd = l->whole[0] = l->whole[1] = -1;
}
