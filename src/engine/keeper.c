/* keeper.c - the supervisor's side of a keeper: fork, orders, reports. */
#include "engine/keeper.h"
#include "engine/family.h"
#include "engine/forked.h"
#include "engine/keeper_main.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
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
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return error_errno(err, "cannot open '%s'", path);
	if (lock_op(fd, F_OFD_SETLK, F_WRLCK, NULL) == 0)
		return fd;
	if (errno == EAGAIN || errno == EACCES)
		error_set(err,
		    "something of the last attempt is still alive ('%s' is "
		    "locked)",
		    path);
	else
		error_errno(err, "cannot lock '%s'", path);
	close(fd);
	return -1;
}

bool keeper_lock_held(const char *lock_path)
{
	int fd = open(lock_path, O_RDWR | O_CLOEXEC);
	short found = F_UNLCK;

	if (fd < 0)
		return false;
	lock_op(fd, F_OFD_GETLK, F_WRLCK, &found);
	close(fd);
	return found != F_UNLCK;
}

static void close_pair(const int pair[2])
{
	for (int i = 0; i < 2; i++)
		if (pair[i] >= 0)
			close(pair[i]);
}

static pid_t fork_keeper(const struct keeper_spec *spec, int lock,
    const int orders[2], const int reports[2])
{
	sigset_t mask;
	pid_t pid;

	signals_block(&mask);
	pid = fork();
	if (pid == 0)
		keeper_main(spec, lock, orders[0], reports[1]);
	signals_restore(&mask);
	return pid;
}

/* k takes its ends of the pipes, and the others are closed. */
static int begin(struct keeper *k, const struct keeper_spec *spec, int lock,
    struct error *err)
{
	int orders[2] = { -1, -1 }, reports[2] = { -1, -1 };

	if (pipe2(orders, O_CLOEXEC) != 0 || pipe2(reports, O_CLOEXEC) != 0 ||
	    fcntl(reports[0], F_SETFL, O_NONBLOCK) != 0 ||
	    fcntl(orders[1], F_SETFL, O_NONBLOCK) != 0 ||
	    (k->pid = fork_keeper(spec, lock, orders, reports)) < 0) {
		error_errno(err, "cannot start a keeper");
		close_pair(orders);
		close_pair(reports);
		return -1;
	}
	family_add(k->pid);
	close(orders[0]);
	close(reports[1]);
	k->orders = orders[1];
	k->reports = reports[0];
	k->pidfd = pidfd_open(k->pid, 0);
	if (k->pidfd < 0) {
		error_errno(err, "cannot watch the keeper");
		keeper_release(k);
		return -1;
	}
	return 0;
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
	for (size_t i = 0; i < ARRAY_SIZE(given); i++)
		if (given[i] >= 0)
			close(given[i]);
	return rc;
}

void keeper_end(struct keeper *k)
{
	/* Full or broken: it has its orders, or needs none any more. */
	if (k->orders >= 0)
		(void)!write(k->orders, &(char){ KEEPER_ORDER_END }, 1);
}

int keeper_read(struct keeper *k, struct keeper_report *r)
{
	ssize_t n;

	do
		n = read(k->reports, r, sizeof(*r));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(*r))
		return 1;
	return n < 0 && errno == EAGAIN ? 0 : -1;
}

void keeper_release(struct keeper *k)
{
	const int fds[] = { k->orders, k->reports, k->pidfd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (k->pid > 0)
		family_abandon(k->pid);
	*k = (struct keeper)KEEPER_INIT;
}
