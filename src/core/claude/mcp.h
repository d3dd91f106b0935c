/* mcp.h - the Model Context Protocol, as much of it as a permission prompt
 * needs: what a line of the client's says, and the lines that answer it.
 *
 * JSON-RPC 2.0, one object a line. The server has one tool, MCP_TOOL, that
 * Claude Code calls (--permission-prompt-tool) and no model. */
#ifndef CORE_MCP_H
#define CORE_MCP_H

#include "core/json.h"

#define MCP_SERVER "orchestrator"
#define MCP_TOOL   "ask"

enum {
	MCP_LINE_MAX = 16 * 1024 * 1024, /* bytes; a longer one ends it all */
};

enum mcp_todo {
	MCP_NOTHING, /* a notification that does not matter */
	MCP_REPLY,   /* send reply */
	MCP_ASK,     /* the tool is called: id, arguments */
	MCP_CANCEL,  /* the call with this id is no longer waited for */
};

struct mcp_said {
	enum mcp_todo todo;
	struct buf reply; /* with its newline */
	char *id;         /* as JSON: 7 or "a" */
	struct json_object *arguments;
};

#define MCP_SAID_INIT             \
	{                         \
		.reply = BUF_INIT \
	}

void mcp_said_release(struct mcp_said *s);

struct mcp {
	bool initialized;
	const char *version; /* of our program */
};

/* One line without its newline; s is fresh. Nothing of it is trusted. */
void mcp_hear(struct mcp *m, const char *line, size_t len, struct mcp_said *s);

/* The answer to the call with this id: text is the tool's. */
void mcp_answer(struct buf *out, const char *id, const char *text);

#endif
