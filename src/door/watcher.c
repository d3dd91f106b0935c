/* watcher.c - a supervisor that died overnight is started again unasked.
 *
 * With server.supervisor: auto, this thread starts one when nobody holds the
 * lock: at once, and after a death 1 s later, doubling to 60 s, until one has
 * lived for 60 s. */
#include "base/clock.h"
#include "core/backoff.h"
#include "door/client.h"
#include "door/responder_parts.h"
#include "engine/child.h"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	LOOK_EVERY_MS = 1000,
	START_LIMIT_MS = 10000,
	PAUSE_LOW_MS = 1000,
	PAUSE_HIGH_MS = 60000,
	SETTLED_MS = 60000
};

struct watcher {
	struct responder *responder;
	const struct config *config; /* held for one look */
	pid_t pid;                   /* our child; -1: none, or another's */
	bool was_held;               /* by another's, when we looked last */
	int64_t up_since;            /* monotonic ms */
	int64_t not_before;          /* the next start */
	int failures;
};

static void count_failure(struct watcher *w)
{
	w->failures++;
	w->not_before = clock_mono_ms() +
			backoff_ms(w->failures, PAUSE_LOW_MS, PAUSE_HIGH_MS, 0);
}

static void count_death(struct watcher *w)
{
	if (clock_mono_ms() - w->up_since >= SETTLED_MS)
		w->failures = 0;
	count_failure(w);
}

static void reap(struct watcher *w)
{
	int status;
	char *how;

	if (w->pid < 0 || waitpid(w->pid, &status, WNOHANG) != w->pid)
		return;
	how = child_obituary(status);
	log_warning("the supervisor %d has ended%s%s", (int)w->pid,
	    how ? ": " : "", how ? how : "");
	free(how);
	w->pid = -1;
	count_death(w);
}

/* Is one there that is not our child? Its end counts like our child's, or a
 * sibling (spawn-fcgi -F 4) would start the next one at once. */
static bool is_held(struct watcher *w)
{
	bool held = client_supervisor_holds_lock(w->config);

	if (held && !w->was_held)
		w->up_since = clock_mono_ms();
	else if (!held && w->was_held)
		count_death(w);
	w->was_held = held;
	return held;
}

static void start(struct watcher *w)
{
	struct error err = ERROR_INIT;

	w->up_since = clock_mono_ms();
	if (client_start_supervisor(
		w->config, true, START_LIMIT_MS, &w->pid, &err) == 0) {
		if (w->pid > 0)
			log_info("started the supervisor %d", (int)w->pid);
		return;
	}
	log_error("%s", err.text);
	count_failure(w);
}

static void look(struct watcher *w)
{
	struct responder *r = w->responder;
	struct held_config *held;

	pthread_rwlock_rdlock(&r->lock);
	held = hold_config(r);
	pthread_rwlock_unlock(&r->lock);
	w->config = &held->config;
	reap(w);
	if (w->config->server.supervisor == SUPERVISOR_AUTO && w->pid < 0 &&
	    !is_held(w) && clock_mono_ms() >= w->not_before)
		start(w);
	let_go(held);
}

/* True: it is time to end. */
static bool wait_a_while(const struct responder *r)
{
	struct pollfd p[] = {
		{ .fd = r->stop_fd, .events = POLLIN },
		{ .fd = r->wake_fd, .events = POLLIN },
	};
	uint64_t count;

	if (poll(p, ARRAY_SIZE(p), LOOK_EVERY_MS) > 0 && p[1].revents != 0 &&
	    read(r->wake_fd, &count, sizeof(count)) < 0)
		return p[0].revents != 0;
	return p[0].revents != 0;
}

void *watcher_run(void *arg)
{
	struct watcher w = { .responder = arg, .pid = -1 };

	do
		look(&w);
	while (!wait_a_while(w.responder));
	return NULL;
}
