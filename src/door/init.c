/* init.c - the first minute of a new user: config.yaml, .env, the folders and
 * a list that runs, made of the same files that the documentation shows. */
#include "door/init.h"
#include "base/clock.h"
#include "base/durable.h"
#include "base/path.h"
#include "door/cli_parts.h"
#include "door/init_parts.h"

#include <errno.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_BYTES = 32 };

static const struct {
	const char *name;
	mode_t mode;
} folders[] = {
	{ "orchestrator_tasks", 0755 },
	{ "daily_logs", 0755 },
	{ "orchestrator_logs", 0700 },
	{ "run", 0700 },
	{ "work", 0755 },
};

/* -- config.yaml ------------------------------------------------------------
 */

static int make_config(struct init *in, struct error *err)
{
	char *text = xstrdup(init_text("etc/config.example.yaml"));
	int rc;

	init_set(&text, "workdir:", "workdir: \"work\"");
	init_set(&text, "socket:", "socket: \"fcgi.sock\"");
	if (in->services)
		init_set(&text, "supervisor:", "supervisor: external");
	rc = init_file(in, "config.yaml", text, 0644, err);
	in->kept_config = rc == 1;
	free(text);
	return rc < 0 ? -1 : 0;
}

/* -- .env -------------------------------------------------------------------
 */

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

static int make_env(const struct init *in, struct error *err)
{
	char *text = xstrdup(init_text("etc/env.example"));
	int rc;

	set_secret(&text, "WEBHOOK_SECRET=");
	set_secret(&text, "N8N_NOTIFY_SECRET=");
	init_set(&text, "TELEGRAM_CHAT_ID=", "TELEGRAM_CHAT_ID=");
	init_set(&text, "N8N_NOTIFY_URL=", "N8N_NOTIFY_URL=");
	rc = init_file(in, ".env", text, 0600, err);
	free(text);
	return rc < 0 ? -1 : 0;
}

/* -- the list ---------------------------------------------------------------
 */

static char *list_name(void)
{
	char day[CLOCK_TEXT];

	clock_local(clock_now(), "%Y-%m-%d", day);
	return xasprintf("orchestrator_tasks/%s-tasks.md", day);
}

static int make_list(const struct init *in, struct error *err)
{
	char *name = list_name();
	int rc = init_file(
	    in, name, init_text("examples/example-tasks.md"), 0644, err);

	free(name);
	return rc < 0 ? -1 : 0;
}

/* -- for git ----------------------------------------------------------------
 */

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

	in->kept_gitignore = rc == 1;
	return rc < 0 ? -1 : 0;
}

/* -- all of it --------------------------------------------------------------
 */

static int make_project(struct init *in, struct error *err)
{
	if (in->services && init_services_possible(in, err) != 0)
		return -1;
	if (durable_mkdir(in->dir, 0755, err) != 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(folders); i++)
		if (init_folder(in, folders[i].name, folders[i].mode, err) != 0)
			return -1;
	if (make_config(in, err) != 0 || make_env(in, err) != 0 ||
	    make_list(in, err) != 0 || make_gitignore(in, err) != 0)
		return -1;
	return in->services ? init_services(in, err) : 0;
}

static void show_next(const struct init *in, const char *dir)
{
	char *list = list_name();

	if (in->kept_gitignore)
		printf(
		    "\nSee that .gitignore names .env: a secret is in it.\n");
	if (geteuid() == 0)
		printf(
		    "\n"
		    "You are root, and so Claude would be, which Claude Code refuses with\n"
		    "--dangerously-skip-permissions: name an ordinary account of its own as claude.user\n"
		    "in config.yaml, and give it work/ (chown).\n");
	printf("\nNext:\n");
	if (dir != NULL)
		printf("  cd '%s'\n", dir);
	printf("  orchestrator check --tasks %s\n"
	       "  orchestrator doctor    # can this machine run it?\n",
	    list);
	if (!in->services)
		printf(
		    "  orchestrator run       # today's list, here at the terminal\n");
	printf(
	    "\n"
	    "Claude works in work/: for your own project put its folder into config.yaml\n"
	    "(claude.workdir). n8n, Telegram: addresses go into .env, see docs/n8n.md.\n"
	    "It runs with your account: it can read .env, change the state and approve itself.\n"
	    "claude.user (another account) or claude.sandbox in config.yaml keeps it from that.\n");
	if (in->services)
		init_services_next(in);
	free(list);
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
	if (make_project(&in, &err) == 0)
		show_next(&in, dir);
	else
		code = cli_fail(CODE_REFUSED, "%s", err.text);
	free(in.dir);
	return code;
}
