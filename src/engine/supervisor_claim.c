/* supervisor_claim.c - one supervisor for an instance, of the account that it
 * belongs to. */
#include "base/durable.h"
#include "base/path.h"
#include "engine/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOCK_TRIES = 10, LOCK_PAUSE_MS = 5 };

/* Returns 0, 1 where another holds it, or -1. Whoever asks whether the lock is
 * held (door/client) holds it shared for a moment: one refusal is not yet a
 * supervisor. */
static int take_lock(int *fd, const char *path, struct error *err)
{
	*fd = path_open_regular(path, O_RDWR | O_CREAT, 0600);
	if (*fd < 0)
		return path_not_opened(path, err);
	for (int tries = 0; tries < LOCK_TRIES; tries++) {
		if (flock(*fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK)
			return error_errno(err, "cannot lock '%s'", path);
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
	return 1;
}

/* With root's rights, say, we would make the state root's, and run Claude as
 * root. */
static int check_owner(const struct config *c, struct error *err)
{
	const char *const ours[] = { c->paths.run_dir, c->paths.state_file };

	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		const struct passwd *owner;
		struct stat st;

		if (stat(ours[i], &st) != 0 || st.st_uid == geteuid())
			continue;
		owner = getpwuid(st.st_uid);
		return error_set(err,
		    "the state of this instance belongs to %s: run it as that account",
		    owner != NULL ? owner->pw_name : "another account");
	}
	return 0;
}

static int make_folders(
    const struct config *c, const char *state_folder, struct error *err)
{
	const char *run = c->paths.run_dir;
	struct stat st;

	if (durable_mkdir(run, 0700, err) != 0)
		return -1;
	/* Whoever can write in it could put a socket of his own there. */
	if ((stat(run, &st) != 0 || (st.st_mode & 0077) != 0) &&
	    chmod(run, 0700) != 0)
		return error_errno(err, "cannot close '%s' to others", run);
	if (durable_mkdir(c->paths.logs_dir, 0700, err) != 0)
		return -1;
	return durable_mkdir(state_folder, 0700, err);
}

/* One lock for the instance, and one for its state: two configurations that
 * share a state file must not run side by side. */
int supervisor_claim(struct instance *in, struct error *err)
{
	const char *state = in->config->paths.state_file;
	char *run = config_run_path(in->config, "lock");
	char *folder = path_folder(state);
	char *beside = xasprintf("%s/.%s.lock", folder, path_name(state));
	int rc = check_owner(in->config, err);

	if (rc == 0)
		rc = make_folders(in->config, folder, err);
	if (rc == 0)
		rc = take_lock(&in->lock_fd, run, err);
	if (rc == 0)
		rc = take_lock(&in->state_lock_fd, beside, err);
	free(beside);
	free(folder);
	free(run);
	return rc;
}
