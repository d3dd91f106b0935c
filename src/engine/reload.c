/* reload.c - reading the configuration, at the start and on SIGHUP. */
#include "base/clock.h"
#include "base/path.h"
#include "engine/child.h"
#include "engine/instance.h"

#include <unistd.h>

void config_apply(const struct config *c)
{
	clock_set_zone(c->orchestrator.timezone);
	log_set_level(c->server.debug ? LOG_DEBUG : c->logging.level);
}

static void say(const struct faults *f)
{
	for (size_t i = 0; i < f->warnings.n; i++)
		log_warning("%s", f->warnings.v[i]);
	for (size_t i = 0; i < f->lines.n; i++)
		log_error("%s", f->lines.v[i]);
}

/* claude.user is no fault of the file: whether it may be depends on who we
 * are. */
static int check_account(const struct config *c)
{
	struct account account = ACCOUNT_INIT;
	struct error err = ERROR_INIT;
	int rc = 0;

	if (c->claude.user == NULL)
		return 0;
	if (account_find(&account, c->claude.user, &err) != 0 ||
	    account_allowed(&account, &err) != 0) {
		log_error("claude.user: %s", err.text);
		rc = -1;
	}
	account_release(&account);
	return rc;
}

struct config *config_read(const struct supervisor_options *o)
{
	struct config *c = xcalloc(1, sizeof(*c));
	struct faults faults = FAULTS_INIT;
	struct error err = ERROR_INIT;
	enum config_result rc = CONFIG_OK;

	if (o->config_path != NULL)
		rc = config_load(c, o->config_path, &faults, &err);
	else
		config_defaults(c, o->defaults_dir);
	say(&faults);
	if (rc == CONFIG_UNREADABLE)
		log_error("%s", err.text);
	faults_release(&faults);
	if (rc == CONFIG_OK && check_account(c) == 0)
		return c;
	config_release(c);
	free(c);
	return NULL;
}

void name_task_logs(struct instance *in)
{
	const struct config *c = in->config;

	free(in->state.logs_name);
	in->state.logs_name = c->logging.task_logs
				  ? path_relative(c->dir, c->paths.logs_dir)
				  : NULL;
}

int reload(struct instance *in, struct error *err)
{
	struct config *fresh = config_read(in->options);

	daily_log_reopen(&in->daily, NULL);
	if (in->agent != NULL)
		agent_reopen_log(in->agent);
	if (fresh == NULL) {
		log_error("the configuration has faults: the old one stays");
		return error_set(err,
		    "The configuration has faults, the old one stays; "
		    "`orchestrator check` lists them.");
	}
	if (!config_same_places(fresh, in->config)) {
		config_release(fresh);
		free(fresh);
		log_error("paths.state_file, logs_dir and run_dir change only "
			  "at a restart: the old configuration stays");
		return error_set(err,
		    "state_file, logs_dir and run_dir change only at a "
		    "restart; the old configuration stays.");
	}
	config_release(in->config);
	free(in->config);
	in->config = fresh;
	config_apply(fresh);
	name_task_logs(in);
	daily_log_reopen(&in->daily, fresh->logging.format);
	log_info("the configuration was read again");
	outbox_retry_now(in);
	return 0;
}
