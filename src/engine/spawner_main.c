/* spawner_main.c - an order in, a keeper or a sweep out. */
#include "engine/spawner_main.h"
#include "base/buf.h"
#include "base/sock.h"
#include "engine/family.h"
#include "engine/forked.h"

#include <errno.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LAST_SWEEPS = 100 };

struct words {
	struct buf text;
	const char *marker, *dir;
	struct strvec argv, env;
};

/* The next word, or NULL where the text is too short. */
static const char *next(const struct words *w, size_t *at)
{
	const char *word = w->text.data + *at;

	if (*at >= w->text.len)
		return NULL;
	*at += strlen(word) + 1;
	return word;
}

static int read_list(
    const struct words *w, size_t *at, struct strvec *out, size_t n)
{
	while (n-- > 0) {
		const char *word = next(w, at);

		if (word == NULL)
			return -1;
		strvec_add(out, word);
	}
	return 0;
}

static int read_words(struct words *w, int fd, const struct spawner_order *o)
{
	size_t at = 0;
	ssize_t n;

	while ((n = pread(fd, buf_reserve(&w->text, 65536), 65536,
		    (off_t)w->text.len)) > 0) {
		buf_grown(&w->text, (size_t)n);
		if (w->text.len > SPAWNER_WORDS_MAX)
			return -1;
	}
	if (n < 0 || (w->marker = next(w, &at)) == NULL ||
	    (w->dir = next(w, &at)) == NULL ||
	    read_list(w, &at, &w->argv, o->n_argv) != 0)
		return -1;
	return read_list(w, &at, &w->env, o->n_env);
}

/* What it runs is ours to say, whatever the order: that account, without a
 * capability, in a session of its own. */
static void keep(const struct spawner_order *o, const struct words *w,
    const int *fds, const struct account *as, struct spawner_reply *r,
    int *pidfd)
{
	struct keeper_spec spec = {
		.child = {
			.argv = &w->argv,
			.env = &w->env,
			.dir = w->dir[0] != '\0' ? w->dir : NULL,
			.in = fds[SPAWNER_IN],
			.out = fds[SPAWNER_OUT],
			.err = fds[SPAWNER_ERR],
			.as = as,
			.own_session = true,
			.unprivileged = true,
			.max_processes = o->max_processes,
			.max_memory = o->max_memory,
		},
		.marker = w->marker,
		.grace = o->grace,
	};

	r->pid = keeper_fork(&spec, fds[SPAWNER_LOCK], fds[SPAWNER_ORDERS],
	    fds[SPAWNER_REPORTS]);
	if (r->pid > 0) {
		family_add(r->pid);
		*pidfd = pidfd_open(r->pid, 0);
	}
	if (*pidfd < 0)
		snprintf(r->text, sizeof(r->text), "%s", strerror(errno));
}

/* Returns false at the end: the supervisor is gone. */
static bool serve(int fd, const struct account *as)
{
	struct spawner_reply reply = { .pid = -1 };
	struct spawner_order order;
	struct words w = { .text = BUF_INIT };
	int fds[SPAWNER_FDS], pidfd = -1;
	size_t n;
	bool answered;

	if (sock_receive_with(
		fd, &order, sizeof(order), fds, SPAWNER_FDS, &n) <= 0)
		return false;
	if (n == 0 || read_words(&w, fds[SPAWNER_WORDS], &order) != 0)
		snprintf(
		    reply.text, sizeof(reply.text), "an order is not whole");
	else if (order.what == SPAWNER_SWEEP)
		reply.found = family_sweep(w.marker);
	else if (order.what != SPAWNER_KEEP || n != SPAWNER_FDS ||
		 w.argv.n == 0)
		snprintf(reply.text, sizeof(reply.text), "an order is unknown");
	else
		keep(&order, &w, fds, as, &reply, &pidfd);
	buf_release(&w.text);
	strvec_release(&w.argv);
	strvec_release(&w.env);
	answered = sock_send_with(fd, &reply, sizeof(reply), &pidfd,
		       pidfd >= 0 ? 1 : 0) == 0;
	if (pidfd >= 0)
		close(pidfd);
	close_each(fds, n);
	return answered;
}

_Noreturn void spawner_main(int fd, const struct account *as)
{
	pid_t supervisor = getppid(), pid;
	struct signalfd_siginfo si;
	sigset_t set;
	int children;

	family_forget();
	family_add(supervisor); /* no sweep is to find it */
	forked_settle("orch-spawner", &fd, 1);
	prctl(PR_SET_CHILD_SUBREAPER, 1UL);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	children = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	for (;;) {
		struct pollfd fds[] = {
			{ .fd = fd, .events = POLLIN },
			{ .fd = children, .events = POLLIN },
		};

		if (poll(fds, ARRAY_SIZE(fds), -1) < 0)
			continue;
		if (fds[1].revents != 0) {
			(void)!read(children, &si, sizeof(si));
			while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
				family_left(pid);
		}
		if (fds[0].revents != 0 && !serve(fd, as))
			break;
	}
	/* Keepers end what is theirs by themselves; what a killed one has left
	 * is ours, and would go on for ever. */
	for (int i = 0; i < LAST_SWEEPS && family_sweep(NULL) > 0; i++)
		poll(NULL, 0, 10);
	_exit(0);
}
