/* agent_argv.c - the command line of Claude, for a task, a plan and a trial
 * alike. SPEC section 3. */
#include "core/claude/mcp.h"
#include "engine/agent.h"

#include <limits.h>
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
	static const char gone[] = " (deleted)";
	struct json_object *o = json_object_new_object();
	struct json_object *servers = json_object_new_object();
	struct json_object *server = json_object_new_object();
	struct json_object *env = json_object_new_object();
	struct json_object *args = json_object_new_array();
	struct buf text = BUF_INIT;
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	/* A program that was replaced while we run is still ours under its
	 * name. */
	path[n > 0 ? n : 0] = '\0';
	if (str_ends(path, gone))
		path[strlen(path) - strlen(gone)] = '\0';
	json_object_array_add(args, json_object_new_string("mcp"));
	json_set_string(env, "ORCHESTRATOR_ASK", "${ORCHESTRATOR_ASK}");
	json_set_string(server, "command", path);
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
