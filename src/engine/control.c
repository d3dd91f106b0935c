/* control.c - peers of the control socket, each with its time.
 *
 * A peer is read until its newline, answered by the handler, at once or when
 * what it wants is done, written to until all is out, and closed. */
#include "engine/control.h"
#include "base/log.h"
#include "base/sock.h"
#include "engine/listener.h"
#include "engine/process.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 64 * 1024 };

struct peer {
	struct control *control;
	int fd; /* -1: this place is free */
	struct buf in, out;
	size_t written;
	uint64_t ticket; /* 0: its call is not held */
	struct timer patience;
};

struct control {
	struct listener listener;
	control_handler *handler;
	void *arg;
	char *path;
	uint64_t tickets; /* given out */
	struct peer *now; /* whom the handler answers */
	struct peer peers[CONTROL_PEERS];
};

static void leave(struct peer *p)
{
	struct listener *l = &p->control->listener;

	loop_unwatch(l->loop, p->fd);
	loop_timer_off(l->loop, &p->patience);
	close(p->fd);
	p->fd = -1;
	p->written = 0;
	p->ticket = 0;
	buf_release(&p->in);
	buf_release(&p->out);
	listener_go_on(l);
}

static void on_impatient(void *arg)
{
	struct peer *p = arg;

	log_debug("a peer of the control socket took too long");
	leave(p);
}

static void answer_line(struct peer *p, size_t len)
{
	struct control *c = p->control;
	struct request r = REQUEST_INIT;
	struct answer a = ANSWER_INIT;
	struct error err = ERROR_INIT;
	int op = wire_read_call(p->in.data, len, &r, &err);

	if (op < 0)
		answer_error(&a, 400, NULL, err.text, NULL);
	else {
		c->now = p;
		c->handler(c->arg, (enum wire_op)op,
		    op == WIRE_COMMAND ? &r : NULL, &a);
		c->now = NULL;
	}
	if (p->ticket == 0)
		wire_print_reply(&p->out, &a);
	request_release(&r);
	answer_release(&a);
}

uint64_t control_hold(struct control *c)
{
	struct peer *p = c->now;

	p->ticket = ++c->tickets;
	loop_timer_off(c->listener.loop, &p->patience);
	return p->ticket;
}

static void refuse(struct peer *p, int code, const char *why)
{
	struct answer a = ANSWER_INIT;

	answer_error(&a, code, NULL, why, NULL);
	wire_print_reply(&p->out, &a);
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
			loop_events(p->control->listener.loop, p->fd, POLLOUT);
			return;
		}
		if (n < 0)
			break; /* it has gone: nobody to answer */
		p->written += (size_t)n;
	}
	leave(p);
}

void control_answer(struct control *c, uint64_t ticket, const struct answer *a)
{
	for (size_t i = 0; i < CONTROL_PEERS; i++) {
		struct peer *p = &c->peers[i];

		if (ticket == 0 || p->fd < 0 || p->ticket != ticket)
			continue;
		p->ticket = 0;
		loop_timer_in(
		    c->listener.loop, &p->patience, CONTROL_PATIENCE_MS);
		wire_print_reply(&p->out, a);
		send_reply(p);
		return;
	}
}

static void on_peer(void *arg, short revents)
{
	struct peer *p = arg;
	size_t before = p->in.len;
	char *newline;
	ssize_t n;

	(void)revents;
	if (p->out.len > 0) {
		send_reply(p);
		return;
	}
	n = recv(p->fd, buf_reserve(&p->in, CHUNK), CHUNK, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leave(p); /* without the newline it has asked for nothing */
		return;
	}
	buf_grown(&p->in, (size_t)n);
	if (p->ticket != 0) { /* it has said what it wants */
		buf_truncate(&p->in, before);
		return;
	}
	newline = memchr(p->in.data + before, '\n', (size_t)n);
	if (newline != NULL)
		answer_line(p, (size_t)(newline - p->in.data));
	else if (p->in.len > WIRE_CALL_MAX)
		refuse(p, 413, "that is too much for one command");
	else
		return;
	if (p->ticket == 0)
		send_reply(p);
}

static void turn_away(struct peer *p, const char *log, const char *why)
{
	log_warning("%s", log);
	refuse(p, 403, why);
	send_reply(p);
}

/* The socket's mode keeps other accounts out; this holds where the mode was
 * lost. What Claude starts speaks with our account where there is no
 * claude.user, and must not approve itself. Below us are attempts alone: who
 * wants to speak to us does not descend from us. This makes it harder, no more:
 * another account makes it impossible. */
static void welcome(void *arg, void *place, int fd)
{
	struct control *c = arg;
	struct peer *p = place;
	uid_t uid;
	pid_t pid;

	p->fd = fd;
	loop_watch(c->listener.loop, fd, POLLIN, on_peer, p);
	loop_timer_in(c->listener.loop, &p->patience, CONTROL_PATIENCE_MS);
	if (sock_peer_uid(fd, &uid) != 0 || (uid != 0 && uid != geteuid())) {
		turn_away(p, "another account tried the control socket",
		    "only the supervisor's own account may do that");
		return;
	}
	pid = sock_peer_pid(fd);
	if (pid > 0 && pid != getpid() && process_descends(pid, getpid()))
		turn_away(p,
		    "something that an attempt started tried the control socket",
		    "what Claude starts may not command the supervisor");
}

static void *free_place(void *arg)
{
	struct control *c = arg;

	for (size_t i = 0; i < CONTROL_PEERS; i++)
		if (c->peers[i].fd < 0)
			return &c->peers[i];
	return NULL;
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
		.listener = { .loop = l,
		    .fd = fd,
		    .free_place = free_place,
		    .welcome = welcome,
		    .arg = c,
		    .name = "control socket" },
		.handler = handler,
		.arg = arg,
		.path = xstrdup(path),
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
	listener_begin(&c->listener);
	return c;
}

void control_close(struct control *c)
{
	for (size_t i = 0; i < CONTROL_PEERS; i++)
		if (c->peers[i].fd >= 0)
			leave(&c->peers[i]);
	listener_end(&c->listener);
	unlink(c->path);
	free(c->path);
	free(c);
}
