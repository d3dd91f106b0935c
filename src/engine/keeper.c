/* keeper.c - the supervisor's side of a keeper: fork, orders, reports. */
#include "engine/keeper.h"
#include "base/log.h"
#include "base/path.h"
#include "engine/family.h"
#include "engine/forked.h"
#include "engine/keeper_main.h"
#include "engine/process.h"
#include "engine/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/pidfd.h>
#include <unistd.h>

/* An open file description lock: it stays as long as anybody holds a copy of
 * the descriptor, and others can ask for it without taking it. */
static int lock_op(int fd, int op, short type, short *found)
{
	struct flock lock = { .l_type = type, .l_whence = SEEK_SET };
	int rc = fcntl(fd, op, &lock);

	if (found != NULL)
		*found = lock.l_type;
	return rc;
}

static int take_lock(const char *path, struct error *err)
{
	int fd = path_open_regular(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		return path_not_opened(path, err);
	if (lock_op(fd, F_OFD_SETLK, F_WRLCK, NULL) == 0)
		return fd;
	if (errno == EAGAIN || errno == EACCES)
		error_set(err,
		    "something of the last attempt is still alive ('%s' is locked)",
		    path);
	else
		error_errno(err, "cannot lock '%s'", path);
	close(fd);
	return -1;
}

bool keeper_lock_held(const char *lock_path)
{
	int fd = path_open_regular(lock_path, O_RDWR, 0);
	short found = F_UNLCK;

	if (fd < 0)
		return false;
	lock_op(fd, F_OFD_GETLK, F_WRLCK, &found);
	close(fd);
	return found != F_UNLCK;
}

void keeper_kill_stopped(const char *lock_path)
{
	int fd = path_open_regular(lock_path, O_RDONLY, 0), pid;
	unsigned long long started;
	char text[64] = "";
	struct process p;
	bool is_it;

	if (fd < 0)
		return;
	is_it = read(fd, text, sizeof(text) - 1) > 0 &&
		sscanf(text, "%d %llu", &pid, &started) == 2 &&
		process_find(&p, pid) == 0 && p.started == started;
	close(fd);
	if (!is_it || !process_is_stopped(&p))
		return;
	/* While it lives, whatever hides is still its descendant. */
	if (family_sweep_below(p.pid) > 0)
		return;
	log_warning(
	    "the keeper %d of the last supervisor was stopped: what it kept was killed, and now it is, too",
	    (int)p.pid);
	process_signal(&p, SIGKILL);
}

/* By ourselves, where we may do what it must. */
static int fork_here(struct keeper *k, const struct keeper_spec *spec, int lock,
    int orders, int reports, struct error *err)
{
	k->pid = keeper_fork(spec, lock, orders, reports);
	if (k->pid < 0)
		return error_errno(err, "cannot start a keeper");
	family_add(k->pid);
	k->pidfd = pidfd_open(k->pid, 0);
	if (k->pidfd < 0)
		return error_errno(err, "cannot watch the keeper");
	return 0;
}

/* k takes its ends of the pipes, and the others are closed. */
static int begin(struct keeper *k, const struct keeper_spec *spec, int lock,
    struct error *err)
{
	int orders[2] = { -1, -1 }, reports[2] = { -1, -1 };
	int rc;

	if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(reports, O_CLOEXEC) != 0 ||
	    fcntl(reports[0], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(orders[1], F_SETFL, O_NONBLOCK) != 0) {
		error_errno(err, "cannot start a keeper");
		close_each(orders, 2);
		close_each(reports, 2);
		return -1;
	}
	k->orders = orders[1];
	k->reports = reports[0];
	rc = (spawner_is_used() ? spawner_keep : fork_here)(
	    k, spec, lock, orders[0], reports[1], err);
	close(orders[0]);
	close(reports[1]);
	if (rc != 0)
		keeper_release(k);
	return rc;
}

int keeper_start(
    struct keeper *k, const struct keeper_spec *spec, struct error *err)
{
	const int given[] = { spec->child.in, spec->child.out,
		spec->child.err };
	int lock, rc = -1;

	*k = (struct keeper)KEEPER_INIT;
	family_reap();
	lock = take_lock(spec->lock_path, err);
	if (lock >= 0) {
		rc = begin(k, spec, lock, err);
		close(lock);
	}
	close_each(given, ARRAY_SIZE(given));
	return rc;
}

void keeper_end(struct keeper *k)
{
	/* Full or broken: it has its orders, or needs none any more. */
	if (k->orders >= 0)
		(void)!write(k->orders, &(char){ KEEPER_ORDER_END }, 1);
}

void keeper_kill(struct keeper *k)
{
	if (k->pidfd >= 0)
		pidfd_send_signal(k->pidfd, SIGKILL, NULL, 0);
}

int keeper_read(struct keeper *k, struct keeper_report *r)
{
	ssize_t n;

	do
		n = read(k->reports, r, sizeof(*r));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(*r)) {
		/* Whoever wrote it: the text ends. */
		r->text[sizeof(r->text) - 1] = '\0';
		return 1;
	}
	return n < 0 && errno == EAGAIN ? 0 : -1;
}

void keeper_release(struct keeper *k)
{
	const int fds[] = { k->orders, k->reports, k->pidfd };

	close_each(fds, ARRAY_SIZE(fds));
	if (k->pid > 0)
		family_abandon(k->pid);
	*k = (struct keeper)KEEPER_INIT;
}

int keeper_sweep(const char *marker)
{
	family_reap();
	family_reap_strays();
	return spawner_is_used() ? spawner_sweep(marker) : family_sweep(marker);
}
