/* serve.c - one FastCGI request, from its parameters to the last byte. */
#include "base/clock.h"
#include "door/responder_parts.h"

enum { DRAIN_MAX = 1024 * 1024 };

/* libfcgi gives the first of a repeated parameter; which one nginx would have
 * looked at we cannot know. */
static bool is_repeated(char *const *env, const char *name)
{
	size_t n = strlen(name);
	int count = 0;

	for (; *env != NULL; env++)
		if (strncmp(*env, name, n) == 0 && (*env)[n] == '=')
			count++;
	return count > 1;
}

static const char *param(const FCGX_Request *q, const char *name)
{
	return FCGX_GetParam(name, q->envp);
}

/* Never REQUEST_URI: it is what the client wrote, not what nginx matched. */
static void read_head(struct exchange *x, const FCGX_Request *q)
{
	const char *path = param(q, "PATH_INFO");

	if (path == NULL || path[0] == '\0')
		path = param(q, "SCRIPT_NAME");
	x->head = (struct route_head){
		.method = param(q, "REQUEST_METHOD"),
		.path = path,
		.content_type = param(q, "CONTENT_TYPE"),
		.content_length = param(q, "CONTENT_LENGTH"),
	};
	x->peer = param(q, "REMOTE_ADDR");
	x->authorization = param(q, "HTTP_AUTHORIZATION");
	x->authorization_repeated = is_repeated(q->envp, "HTTP_AUTHORIZATION");
}

/* A body that nobody wants is read all the same, one that is too long for a
 * while, so that nginx has sent it when the answer comes. */
static void drain(FCGX_Stream *in)
{
	char trash[8192];

	for (int n = 0; n < DRAIN_MAX; n += (int)sizeof(trash))
		if (FCGX_GetStr(trash, sizeof(trash), in) < (int)sizeof(trash))
			return;
}

static const char too_long[] = "the body may have at most 64 KiB";

static void read_chunks(struct exchange *x, FCGX_Stream *in)
{
	int got = FCGX_GetStr(
	    buf_reserve(&x->body, REQUEST_MAX + 1), REQUEST_MAX + 1, in);

	buf_grown(&x->body, got > 0 ? (size_t)got : 0);
	if (FCGX_GetError(in) != 0) {
		x->refused = 400;
		x->why = "the body broke off";
	} else if (x->body.len > REQUEST_MAX) {
		x->refused = 413;
		x->why = too_long;
		drain(in);
	}
}

/* The library does not hold a peer to its CONTENT_LENGTH. */
static void read_body(struct exchange *x, FCGX_Stream *in, size_t length)
{
	int got;

	if (length > 0) {
		got =
		    FCGX_GetStr(buf_reserve(&x->body, length), (int)length, in);
		buf_grown(&x->body, got > 0 ? (size_t)got : 0);
	}
	if (x->body.len == length && FCGX_GetChar(in) < 0 &&
	    FCGX_GetError(in) == 0)
		return;
	drain(in);
	x->refused = 400;
	x->why = "the body is not as long as Content-Length says";
}

static void take_in(struct exchange *x, FCGX_Request *q)
{
	size_t length;

	read_head(x, q);
	x->refused = route_check(&x->head, &x->route, &length, &x->why);
	if (x->route.kind == ROUTE_COMMAND)
		x->command = (int)x->route.command;
	if (x->refused == 0 && length == LENGTH_UNKNOWN)
		read_chunks(x, q->in);
	else if (x->refused != 0 || x->route.kind == ROUTE_HEALTH)
		drain(q->in);
	else
		read_body(x, q->in, length);
}

static const char *reason(int code)
{
	switch (code) {
	case 200:
		return "OK";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 403:
		return "Forbidden";
	case 404:
		return "Not Found";
	case 405:
		return "Method Not Allowed";
	case 409:
		return "Conflict";
	case 413:
		return "Content Too Large";
	case 415:
		return "Unsupported Media Type";
	case 422:
		return "Unprocessable Content";
	case 503:
		return "Service Unavailable";
	default:
		return "Error";
	}
}

static void send_out(const struct exchange *x, FCGX_Stream *out)
{
	struct buf head = BUF_INIT, own = BUF_INIT;
	const struct buf *body = x->printed;

	if (body == NULL) {
		answer_print(&own, &x->answer);
		body = &own;
	}
	buf_addf(&head,
	    "Status: %d %s\r\n"
	    "Content-Type: application/json\r\n"
	    "Cache-Control: no-store\r\n"
	    "Content-Length: %zu\r\n",
	    x->answer.code, reason(x->answer.code), body->len);
	if (x->answer.code == 405)
		buf_addf(&head, "Allow: %s\r\n", route_allow(x->route));
	if (x->answer.code == 401)
		buf_adds(&head, "WWW-Authenticate: Bearer\r\n");
	buf_adds(&head, "\r\n");
	FCGX_PutStr(head.data, (int)head.len, out);
	if (!str_equal(x->head.method, "HEAD"))
		FCGX_PutStr(body->data, (int)body->len, out);
	buf_release(&own);
	buf_release(&head);
}

static void write_access(
    struct worker *w, const struct exchange *x, int64_t since)
{
	struct access_entry e = {
		.peer = x->peer,
		.method = x->head.method,
		.path = x->head.path,
		.command =
		    x->command < 0 ? NULL : command_info[x->command].name,
		.user = x->is_known ? x->request.user : NULL,
		.status = x->answer.code,
		.microseconds = clock_mono_us() - since,
	};

	access_log_write(&w->access, &e);
}

/* The line is written before the answer is sent: who has the answer finds
 * it. */
bool serve(struct worker *w, FCGX_Request *q)
{
	struct exchange x = {
		.body = BUF_INIT,
		.request = REQUEST_INIT,
		.command = -1,
		.answer = ANSWER_INIT,
	};
	int64_t since = clock_mono_us();
	bool is_whole;

	take_in(&x, q);
	pthread_rwlock_rdlock(&w->responder->lock);
	w->held = held_config_take(w->responder);
	dispatch(w, &x);
	pthread_rwlock_unlock(&w->responder->lock);
	held_config_release(w->held);
	w->held = NULL;
	write_access(w, &x, since);
	send_out(&x, q->out);
	is_whole = FCGX_HasSeenEOF(q->in) != 0;
	FCGX_Finish_r(q);
	request_release(&x.request);
	answer_release(&x.answer);
	buf_release(&x.body);
	return is_whole;
}
