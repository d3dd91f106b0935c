/* reload.c - reading the configuration, at the start and on SIGHUP. */
#include "base/clock.h"
#include "base/path.h"
#include "core/names.h"
#include "engine/child.h"
#include "engine/instance.h"

#include <unistd.h>

const char policy_held_text[] =
    "What may run unasked, or how, was changed while a session is unfinished: the old policy holds until the next start.";

void config_apply(const struct config *c)
{
	clock_set_zone(c->orchestrator.timezone);
	log_set_level(c->server.debug ? LOG_DEBUG : c->logging.level);
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
	int mode = -1;

	if (o->config_path != NULL) {
		rc = config_load(c, o->config_path, &faults, &err);
	} else {
		config_defaults(c, o->defaults_dir);
		if (o->permissions != NULL)
			mode = name_index(
			    permissions_name, PERMIT_BY_FLAGS, o->permissions);
		if (mode >= 0)
			c->claude.permissions = (enum permissions)mode;
	}
	for (size_t i = 0; i < faults.warnings.n; i++)
		log_warning("%s", faults.warnings.v[i]);
	for (size_t i = 0; i < faults.lines.n; i++)
		log_error("%s", faults.lines.v[i]);
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

/* Which of the two modes lets Claude do more unasked? What the flags choose is
 * known to nobody. */
static bool is_freer(enum permissions p, enum permissions than)
{
	static const int freedom[PERMISSIONS] = { [PERMIT_NONE] = 0,
		[PERMIT_ASK] = 1,
		[PERMIT_EDITS] = 2,
		[PERMIT_AUTO] = 3,
		[PERMIT_SKIP] = 4 };

	if (p == PERMIT_BY_FLAGS || than == PERMIT_BY_FLAGS)
		return p != than;
	return freedom[p] > freedom[than];
}

static void keep_words(struct strvec *fresh, const struct strvec *old)
{
	strvec_release(fresh);
	strvec_extend(fresh, old);
}

static bool are_other_words(const struct strvec *a, const struct strvec *b)
{
	bool other = a->n != b->n;

	for (size_t i = 0; !other && i < a->n; i++)
		other = strcmp(a->v[i], b->v[i]) != 0;
	return other;
}

/* What lets Claude do more unasked stays as it is; the rest is taken. What
 * another program, a flag or a variable lets it do is known to nobody, nor what
 * a mode means without the flags that may name it: they stay together. Who
 * might do everything before gains nothing by them. */
static bool hold_permissions(struct config *old, struct config *fresh)
{
	const struct claude_config *was = &old->claude;
	struct claude_config *c = &fresh->claude;
	bool bounded = was->permissions != PERMIT_SKIP;
	bool how = bounded && (are_other_words(&c->flags, &was->flags) ||
				  are_other_words(&c->command, &was->command) ||
				  are_other_words(&c->env, &was->env) ||
				  c->output_format != was->output_format ||
				  !str_equal(c->workdir, was->workdir));
	bool mode = is_freer(c->permissions, was->permissions);
	bool allow = !strvec_has_all(&was->allow, &c->allow);
	bool deny = !strvec_has_all(&c->deny, &was->deny);
	bool sandbox = was->sandbox && !c->sandbox;

	if (how || mode) {
		c->permissions = was->permissions;
		keep_words(&c->flags, &was->flags);
		keep_words(&c->command, &was->command);
		keep_words(&c->env, &was->env);
		c->output_format = was->output_format;
		xreplace(&c->workdir, was->workdir);
	}
	if (allow)
		keep_words(&c->allow, &was->allow);
	if (deny)
		keep_words(&c->deny, &was->deny);
	c->sandbox |= sandbox;
	return how || mode || allow || deny || sandbox;
}

/* An agent with our account can write config.yaml: it does not loosen what it
 * is under way with. fresh goes on with the old policy, which is what counts
 * until the next start reads the file again. */
static void hold_policy(struct instance *in, struct config *fresh)
{
	struct config *old = in->config;
	struct policy had = config_policy(old), wanted = config_policy(fresh);
	struct verify_rules fewer = fresh->verify;

	in->policy_held = false;
	if (!session_is_unfinished(&in->state.session))
		return;
	if (policy_is_looser(&wanted, &had)) {
		fresh->orchestrator.approval_mode =
		    old->orchestrator.approval_mode;
		keep_words(&fresh->orchestrator.checkpoint_after,
		    &old->orchestrator.checkpoint_after);
		keep_words(&fresh->orchestrator.auto_approve,
		    &old->orchestrator.auto_approve);
		in->policy_held = true;
	}
	if (config_verifies_less(fresh, old)) {
		fresh->verify = old->verify;
		old->verify = fewer;
		in->policy_held = true;
	}
	in->policy_held |= hold_permissions(old, fresh);
	if (in->policy_held)
		log_warning("%s", policy_held_text);
}

int reload(struct instance *in, struct error *err)
{
	struct config *old = in->config, *fresh = config_read(in->options);

	daily_log_reopen(&in->daily, NULL);
	task_log_reopen(&in->job.log);
	if (fresh == NULL) {
		log_error("the configuration has faults: the old one stays");
		return error_set(err,
		    "The configuration has faults, the old one stays; `orchestrator check` lists them.");
	}
	if (!config_same_places(fresh, old)) {
		config_release(fresh);
		free(fresh);
		log_error(
		    "paths.state_file, logs_dir and run_dir change only at a restart: the old configuration stays");
		return error_set(err,
		    "state_file, logs_dir and run_dir change only at a restart; the old configuration stays.");
	}
	hold_policy(in, fresh);
	/* The spawner has been told whose account it is to use, and is told
	 * only once: else whoever can give it orders could ask for root's. */
	if (!str_equal(old->claude.user, fresh->claude.user)) {
		xreplace(&fresh->claude.user, old->claude.user);
		log_warning(
		    "claude.user changes only at the next start of the supervisor: Claude runs as %s until then",
		    old->claude.user != NULL ? old->claude.user
					     : "our own account");
	}
	config_release(old);
	free(old);
	in->config = fresh;
	in->swept_at = 0; /* keep_days may be another */
	config_apply(fresh);
	name_task_logs(in);
	daily_log_reopen(&in->daily, fresh->logging.format);
	log_info("the configuration was read again");
	outbox_retry_now(in);
	return 0;
}
