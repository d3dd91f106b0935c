/* agent_given.c - what Claude is given when it starts, for a task, a plan and a
 * trial alike: its command line, and its environment, where what is named
 * passes and all else is scrubbed (claude.env). */
#include "base/clock.h"
#include "base/path.h"
#include "core/claude/mcp.h"
#include "engine/agent_run.h"
#include "engine/child.h"

#include <unistd.h>

static void add_rules(
    struct strvec *out, const char *option, const struct strvec *rules)
{
	if (rules->n == 0)
		return;
	strvec_add(out, option);
	strvec_extend(out, rules);
}

void agent_flags(struct strvec *out, const struct config *c)
{
	enum permissions named;

	strvec_extend(out, &c->claude.flags);
	if (c->claude.output_format == OUTPUT_TEXT)
		return;
	/* Each takes all words up to the next option. */
	add_rules(out, "--allowedTools", &c->claude.allow);
	add_rules(out, "--disallowedTools", &c->claude.deny);
	if (permissions_named(&c->claude.flags, &named, NULL) ||
	    permissions_named(&c->claude.command, &named, NULL))
		return;
	permissions_words(out, c->claude.permissions);
}

void agent_argv(struct strvec *argv, const struct agent_words *w)
{
	strvec_extend(argv, w->command);
	if (w->format == OUTPUT_TEXT) {
		strvec_extend(argv, w->flags);
		return;
	}
	strvec_add(argv, w->instruction);
	strvec_extend(argv, w->flags);
	strvec_add(argv, "--output-format");
	strvec_add(argv, "stream-json");
	strvec_add(argv, "--verbose");
	if (w->conversation != NULL) {
		strvec_add(argv, "--session-id");
		strvec_add(argv, w->conversation);
	}
	if (w->resume != NULL) {
		strvec_add(argv, "--resume");
		strvec_add(argv, w->resume);
		strvec_add(argv, "--fork-session");
	}
	if (w->more != NULL)
		strvec_extend(argv, w->more);
}

/* The secret is in the environment, which only Claude's account can read; an
 * argument everybody can. */
void agent_ask_words(struct strvec *out)
{
	struct json_object *o = json_object_new_object();
	struct json_object *servers = json_object_new_object();
	struct json_object *server = json_object_new_object();
	struct json_object *env = json_object_new_object();
	struct json_object *args = json_object_new_array();
	struct buf text = BUF_INIT;
	/* One that was replaced while we run is still ours under its name. */
	char *program = path_own_program(NULL);

	json_object_array_add(args, json_object_new_string("mcp"));
	json_set_string(env, "ORCHESTRATOR_ASK", "${ORCHESTRATOR_ASK}");
	json_set_string(server, "command", program);
	free(program);
	json_set(server, "args", args);
	json_set(server, "env", env);
	json_set(servers, MCP_SERVER, server);
	json_set(o, "mcpServers", servers);
	json_print(&text, o);
	json_object_put(o);
	strvec_add(out, "--mcp-config");
	strvec_add(out, text.data);
	strvec_add(out, "--permission-prompt-tool");
	strvec_add(out, "mcp__" MCP_SERVER "__" MCP_TOOL);
	buf_release(&text);
}

/* -- the environment ------------------------------------------------------- */

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
