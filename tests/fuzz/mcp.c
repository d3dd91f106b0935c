/* Lines of an MCP client: every request is answered or is the one that a person
 * is asked, and each line that answers is JSON-RPC with the request's id. */
#include "core/claude/mcp.h"
#include "fuzz.h"

static void check_answer(const struct buf *line, const char *id)
{
	struct json_object *o = json_parse(line->data, line->len - 1, NULL);
	const char *version = NULL;
	struct buf printed = BUF_INIT;

	MUST(o != NULL && line->data[line->len - 1] == '\n');
	MUST(memchr(line->data, '\n', line->len - 1) == NULL);
	MUST(json_get_string(o, "jsonrpc", &version, NULL) == 0);
	MUST(str_equal(version, "2.0"));
	json_print(&printed, json_object_object_get(o, "id"));
	MUST(strcmp(printed.data, id != NULL ? id : "null") == 0);
	buf_release(&printed);
	json_object_put(o);
}

static void hear(struct mcp *m, const char *line, size_t n)
{
	struct mcp_said s = MCP_SAID_INIT;
	struct buf answer = BUF_INIT;

	mcp_hear(m, line, n, &s);
	if (s.todo == MCP_REPLY)
		check_answer(&s.reply, s.id);
	if (s.todo == MCP_ASK) {
		MUST(m->initialized && s.id != NULL);
		MUST(json_object_is_type(s.arguments, json_type_object));
		mcp_answer(&answer, s.id, "{\"behavior\":\"deny\"}");
		check_answer(&answer, s.id);
	}
	MUST(s.todo != MCP_CANCEL || s.id != NULL);
	MUST(s.todo != MCP_NOTHING || s.id == NULL);
	mcp_said_release(&s);
	buf_release(&answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct mcp m = { .version = "1" };
	const char *at = (const char *)bytes, *end = at + n, *newline;

	for (; at < end; at = newline + 1) {
		newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL)
			newline = end;
		hear(&m, at, (size_t)(newline - at));
	}
	return 0;
}
