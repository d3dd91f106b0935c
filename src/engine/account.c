/* account.c - claude.user: who that is, and whether we may become it. */
#include "engine/child.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { RECORD_MAX = 1024 * 1024 };

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

int account_find(struct account *a, const char *name, struct error *err)
{
	struct passwd pw;
	char *room;
	bool found;
	int rc = 0;

	errno = look_up(name, &pw, &room, &found);
	if (!found && errno != 0) {
		rc = error_errno(err, "cannot look up account '%s'", name);
	} else if (!found) {
		rc = error_set(err, "there is no account '%s'", name);
	} else {
		*a = (struct account){
			.uid = pw.pw_uid,
			.gid = pw.pw_gid,
			.name = xstrdup(name),
			.home = xstrdup(pw.pw_dir),
			.shell = xstrdup(pw.pw_shell),
		};
		rc = find_groups(a, err);
	}
	free(room);
	if (rc != 0)
		account_release(a);
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

static bool has_capabilities(uint32_t wanted)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, data) != 0)
		return false;
	return (data[0].effective & wanted) == wanted;
}

int account_allowed(const struct account *a, struct error *err)
{
	uint32_t wanted = 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_KILL;

	if (a->uid == geteuid() || has_capabilities(wanted))
		return 0;
	return error_set(err,
	    "cannot run anything as '%s': the supervisor runs with uid %d and "
	    "may not switch; it must be root, or have CAP_SETUID, CAP_SETGID "
	    "and CAP_KILL",
	    a->name, (int)geteuid());
}
