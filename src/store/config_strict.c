/* config_strict.c - owners, modes, and groups in which the owner is alone. */
#include "store/config_schema.h"
#include "base/path.h"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

/* Those who may write wherever they like, and the account that must not own
 * anything of ours. */
struct judge {
	const struct config *c;
	const char *name;
	struct faults *f;
	uid_t supervisor;
	bool has_agent; /* claude.user, another account than ours */
	uid_t agent;
	bool root_told; /* that the agent is root, to whom all belongs */
};

static bool is_trusted(const struct judge *j, uid_t uid, uid_t owner)
{
	return uid == 0 || uid == owner || uid == j->supervisor;
}

/* Members are named by the group, or have it as their own. */
static bool group_is_trusted(const struct judge *j, gid_t gid, uid_t owner)
{
	const struct group *gr = getgrgid(gid);
	const struct passwd *pw;
	struct strvec members = STRVEC_INIT;
	bool trusted = true;

	for (char **m = gr == NULL ? NULL : gr->gr_mem; m && *m; m++)
		strvec_add(&members, *m);
	for (size_t i = 0; i < members.n; i++) {
		pw = getpwnam(members.v[i]); /* NULL: nobody any more */
		trusted &= pw == NULL || is_trusted(j, pw->pw_uid, owner);
	}
	strvec_release(&members);
	setpwent();
	while (trusted && (pw = getpwent()) != NULL)
		if (pw->pw_gid == gid && !is_trusted(j, pw->pw_uid, owner))
			trusted = false;
	endpwent();
	return trusted;
}

/* "config.yaml:9: paths.run_dir: " where a key names it. */
static void say(const struct judge *j, const char *section, const char *key,
    const char *what, const char *mend)
{
	if (section == NULL)
		faults_add(j->f, j->name, 0, "%s, want %s", what, mend);
	else
		faults_add(j->f, j->name, config_line(j->c, section, key),
		    "%s.%s: %s, want %s", section, key, what, mend);
}

static void check_owner(struct judge *j, const char *section, const char *key,
    const char *path, const struct stat *st)
{
	char *what, *mend;

	if (!j->has_agent || st->st_uid != j->agent)
		return;
	/* Another owner for root's files would be no mend. */
	if (j->agent == 0) {
		if (!j->root_told)
			faults_add(j->f, j->name,
			    config_line(j->c, "claude", "user"),
			    "claude.user: '%s' belongs to '%s', who could change it, want an ordinary account",
			    path, j->c->claude.user);
		j->root_told = true;
		return;
	}
	what =
	    xasprintf("'%s' belongs to claude.user ('%s'), who could change it",
		path, j->c->claude.user);
	mend = xasprintf("another owner: chown root: '%s'", path);
	say(j, section, key, what, mend);
	free(what);
	free(mend);
}

static void check_mode(const struct judge *j, const char *section,
    const char *key, const char *path, const struct stat *st)
{
	mode_t open = st->st_mode & S_IWOTH;
	char *what, *mend;

	if ((st->st_mode & S_IWGRP) &&
	    !group_is_trusted(j, st->st_gid, st->st_uid))
		open |= S_IWGRP;
	if (open == 0)
		return;
	what = xasprintf("'%s' can be written to by %s (mode %04o)", path,
	    open & S_IWOTH ? "every account" : "its whole group",
	    (unsigned)st->st_mode & 07777);
	mend = xasprintf("its owner alone: chmod %s '%s'",
	    open == S_IWGRP   ? "g-w"
	    : open == S_IWOTH ? "o-w"
			      : "go-w",
	    path);
	say(j, section, key, what, mend);
	free(what);
	free(mend);
}

static void check(
    struct judge *j, const char *section, const char *key, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0)
		return;
	check_owner(j, section, key, path, &st);
	check_mode(j, section, key, path, &st);
}

/* The program as the kernel will be told it; NULL where it is not found:
 * whoever starts it says so. To be freed. */
static char *find_program(const struct config *c)
{
	const char *name = c->claude.command.v[0];
	const char *path = getenv("PATH");
	char *found = NULL;

	if (strchr(name, '/') != NULL)
		return xstrdup(name);
	if (path == NULL)
		path = "/usr/local/bin:/usr/bin:/bin";
	for (size_t i = 0; i < c->claude.env.n; i++)
		if (str_starts(c->claude.env.v[i], "PATH="))
			path = c->claude.env.v[i] + strlen("PATH=");
	while (found == NULL && *path != '\0') {
		size_t n = strcspn(path, ":");
		char *folder = xstrndup(path, n);

		found = path_join(folder, name);
		if (n == 0 || access(found, X_OK) != 0) {
			free(found);
			found = NULL;
		}
		free(folder);
		path += n + (path[n] == ':');
	}
	return found;
}

void config_check_strict(
    const struct config *c, const char *name, struct faults *f)
{
	const struct passwd *agent =
	    c->claude.user == NULL ? NULL : getpwnam(c->claude.user);
	struct judge j = {
		.c = c, .name = name, .f = f, .supervisor = geteuid()
	};
	char *dotenv = path_join(c->dir, ".env");
	char *state = path_folder(c->paths.state_file);
	char *program = find_program(c);
	struct stat st;

	/* The account that runs the supervisor: ours, or, where root looks, the
	 * one that the locks belong to; but not the agent, who would own them.
	 */
	if (geteuid() == 0 && stat(c->paths.run_dir, &st) == 0 &&
	    (agent == NULL || agent->pw_uid != st.st_uid))
		j.supervisor = st.st_uid;
	if (agent != NULL && agent->pw_uid != j.supervisor) {
		j.has_agent = true;
		j.agent = agent->pw_uid;
	}
	check(&j, NULL, NULL, c->path);
	check(&j, NULL, NULL, dotenv);
	check(&j, NULL, NULL, c->dir);
	check(&j, "paths", "tasks_dir", c->paths.tasks_dir);
	check(&j, "paths", "run_dir", c->paths.run_dir);
	if (strcmp(state, c->dir) != 0)
		check(&j, "paths", "state_file", state);
	if (program != NULL)
		check(&j, "claude", "command", program);
	free(program);
	free(state);
	free(dotenv);
}
