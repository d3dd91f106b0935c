/* keeper_main.c - the process that outlives everything it looks after.
 *
 * It is done when it has no child left: as a subreaper it inherits every
 * orphan below it, so no child means no descendant. */
#include "engine/keeper_main.h"
#include "base/buf.h"
#include "base/clock.h"
#include "engine/cgroup.h"
#include "engine/family.h"
#include "engine/forked.h"
#include "engine/process.h"

#include <errno.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	/* For what Claude left behind when it went by itself. */
	AFTERMATH_MS = 2000,
	/* Between two rounds of killing; doubles. */
	KILL_AGAIN_MS = 5,
	KILL_AGAIN_MAX_MS = 500,
	FREEZE_ROUNDS = 16
};

struct keeping {
	int orders, reports, children; /* children: signalfd for SIGCHLD */
	pid_t claude;                  /* 0: it has exited */
	int grace_ms;
	int64_t kill_at; /* 0: nothing is being ended */
	int64_t pause_ms;
	char *cgroup; /* NULL: none */
};

static void report(const struct keeping *k, enum keeper_said said,
    int wait_status, const char *text)
{
	struct keeper_report r = { .said = said, .wait_status = wait_status };

	if (text != NULL)
		memcpy(r.text, text,
		    utf8_cut(text, strlen(text), sizeof(r.text) - 1));
	/* The supervisor may be gone: there is nobody else to tell. */
	(void)!write(k->reports, &r, sizeof(r));
}

static void signal_all(const struct process_list *l, int sig)
{
	for (size_t i = 0; i < l->n; i++)
		process_signal(&l->v[i], sig);
}

/* Frozen first, until nobody is found who is not: what forks faster than it
 * is killed (a fork bomb) would win, and does not fork while stopped. Of one
 * whose first thread has ended it cannot be seen whether it is stopped: it
 * is killed there and then, and what it had started comes to us. */
static void kill_all(const struct keeping *k)
{
	struct process_list l = PROCESS_LIST_INIT;
	size_t awake = 1;

	if (k->cgroup != NULL)
		cgroup_kill(k->cgroup);
	for (int i = 0; i < FREEZE_ROUNDS && awake > 0; i++) {
		awake = 0;
		process_list_all(&l);
		process_list_descendants(&l, getpid(), NULL);
		for (size_t n = 0; n < l.n; n++)
			if (!process_is_stopped(&l.v[n]))
				awake += process_signal(&l.v[n],
				    l.v[n].state == 'Z' ? SIGKILL : SIGSTOP);
	}
	signal_all(&l, SIGKILL);
	process_list_release(&l);
}

static void end_within(struct keeping *k, int ms)
{
	struct process_list l = PROCESS_LIST_INIT;
	int64_t at = clock_mono_ms() + ms;

	/* A stopped process dies of SIGTERM only once it is continued. */
	if (k->kill_at == 0 && ms > 0) {
		process_list_all(&l);
		process_list_descendants(&l, getpid(), NULL);
		signal_all(&l, SIGTERM);
		signal_all(&l, SIGCONT);
		process_list_release(&l);
	}
	if (k->kill_at == 0 || at < k->kill_at)
		k->kill_at = at;
}

/* Returns false when no child is left. */
static bool reap(struct keeping *k)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != k->claude)
			continue;
		k->claude = 0;
		report(k, KEEPER_EXITED, status, NULL);
		end_within(
		    k, AFTERMATH_MS < k->grace_ms ? AFTERMATH_MS : k->grace_ms);
	}
	return pid == 0 || errno != ECHILD;
}

static void take_orders(struct keeping *k)
{
	char order;
	ssize_t n = read(k->orders, &order, 1);

	if (n < 0)
		return;
	if (n > 0) {
		end_within(k, k->grace_ms);
		return;
	}
	close(k->orders);
	k->orders = -1;
	end_within(k, 0);
}

static void keep(struct keeping *k)
{
	struct signalfd_siginfo si;

	while (reap(k)) {
		struct pollfd fds[] = {
			{ .fd = k->orders, .events = POLLIN },
			{ .fd = k->children, .events = POLLIN },
		};
		int64_t left = k->kill_at - clock_mono_ms();
		int timeout = left > 0 ? (int)left : 0;

		if (k->kill_at == 0)
			timeout = -1;
		if (poll(fds, ARRAY_SIZE(fds), timeout) < 0)
			continue;
		if (fds[0].revents != 0)
			take_orders(k);
		if (fds[1].revents != 0)
			(void)!read(k->children, &si, sizeof(si));
		if (k->kill_at == 0 || clock_mono_ms() < k->kill_at)
			continue;
		kill_all(k);
		k->kill_at = clock_mono_ms() + k->pause_ms;
		k->pause_ms *= 2;
		if (k->pause_ms > KILL_AGAIN_MAX_MS)
			k->pause_ms = KILL_AGAIN_MAX_MS;
	}
}

/* In its own cgroup, if it may have one. Our copies of its descriptors are
 * closed: the supervisor must see the end of what it writes. */
static int spawn(
    struct keeping *k, const struct keeper_spec *spec, struct error *err)
{
	struct child_spec child = spec->child;
	const int given[] = { child.in, child.out, child.err };

	child.parent_death_signal = SIGKILL;
	k->cgroup = cgroup_path(spec->marker);
	child.cgroup_fd = k->cgroup != NULL ? cgroup_make(k->cgroup) : -1;
	if (child.cgroup_fd < 0) {
		free(k->cgroup);
		k->cgroup = NULL;
	}
	/* What is left of the limits is for the kernel's other kind, which
	 * counts all processes of an account. */
	if (k->cgroup != NULL && child.max_processes > 0 &&
	    cgroup_limit(k->cgroup, "pids", child.max_processes))
		child.max_processes = 0;
	if (k->cgroup != NULL && child.max_memory > 0 &&
	    cgroup_limit(
		k->cgroup, "memory", (int64_t)child.max_memory * 1048576))
		child.max_memory = 0;
	if (child.max_processes > 0)
		child.max_processes += process_count_threads(
		    child.as != NULL ? child.as->uid : geteuid());
	k->claude = child_spawn(&child, NULL, err);
	if (child.cgroup_fd >= 0)
		close(child.cgroup_fd);
	close_each(given, ARRAY_SIZE(given));
	return k->claude < 0 ? -1 : 0;
}

/* In the fresh child, with all signals blocked. */
_Noreturn static void keeper_main(
    const struct keeper_spec *spec, int lock, int orders, int reports)
{
	struct keeping k = {
		.orders = orders,
		.reports = reports,
		.grace_ms = spec->grace * 1000,
		.pause_ms = KILL_AGAIN_MS,
	};
	const int kept[] = { orders, reports, lock, spec->child.in,
		spec->child.out, spec->child.err };
	struct error err = ERROR_INIT;
	struct process self;
	char text[64];
	sigset_t set;
	bool started;
	int n;

	family_forget();
	forked_settle("orch-keeper", kept, ARRAY_SIZE(kept));
	setsid();
	/* For the next supervisor, should we be stopped when ours is gone; no
	 * name there is better than half of one. */
	if (process_find(&self, getpid()) == 0) {
		n = snprintf(text, sizeof(text), "%d %llu\n", (int)self.pid,
		    self.started);
		if (ftruncate(lock, 0) != 0 ||
		    pwrite(lock, text, (size_t)n, 0) != n)
			(void)!ftruncate(lock, 0);
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1UL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	k.children = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	started = spawn(&k, spec, &err) == 0;
	report(&k, started ? KEEPER_STARTED : KEEPER_CANNOT_START, 0, err.text);
	if (started)
		keep(&k);
	if (k.cgroup != NULL)
		cgroup_remove(k.cgroup);
	if (started)
		report(&k, KEEPER_ALL_ENDED, 0, NULL);
	_exit(0);
}

pid_t keeper_fork(
    const struct keeper_spec *spec, int lock, int orders, int reports)
{
	sigset_t mask;
	pid_t pid;

	signals_block(&mask);
	pid = fork();
	if (pid == 0)
		keeper_main(spec, lock, orders, reports);
	signals_restore(&mask);
	return pid;
}
