/* child.h - fork and exec, with nothing left behind in the child.
 *
 * The child starts with an empty signal mask, default dispositions, umask
 * 022, exactly descriptors 0, 1 and 2, and the given environment and folder.
 * "No such program" comes back through a close-on-exec pipe and is told apart
 * from "the program failed". Between fork and exec only async-signal-safe
 * calls: everything that needs memory is prepared before. */
#ifndef ENGINE_CHILD_H
#define ENGINE_CHILD_H

#include "base/error.h"
#include "base/strvec.h"

/* Another account (claude.user), looked up beforehand. */
struct account {
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	size_t n_groups;
	char *name, *home, *shell;
};

#define ACCOUNT_INIT         \
	{                    \
		.name = NULL \
	}

int account_find(struct account *a, const char *name, struct error *err);
void account_release(struct account *a);
/* May this process, or its spawner, become that account and signal it (root,
 * or CAP_SETUID, CAP_SETGID, CAP_KILL)? -1 with the reason where not. */
int account_allowed(const struct account *a, struct error *err);

struct child_spec {
	const char *program;       /* its path; NULL: that of argv[0] */
	const struct strvec *argv; /* argv[0] is looked up in env's PATH */
	const struct strvec *env;  /* NAME=value */
	const char *dir;           /* NULL: stay */
	int in, out, err;          /* descriptors; -1: /dev/null */
	const struct account *as;  /* NULL: stay; else drops everything */
	bool own_session;          /* setsid(2) */
	int parent_death_signal;   /* PDEATHSIG, after as; 0: none */
	bool unprivileged;         /* not root: no capability survives either */
	int cgroup_fd;             /* the cgroup (v2) to be in; -1: ours */
	int max_processes;         /* of its account, all told; 0: no limit */
	int max_memory;            /* MiB of data a process; 0: no limit */
};

/* Returns the pid once exec has happened, or -1 with "cannot start 'x':
 * ..." (what failed: folder, account, exec). pidfd may be NULL. */
pid_t child_spawn(const struct child_spec *spec, int *pidfd, struct error *err);

/* "exit status 3", "killed by signal 9 (Killed)"; cleanly: NULL. To be
 * freed. */
char *child_obituary(int wait_status);

#endif
