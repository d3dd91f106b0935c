/* reload.c - reading the configuration, at the start and on SIGHUP. */
#include "base/clock.h"
#include "base/path.h"
#include "core/names.h"
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

static void take_defaults(struct config *c, const struct supervisor_options *o)
{
	int p = o->permissions == NULL ? -1
				       : name_index(permissions_name,
					     PERMIT_BY_FLAGS, o->permissions);

	config_defaults(c, o->defaults_dir);
	if (p >= 0)
		c->claude.permissions = (enum permissions)p;
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
		take_defaults(c, o);
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

static bool has_all(const struct strvec *v, const struct strvec *of)
{
	for (size_t i = 0; i < of->n; i++)
		if (!strvec_has(v, of->v[i]))
			return false;
	return true;
}

/* Would Claude do without asking what it does not do now? */
static bool permits_more(const struct config *fresh, const struct config *old)
{
	static const int freedom[PERMISSIONS] = {
		[PERMIT_NONE] = 0,
		[PERMIT_ASK] = 1,
		[PERMIT_EDITS] = 2,
		[PERMIT_AUTO] = 3,
		[PERMIT_SKIP] = 4,
		[PERMIT_BY_FLAGS] = 4, /* nobody knows */
	};

	return freedom[fresh->claude.permissions] >
		   freedom[old->claude.permissions] ||
	       !has_all(&old->claude.allow, &fresh->claude.allow) ||
	       !has_all(&fresh->claude.deny, &old->claude.deny) ||
	       (old->claude.sandbox && !fresh->claude.sandbox);
}

/* What fresh had is released with old. */
static void hold_permissions(struct config *fresh, struct config *old)
{
	struct config had = *fresh;

	fresh->claude.permissions = old->claude.permissions;
	fresh->claude.sandbox = old->claude.sandbox;
	fresh->claude.command = old->claude.command;
	fresh->claude.flags = old->claude.flags;
	fresh->claude.allow = old->claude.allow;
	fresh->claude.deny = old->claude.deny;
	old->claude.command = had.claude.command;
	old->claude.flags = had.claude.flags;
	old->claude.allow = had.claude.allow;
	old->claude.deny = had.claude.deny;
}

/* An agent with our account can write config.yaml: it does not loosen what it
 * is under way with. fresh goes on with the old policy, which is what counts
 * until the next start reads the file again. */
static void hold_policy(struct instance *in, struct config *fresh)
{
	struct config *old = in->config;
	struct policy a = config_policy(old), b = config_policy(fresh);
	bool less = config_verifies_less(fresh, old);
	bool more = permits_more(fresh, old);
	struct verify_rules verify = fresh->verify;

	in->policy_held = session_is_unfinished(&in->state.session) &&
			  (policy_is_looser(&b, &a) || less || more);
	if (!in->policy_held)
		return;
	if (less) {
		fresh->verify = old->verify;
		old->verify = verify; /* released with it */
	}
	if (more)
		hold_permissions(fresh, old);
	fresh->orchestrator.approval_mode = old->orchestrator.approval_mode;
	strvec_release(&fresh->orchestrator.checkpoint_after);
	strvec_extend(&fresh->orchestrator.checkpoint_after,
	    &old->orchestrator.checkpoint_after);
	strvec_release(&fresh->orchestrator.auto_approve);
	strvec_extend(
	    &fresh->orchestrator.auto_approve, &old->orchestrator.auto_approve);
	log_warning(
	    "the approval policy was loosened while a session is unfinished: the old one holds until the next start");
}

/* The spawner has been told whose account it is to use, and is told only once:
 * else whoever can give it orders could ask for root's. */
static void hold_user(const struct config *old, struct config *fresh)
{
	if (str_equal(old->claude.user, fresh->claude.user))
		return;
	xreplace(&fresh->claude.user, old->claude.user);
	log_warning(
	    "claude.user changes only at the next start of the supervisor: Claude runs as %s until then",
	    old->claude.user != NULL ? old->claude.user : "our own account");
}

int reload(struct instance *in, struct error *err)
{
	struct config *fresh = config_read(in->options);

	daily_log_reopen(&in->daily, NULL);
	task_log_reopen(&in->job.log);
	if (fresh == NULL) {
		log_error("the configuration has faults: the old one stays");
		return error_set(err,
		    "The configuration has faults, the old one stays; `orchestrator check` lists them.");
	}
	if (!config_same_places(fresh, in->config)) {
		config_release(fresh);
		free(fresh);
		log_error(
		    "paths.state_file, logs_dir and run_dir change only at a restart: the old configuration stays");
		return error_set(err,
		    "state_file, logs_dir and run_dir change only at a restart; the old configuration stays.");
	}
	hold_policy(in, fresh);
	hold_user(in->config, fresh);
	config_release(in->config);
	free(in->config);
	in->config = fresh;
	in->swept_at = 0; /* keep_days may be another */
	config_apply(fresh);
	name_task_logs(in);
	daily_log_reopen(&in->daily, fresh->logging.format);
	log_info("the configuration was read again");
	outbox_retry_now(in);
	return 0;
}
