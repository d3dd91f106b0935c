/* loop.c - poll(2), its watches and its timers.
 *
 * Watches keep their place while callbacks run: one that is removed is only
 * marked, one that is added goes to the end, and so what poll(2) said of a
 * descriptor never reaches a later owner of the same number. */
#include "engine/loop.h"
#include "base/clock.h"

#include <errno.h>
#include <limits.h>

struct watch {
	int fd; /* -1: removed */
	short events;
	loop_callback *cb;
	void *arg;
};

void loop_release(struct loop *l)
{
	while (l->timers != NULL)
		loop_timer_off(l, l->timers);
	free(l->watches);
	*l = (struct loop)LOOP_INIT;
}

static struct watch *find(const struct loop *l, int fd)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->watches[i].fd == fd)
			return &l->watches[i];
	return NULL;
}

void loop_watch(
    struct loop *l, int fd, short events, loop_callback *cb, void *arg)
{
	if (fd < 0 || find(l, fd) != NULL)
		bug("descriptor %d cannot be watched (again)", fd);
	if (l->n == l->cap) {
		l->cap = l->cap > 0 ? l->cap * 2 : 16;
		l->watches = xrealloc(l->watches, l->cap, sizeof(*l->watches));
	}
	l->watches[l->n++] = (struct watch){ fd, events, cb, arg };
}

void loop_events(struct loop *l, int fd, short events)
{
	struct watch *w = fd < 0 ? NULL : find(l, fd);

	if (w == NULL)
		bug("descriptor %d is not watched", fd);
	w->events = events;
}

void loop_unwatch(struct loop *l, int fd)
{
	struct watch *w = fd < 0 ? NULL : find(l, fd);

	if (w != NULL)
		w->fd = -1;
}

void loop_timer_off(struct loop *l, struct timer *t)
{
	for (struct timer **at = &l->timers; *at != NULL; at = &(*at)->next) {
		if (*at != t)
			continue;
		*at = t->next;
		break;
	}
	t->next = NULL;
	t->due = 0;
}

void loop_timer_at(struct loop *l, struct timer *t, int64_t due)
{
	struct timer **at = &l->timers;

	loop_timer_off(l, t);
	t->due = due > 0 ? due : 1;
	while (*at != NULL && (*at)->due <= t->due)
		at = &(*at)->next;
	t->next = *at;
	*at = t;
}

void loop_timer_in(struct loop *l, struct timer *t, int64_t ms)
{
	loop_timer_at(l, t, clock_mono_ms() + ms);
}

static int until_next_timer(const struct loop *l)
{
	int64_t left;

	if (l->timers == NULL)
		return -1;
	left = l->timers->due - clock_mono_ms();
	if (left < 0)
		return 0;
	return left > INT_MAX ? INT_MAX : (int)left;
}

/* Drops the removed watches and makes what poll(2) wants of the others. */
static void prepare(struct loop *l, struct pollfd **fds)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++)
		if (l->watches[i].fd >= 0)
			l->watches[kept++] = l->watches[i];
	l->n = kept;
	*fds = xrealloc(*fds, kept, sizeof(**fds));
	for (size_t i = 0; i < kept; i++) {
		const struct watch *w = &l->watches[i];

		/* With its events at 0, poll would still report a hangup, and
		 * go on reporting it. */
		(*fds)[i] = (struct pollfd){
			.fd = w->events != 0 ? w->fd : -1,
			.events = w->events,
		};
	}
}

static void dispatch(struct loop *l, const struct pollfd *fds, size_t n)
{
	for (size_t i = 0; i < n && !l->stopping; i++) {
		const struct watch *w = &l->watches[i];
		int wanted = w->events | POLLERR | POLLHUP;

		if (w->fd < 0 || w->events == 0)
			continue;
		if (fds[i].revents & POLLNVAL)
			bug("descriptor %d was closed while watched", w->fd);
		if (fds[i].revents & wanted)
			w->cb(w->arg, (short)(fds[i].revents & wanted));
	}
}

void loop_at_turn_end(struct loop *l, void (*ended)(void *arg), void *arg)
{
	l->turn_ended = ended;
	l->arg = arg;
}

int loop_run(struct loop *l)
{
	struct pollfd *fds = NULL;
	int64_t now;
	int rc = 0;

	while (!l->stopping) {
		size_t n;

		if (l->turn_ended != NULL)
			l->turn_ended(l->arg);
		prepare(l, &fds);
		n = l->n;
		if (poll(fds, n, until_next_timer(l)) >= 0) {
			dispatch(l, fds, n);
		} else if (errno != EINTR) {
			rc = -1;
			break;
		}
		now = clock_mono_ms();
		while (l->timers != NULL && l->timers->due <= now &&
		       !l->stopping) {
			struct timer *t = l->timers;

			loop_timer_off(l, t);
			t->fire(t->arg);
		}
	}
	l->stopping = false;
	free(fds);
	return rc;
}

void loop_stop(struct loop *l)
{
	l->stopping = true;
}
