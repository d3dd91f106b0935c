/* mcp.c - between Claude's MCP client and the supervisor: two streams of
 * lines, and which call each answer is for. */
#include "config.h"

#include "door/door.h"
#include "base/durable.h"
#include "base/exit.h"
#include "base/sock.h"
#include "core/claude/mcp.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024, CALLS_MAX = 1000 };

/* A call that is not answered yet. */
struct call {
	int64_t number; /* ours; 0: this place is free */
	char *id;       /* the client's, as JSON */
};

struct relay {
	struct mcp mcp;
	int link; /* to the supervisor; -1: there is none */
	struct buf heard, answers;
	struct call calls[CALLS_MAX];
	int64_t number; /* the last one given */
	bool lost;      /* the client is gone, or says what cannot be */
};

static void to_client(struct relay *r, const struct buf *line)
{
	if (write_all(STDOUT_FILENO, line->data, line->len) != 0)
		r->lost = true;
}

static void answer_call(struct relay *r, struct call *c, const char *text)
{
	struct buf line = BUF_INIT;

	mcp_answer(&line, c->id, text);
	to_client(r, &line);
	buf_release(&line);
	free(c->id);
	*c = (struct call){ .number = 0 };
}

/* c is free afterwards. */
static void deny(struct relay *r, struct call *c, const char *why)
{
	struct json_object *o = json_object_new_object();
	struct buf text = BUF_INIT;

	json_set_string(o, "behavior", "deny");
	json_set_string(o, "message", why);
	json_print(&text, o);
	answer_call(r, c, text.data);
	buf_release(&text);
	json_object_put(o);
}

static const char nobody[] =
    "The user cannot be asked: the orchestrator has gone.";

static void lose_supervisor(struct relay *r)
{
	if (r->link >= 0)
		close(r->link);
	r->link = -1;
	for (size_t i = 0; i < CALLS_MAX; i++)
		if (r->calls[i].number != 0)
			deny(r, &r->calls[i], nobody);
}

/* {"id":number, ...}; takes o. */
static void to_supervisor(
    struct relay *r, int64_t number, struct json_object *o)
{
	struct buf line = BUF_INIT;

	json_set_int(o, "id", number);
	json_print(&line, o);
	buf_addc(&line, '\n');
	if (write_all(r->link, line.data, line.len) != 0)
		lose_supervisor(r);
	buf_release(&line);
	json_object_put(o);
}

static void ask(struct relay *r, const struct mcp_said *s)
{
	struct call *c = r->calls, *end = r->calls + CALLS_MAX;
	struct call call = { .number = r->number + 1, .id = xstrdup(s->id) };
	struct json_object *o;

	while (c < end && c->number != 0)
		c++;
	if (r->link < 0 || c == end) {
		deny(r, &call, r->link < 0 ? nobody : "Too much at once.");
		return;
	}
	*c = call;
	r->number = call.number;
	o = json_object_new_object();
	json_set(o, "tool_name",
	    json_object_get(json_object_object_get(s->arguments, "tool_name")));
	json_set(o, "input",
	    json_object_get(json_object_object_get(s->arguments, "input")));
	to_supervisor(r, c->number, o);
}

static void cancel(struct relay *r, const char *id)
{
	for (size_t i = 0; i < CALLS_MAX; i++) {
		struct call *c = &r->calls[i];
		struct json_object *o;
		int64_t number = c->number;

		if (number == 0 || strcmp(c->id, id) != 0)
			continue;
		free(c->id);
		*c = (struct call){ .number = 0 };
		o = json_object_new_object();
		json_set_bool(o, "cancelled", true);
		to_supervisor(r, number, o);
		return;
	}
}

typedef void line_handler(struct relay *r, const char *line, size_t len);

static void hear_client(struct relay *r, const char *line, size_t len)
{
	struct mcp_said s = MCP_SAID_INIT;

	mcp_hear(&r->mcp, line, len, &s);
	if (s.todo == MCP_REPLY)
		to_client(r, &s.reply);
	else if (s.todo == MCP_ASK)
		ask(r, &s);
	else if (s.todo == MCP_CANCEL && r->link >= 0)
		cancel(r, s.id);
	mcp_said_release(&s);
}

static void hear_supervisor(struct relay *r, const char *line, size_t len)
{
	struct json_object *o = json_parse(line, len, NULL);
	struct buf text = BUF_INIT;
	int64_t number = 0;

	if (o != NULL)
		json_get_int(o, "id", 1, INT64_MAX, 0, &number, NULL);
	for (size_t i = 0; number > 0 && i < CALLS_MAX; i++) {
		if (r->calls[i].number != number)
			continue;
		json_object_object_del(o, "id");
		json_print(&text, o);
		answer_call(r, &r->calls[i], text.data);
		break;
	}
	buf_release(&text);
	json_object_put(o);
}

/* Reads once and hands over the whole lines. Returns false at its end. */
static bool read_lines(
    struct relay *r, int fd, struct buf *pending, line_handler *handler)
{
	size_t start = 0, from = pending->len;
	ssize_t n = read(fd, buf_reserve(pending, CHUNK), CHUNK);
	char *newline;

	if (n < 0)
		return errno == EINTR;
	if (n == 0)
		return false;
	buf_grown(pending, (size_t)n);
	while ((newline = memchr(
		    pending->data + from, '\n', pending->len - from)) != NULL) {
		size_t end = (size_t)(newline - pending->data);

		handler(r, pending->data + start, end - start);
		start = from = end + 1;
	}
	buf_consume(pending, start);
	return pending->len <= MCP_LINE_MAX;
}

/* Where it fails every question is answered no. */
static void call_supervisor(struct relay *r)
{
	const char *where = getenv("ORCHESTRATOR_ASK");
	const char *colon = where == NULL ? NULL : strchr(where, ':');
	struct error err = ERROR_INIT;
	struct buf hello = BUF_INIT;
	char *name;

	if (colon == NULL) {
		fputs(
		    "orchestrator: mcp: ORCHESTRATOR_ASK is not set: Claude starts this, where claude.permissions is ask\n",
		    stderr);
		return;
	}
	name = xstrndup(where, (size_t)(colon - where));
	r->link = sock_connect_abstract(name, &err);
	if (r->link < 0)
		fprintf(stderr, "orchestrator: mcp: %s\n", err.text);
	buf_addf(&hello, "%s\n", colon + 1);
	if (r->link >= 0 && write_all(r->link, hello.data, hello.len) != 0)
		lose_supervisor(r);
	buf_release(&hello);
	free(name);
}

int door_mcp(void)
{
	struct relay *r = xcalloc(1, sizeof(*r));
	bool too_long;

	signal(SIGPIPE, SIG_IGN);
	*r = (struct relay){ .mcp = { .version = PACKAGE_VERSION },
		.link = -1,
		.heard = BUF_INIT,
		.answers = BUF_INIT };
	call_supervisor(r);
	while (!r->lost) {
		struct pollfd fds[] = { { .fd = STDIN_FILENO,
					    .events = POLLIN },
			{ .fd = r->link, .events = POLLIN } };

		if (poll(fds, ARRAY_SIZE(fds), -1) <= 0)
			continue;
		if (fds[1].revents != 0 &&
		    !read_lines(r, r->link, &r->answers, hear_supervisor))
			lose_supervisor(r);
		if (fds[0].revents != 0 &&
		    !read_lines(r, STDIN_FILENO, &r->heard, hear_client))
			r->lost = true;
	}
	too_long = r->heard.len > MCP_LINE_MAX;
	lose_supervisor(r);
	buf_release(&r->heard);
	buf_release(&r->answers);
	free(r);
	return too_long ? CODE_REFUSED : CODE_DONE;
}
