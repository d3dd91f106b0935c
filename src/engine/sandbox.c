/* sandbox.c - what bubblewrap is told. */
#include "engine/sandbox.h"
#include "base/path.h"

#include <unistd.h>

struct place {
	const char *path;
	const char *how; /* bwrap's option: --bind can be written */
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

static void add_places(
    struct strvec *out, const struct config *c, const char *home)
{
	char *state = path_folder(c->paths.state_file);
	struct place places[] = {
		{ c->dir, "--ro-bind-try" },
		{ state, "--ro-bind-try" },
		{ c->paths.state_file, "--ro-bind-try" },
		{ c->paths.tasks_dir, "--ro-bind-try" },
		{ c->paths.logs_dir, "--ro-bind-try" },
		{ c->paths.daily_dir, "--ro-bind-try" },
		{ c->claude.workdir, "--bind" },
		{ home, "--bind-try" },
		{ c->path != NULL ? c->path : "/", "--ro-bind-try" },
	};

	qsort(places, ARRAY_SIZE(places), sizeof(places[0]), outer_first);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (strcmp(places[i].path, "/") == 0)
			continue;
		strvec_add(out, places[i].how);
		strvec_add(out, places[i].path);
		strvec_add(out, places[i].path);
	}
	free(state);
}

/* Last: wherever they are, they are not there. */
static void add_masks(struct strvec *out, const struct config *c)
{
	char *dotenv = path_join(c->dir, ".env");

	if (access(c->paths.run_dir, F_OK) == 0) {
		strvec_add(out, "--tmpfs");
		strvec_add(out, c->paths.run_dir);
	}
	if (access(dotenv, F_OK) == 0) {
		strvec_add(out, "--ro-bind");
		strvec_add(out, "/dev/null");
		strvec_add(out, dotenv);
	}
	free(dotenv);
}

static const char *home_of(const struct strvec *env)
{
	for (size_t i = 0; i < env->n; i++)
		if (str_starts(env->v[i], "HOME=/"))
			return env->v[i] + strlen("HOME=");
	return "/";
}

void sandbox_prefix(
    struct strvec *out, const struct config *c, const struct strvec *env)
{
	static const char *const first[] = { "bwrap", "--unshare-pid",
		"--unshare-ipc", "--ro-bind", "/", "/", "--dev", "/dev",
		"--proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/var/tmp" };

	if (!c->claude.sandbox)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(first); i++)
		strvec_add(out, first[i]);
	add_places(out, c, home_of(env));
	add_masks(out, c);
	strvec_add(out, "--chdir");
	strvec_add(out, c->claude.workdir);
	strvec_add(out, "--");
}
