/* sandbox.c - what bubblewrap is told. */
#include "engine/sandbox.h"
#include "base/path.h"

#include <unistd.h>

static const char READ[] = "--ro-bind-try";
static const char WRITE[] = "--bind";
static const char WRITE_IF_THERE[] = "--bind-try";

struct place {
	char *path;
	const char *how; /* one of those */
};

/* A folder before what lies in it, or it would cover that again. */
static int outer_first(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	size_t m = strlen(x->path), n = strlen(y->path);

	if (m != n)
		return m < n ? -1 : 1;
	return strcmp(y->how, x->how); /* what can be written last */
}

struct places {
	struct place *v;
	size_t n;
};

/* Takes path. */
static void add_place(struct places *p, char *path, const char *how)
{
	p->v = xrealloc(p->v, p->n + 1, sizeof(*p->v));
	p->v[p->n++] = (struct place){ path, how };
}

/* The innermost that path is or lies in; NULL: none. */
static const struct place *place_of(const struct places *p, const char *path)
{
	const struct place *found = NULL;

	for (size_t i = 0; i < p->n; i++) {
		const char *folder = p->v[i].path;
		size_t n = strlen(folder);

		if (strncmp(folder, path, n) == 0 &&
		    (path[n] == '/' || path[n] == '\0' ||
			strcmp(folder, "/") == 0) &&
		    (found == NULL || outer_first(&p->v[i], found) > 0))
			found = &p->v[i];
	}
	return found;
}

/* A folder that holds what can only be read could be renamed, and another put
 * in its place; what is mounted upon cannot. So is each one between it and
 * what can be written, with itself. */
static void add_way_to(struct places *p, const char *path)
{
	char *folder = path_folder(path);
	const struct place *in = place_of(p, folder);

	if (in != NULL && strcmp(in->path, folder) != 0 && in->how != READ) {
		add_place(p, folder, WRITE_IF_THERE);
		add_way_to(p, p->v[p->n - 1].path);
		return;
	}
	free(folder);
}

static void add_places(
    struct strvec *out, const struct config *c, const char *home)
{
	char *state = path_folder(c->paths.state_file);
	const char *const read[] = { c->dir, state, c->paths.state_file,
		c->paths.tasks_dir, c->paths.logs_dir, c->paths.daily_dir,
		c->paths.run_dir, c->path };
	struct places p = { NULL, 0 };
	size_t n;

	/* By their real names, or a link would hide what lies in what. */
	for (size_t i = 0; i < ARRAY_SIZE(read); i++)
		if (read[i] != NULL)
			add_place(&p, path_real(read[i]), READ);
	n = p.n;
	add_place(&p, path_real(c->claude.workdir), WRITE);
	add_place(&p, path_real(home), WRITE_IF_THERE);
	for (size_t i = 0; i < n; i++)
		add_way_to(&p, p.v[i].path);
	qsort(p.v, p.n, sizeof(p.v[0]), outer_first);
	for (size_t i = 0; i < p.n; i++) {
		if (strcmp(p.v[i].path, "/") != 0) {
			strvec_add(out, p.v[i].how);
			strvec_add(out, p.v[i].path);
			strvec_add(out, p.v[i].path);
		}
		free(p.v[i].path);
	}
	free(p.v);
	free(state);
}

void sandbox_prefix(
    struct strvec *out, const struct config *c, const struct strvec *env)
{
	/* Root's capabilities would lift what is mounted here, and its number
	 * alone writes to /proc/sys. */
	static const char *const first[] = { "bwrap", "--unshare-pid",
		"--unshare-ipc", "--cap-drop", "ALL", "--ro-bind", "/", "/",
		"--dev", "/dev", "--proc", "/proc", "--ro-bind", "/proc/sys",
		"/proc/sys", "--tmpfs", "/tmp", "--tmpfs", "/var/tmp" };
	/* A manager of the account's services would run what it asks for. */
	const char *const empty[] = { "/run/user", c->paths.run_dir };
	const char *home = "/";
	char *dotenv;

	if (!c->claude.sandbox)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		strvec_add(out, first[i]);
	for (size_t i = 0; i < env->n; i++)
		if (str_starts(env->v[i], "HOME=/"))
			home = env->v[i] + strlen("HOME=");
	add_places(out, c, home);
	/* Last: wherever they are, they are not there. */
	for (size_t i = 0; i < ARRAY_SIZE(empty); i++)
		if (access(empty[i], F_OK) == 0) {
			strvec_add(out, "--tmpfs");
			strvec_add(out, empty[i]);
		}
	dotenv = path_join(c->dir, ".env");
	if (access(dotenv, F_OK) == 0) {
		strvec_add(out, "--ro-bind");
		strvec_add(out, "/dev/null");
		strvec_take(out, path_real(dotenv));
	}
	free(dotenv);
	strvec_add(out, "--chdir");
	strvec_add(out, c->claude.workdir);
	strvec_add(out, "--");
}
