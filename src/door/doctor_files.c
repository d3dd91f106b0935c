/* doctor_files.c - what lies on disk: secrets, folders, the state, room. */
#include "base/path.h"
#include "door/doctor_parts.h"
#include "store/state.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { MIB = 1024 * 1024, ROOM_FAIL = 16, ROOM_WARN = 512 };

/* -- .env -------------------------------------------------------------------
 */

/* NULL: only who should can read it. Else what is wrong. */
static const char *env_fault(
    const struct doctor *d, const char *path, const struct stat *st)
{
	if ((st->st_mode & S_IRWXO) != 0)
		return "everybody on this machine may read it";
	if ((st->st_mode & S_IWGRP) != 0)
		return "its group may write to it";
	if (d->claude.uid != d->self.uid && doctor_may_be(&d->claude) &&
	    doctor_access(&d->claude, path, R_OK))
		return "Claude's account may read it";
	return NULL;
}

/* The package's belongs to root, and to the service's group. To be freed. */
static char *env_mend(
    const struct doctor *d, const char *path, const struct stat *st)
{
	bool packaged = doctor_is_packaged(d);

	if (d->claude.uid == st->st_uid && d->claude.uid != d->self.uid)
		return xasprintf(
		    "chown %s: %s && chmod 600 %s", d->self.name, path, path);
	if (packaged && (st->st_mode & 07777) == 0640)
		return xasprintf(
		    "chown root:%s %s, and take '%s' out of that group",
		    d->self.name, path, d->claude.name);
	return xasprintf("chmod %s %s", packaged ? "640" : "600", path);
}

void doctor_env(struct doctor *d)
{
	char *path = path_join(d->config.dir, ".env"), *mend = NULL;
	const char *fault;
	struct stat st;

	if (stat(path, &st) != 0) {
		doctor_ok(d, ".env", "there is none");
	} else if ((fault = env_fault(d, path, &st)) != NULL) {
		mend = env_mend(d, path, &st);
		doctor_fail(d, ".env", mend, "%s (mode %04o)", fault,
		    (unsigned)st.st_mode & 07777);
	} else if (doctor_may_be(&d->self) &&
		   !doctor_access(&d->self, path, R_OK)) {
		mend = xasprintf("chown %s: %s", d->self.name, path);
		doctor_fail(
		    d, ".env", mend, "'%s' cannot read it", d->self.name);
	} else {
		doctor_ok(d, ".env", "mode %04o", (unsigned)st.st_mode & 07777);
	}
	free(mend);
	free(path);
}

/* -- folders ----------------------------------------------------------------
 */

/* The folder itself or, where it is still to be made, the nearest one above
 * it that is there. To be freed. */
static char *nearest(const char *path)
{
	char *at = xstrdup(path);

	while (
	    access(at, F_OK) != 0 && errno == ENOENT && strcmp(at, "/") != 0) {
		char *up = path_folder(at);

		free(at);
		at = up;
	}
	return at;
}

/* at is what of path is there. Never the owner of a folder that is not ours,
 * such as /run. To be freed. */
static char *mend_folder(
    const struct doctor *d, const char *path, const char *at, int error)
{
	const char *self = d->self.name;
	struct stat st;

	if (error == EROFS)
		return xasprintf(
		    "another folder for it, or ReadWritePaths= in its unit");
	if (strcmp(path, at) != 0)
		return xasprintf("install -d -m 750 -o %s %s", self, path);
	if (stat(at, &st) != 0 || st.st_uid != d->self.uid)
		return xasprintf("chown %s: %s", self, at);
	if ((st.st_mode & S_IRWXU) != S_IRWXU)
		return xasprintf("chmod u+rwx %s", at);
	return xasprintf(
	    "let '%s' into each folder above it (namei -l %s)", self, at);
}

static bool check_folder(
    struct doctor *d, const char *key, const char *path, int mode)
{
	char *at = nearest(path), *mend;
	bool may = doctor_access(&d->self, at, mode);
	int error = errno;

	if (!may) {
		mend = mend_folder(d, path, at, error);
		doctor_fail(d, "folders", mend, "%s: '%s' cannot %s '%s': %s",
		    key, d->self.name, mode & W_OK ? "write to" : "read", at,
		    strerror(error));
		free(mend);
	}
	free(at);
	return may;
}

void doctor_folders(struct doctor *d)
{
	const struct config *c = &d->config;
	char *state = path_folder(c->paths.state_file);
	char *lists = nearest(c->paths.tasks_dir), *mend;
	const struct {
		const char *key, *path;
		int mode;
	} folders[] = {
		{ "paths.run_dir", c->paths.run_dir, W_OK | X_OK },
		{ "paths.logs_dir", c->paths.logs_dir, W_OK | X_OK },
		{ "paths.state_file", state, W_OK | X_OK },
		{ "paths.tasks_dir", c->paths.tasks_dir, R_OK | X_OK },
		{ "paths.daily_dir", c->paths.daily_dir, R_OK | X_OK },
	};
	bool all = true;

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		all &= check_folder(
		    d, folders[i].key, folders[i].path, folders[i].mode);
	if (all)
		doctor_ok(d, "folders",
		    "'%s' can write locks, logs and state, and read lists",
		    d->self.name);
	/* Lists of one's own may lie where only others write; `plan` wants
	 * more. */
	if (c->claude.output_format != OUTPUT_TEXT &&
	    !doctor_access(&d->self, lists, W_OK | X_OK)) {
		int error = errno;

		mend = mend_folder(d, c->paths.tasks_dir, lists, error);
		doctor_warn(d, "folders", mend,
		    "paths.tasks_dir: '%s' cannot write a plan's list to '%s': %s",
		    d->self.name, lists, strerror(error));
		free(mend);
	}
	free(lists);
	free(state);
}

/* -- state.json -------------------------------------------------------------
 */

void doctor_state(struct doctor *d)
{
	const char *path = d->config.paths.state_file;
	struct state s = STATE_INIT;
	struct error err = ERROR_INIT;
	char *mend;

	if (access(path, F_OK) == 0 && !doctor_access(&d->self, path, R_OK)) {
		int error = errno;

		mend = xasprintf(
		    "chown %s: %s && chmod 600 %s", d->self.name, path, path);
		doctor_fail(d, "state", mend, "'%s' cannot read '%s': %s",
		    d->self.name, path, strerror(error));
		free(mend);
		return;
	}
	switch (state_load(path, &s, &err)) {
	case STATE_LOADED:
		doctor_ok(d, "state", "%s", path);
		if (s.n_notices > 0 && s.undelivered_error != NULL)
			doctor_warn(d, "undelivered",
			    "they are tried again by themselves; doctor --notify tries one of its own now",
			    "%zu notification%s: %s", s.n_notices,
			    s.n_notices == 1 ? "" : "s", s.undelivered_error);
		break;
	case STATE_NONE:
		doctor_ok(d, "state", "none yet");
		break;
	case STATE_CORRUPT:
		doctor_fail(d, "state",
		    "put a backup in its place, or let the next start keep it aside and begin a new one",
		    "'%s' is not valid: %s", path, err.text);
		break;
	case STATE_UNREADABLE:
		doctor_fail(d, "state",
		    "nothing starts before it can be read; a newer version wants the newer program",
		    "%s", err.text);
		break;
	}
	state_release(&s);
}

/* -- room -------------------------------------------------------------------
 */

/* Returns whether all is well there. */
static bool check_room(struct doctor *d, const char *at)
{
	struct statvfs fs;
	char *mend;
	uint64_t free_mib;
	bool none;

	if (statvfs(at, &fs) != 0)
		return true; /* told as a folder */
	free_mib = (uint64_t)fs.f_bavail * fs.f_frsize / MIB;
	none = fs.f_files > 0 && fs.f_favail == 0;
	if (free_mib >= ROOM_WARN && !none)
		return true;
	mend = xasprintf(
	    "make room on the file system of %s (old session folders in %s, journalctl --vacuum-size=200M)",
	    at, d->config.paths.logs_dir);
	if (none)
		doctor_fail(d, "disk", mend,
		    "no file can be made in '%s' (no inode is left)", at);
	else if (free_mib < ROOM_FAIL)
		doctor_fail(d, "disk", mend, "%llu MiB are free in '%s'",
		    (unsigned long long)free_mib, at);
	else
		doctor_warn(d, "disk", mend, "%llu MiB are free in '%s'",
		    (unsigned long long)free_mib, at);
	free(mend);
	return false;
}

/* Each file system once. */
void doctor_disk(struct doctor *d)
{
	char *places[] = {
		nearest(d->config.paths.state_file),
		nearest(d->config.paths.logs_dir),
		nearest(d->config.claude.workdir),
	};
	dev_t seen[ARRAY_SIZE(places)];
	size_t n = 0;
	bool all = true;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		struct stat st = { 0 };
		bool known = stat(places[i], &st) != 0;

		for (size_t k = 0; k < n; k++)
			known |= seen[k] == st.st_dev;
		if (!known) {
			seen[n++] = st.st_dev;
			all &= check_room(d, places[i]);
		}
		free(places[i]);
	}
	if (all)
		doctor_ok(d, "disk", "there is room");
}

/* -- Claude's folder --------------------------------------------------------
 */

/* What is wrong may be above the folder, where a chown of it mends nothing. */
static void tell_no_work(struct doctor *d, const char *path, const char *mend)
{
	int error = errno;
	char *closed = NULL, *enter = NULL;

	/* The uppermost that Claude's account cannot enter. */
	for (const char *at = path; *at != '\0' && closed == NULL;) {
		at += strspn(at, "/");
		at += strcspn(at, "/");
		closed = xstrndup(path, (size_t)(at - path));
		if (doctor_access(&d->claude, closed, X_OK)) {
			free(closed);
			closed = NULL;
		}
	}
	if (closed != NULL && strcmp(closed, path) != 0)
		enter = xasprintf(
		    "a claude.workdir elsewhere (below /srv), or let '%s' into '%s' (chmod o+x)",
		    d->claude.name, closed);
	d->no_entry = closed != NULL;
	doctor_fail(d, "workdir", enter != NULL ? enter : mend,
	    "Claude, as '%s', cannot %s '%s': %s", d->claude.name,
	    enter != NULL ? "enter" : "work in", enter != NULL ? closed : path,
	    strerror(error));
	free(enter);
	free(closed);
}

void doctor_workdir(struct doctor *d)
{
	const char *path = d->config.claude.workdir, *user = d->claude.name;
	char *mend = xasprintf(
	    "chown -R %s: %s, or another claude.user or claude.workdir", user,
	    path);
	struct stat st;

	if (d->user_faulty || stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
		; /* told with the configuration */
	else if (!doctor_may_be(&d->claude))
		doctor_warn(d, "workdir", "sudo orchestrator doctor",
		    "only root can see it as '%s' does", user);
	else if (!doctor_access(&d->claude, path, R_OK | W_OK | X_OK))
		tell_no_work(d, path, mend);
	else if (st.st_uid != d->claude.uid)
		doctor_warn(d, "workdir", mend,
		    "'%s' belongs to another account than Claude's ('%s'): git may refuse to work there",
		    path, user);
	else
		doctor_ok(d, "workdir", "%s", path);
	free(mend);
}
