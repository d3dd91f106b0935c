/* serve.c - one FastCGI request, from its parameters to the last byte. */
#include "base/clock.h"
#include "door/responder_parts.h"

enum { DRAIN_MAX = 1024 * 1024 };

static const char *param(const FCGX_Request *q, const char *name)
{
	return FCGX_GetParam(name, q->envp);
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
		x->why = "the body may have at most 64 KiB";
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

/* Never REQUEST_URI: it is what the client wrote, not what nginx matched. */
static void read_request(struct exchange *x, FCGX_Request *q)
{
	static const char authorization[] = "HTTP_AUTHORIZATION=";
	const char *path = param(q, "PATH_INFO");
	size_t length;
	int headers = 0;

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
	/* libfcgi gives the first of a repeated parameter; which one nginx
	 * would have looked at we cannot know. */
	for (char *const *env = q->envp; *env != NULL; env++)
		headers += str_starts(*env, authorization);
	x->authorization_repeated = headers > 1;
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
	static const struct {
		int code;
		const char *text;
	} reasons[] = {
		{ 200, "OK" },
		{ 400, "Bad Request" },
		{ 401, "Unauthorized" },
		{ 403, "Forbidden" },
		{ 404, "Not Found" },
		{ 405, "Method Not Allowed" },
		{ 409, "Conflict" },
		{ 413, "Content Too Large" },
		{ 415, "Unsupported Media Type" },
		{ 422, "Unprocessable Content" },
		{ 503, "Service Unavailable" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		if (reasons[i].code == code)
			return reasons[i].text;
	return "Error";
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
	struct access_entry e;
	int64_t since = clock_mono_us();
	bool is_whole;

	read_request(&x, q);
	pthread_rwlock_rdlock(&w->responder->lock);
	w->held = held_config_take(w->responder);
	dispatch(w, &x);
	pthread_rwlock_unlock(&w->responder->lock);
	held_config_release(w->held);
	w->held = NULL;
	e = (struct access_entry){
		.peer = x.peer,
		.method = x.head.method,
		.path = x.head.path,
		.command = x.command < 0 ? NULL : command_info[x.command].name,
		.user = x.is_known ? x.request.user : NULL,
		.status = x.answer.code,
		.microseconds = clock_mono_us() - since,
	};
	access_log_write(&w->access, &e);
	send_out(&x, q->out);
	is_whole = FCGX_HasSeenEOF(q->in) != 0;
	FCGX_Finish_r(q);
	request_release(&x.request);
	answer_release(&x.answer);
	buf_release(&x.body);
	return is_whole;
}
