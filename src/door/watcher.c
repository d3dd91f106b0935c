/* watcher.c - a supervisor that died overnight is started again unasked.
 *
 * With server.supervisor: auto, this process starts one when nobody holds the
 * lock: at once, and after a death 1 s later, doubling to 60 s, until one has
 * lived for 60 s. */
#include "base/clock.h"
#include "base/sock.h"
#include "core/backoff.h"
#include "door/client.h"
#include "door/responder_parts.h"
#include "engine/child.h"
#include "engine/forked.h"

#include <errno.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
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
	struct responder *responder; /* a copy; only its log is used */
	struct held_config *held;
	int orders;
	pid_t pid;          /* our child; -1: none, or another's */
	int pidfd;          /* its; -1: none */
	bool was_held;      /* by another's, when we looked last */
	int64_t up_since;   /* monotonic ms */
	int64_t not_before; /* the next start */
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
	if (w->pidfd >= 0)
		close(w->pidfd);
	w->pidfd = w->pid = -1;
	count_death(w);
}

/* Is one there that is not our child? Its end counts like our child's, or a
 * sibling (spawn-fcgi -F 4) would start the next one at once. */
static bool is_held(struct watcher *w)
{
	bool held = client_supervisor_holds_lock(&w->held->config);

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
	if (client_start_supervisor(&w->held->config, LIFE_ITS_OWN,
		START_LIMIT_MS, &w->pid, &err) == 0) {
		if (w->pid > 0) {
			log_info("started the supervisor %d", (int)w->pid);
			w->pidfd = pidfd_open(w->pid, 0);
		}
		return;
	}
	log_error("%s", err.text);
	count_failure(w);
}

/* Waits until there is an order, or something to look at: the end of our child
 * is told to us, another's has to be looked for. False: it is time to end. */
static bool heed_orders(struct watcher *w)
{
	bool is_ours = w->held->config.server.supervisor == SUPERVISOR_AUTO;
	struct pollfd p[] = { { .fd = w->orders, .events = POLLIN },
		{ .fd = w->pidfd, .events = POLLIN } };
	int limit_ms = is_ours && w->pidfd < 0 ? LOOK_EVERY_MS : -1;
	struct held_config *fresh = NULL;
	char orders[64];
	bool again;
	ssize_t n;

	if (poll(p, ARRAY_SIZE(p), limit_ms) <= 0 || p[0].revents == 0)
		return true;
	n = recv(w->orders, orders, sizeof(orders), 0);
	if (n < 0)
		return errno == EINTR;
	again = memchr(orders, WATCHER_RELOAD, (size_t)n) != NULL;
	if (again) /* the responder has found it clean */
		fresh = held_config_read(w->held->config.path);
	if (fresh != NULL) {
		held_config_release(w->held);
		w->held = fresh;
		held_config_apply(&fresh->config);
	}
	if (again || memchr(orders, WATCHER_REOPEN, (size_t)n) != NULL)
		daily_log_reopen(
		    &w->responder->daily, w->held->config.logging.format);
	return n > 0;
}

_Noreturn static void watch(struct responder *r, int orders)
{
	const int keep[] = { orders, STDERR_FILENO };
	struct watcher w = { .responder = r,
		.held = r->current,
		.orders = orders,
		.pid = -1,
		.pidfd = -1 };

	forked_settle("orch-watcher", keep, ARRAY_SIZE(keep));
	daily_log_init(&r->daily, r->current->config.paths.logs_dir,
	    r->current->config.logging.format);
	log_set_sink(daily_log_sink, &r->daily);
	log_to_stderr(true);
	do {
		reap(&w);
		if (w.held->config.server.supervisor == SUPERVISOR_AUTO &&
		    w.pid < 0 && !is_held(&w) &&
		    clock_mono_ms() >= w.not_before)
			start(&w);
	} while (heed_orders(&w));
	_exit(0);
}

int watcher_start(struct responder *r, struct error *err)
{
	int pair[2];
	sigset_t mask;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
		return error_errno(err, "cannot start the watcher");
	signals_block(&mask);
	r->watcher_pid = fork();
	if (r->watcher_pid == 0)
		watch(r, pair[1]);
	signals_restore(&mask);
	close(pair[1]);
	r->watcher_fd = pair[0];
	if (r->watcher_pid < 0)
		return error_errno(err, "cannot start the watcher");
	return 0;
}

bool watcher_order(const struct responder *r, enum watcher_order order)
{
	const char byte = (char)order;

	/* Where it is full the watcher has enough to do. */
	return send(r->watcher_fd, &byte, 1, MSG_DONTWAIT | MSG_NOSIGNAL) ==
		   1 ||
	       errno == EAGAIN;
}

void watcher_reap(struct responder *r)
{
	if (r->watcher_pid <= 0 ||
	    waitpid(r->watcher_pid, NULL, WNOHANG) != r->watcher_pid)
		return;
	r->watcher_pid = 0;
	log_error(
	    "the watcher has died: no supervisor is started until the responder is started again");
}

bool watcher_end(struct responder *r, int64_t deadline)
{
	int pidfd = r->watcher_pid > 0 ? pidfd_open(r->watcher_pid, 0) : -1;
	bool ended = true;

	close(r->watcher_fd);
	r->watcher_fd = -1;
	if (pidfd >= 0) {
		ended = sock_wait(pidfd, POLLIN, deadline) == 1;
		close(pidfd);
	}
	if (ended && r->watcher_pid > 0)
		waitpid(r->watcher_pid, NULL, 0);
	return ended;
}
