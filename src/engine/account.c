/* account.c - claude.user: who that is, and whether we may become it. */
#include "base/buf.h"
#include "base/clock.h"
#include "base/durable.h"
#include "base/sock.h"
#include "engine/child.h"
#include "engine/forked.h"
#include "engine/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RECORD_MAX = 1024 * 1024, LOOK_UP_MS = 5000 };

static int find_groups(struct account *a, struct error *err)
{
	int n = 32;

	for (;;) {
		int room = n;

		a->groups = xrealloc(a->groups, (size_t)n, sizeof(gid_t));
		if (getgrouplist(a->name, a->gid, a->groups, &n) >= 0)
			break;
		if (n <= room) /* not a question of room */
			return error_set(
			    err, "cannot read the groups of '%s'", a->name);
	}
	a->n_groups = (size_t)n;
	return 0;
}

/* Fills pw, whose strings are in *room, to be freed. errno of getpwnam_r(3),
 * 0 with *found false where there is none. */
static int look_up(
    const char *name, struct passwd *pw, char **room, bool *found)
{
	struct passwd *result = NULL;
	size_t size = 1024;
	int rc;

	*room = NULL;
	do {
		size *= 2;
		*room = xrealloc(*room, size, 1);
		rc = getpwnam_r(name, pw, *room, size, &result);
	} while (rc == ERANGE && size < RECORD_MAX);
	*found = result != NULL;
	return rc;
}

/* What the asking child answers with; behind it the groups, then home and
 * shell with their NULs. */
struct account_answer {
	int error; /* errno; 0 with found false: there is none */
	bool found, has_groups;
	uid_t uid;
	gid_t gid;
	size_t n_groups, home, shell;
};

_Noreturn static void answer_and_exit(const char *name, int fd)
{
	struct account a = { .name = xstrdup(name) };
	struct account_answer said = { 0 };
	struct buf out = BUF_INIT;
	struct passwd pw;
	char *room;

	said.error = look_up(name, &pw, &room, &said.found);
	if (said.found) {
		a.gid = said.gid = pw.pw_gid;
		said.uid = pw.pw_uid;
		said.has_groups = find_groups(&a, NULL) == 0;
		said.n_groups = a.n_groups;
		said.home = strlen(pw.pw_dir) + 1;
		said.shell = strlen(pw.pw_shell) + 1;
	}
	buf_add(&out, &said, sizeof(said));
	if (said.found) {
		buf_add(&out, a.groups, a.n_groups * sizeof(gid_t));
		buf_add(&out, pw.pw_dir, said.home);
		buf_add(&out, pw.pw_shell, said.shell);
	}
	_exit(write_all(fd, out.data, out.len) == 0 ? 0 : 1);
}

static int hear_answer(int fd, struct buf *out)
{
	int64_t deadline = clock_mono_ms() + LOOK_UP_MS;

	for (;;) {
		ssize_t n;

		if (sock_wait(fd, POLLIN, deadline) <= 0)
			return -1;
		n = read(fd, buf_reserve(out, 4096), 4096);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return (int)n;
		buf_grown(out, (size_t)n);
	}
}

/* A directory service that does not answer (LDAP, a dead sssd) would hold up
 * the loop for minutes: a child asks, and is waited for so long. */
static int ask(const char *name, struct buf *out)
{
	int pair[2], rc;
	sigset_t mask;
	pid_t pid;

	if (pipe2(pair, O_CLOEXEC) != 0)
		return -1;
	signals_block(&mask);
	pid = fork();
	if (pid == 0)
		answer_and_exit(name, pair[1]);
	signals_restore(&mask);
	close(pair[1]);
	rc = pid < 0 ? -1 : hear_answer(pair[0], out);
	close(pair[0]);
	if (pid > 0)
		forked_end(pid);
	return rc;
}

int account_find(struct account *a, const char *name, struct error *err)
{
	struct buf text = BUF_INIT;
	struct account_answer said;
	const char *more;
	size_t groups;
	int rc = 0;

	if (ask(name, &text) != 0 || text.len < sizeof(said)) {
		rc = error_set(err,
		    "cannot look up account '%s': no answer within %d s", name,
		    LOOK_UP_MS / 1000);
		buf_release(&text);
		return rc;
	}
	memcpy(&said, text.data, sizeof(said));
	more = text.data + sizeof(said);
	groups = said.n_groups * sizeof(gid_t);
	errno = said.error;
	if (!said.found && errno != 0) {
		rc = error_errno(err, "cannot look up account '%s'", name);
	} else if (!said.found) {
		rc = error_set(err, "there is no account '%s'", name);
	} else if (!said.has_groups) {
		rc = error_set(err, "cannot read the groups of '%s'", name);
	} else if (text.len != sizeof(said) + groups + said.home + said.shell) {
		rc = error_set(
		    err, "cannot look up account '%s': half an answer", name);
	} else {
		*a = (struct account){
			.uid = said.uid,
			.gid = said.gid,
			.groups = xcalloc(said.n_groups, sizeof(gid_t)),
			.n_groups = said.n_groups,
			.name = xstrdup(name),
			.home = xstrdup(more + groups),
			.shell = xstrdup(more + groups + said.home),
		};
		memcpy(a->groups, more, groups);
	}
	buf_release(&text);
	return rc;
}

void account_release(struct account *a)
{
	free(a->groups);
	free(a->name);
	free(a->home);
	free(a->shell);
	*a = (struct account)ACCOUNT_INIT;
}

int account_allowed(const struct account *a, struct error *err)
{
	uint32_t wanted = 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_KILL;
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct have[_LINUX_CAPABILITY_U32S_3];

	if (a->uid == geteuid() || spawner_is_used() ||
	    (syscall(SYS_capget, &head, have) == 0 &&
		(have[0].effective & wanted) == wanted))
		return 0;
	return error_set(err,
	    "cannot run anything as '%s': the supervisor runs with uid %d and may not switch; "
	    "it must be root, or have CAP_SETUID, CAP_SETGID and CAP_KILL",
	    a->name, (int)geteuid());
}
