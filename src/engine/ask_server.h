/* ask_server.h - the socket that an attempt's permission prompt calls.
 *
 * Claude hands no descriptor on to what it starts, and where it runs (another
 * account, bubblewrap) no folder of ours can be reached: so it is a socket
 * without a file, under a random name, for one attempt. Only Claude's account
 * is heard, and only behind this attempt's secret, the first line. Then lines
 * go both ways. A caller that is slow or silent costs a place until its time
 * is up, and nothing else. */
#ifndef ENGINE_ASK_SERVER_H
#define ENGINE_ASK_SERVER_H

#include "base/error.h"
#include "core/claude/ask.h"
#include "engine/loop.h"

enum {
	ASK_CALLERS = 8,
	ASK_SERVER_LINE_MAX = 2 * ASK_MAX,
	ASK_SERVER_PATIENCE_MS = 10000, /* for the secret */
};

struct ask_server;
struct ask_caller;

struct ask_callbacks {
	/* A line without its newline; may be changed. False: that is no line
	 * of a permission prompt, and its caller is heard no more. */
	bool (*said)(
	    void *arg, struct ask_caller *c, const char *line, size_t len);
	/* It has gone; not called by ask_server_close(). */
	void (*gone)(void *arg, struct ask_caller *c);
	void *arg;
};

struct ask_server *ask_server_open(struct loop *l, uid_t account,
    const struct ask_callbacks *cb, struct error *err);
/* "NAME:SECRET", for $ORCHESTRATOR_ASK. */
const char *ask_server_address(const struct ask_server *s);
/* Adds a line, with its newline, to what c is sent. c may be gone behind it,
 * but not before the loop's next turn. */
void ask_server_send(struct ask_caller *c, const char *line, size_t len);
void ask_server_close(struct ask_server *s);

#endif
