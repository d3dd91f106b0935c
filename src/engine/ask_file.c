/* ask_file.c - judged is what was opened, not what its name leads to. */
#include "engine/ask_file.h"
#include "base/durable.h"
#include "base/path.h"
#include "core/claude/ask_diff.h"
#include "engine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

uid_t ask_account(const struct config *c)
{
	struct account account = ACCOUNT_INIT;
	uid_t uid = geteuid();

	if (c->claude.user != NULL &&
	    account_find(&account, c->claude.user, NULL) == 0)
		uid = account.uid;
	account_release(&account);
	return uid;
}

char *ask_file_now(const struct ask *a)
{
	char *named = ask_named_file(a);
	char *file = named == NULL ? NULL : path_settled(named);

	free(named);
	return file;
}

bool ask_leads_elsewhere(const struct ask *a, const char *file)
{
	char *now = ask_file_now(a);
	bool other = !str_equal(now, file);

	free(now);
	return other;
}

/* Inside of claude.workdir, not hidden, and none of ours. */
static bool may_be_shown(const struct config *c, const char *file)
{
	char *nginx = path_join(c->dir, "nginx"); /* init --systemd: its key */
	const char *const ours[] = { c->path, c->paths.state_file,
		c->paths.logs_dir, c->paths.run_dir, nginx };
	char *within = path_relative(c->claude.workdir, file);
	bool ok = within[0] != '/' && within[0] != '.' &&
		  strstr(within, "/.") == NULL;

	for (size_t i = 0; i < ARRAY_SIZE(ours) && ok; i++)
		ok = ours[i] == NULL || !path_is_inside(ours[i], file);
	free(within);
	free(nginx);
	return ok;
}

/* We read with our own rights: only what Claude may read, and what has this
 * name alone. Returns 0, or -1: it is not to be compared. NULL: there is
 * none. */
static int read_before(
    const struct config *c, const char *file, char **text, size_t *n)
{
	int fd = path_open_regular(file, O_RDONLY | O_NOFOLLOW, 0);
	char *link, *opened;
	struct stat st;
	int rc = -1;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	link = xasprintf("/proc/self/fd/%d", fd);
	opened = path_real(link);
	if (str_equal(opened, file) && fstat(fd, &st) == 0 &&
	    st.st_nlink == 1 &&
	    (st.st_uid == ask_account(c) || (st.st_mode & S_IROTH) != 0))
		rc = read_file(link, ASK_FILE_MAX, text, n, NULL);
	free(opened);
	free(link);
	close(fd);
	return rc;
}

void ask_compare(struct ask *a, const struct config *c)
{
	struct buf diff = BUF_INIT;
	char *before = NULL;
	size_t n = 0;

	xreplace(&a->diff, NULL);
	if (a->file == NULL || !ask_has_diff(a) || !may_be_shown(c, a->file))
		return;
	if (read_before(c, a->file, &before, &n) == 0 &&
	    ask_diff(&diff, a, before, n) && diff.len <= ASK_MAX)
		xreplace(&a->diff, diff.data);
	buf_release(&diff);
	free(before);
}
