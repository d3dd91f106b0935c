/* agent_env.c - the environment that Claude gets: what is named passes, all
 * else is scrubbed. SPEC section 2, claude.env. */
#include "base/clock.h"
#include "engine/agent_run.h"
#include "engine/child.h"

#include <unistd.h>

static const char *const passed[] = {
	"PATH",
	"HOME",
	"USER",
	"LOGNAME",
	"SHELL",
	"LANG",
	"LC_*",
	"TERM",
	"TMPDIR",
	"XDG_*",
	"SSH_AUTH_SOCK",
	"HTTP_PROXY",
	"HTTPS_PROXY",
	"NO_PROXY",
	"http_proxy",
	"https_proxy",
	"no_proxy",
	"NODE_EXTRA_CA_CERTS",
	"SSL_CERT_FILE",
	"SSL_CERT_DIR",
	"ANTHROPIC_*",
	"CLAUDE_*",
};

static size_t name_length(const char *entry)
{
	return strcspn(entry, "=");
}

static bool is_passed(const char *entry)
{
	size_t n = name_length(entry);

	for (size_t i = 0; i < ARRAY_SIZE(passed); i++) {
		size_t len = strlen(passed[i]);

		if (passed[i][len - 1] == '*'
			? n >= len - 1 &&
			      strncmp(entry, passed[i], len - 1) == 0
			: n == len && strncmp(entry, passed[i], n) == 0)
			return true;
	}
	return false;
}

/* Sets NAME=value, in place of what had that name. Takes entry over. */
static void set(struct strvec *env, char *entry)
{
	size_t n = name_length(entry);

	for (size_t i = 0; i < env->n; i++) {
		if (name_length(env->v[i]) == n &&
		    strncmp(env->v[i], entry, n) == 0) {
			free(env->v[i]);
			env->v[i] = entry;
			return;
		}
	}
	strvec_take(env, entry);
}

/* It bounds how long `claude -p` waits, once it has nothing else to do, for
 * agents in the background (600 s by itself; 0: without end). Commands there
 * are ended by 2.1.197 after 5 s whatever it says, and waited for by 2.1.332.
 * What the configuration or our own environment says is left alone. */
void agent_env_wait(struct strvec *env, int seconds)
{
	static const char name[] = "CLAUDE_CODE_PRINT_BG_WAIT_CEILING_MS";

	for (size_t i = 0; i < env->n; i++)
		if (name_length(env->v[i]) == strlen(name) &&
		    str_starts(env->v[i], name))
			return;
	strvec_addf(env, "%s=%lld", name, seconds * 1000LL);
}

/* Claude Code gives up on an MCP tool after that many ms. */
void agent_env_ask(struct strvec *env, const char *ask)
{
	set(env, xasprintf("ORCHESTRATOR_ASK=%s", ask));
	set(env, xstrdup("MCP_TOOL_TIMEOUT=2000000000"));
}

bool agent_env_wants(const struct config *c, const char *entry)
{
	size_t n = name_length(entry);

	for (size_t i = 0; i < c->claude.env.n; i++)
		if (strlen(c->claude.env.v[i]) == n &&
		    strncmp(c->claude.env.v[i], entry, n) == 0)
			return true;
	return is_passed(entry) || str_starts(entry, "TZ=");
}

void agent_environment(
    struct strvec *out, const struct config *c, const char *marker)
{
	const struct strvec *wanted = &c->claude.env;
	struct account a = ACCOUNT_INIT;

	set(out, xstrdup("PATH=/usr/local/bin:/usr/bin:/bin"));
	for (char **e = environ; e != NULL && *e != NULL; e++)
		if (is_passed(*e))
			set(out, xstrdup(*e));
	if (clock_system_zone() != NULL) /* orchestrator.timezone is ours */
		set(out, xasprintf("TZ=%s", clock_system_zone()));
	/* Of one that is not found whoever starts Claude says so. */
	if (c->claude.user != NULL &&
	    account_find(&a, c->claude.user, NULL) == 0) {
		set(out, xasprintf("HOME=%s", a.home));
		set(out, xasprintf("USER=%s", a.name));
		set(out, xasprintf("LOGNAME=%s", a.name));
		set(out, xasprintf("SHELL=%s", a.shell));
	}
	account_release(&a);
	for (size_t i = 0; i < wanted->n; i++) {
		const char *value;

		if (strchr(wanted->v[i], '=') != NULL) {
			set(out, xstrdup(wanted->v[i]));
			continue;
		}
		value = config_getenv(c, wanted->v[i]);
		if (value != NULL)
			set(out, xasprintf("%s=%s", wanted->v[i], value));
	}
	if (marker != NULL)
		set(out, xasprintf("ORCHESTRATOR_ATTEMPT=%s", marker));
}
