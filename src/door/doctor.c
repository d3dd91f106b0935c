/* doctor.c - arguments, and the order of what is looked at. */
#include "door/door.h"
#include "door/check.h"
#include "door/cli_parts.h"
#include "door/doctor_parts.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

/* -- who ----------------------------------------------------------------
 */

static void find_account(struct account *a, uid_t uid)
{
	const struct passwd *pw = getpwuid(uid);

	if (pw != NULL && account_find(a, pw->pw_name, NULL) == 0)
		return;
	*a = (struct account){
		.uid = uid,
		.gid = getegid(),
		.name = xasprintf("uid %u", (unsigned)uid),
		.home = xstrdup("/"),
		.shell = xstrdup("/bin/sh"),
	};
}

/* From here on claude.user always says who runs Claude when that is not us. */
static void find_accounts(struct doctor *d)
{
	const struct config *c = &d->config;
	const char *places[] = { c->paths.run_dir, c->paths.logs_dir, c->dir };
	char **user = &d->config.claude.user;
	uid_t uid = geteuid();
	struct stat st;

	/* As root we look for who owns the folder that the supervisor made, or
	 * will make. */
	if (uid == 0)
		for (size_t i = 0; i < ARRAY_SIZE(places); i++)
			if (stat(places[i], &st) == 0) {
				uid = st.st_uid;
				break;
			}
	find_account(&d->self, uid);
	if (*user == NULL && d->self.uid != geteuid())
		*user = xstrdup(d->self.name);
	if (*user == NULL || account_find(&d->claude, *user, NULL) != 0)
		find_account(&d->claude, d->self.uid);
}

/* -- the configuration ------------------------------------------------------
 */

static bool read_configuration(struct doctor *d, const char *option)
{
	struct faults f = FAULTS_INIT;
	struct error err = ERROR_INIT;
	enum config_result result =
	    check_configuration(&d->config, option, &f, &err);

	if (result == CONFIG_UNREADABLE)
		doctor_fail(d, "configuration",
		    "make a project with orchestrator init, name its config.yaml with -c, or look as root",
		    "%s", err.text);
	for (size_t i = 0; i < f.lines.n; i++) {
		/* What another account may read is no fault of the file. */
		bool closed = geteuid() != 0 &&
			      strstr(f.lines.v[i], strerror(EACCES)) != NULL;

		doctor_fail(d, "configuration",
		    closed ? "sudo orchestrator doctor"
			   : "change it there, then orchestrator check",
		    "%s", f.lines.v[i]);
	}
	for (size_t i = 0; i < f.warnings.n; i++)
		doctor_warn(d, "configuration",
		    "change it there, or leave it knowingly", "%s",
		    f.warnings.v[i]);
	d->user_faulty = check_tells_of_user(&f.lines);
	d->user_told = check_tells_of_user(&f.warnings);
	if (result == CONFIG_OK && f.count == 0)
		doctor_ok(d, "configuration", "%s", d->config.path);
	faults_release(&f);
	return result == CONFIG_OK;
}

/* -- all of it --------------------------------------------------------------
 */

static void look(struct doctor *d)
{
	const struct config *c = &d->config;
	/* A project that is driven from the terminal alone: it is nowhere said
	 * that anybody else knocks or is told. */
	bool alone = !doctor_is_packaged(d) && d->nginx == NULL &&
		     d->url == NULL && c->webhooks.n8n_notify_url == NULL &&
		     c->server.supervisor == SUPERVISOR_AUTO;

	find_accounts(d);
	doctor_env(d);
	doctor_folders(d);
	doctor_state(d);
	doctor_disk(d);
	doctor_workdir(d);
	doctor_supervisor(d);
	doctor_claude(d);
	if (!c->webhooks.enabled) {
		doctor_ok(d, "webhooks", "switched off (webhooks.enabled)");
	} else if (alone) {
		doctor_ok(d, "webhooks",
		    "not set up, the terminal needs none (--nginx FILE or --url ADDRESS looks at them)");
	} else {
		doctor_nginx(d);
		doctor_socket(d);
		doctor_url(d);
	}
	doctor_n8n(d);
}

int door_doctor(const struct given *g)
{
	struct doctor d = {
		.url = g->value[OPT_URL],
		.nginx = g->value[OPT_NGINX],
		.notify = g->value[OPT_NOTIFY] != NULL,
	};
	int code = CODE_DONE;

	if (d.url != NULL && strncasecmp(d.url, "https://", 8) != 0)
		return cli_usage(
		    "doctor", "--url wants https://..., not", d.url);
	signal(SIGPIPE, SIG_IGN);
	doctor_probe_init();
	terminal_init(&d.terminal, false);
	if (read_configuration(&d, g->value[OPT_CONFIG]))
		look(&d);
	if (d.fails > 0)
		code = CODE_REFUSED;
	terminal_release(&d.terminal);
	account_release(&d.self);
	account_release(&d.claude);
	account_release(&d.nginx_account);
	config_release(&d.config);
	free(d.server);
	return code;
}
