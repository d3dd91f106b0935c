/* cgroup.c - finding, making, killing and removing a cgroup (v2). */
#include "engine/cgroup.h"
#include "base/durable.h"

#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROC_FILE_MAX = 1024 * 1024, NESTING = 16 };

/* Field number wanted (from 0) of a line of mountinfo. */
static char *field(const char *line, int wanted)
{
	while (wanted-- > 0) {
		line += strcspn(line, " \n");
		line += *line == ' ';
	}
	return xstrndup(line, strcspn(line, " \n"));
}

/* Where group lies below a mount of cgroup v2 that this line tells of. */
static char *below_mount(const char *line, const char *group)
{
	char *root = field(line, 3), *mount = field(line, 4);
	size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);
	char *path = NULL;

	if (strncmp(group, root, n) == 0)
		path = xasprintf("%s%s", mount, group + n);
	free(root);
	free(mount);
	return path;
}

/* The folder of our own cgroup, to be freed: the path in the line "0::/..." of
 * /proc/self/cgroup, below where cgroup v2 is mounted. */
static char *own_folder(void)
{
	static const char prefix[] = "0::", type[] = " - cgroup2 ";
	char *text, *rest, *group = NULL, *path = NULL;
	size_t n;

	if (read_file("/proc/self/cgroup", PROC_FILE_MAX, &text, &n, NULL) != 0)
		return NULL;
	for (char *line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest))
		if (str_starts(line, prefix))
			xreplace(&group, line + strlen(prefix));
	free(text);
	/* Where we were moved out of our namespace no path leads there. */
	if (group != NULL && !str_starts(group, "/..") &&
	    read_file("/proc/self/mountinfo", PROC_FILE_MAX, &text, &n, NULL) ==
		0) {
		for (char *line = strtok_r(text, "\n", &rest);
		     line != NULL && path == NULL;
		     line = strtok_r(NULL, "\n", &rest))
			if (strstr(line, type) != NULL)
				path = below_mount(line, group);
		free(text);
	}
	free(group);
	return path;
}

char *cgroup_path(const char *marker)
{
	char *folder = own_folder(), *path = NULL;

	if (folder != NULL) {
		path = xasprintf("%s/attempt-%s", folder, marker);
		for (char *p = path + strlen(path) - strlen(marker); *p != '\0';
		     p++)
			if (*p == '/')
				*p = '-';
	}
	free(folder);
	return path;
}

int cgroup_make(const char *path)
{
	int fd;

	if (mkdir(path, 0755) != 0)
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		rmdir(path);
	return fd;
}

static int open_in(const char *path, const char *name, int flags)
{
	char *file = xasprintf("%s/%s", path, name);
	int fd = open(file, flags | O_CLOEXEC);

	free(file);
	return fd;
}

static bool write_in(const char *path, const char *name, const char *text)
{
	int fd = open_in(path, name, O_WRONLY);
	size_t n = strlen(text);
	bool written;

	if (fd < 0)
		return false;
	written = write(fd, text, n) == (ssize_t)n;
	close(fd);
	return written;
}

bool cgroup_limit(const char *path, const char *controller, int64_t most)
{
	char *above = xstrndup(path, (size_t)(strrchr(path, '/') - path));
	char *name = xasprintf("%s.max", controller);
	char *wish = xasprintf("+%s", controller);
	char *value = xasprintf("%lld", (long long)most);
	bool done = write_in(path, name, value) ||
		    (write_in(above, "cgroup.subtree_control", wish) &&
			write_in(path, name, value));

	free(value);
	free(wish);
	free(name);
	free(above);
	return done;
}

bool cgroup_is_populated(const char *path)
{
	char text[256];
	int fd = open_in(path, "cgroup.events", O_RDONLY);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, "populated 1") != NULL;
}

void cgroup_kill(const char *path)
{
	write_in(path, "cgroup.kill", "1"); /* not before Linux 5.14 */
}

static int remove_folder(
    const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	if (type == FTW_DP)
		rmdir(path);
	return 0;
}

void cgroup_remove(const char *path)
{
	if (rmdir(path) != 0)
		nftw(path, remove_folder, NESTING, FTW_DEPTH | FTW_PHYS);
}
