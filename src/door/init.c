/* init.c - the first minute of a new user: config.yaml, .env, the folders and
 * a list that runs, made of the same files that the documentation shows. */
#include "door/door.h"
#include "base/clock.h"
#include "base/durable.h"
#include "base/path.h"
#include "door/cli_parts.h"
#include "door/init_parts.h"
#include "store/config.h"

#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_BYTES = 32, GITIGNORE_MAX = 1024 * 1024 };

/* What the project calls a path that the configuration names; NULL: it lies
 * elsewhere. To be freed. */
static char *below(const struct init *in, const char *path)
{
	char *name = path_relative(in->dir, path);

	if (name[0] != '/')
		return name;
	free(name);
	return NULL;
}

static void set_secret(char **text, const char *key)
{
	unsigned char bytes[SECRET_BYTES];
	char secret[2 * SECRET_BYTES + 1];
	char *line;

	randombytes_buf(bytes, sizeof(bytes));
	sodium_bin2hex(secret, sizeof(secret), bytes, sizeof(bytes));
	line = xasprintf("%s%s", key, secret);
	init_set(text, key, line);
	free(line);
}

/* -- folders, and the list --------------------------------------------------
 */

/* The folders that config.yaml names, ours or one that was there, and a list;
 * what lies elsewhere is not made. */
static int make_contents(struct init *in, struct error *err)
{
	struct config c = CONFIG_INIT;
	const struct {
		char **path;
		mode_t mode;
	} folders[] = {
		{ &c.paths.tasks_dir, 0755 },
		{ &c.paths.daily_dir, 0755 },
		{ &c.paths.logs_dir, 0700 },
		{ &c.paths.run_dir, 0700 },
		{ &c.claude.workdir, 0755 },
	};
	char *path = path_join(in->dir, "config.yaml"), *name;
	struct faults f = FAULTS_INIT;
	char day[CLOCK_TEXT];
	int rc = 0;

	/* One that cannot be read yet is taken for one like ours. */
	if (config_load(&c, path, &f, NULL) != CONFIG_OK) {
		config_release(&c);
		config_defaults(&c, in->dir);
		free(c.claude.workdir);
		c.claude.workdir = path_join(in->dir, "work");
	}
	for (size_t i = 0; rc == 0 && i < ARRAY_SIZE(folders); i++) {
		name = below(in, *folders[i].path);
		if (name != NULL)
			rc = init_folder(in, name, folders[i].mode, err);
		free(name);
	}
	name = below(in, c.paths.tasks_dir);
	if (rc == 0 && name != NULL) {
		clock_local(clock_now(), "%Y-%m-%d", day);
		in->list = xasprintf("%s/%s-tasks.md", name, day);
		rc = init_file(in, in->list,
		    init_text("examples/example-tasks.md"), 0644, err);
	}
	free(name);
	config_release(&c);
	faults_release(&f);
	free(path);
	return rc < 0 ? -1 : 0;
}

/* -- for git ----------------------------------------------------------------
 */

static bool is_env_pattern(const char *pattern, size_t n)
{
	static const char *const known[] = { ".env", "/.env", "*.env", ".env*",
		"/.env*" };

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strlen(known[i]) == n && memcmp(known[i], pattern, n) == 0)
			return true;
	return false;
}

/* As git reads it, the last line that is about .env decides; patterns that a
 * person does not write for it are not looked into. */
static bool ignores_env(const char *gitignore)
{
	bool ignores = false;

	for (const char *at = gitignore, *end; *at != '\0'; at = end) {
		size_t n = strcspn(at, "\n");
		bool again = at[0] == '!';

		end = at + n + (at[n] == '\n');
		while (n > 0 && strchr(" \r", at[n - 1]) != NULL)
			n--;
		if (n > 0 && is_env_pattern(at + again, n - again))
			ignores = !again;
	}
	return ignores;
}

static int make_gitignore(struct init *in, struct error *err)
{
	static const char text[] =
	    "# Made by `orchestrator init`: secrets, and what changes by itself.\n"
	    "/.env*\n"
	    "/state.json*\n"
	    "/.state.json*\n"
	    "/orchestrator_logs/\n"
	    "/run/\n"
	    "/nginx/\n"
	    "/*.sock\n";
	int rc = init_file(in, ".gitignore", text, 0644, err);
	char *path = path_join(in->dir, ".gitignore"), *kept;
	size_t n;

	if (rc >= 0 && read_file(path, GITIGNORE_MAX, &kept, &n, NULL) == 0) {
		in->ignores_env = ignores_env(kept);
		free(kept);
	}
	free(path);
	return rc < 0 ? -1 : 0;
}

/* -- all of it --------------------------------------------------------------
 */

static int make_project(struct init *in, struct error *err)
{
	char *text;
	int rc;

	if (in->services && init_services_possible(in, err) != 0)
		return -1;
	if (durable_mkdir(in->dir, 0755, err) != 0)
		return -1;
	text = xstrdup(init_text("etc/config.example.yaml"));
	init_set(&text, "workdir:", "workdir: \"work\"");
	init_set(&text, "socket:", "socket: \"fcgi.sock\"");
	if (in->services)
		init_set(&text, "supervisor:", "supervisor: external");
	rc = init_file(in, "config.yaml", text, 0644, err);
	in->kept_config = rc == 1;
	free(text);
	if (rc < 0)
		return -1;
	text = xstrdup(init_text("etc/env.example"));
	set_secret(&text, "WEBHOOK_SECRET=");
	set_secret(&text, "N8N_NOTIFY_SECRET=");
	init_set(&text, "TELEGRAM_CHAT_ID=", "TELEGRAM_CHAT_ID=");
	init_set(&text, "N8N_NOTIFY_URL=", "N8N_NOTIFY_URL=");
	rc = init_file(in, ".env", text, 0600, err);
	free(text);
	if (rc < 0 || make_contents(in, err) != 0 ||
	    make_gitignore(in, err) != 0)
		return -1;
	return in->services ? init_services(in, err) : 0;
}

/* For a shell: in quotes, where it has to be. To be freed. */
static char *shell_word(const char *text)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._+@-";
	char *word = xstrdup(text), *quoted;

	if (text[strspn(text, plain)] == '\0')
		return word;
	init_fill(&word, "'", "'\\''");
	quoted = xasprintf("'%s'", word);
	free(word);
	return quoted;
}

static void show_next(const struct init *in, const char *dir)
{
	char *to = shell_word(dir != NULL ? dir : "");
	char *list = shell_word(in->list != NULL ? in->list : "");

	/* What would go wrong later, and is mended now. */
	if (!in->ignores_env)
		printf(
		    "\nSee that .gitignore names .env: a secret is in it.\n");
	if (geteuid() == 0)
		printf(
		    "\n"
		    "You are root, and so Claude would be, which Claude Code refuses with\n"
		    "--dangerously-skip-permissions: name an ordinary account of its own as claude.user\n"
		    "in config.yaml, and give it work/ (chown). It cannot work below /root: a project\n"
		    "for it lies elsewhere, in /srv for instance.\n");
	/* To be typed as they stand. */
	printf("\nNext:\n");
	if (dir != NULL)
		printf("  cd %s\n", to);
	printf("  %s check%s%s\n", in->program,
	    in->list != NULL ? " --tasks " : "", list);
	printf("  %s doctor    # can this machine run it?\n", in->program);
	if (!in->services)
		printf("  %s run       # today's list, here at the terminal\n",
		    in->program);
	printf(
	    "\n"
	    "Claude works in work/: for your own project put its folder into config.yaml\n"
	    "(claude.workdir). n8n, Telegram: addresses go into .env, see n8n.md among the\n"
	    "pages (docs/ of the source, /usr/share/doc/orchestrator/docs).\n"
	    "It runs with your account: it can read .env, change the state and approve itself.\n"
	    "claude.user (another account) or claude.sandbox in config.yaml keeps it from that.\n");
	if (in->services)
		init_services_next(in);
	free(list);
	free(to);
}

/* A program that is not on PATH was called by its path, which leads from one
 * folder only. */
static char *called(const char *name)
{
	char *own, *word;

	if (name == NULL || strchr(name, '/') == NULL)
		return xstrdup("orchestrator");
	own = init_own_path();
	word = shell_word(own);
	free(own);
	return word;
}

int door_init(const struct given *g)
{
	struct init in = { .services = g->value[OPT_SYSTEMD] != NULL };
	struct error err = ERROR_INIT;
	const char *dir = g->words.n > 0 ? g->words.v[0] : NULL;
	int code = CODE_DONE;

	for (size_t i = 0; i < g->words.n; i++)
		if (i > 0 || dir[0] == '-' || dir[0] == '\0')
			return cli_usage("init", "cannot take", g->words.v[i]);
	in.dir = path_real(dir != NULL ? dir : ".");
	in.program = called(g->called);
	if (make_project(&in, &err) == 0)
		show_next(&in, dir);
	else
		code = cli_fail(CODE_REFUSED, "%s", err.text);
	free(in.dir);
	free(in.program);
	free(in.list);
	return code;
}
