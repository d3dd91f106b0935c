/* held_config.c - a reading of config.yaml, in use until the last who took hold
 * of it lets it go. */
#include "base/clock.h"
#include "base/durable.h"
#include "door/responder_parts.h"

struct held_config *held_config_read(const char *path)
{
	static unsigned readings; /* the main thread's */
	struct held_config *held = xcalloc(1, sizeof(*held));
	struct faults f = FAULTS_INIT;
	struct error err = ERROR_INIT;
	enum config_result result = config_load(&held->config, path, &f, &err);

	for (size_t i = 0; i < f.lines.n; i++)
		log_error("%s", f.lines.v[i]);
	for (size_t i = 0; i < f.warnings.n; i++)
		log_warning("%s", f.warnings.v[i]);
	if (result == CONFIG_UNREADABLE)
		log_error("%s", err.text);
	faults_release(&f);
	held->users = 1;
	held->reading = ++readings;
	if (result == CONFIG_OK)
		return held;
	held_config_release(held);
	return NULL;
}

struct held_config *held_config_take(struct responder *r)
{
	r->current->users++;
	return r->current;
}

void held_config_release(struct held_config *held)
{
	if (--held->users > 0)
		return;
	config_release(&held->config);
	free(held);
}

void held_config_apply(const struct config *c)
{
	log_set_level(c->server.debug ? LOG_DEBUG : c->logging.level);
	clock_set_zone(c->orchestrator.timezone);
	if (durable_mkdir(c->paths.logs_dir, 0700, NULL) != 0)
		log_warning("cannot make the folder '%s'", c->paths.logs_dir);
}
