/* child.c - fork, the steps to a clean exec, and what comes back.
 *
 * What happens in the child is a list of steps; the first that fails is told
 * to the parent as its number and errno. */
#include "engine/child.h"
#include "base/path.h"
#include "engine/forked.h"
#include "engine/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/sched.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum step {
	STEP_DESCRIPTORS,
	STEP_ACCOUNT,
	STEP_CAPABILITIES,
	STEP_PARENT,
	STEP_FOLDER,
	STEP_EXEC,
	STEPS
};

static const char *const step_name[] = {
	[STEP_DESCRIPTORS] = "cannot set up its descriptors",
	[STEP_ACCOUNT] = "cannot become its account",
	[STEP_CAPABILITIES] = "cannot give up capabilities",
	[STEP_PARENT] = "cannot be bound to its parent",
	[STEP_FOLDER] = "cannot enter its folder",
	[STEP_EXEC] = "",
};
_Static_assert(ARRAY_SIZE(step_name) == STEPS, "name every step");

struct failure {
	enum step step;
	int error;
};

/* Descriptor 3 in the child until exec closes it. */
enum { REPORT_FD = 3, CLEAR_OF_STANDARD = 10 };

/* The paths to try, in order, as execvp(3) would: exec itself decides, under
 * the child's account. */
static void find_candidates(struct strvec *out, const struct child_spec *spec)
{
	const char *name =
	    spec->program != NULL ? spec->program : spec->argv->v[0];
	const char *path = "/usr/local/bin:/usr/bin:/bin";

	if (strchr(name, '/') != NULL) {
		strvec_add(out, name);
		return;
	}
	for (size_t i = 0; i < spec->env->n; i++)
		if (str_starts(spec->env->v[i], "PATH="))
			path = spec->env->v[i] + strlen("PATH=");
	for (;;) {
		size_t n = strcspn(path, ":");

		/* An empty part means the current folder: not with us. */
		if (n > 0)
			strvec_addf(out, "%.*s/%s", (int)n, path, name);
		if (path[n] == '\0')
			break;
		path += n + 1;
	}
}

/* From here to child_main(): async-signal-safe calls only. */

static int place_descriptors(const struct child_spec *spec, int report)
{
	int from[3] = { spec->in, spec->out, spec->err };

	/* First out of the way of 0, 1 and 2, which may be among them. */
	report = fcntl(report, F_DUPFD_CLOEXEC, CLEAR_OF_STANDARD);
	for (int i = 0; i < 3; i++) {
		from[i] = from[i] < 0 ? open("/dev/null", O_RDWR | O_CLOEXEC)
				      : fcntl(from[i], F_DUPFD_CLOEXEC,
					    CLEAR_OF_STANDARD);
		if (from[i] >= 0 && from[i] < CLEAR_OF_STANDARD)
			from[i] =
			    fcntl(from[i], F_DUPFD_CLOEXEC, CLEAR_OF_STANDARD);
	}
	for (int i = 0; i < 3; i++)
		if (dup2(from[i], i) < 0)
			return -1;
	if (dup3(report, REPORT_FD, O_CLOEXEC) < 0)
		return -1;
	close_from(REPORT_FD + 1, INT_MAX);
	return 0;
}

static int become(const struct account *a)
{
	bool same = getuid() == a->uid && geteuid() == a->uid;

	/* The own account needs no capability, and may lack it. */
	if (setgroups(a->n_groups, a->groups) != 0 && !(same && errno == EPERM))
		return -1;
	if (setresgid(a->gid, a->gid, a->gid) != 0)
		return -1;
	return setresuid(a->uid, a->uid, a->uid);
}

static int change_account(const struct child_spec *spec, enum step *at)
{
	*at = STEP_ACCOUNT;
	if (spec->as != NULL) {
		privilege_empty_bounding_set();
		if (become(spec->as) != 0)
			return -1;
	}
	*at = STEP_CAPABILITIES;
	if (spec->as == NULL && (!spec->unprivileged || geteuid() == 0))
		return 0;
	if (privilege_drop_capabilities() != 0)
		return -1;
	if (spec->as == NULL)
		return 0;
	if (spec->as->uid != 0 && setresuid(0, 0, 0) == 0) {
		errno = EPERM; /* the way back must be shut */
		return -1;
	}
	return prctl(PR_SET_NO_NEW_PRIVS, 1UL, 0UL, 0UL, 0UL);
}

/* A parent that died before the prctl would never be noticed by it. */
static int bind_to_parent(pid_t parent, int sig)
{
	if (prctl(PR_SET_PDEATHSIG, (unsigned long)sig) != 0)
		return -1;
	if (getppid() != parent)
		raise(SIGKILL);
	return 0;
}

/* Lowers both bounds, so that nobody raises it again. */
static void lower(__rlimit_resource_t what, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(what, &now) != 0 || now.rlim_max <= most)
		return;
	now.rlim_max = most;
	if (now.rlim_cur > most)
		now.rlim_cur = most;
	setrlimit(what, &now);
}

static void limit_resources(const struct child_spec *spec)
{
	if (spec->max_processes > 0)
		lower(RLIMIT_NPROC, (rlim_t)spec->max_processes);
	if (spec->max_memory > 0)
		lower(RLIMIT_DATA, (rlim_t)spec->max_memory << 20);
}

/* Returns where none can be executed: errno. */
static void try_candidates(
    const struct child_spec *spec, const struct strvec *candidates)
{
	int error = ENOENT;

	for (size_t i = 0; i < candidates->n; i++) {
		execve(candidates->v[i], spec->argv->v, spec->env->v);
		if (errno != ENOENT && errno != ENOTDIR && errno != EACCES)
			return;
		/* A folder of PATH that is closed to it says nothing of the
		 * program; a file that it may not run does. */
		if (errno == EACCES && access(candidates->v[i], F_OK) == 0)
			error = EACCES;
	}
	errno = error;
}

static _Noreturn void fail(int report, enum step step)
{
	struct failure f = { step, errno };

	if (write(report, &f, sizeof(f)) != (ssize_t)sizeof(f))
		_exit(126);
	_exit(127);
}

static _Noreturn void child_main(const struct child_spec *spec,
    const struct strvec *candidates, int report, pid_t parent)
{
	sigset_t none;
	enum step at;

	signals_default();
	umask(022);
	if (spec->own_session)
		setsid();
	limit_resources(spec);
	if (place_descriptors(spec, report) != 0)
		fail(report, STEP_DESCRIPTORS);
	if (change_account(spec, &at) != 0)
		fail(REPORT_FD, at);
	if (spec->parent_death_signal != 0 &&
	    bind_to_parent(parent, spec->parent_death_signal) != 0)
		fail(REPORT_FD, STEP_PARENT);
	if (spec->dir != NULL && chdir(spec->dir) != 0)
		fail(REPORT_FD, STEP_FOLDER);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	try_candidates(spec, candidates);
	fail(REPORT_FD, STEP_EXEC);
}

/* Back in the parent. */

static int explain(
    const struct child_spec *spec, const struct failure *f, struct error *err)
{
	const char *name = spec->argv->v[0];

	errno = f->error;
	switch (f->step) {
	case STEP_FOLDER:
		return error_errno(err, "cannot start '%s': %s '%s'", name,
		    step_name[f->step], spec->dir);
	case STEP_ACCOUNT:
		return error_errno(err, "cannot start '%s': %s '%s'", name,
		    step_name[f->step], spec->as->name);
	case STEP_EXEC:
		if (f->error == ENOENT && strchr(name, '/') == NULL)
			return error_set(err,
			    "cannot start '%s': there is no such program in PATH",
			    name);
		return error_errno(err, "cannot start '%s'", name);
	default:
		return error_errno(
		    err, "cannot start '%s': %s", name, step_name[f->step]);
	}
}

/* Where it cannot be joined, the walk of /proc does the work. */
static void join_cgroup(int folder)
{
	int fd = openat(folder, "cgroup.procs", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	(void)!write(fd, "0", 1);
	close(fd);
}

/* fork(2) into that cgroup; -1: ours. To move there afterwards takes the kernel
 * 10 ms, but clone3(2) may be forbidden (systemd's RestrictNamespaces). */
static pid_t fork_into(int cgroup)
{
	struct clone_args how = {
		.flags = CLONE_INTO_CGROUP,
		.exit_signal = SIGCHLD,
		.cgroup = (unsigned)cgroup,
	};
	pid_t pid = -1;

	if (cgroup >= 0)
		pid = (pid_t)syscall(SYS_clone3, &how, sizeof(how));
	if (pid >= 0)
		return pid;
	pid = fork();
	if (pid == 0 && cgroup >= 0)
		join_cgroup(cgroup);
	return pid;
}

pid_t child_spawn(const struct child_spec *spec, int *pidfd, struct error *err)
{
	const char *name = spec->argv->v[0];
	struct strvec candidates = STRVEC_INIT;
	pid_t parent = getpid(), pid;
	struct failure f;
	sigset_t mask;
	int pipe[2];
	ssize_t n;

	if (pipe2(pipe, O_CLOEXEC) != 0)
		return error_errno(err, "cannot start '%s'", name);
	find_candidates(&candidates, spec);
	signals_block(&mask);
	pid = fork_into(spec->cgroup_fd);
	if (pid == 0)
		child_main(spec, &candidates, pipe[1], parent);
	signals_restore(&mask);
	strvec_release(&candidates);
	close(pipe[1]);
	if (pid < 0) {
		error_errno(err, "cannot start '%s'", name);
		close(pipe[0]);
		return -1;
	}
	/* Until the pipe's other end is closed by exec, or speaks. */
	do
		n = read(pipe[0], &f, sizeof(f));
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(f)) {
		explain(spec, &f, err);
		forked_end(pid);
		pid = -1;
	} else if (pidfd != NULL && (*pidfd = pidfd_open(pid, 0)) < 0) {
		error_errno(err, "cannot watch '%s'", name);
		forked_end(pid);
		pid = -1;
	}
	close(pipe[0]);
	return pid;
}

char *child_obituary(int wait_status)
{
	int code;

	if (WIFSIGNALED(wait_status)) {
		code = WTERMSIG(wait_status);
		return xasprintf(
		    "killed by signal %d (%s)", code, strsignal(code));
	}
	code = WEXITSTATUS(wait_status);
	return code == 0 ? NULL : xasprintf("exit status %d", code);
}
