/* mcp.c - JSON-RPC in, JSON-RPC out. */
#include "core/claude/mcp.h"

enum { PARSE_ERROR = -32700, INVALID = -32600, UNKNOWN = -32601, BAD = -32602 };

/* What we were tried with; a client that wants another decides itself whether
 * the last of these will do. */
static const char *const versions[] = { "2024-11-05", "2025-03-26",
	"2025-06-18", "2025-11-25" };

static const char tools[] =
    "{\"tools\":[{\"name\":\"" MCP_TOOL "\",\"description\":"
    "\"Asks the user for permission. Claude Code calls it by itself; "
    "there is no use in calling it.\",\"inputSchema\":{\"type\":"
    "\"object\",\"properties\":{\"tool_name\":{\"type\":\"string\"},"
    "\"input\":{\"type\":\"object\"},\"tool_use_id\":{\"type\":"
    "\"string\"}},\"required\":[\"tool_name\",\"input\"]}}]}";

void mcp_said_release(struct mcp_said *s)
{
	buf_release(&s->reply);
	free(s->id);
	json_object_put(s->arguments);
	*s = (struct mcp_said)MCP_SAID_INIT;
}

/* {"jsonrpc":"2.0","id":...,key:value}; takes value. */
static void write_reply(
    struct buf *out, const char *id, const char *key, struct json_object *value)
{
	buf_addf(out,
	    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"%s\":", id != NULL ? id : "null",
	    key);
	json_print(out, value);
	buf_adds(out, "}\n");
	json_object_put(value);
}

static void refuse(struct mcp_said *s, int code, const char *why)
{
	struct json_object *o = json_object_new_object();

	json_set_int(o, "code", code);
	json_set_string(o, "message", why);
	write_reply(&s->reply, s->id, "error", o);
	s->todo = MCP_REPLY;
}

static void reply(struct mcp_said *s, struct json_object *result)
{
	write_reply(&s->reply, s->id, "result", result);
	s->todo = MCP_REPLY;
}

/* A string or a whole number, as JSON; NULL: neither. */
static char *id_of(struct json_object *o, const char *key)
{
	struct json_object *v = json_object_object_get(o, key);
	struct buf text = BUF_INIT;

	if (!json_object_is_type(v, json_type_int) &&
	    !json_object_is_type(v, json_type_string))
		return NULL;
	json_print(&text, v);
	return buf_detach(&text);
}

static void initialize(struct mcp *m, struct mcp_said *s, struct json_object *p)
{
	struct json_object *result = json_object_new_object();
	struct json_object *able = json_object_new_object();
	struct json_object *info = json_object_new_object();
	const char *wanted = NULL;
	const char *spoken = versions[ARRAY_SIZE(versions) - 1];

	if (p != NULL)
		json_get_string(p, "protocolVersion", &wanted, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(versions); i++)
		if (str_equal(wanted, versions[i]))
			spoken = versions[i];
	json_set_string(result, "protocolVersion", spoken);
	json_set(able, "tools", json_object_new_object());
	json_set(result, "capabilities", able);
	json_set_string(info, "name", MCP_SERVER);
	json_set_string(info, "version", m->version);
	json_set(result, "serverInfo", info);
	m->initialized = true;
	reply(s, result);
}

static void call(struct mcp_said *s, struct json_object *p)
{
	struct json_object *arguments = NULL;
	const char *name = NULL;

	if (p != NULL)
		json_get_string(p, "name", &name, NULL);
	if (!str_equal(name, MCP_TOOL)) {
		refuse(s, BAD, "there is one tool, " MCP_TOOL);
		return;
	}
	if (json_get_object(p, "arguments", &arguments, NULL) != 0 ||
	    arguments == NULL) {
		refuse(s, BAD, "arguments: want an object");
		return;
	}
	s->arguments = json_object_get(arguments);
	s->todo = MCP_ASK;
}

static void request(struct mcp *m, struct mcp_said *s, const char *method,
    struct json_object *p)
{
	if (strcmp(method, "initialize") == 0)
		initialize(m, s, p);
	else if (strcmp(method, "ping") == 0)
		reply(s, json_object_new_object());
	else if (!str_starts(method, "tools/"))
		refuse(s, UNKNOWN, "this server has no such method");
	else if (!m->initialized)
		refuse(s, INVALID, "initialize comes first");
	else if (strcmp(method, "tools/list") == 0)
		reply(s, json_parse(tools, strlen(tools), NULL));
	else if (strcmp(method, "tools/call") == 0)
		call(s, p);
	else
		refuse(s, UNKNOWN, "this server has no such method");
}

void mcp_hear(struct mcp *m, const char *line, size_t len, struct mcp_said *s)
{
	struct error err = ERROR_INIT;
	struct json_object *o = json_parse(line, len, &err);
	struct json_object *params = NULL;
	const char *method = NULL;

	if (o == NULL) {
		refuse(s, PARSE_ERROR, err.text);
		return;
	}
	json_get_string(o, "method", &method, NULL);
	json_get_object(o, "params", &params, NULL);
	if (json_object_object_get_ex(o, "id", NULL)) {
		s->id = id_of(o, "id");
		if (s->id == NULL)
			refuse(s, INVALID, "id: want a string or a number");
		else if (method == NULL)
			refuse(s, INVALID, "method: want a text");
		else
			request(m, s, method, params);
	} else if (method == NULL) {
		refuse(s, INVALID, "method: want a text");
	} else if (strcmp(method, "notifications/cancelled") == 0 &&
		   params != NULL) {
		s->id = id_of(params, "requestId");
		if (s->id != NULL)
			s->todo = MCP_CANCEL;
	}
	json_object_put(o);
}

void mcp_answer(struct buf *out, const char *id, const char *text)
{
	struct json_object *result = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct json_object *block = json_object_new_object();

	json_set_string(block, "type", "text");
	json_set_string(block, "text", text);
	json_object_array_add(list, block);
	json_set(result, "content", list);
	write_reply(out, id, "result", result);
}
