/* seats.c - one epoll of all that may be answered next.
 *
 * A connection is armed for one event (EPOLLONESHOT), so that one worker has
 * it. Only a worker that has taken a connection closes it; who else wants it
 * gone shuts it down, which makes it readable. */
#include "door/seats.h"
#include "base/base.h"
#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { END = SEATS };

/* FCGI_STDERR of request 1, of no length: its end, where one is under way. */
static const char leave_please[8] = { 1, 7, 0, 1, 0, 0, 0, 0 };

int seats_open(struct seats *s, struct error *err)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = END };

	s->n_used = s->n_kept = 0;
	s->closing = false;
	atomic_init(&s->busy, 0);
	for (int i = 0; i < SEATS; i++)
		s->empty[i] = SEATS - 1 - i;
	s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	s->end_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->free_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	atomic_init(&s->asked, false);
	if (s->epoll_fd < 0 || s->end_fd < 0 || s->free_fd < 0 ||
	    pipe2(s->back, O_CLOEXEC | O_NONBLOCK) != 0 ||
	    epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->end_fd, &ev) != 0)
		return error_errno(err, "cannot wait for requests");
	return 0;
}

void seats_close(struct seats *s)
{
	const int fds[] = { s->epoll_fd, s->end_fd, s->free_fd, s->back[0],
		s->back[1] };

	for (int i = 0; i < SEATS; i++)
		if (s->seat[i].stage != SEAT_EMPTY)
			close(s->seat[i].fd);
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	s->epoll_fd = s->end_fd = s->free_fd = s->back[0] = s->back[1] = -1;
}

/* Without the lock: who is woken by it wants the lock next. */
static int arm(const struct seats *s, int number, int fd, int how)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLRDHUP | EPOLLONESHOT,
		.data.u32 = (uint32_t)number };

	return epoll_ctl(s->epoll_fd, how, fd, &ev);
}

static void empty(struct seats *s, int number)
{
	s->seat[number].stage = SEAT_EMPTY;
	s->n_used--;
	s->empty[SEATS - 1 - s->n_used] = number;
}

bool seats_put(struct seats *s, int fd, uint64_t peer, bool keeps)
{
	int number = -1;

	pthread_mutex_lock(&s->lock);
	if (s->n_used < SEATS) {
		number = s->empty[SEATS - 1 - s->n_used++];
		s->seat[number] = (struct seat){ .fd = fd,
			.stage = SEAT_READY,
			.keeps = keeps,
			.peer = peer };
		atomic_fetch_add(&s->busy, 1);
	}
	pthread_mutex_unlock(&s->lock);
	if (number < 0 || arm(s, number, fd, EPOLL_CTL_ADD) == 0)
		return number >= 0;
	pthread_mutex_lock(&s->lock);
	atomic_fetch_sub(&s->busy, 1);
	empty(s, number);
	pthread_mutex_unlock(&s->lock);
	return false;
}

static bool take_readable(struct seats *s, int *number, struct seat *taken)
{
	struct epoll_event ev;
	int n;

	do
		n = epoll_wait(s->epoll_fd, &ev, 1, -1);
	while (n < 0 && errno == EINTR);
	if (n != 1 || ev.data.u32 == END)
		return false;
	*number = (int)ev.data.u32;
	pthread_mutex_lock(&s->lock);
	*taken = s->seat[*number];
	if (taken->stage == SEAT_KEPT) {
		s->n_kept--;
		atomic_fetch_add(&s->busy, 1);
	}
	s->seat[*number].stage = SEAT_TAKEN;
	pthread_mutex_unlock(&s->lock);
	return true;
}

static void send_off(struct seat *seat)
{
	shutdown(seat->fd, SHUT_RDWR);
	seat->deadline = INT64_MAX;
}

/* Again after each answer, which took the word before it along; for how long
 * it has to leave is said once. */
static void tell(struct seat *seat, int64_t now)
{
	if (!seat->told)
		seat->deadline = now + SEATS_LEAVE_MS;
	seat->told = true;
	if (send(seat->fd, leave_please, sizeof(leave_please),
		MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		send_off(seat);
}

static bool has_too_many(const struct seats *s, uint64_t peer)
{
	int same = 0;

	if (s->n_kept < SEATS_KEPT_OF_ONE)
		return false;
	for (int i = 0; i < SEATS; i++)
		if (s->seat[i].stage == SEAT_KEPT && s->seat[i].peer == peer)
			same++;
	return same >= SEATS_KEPT_OF_ONE || s->n_kept >= SEATS_KEPT;
}

void seats_leave(struct seats *s, const struct caller *c, bool stays)
{
	struct seat *seat = &s->seat[c->seat];
	int64_t now = clock_mono_ms();
	uint64_t one = 1;

	pthread_mutex_lock(&s->lock);
	atomic_fetch_sub(&s->busy, 1);
	if (stays) {
		seat->stage = SEAT_KEPT;
		s->n_kept++;
		if (seat->told || s->closing || has_too_many(s, seat->peer))
			tell(seat, now);
		else
			seat->deadline = now + SEATS_IDLE_SECONDS * 1000;
	} else {
		empty(s, c->seat);
	}
	pthread_mutex_unlock(&s->lock);
	if (stays && arm(s, c->seat, c->fd, EPOLL_CTL_MOD) != 0)
		bug("a kept connection cannot be waited for");
	if (atomic_load(&s->asked) &&
	    write(s->free_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		bug("an eventfd cannot be written to");
}

bool seats_returned(struct seats *s, struct unseated *u)
{
	return read(s->back[0], u, sizeof(*u)) == sizeof(*u);
}

/* Of a kept connection that is readable: is the next request there? Else it has
 * left its seat, unless nothing has come. */
static bool is_next_there(struct seats *s, const struct caller *c,
    const struct seat *seat, char *look)
{
	struct unseated u = { .fd = c->fd, .peer = seat->peer };
	ssize_t n = recv(c->fd, look, RECORDS_LOOK, MSG_PEEK | MSG_DONTWAIT);
	bool stays = n < 0 && (errno == EAGAIN || errno == EINTR);
	enum found found =
	    n > 0 ? records_look(look, (size_t)n) : FOUND_FOREIGN;

	if (found == FOUND_KEEPS)
		return true;
	if (found != FOUND_FOREIGN) { /* to the lobby */
		epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, u.fd, NULL);
		if (write(s->back[1], &u, sizeof(u)) != sizeof(u))
			bug("a pipe of connections cannot be written to");
	} else if (!stays) {
		close(c->fd);
	}
	seats_leave(s, c, stays);
	return false;
}

bool seats_take(struct seats *s, struct caller *c, char *look)
{
	struct seat seat;
	int number;

	while (take_readable(s, &number, &seat)) {
		*c = (struct caller){
			.fd = seat.fd, .seat = number, .keeps = seat.keeps
		};
		if (seat.stage == SEAT_READY ||
		    is_next_there(s, c, &seat, look))
			return true;
	}
	return false;
}

int seats_used(struct seats *s)
{
	int n;

	pthread_mutex_lock(&s->lock);
	n = s->n_used;
	pthread_mutex_unlock(&s->lock);
	return n;
}

/* What is neither idle nor told will be idle for as long as that at least. */
int seats_tidy(struct seats *s, int64_t now)
{
	int64_t next = now + SEATS_IDLE_SECONDS * 1000;
	int wait = -1;

	pthread_mutex_lock(&s->lock);
	for (int i = 0; s->n_used > 0 && i < SEATS; i++) {
		struct seat *seat = &s->seat[i];

		if (seat->stage == SEAT_KEPT && seat->deadline <= now) {
			if (seat->told)
				send_off(seat);
			else
				tell(seat, now);
		}
		if (seat->stage == SEAT_KEPT && seat->deadline < next)
			next = seat->deadline;
		if (seat->stage != SEAT_EMPTY && seat->keeps)
			wait = (int)(next - now);
	}
	pthread_mutex_unlock(&s->lock);
	return wait;
}

void seats_clear(struct seats *s, int64_t now)
{
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	for (int i = 0; i < SEATS; i++)
		if (s->seat[i].stage == SEAT_KEPT && !s->seat[i].told)
			tell(&s->seat[i], now);
	pthread_mutex_unlock(&s->lock);
}

void seats_end(struct seats *s)
{
	uint64_t one = 1;

	if (write(s->end_fd, &one, sizeof(one)) < 0)
		bug("an eventfd cannot be written to");
}
