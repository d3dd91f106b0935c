/* control.c - peers of the control socket, each with its time.
 *
 * A peer is read until its newline, answered at once by the handler, written
 * to until all is out, and closed. */
#include "engine/control.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/sock.h"
#include "engine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

const char *const control_op_name[] = {
	[CONTROL_COMMAND] = "command",
	[CONTROL_PING] = "ping",
	[CONTROL_RELOAD] = "reload",
	[CONTROL_SHUTDOWN] = "shutdown",
	[CONTROL_RELEASE] = "release",
};
_Static_assert(ARRAY_SIZE(control_op_name) == CONTROL_OPS, "name every op");

enum { CHUNK = 64 * 1024, ACCEPT_AGAIN_MS = 100 };

struct peer {
	struct control *control;
	int fd; /* -1: this place is free */
	struct buf in, out;
	size_t written;
	struct timer patience;
};

struct control {
	struct loop *loop;
	control_handler *handler;
	void *arg;
	char *path;
	int fd;
	struct timer accept_again;
	struct peer peers[CONTROL_PEERS];
};

static void listen_again(void *arg)
{
	struct control *c = arg;

	loop_events(c->loop, c->fd, POLLIN);
}

static void leave(struct peer *p)
{
	struct control *c = p->control;

	loop_unwatch(c->loop, p->fd);
	loop_timer_off(c->loop, &p->patience);
	close(p->fd);
	p->fd = -1;
	p->written = 0;
	buf_release(&p->in);
	buf_release(&p->out);
	listen_again(c);
}

static void on_impatient(void *arg)
{
	struct peer *p = arg;

	log_debug("a peer of the control socket took too long");
	leave(p);
}

static void write_reply(struct peer *p, const struct answer *a)
{
	struct json_object *o = json_object_new_object();

	json_set_int(o, "v", CONTROL_VERSION);
	json_set_int(o, "code", a->code);
	json_set(o, "body", a->body != NULL ? json_object_get(a->body) : NULL);
	json_print(&p->out, o);
	buf_addc(&p->out, '\n');
	json_object_put(o);
}

static int find_op(const char *name)
{
	for (int i = 0; i < CONTROL_OPS; i++)
		if (str_equal(name, control_op_name[i]))
			return i;
	return -1;
}

static int read_command(
    struct json_object *o, struct request *r, struct error *err)
{
	struct json_object *request;

	if (json_get_object(o, "request", &request, err) != 0)
		return -1;
	if (request == NULL)
		return error_set(err, "request: want an object, got none");
	return request_from_json(r, request, err);
}

/* What the line wants, or -1 with what is wrong with it. */
static int read_call(
    struct json_object *o, struct request *r, struct error *err)
{
	const char *name;
	int64_t version;
	int op;

	if (json_get_int(o, "v", 0, INT32_MAX, 0, &version, err) != 0 ||
	    json_get_string(o, "op", &name, err) != 0)
		return -1;
	if (version != CONTROL_VERSION)
		return error_set(err,
		    "the supervisor speaks version %d of the control protocol",
		    CONTROL_VERSION);
	op = find_op(name);
	if (op < 0)
		return error_set(
		    err, "op: want command, ping, reload, shutdown or release");
	if (op == CONTROL_COMMAND && read_command(o, r, err) != 0)
		return -1;
	return op;
}

static void answer_line(struct peer *p, size_t len)
{
	struct control *c = p->control;
	struct request r = REQUEST_INIT;
	struct answer a = ANSWER_INIT;
	struct error err = ERROR_INIT;
	struct json_object *o = json_parse(p->in.data, len, &err);
	int op = o == NULL ? -1 : read_call(o, &r, &err);

	if (op < 0)
		answer_error(&a, 400, NULL, err.text, NULL);
	else
		c->handler(c->arg, (enum control_op)op,
		    op == CONTROL_COMMAND ? &r : NULL, &a);
	write_reply(p, &a);
	json_object_put(o);
	request_release(&r);
	answer_release(&a);
}

static void refuse(struct peer *p, int code, const char *why)
{
	struct answer a = ANSWER_INIT;

	answer_error(&a, code, NULL, why, NULL);
	write_reply(p, &a);
	answer_release(&a);
}

static void send_reply(struct peer *p)
{
	while (p->written < p->out.len) {
		ssize_t n = send(p->fd, p->out.data + p->written,
		    p->out.len - p->written, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			loop_events(p->control->loop, p->fd, POLLOUT);
			return;
		}
		if (n < 0)
			break; /* it has gone: nobody to answer */
		p->written += (size_t)n;
	}
	leave(p);
}

static void receive(struct peer *p)
{
	size_t before = p->in.len;
	char *newline;
	ssize_t n = recv(p->fd, buf_reserve(&p->in, CHUNK), CHUNK, 0);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leave(p); /* without the newline it has asked for nothing */
		return;
	}
	buf_grown(&p->in, (size_t)n);
	newline = memchr(p->in.data + before, '\n', (size_t)n);
	if (newline != NULL)
		answer_line(p, (size_t)(newline - p->in.data));
	else if (p->in.len > CONTROL_MAX)
		refuse(p, 413, "that is too much for one command");
	else
		return;
	send_reply(p);
}

static void on_peer(void *arg, short revents)
{
	struct peer *p = arg;

	(void)revents;
	if (p->out.len > 0)
		send_reply(p);
	else
		receive(p);
}

/* The socket's mode keeps others out; this holds where the mode was lost. */
static bool may_speak(int fd)
{
	uid_t uid;

	return sock_peer_uid(fd, &uid) == 0 && (uid == 0 || uid == geteuid());
}

/* What Claude starts speaks with our account where there is no claude.user,
 * and must not approve itself. Below us are attempts alone: who wants to speak
 * to us does not descend from us. This makes it harder, no more: another
 * account makes it impossible. */
static bool belongs_to_an_attempt(int fd)
{
	pid_t pid = sock_peer_pid(fd);

	return pid > 0 && pid != getpid() && process_descends(pid, getpid());
}

static void turn_away(struct peer *p, const char *log, const char *why)
{
	log_warning("%s", log);
	refuse(p, 403, why);
	send_reply(p);
}

static void welcome(struct control *c, struct peer *p, int fd)
{
	p->fd = fd;
	loop_watch(c->loop, fd, POLLIN, on_peer, p);
	loop_timer_in(c->loop, &p->patience, CONTROL_PATIENCE_MS);
	if (!may_speak(fd))
		turn_away(p, "another account tried the control socket",
		    "only the supervisor's own account may do that");
	else if (belongs_to_an_attempt(fd))
		turn_away(p,
		    "something that an attempt started tried the control socket",
		    "what Claude starts may not command the supervisor");
}

static struct peer *free_place(struct control *c)
{
	for (size_t i = 0; i < CONTROL_PEERS; i++)
		if (c->peers[i].fd < 0)
			return &c->peers[i];
	return NULL;
}

static void on_connection(void *arg, short revents)
{
	struct control *c = arg;
	struct peer *p = free_place(c);
	int fd;

	(void)revents;
	if (p == NULL) {
		loop_events(c->loop, c->fd, 0); /* until somebody leaves */
		return;
	}
	fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd >= 0) {
		welcome(c, p, fd);
	} else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
		/* No descriptor to be had: it would be tried without end. */
		log_warning("control socket: %s", strerror(errno));
		loop_events(c->loop, c->fd, 0);
		loop_timer_in(c->loop, &c->accept_again, ACCEPT_AGAIN_MS);
	}
}

struct control *control_open(struct loop *l, const char *path,
    control_handler *handler, void *arg, struct error *err)
{
	int fd = sock_listen_unix(path, 0600, err);
	struct control *c;

	if (fd < 0)
		return NULL;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	c = xcalloc(1, sizeof(*c));
	*c = (struct control){
		.loop = l,
		.handler = handler,
		.arg = arg,
		.path = xstrdup(path),
		.fd = fd,
		.accept_again = { .fire = listen_again, .arg = c },
	};
	for (size_t i = 0; i < CONTROL_PEERS; i++)
		c->peers[i] = (struct peer){
			.control = c,
			.fd = -1,
			.in = BUF_INIT,
			.out = BUF_INIT,
			.patience = { .fire = on_impatient,
			    .arg = &c->peers[i] },
		};
	loop_watch(l, fd, POLLIN, on_connection, c);
	return c;
}

void control_close(struct control *c)
{
	for (size_t i = 0; i < CONTROL_PEERS; i++)
		if (c->peers[i].fd >= 0)
			leave(&c->peers[i]);
	loop_timer_off(c->loop, &c->accept_again);
	loop_unwatch(c->loop, c->fd);
	close(c->fd);
	unlink(c->path);
	free(c->path);
	free(c);
}
