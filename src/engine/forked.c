/* forked.c - signals and descriptors of a fresh child. */
#include "engine/forked.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

void signals_default(void)
{
	/* The kernel's struct sigaction, SIG_DFL in whatever layout: libc's
	 * own call keeps two signals to itself, which may be inherited as
	 * ignored. KILL and STOP refuse: fine. */
	static const char kernel_default[64];

	for (int sig = 1; sig < _NSIG; sig++)
		syscall(SYS_rt_sigaction, sig, kernel_default, NULL, _NSIG / 8);
}

void signals_block(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, old);
}

void signals_restore(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

void close_each(const int *fds, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

void close_from(int first, int last)
{
	struct rlimit limit;

	if (first > last ||
	    close_range((unsigned)first, (unsigned)last, 0) == 0)
		return;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
	    limit.rlim_cur <= (rlim_t)last)
		last = (int)limit.rlim_cur - 1;
	for (int fd = first; fd <= last; fd++)
		close(fd);
}

static bool is_kept(int fd, const int *keep, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (keep[i] == fd)
			return true;
	return false;
}

/* Closes the gaps between the kept ones, from 3 upwards. */
static void close_others(const int *keep, size_t n)
{
	int first = 3;

	for (;;) {
		int next = INT_MAX;

		for (size_t i = 0; i < n; i++)
			if (keep[i] >= first && keep[i] < next)
				next = keep[i];
		if (next == INT_MAX)
			break;
		close_from(first, next - 1);
		first = next + 1;
	}
	close_from(first, INT_MAX);
}

void forked_settle(const char *name, const int *keep, size_t n)
{
	int null;

	if (n > FORKED_KEEP_MAX)
		bug("%zu descriptors to keep", n);
	log_set_sink(NULL, NULL);
	log_to_stderr(false);
	signals_block(NULL);
	signals_default();
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		if (fd != null && !is_kept(fd, keep, n))
			dup2(null, fd);
	close_others(keep, n);
	prctl(PR_SET_NAME, name);
}

void forked_end(pid_t pid)
{
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}
