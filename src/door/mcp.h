/* mcp.h - `orchestrator mcp`: the permission prompt that Claude starts.
 *
 * Speaks MCP on standard input and output, and hands each question to the
 * supervisor over the socket that $ORCHESTRATOR_ASK names ("NAME:SECRET"). It
 * decides nothing: where nobody can be asked, the answer is no. */
#ifndef DOOR_MCP_H
#define DOOR_MCP_H

/* Until standard input ends; the exit code. */
int door_mcp(void);

#endif
