/* logs_sweep.c - what is older than logging.keep_days goes.
 *
 * By the names that are ours alone, and by the last change: what a person has
 * put beside them stays, and the folder of a session that holds more. */
#include "base/clock.h"
#include "base/path.h"
#include "store/logs.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAY = 24 * 60 * 60 };

#define D4   "[0-9][0-9][0-9][0-9]"
#define DATE D4 "-[0-9][0-9]-[0-9][0-9]"

static const char *const of_tasks[] = {
	"task-[0-9]*-output.log*",
	"task-[0-9]*-stream.jsonl*",
	"task-[0-9]*-changes.diff*",
};
static const char *const of_days[] = {
	DATE ".log", "plan-" DATE "-output.log*", "plan-" DATE "-stream.jsonl*",
	"webhook-access.log.*", /* as logrotate names them; never the one
				   that is written to */
};
static const char archive[] = D4 D4 "-[0-9][0-9][0-9][0-9][0-9][0-9]*";

static bool is_one_of(const char *name, const char *const *patterns, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (fnmatch(patterns[i], name, FNM_PERIOD) == 0)
			return true;
	return false;
}

struct sweep {
	int64_t before;     /* what was changed later stays */
	const char *record; /* state.json's name, which an archive has, too */
	char today[CLOCK_TEXT];
};

static bool is_old(
    const struct sweep *s, int dir, const char *name, mode_t type)
{
	struct stat st;

	return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       (st.st_mode & S_IFMT) == type && st.st_mtime < s->before;
}

static DIR *open_folder(int at, const char *name)
{
	int fd =
	    openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

	if (fd >= 0 && dir == NULL)
		close(fd);
	return dir;
}

/* The logs and the record of one session; the folder, where nothing else is
 * in it. Removing changes its own time: that is looked at before. */
static void sweep_archive(const struct sweep *s, int at, const char *name)
{
	DIR *dir = is_old(s, at, name, S_IFDIR) ? open_folder(at, name) : NULL;
	const struct dirent *e;

	if (dir == NULL)
		return;
	while ((e = readdir(dir)) != NULL)
		if ((is_one_of(e->d_name, of_tasks, ARRAY_SIZE(of_tasks)) ||
			strcmp(e->d_name, s->record) == 0) &&
		    is_old(s, dirfd(dir), e->d_name, S_IFREG))
			unlinkat(dirfd(dir), e->d_name, 0);
	closedir(dir);
	unlinkat(at, name, AT_REMOVEDIR);
}

void logs_sweep(
    const char *dir, const char *state_file, int keep_days, bool keep_tasks)
{
	struct sweep s = {
		.before = clock_now() - (int64_t)keep_days * DAY,

		.record = path_name(state_file),
	};
	const struct dirent *e;
	DIR *logs;

	if (keep_days == 0 || (logs = open_folder(AT_FDCWD, dir)) == NULL)
		return;
	clock_local(clock_now(), "%Y-%m-%d", s.today);
	while ((e = readdir(logs)) != NULL) {
		const char *name = e->d_name;
		bool is_task = is_one_of(name, of_tasks, ARRAY_SIZE(of_tasks));
		bool is_day = is_one_of(name, of_days, ARRAY_SIZE(of_days));

		if (fnmatch(archive, name, FNM_PERIOD) == 0)
			sweep_archive(&s, dirfd(logs), name);
		else if ((is_day || (is_task && !keep_tasks)) &&
			 !str_starts(name, s.today) &&
			 is_old(&s, dirfd(logs), name, S_IFREG))
			unlinkat(dirfd(logs), name, 0);
	}
	closedir(logs);
}
