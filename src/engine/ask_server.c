/* ask_server.c - callers of an attempt's own socket, each in its place. */
#include "engine/ask_server.h"
#include "base/buf.h"
#include "base/log.h"
#include "base/sock.h"
#include "core/auth.h"
#include "engine/listener.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHUNK = 16 * 1024, RANDOM_IDS = 3, UNREAD_MAX = 256 * 1024 };

/* What callers do wrong, as often as they like. */
enum complaint { STRANGER, WRONG_SECRET, NO_QUESTION, COMPLAINTS };
static const char *const complaint_text[COMPLAINTS] = {
	[STRANGER] = "another account tried a permission prompt's socket",
	[WRONG_SECRET] =
	    "a permission prompt without this attempt's secret was turned away",
	[NO_QUESTION] =
	    "a permission prompt that says what is no question was turned away",
};

struct ask_caller {
	struct ask_server *server;
	int fd; /* -1: this place is free */
	bool known;
	struct buf in, out;
	struct timer patience;
};

struct ask_server {
	struct listener listener;
	struct ask_callbacks cb;
	uid_t account;
	struct strvec secret;
	char *address;
	unsigned complaints[COMPLAINTS];
	struct ask_caller callers[ASK_CALLERS];
};

/* Once; how often it was in all is said at the end. A log that anybody could
 * fill would fill the disk. */
static void complain(struct ask_server *s, enum complaint what)
{
	if (s->complaints[what]++ == 0)
		log_warning("%s", complaint_text[what]);
}

static void close_caller(struct ask_caller *c)
{
	struct loop *l = c->server->listener.loop;

	loop_unwatch(l, c->fd);
	loop_timer_off(l, &c->patience);
	close(c->fd);
	c->fd = -1;
	buf_release(&c->in);
	buf_release(&c->out);
}

static void leave(struct ask_caller *c)
{
	struct ask_server *s = c->server;
	bool known = c->known;

	close_caller(c);
	listener_go_on(&s->listener);
	if (known)
		s->cb.gone(s->cb.arg, c);
}

static void on_impatient(void *arg)
{
	leave(arg);
}

/* The first one is the secret. Returns false where it has left. */
static bool hear_line(struct ask_caller *c, const char *line, size_t len)
{
	struct ask_server *s = c->server;
	bool known = c->known, ok;
	char *secret;

	if (known) {
		ok = s->cb.said(s->cb.arg, c, line, len);
	} else {
		secret = xstrndup(line, len);
		ok =
		    strlen(secret) == len && auth_secret_ok(&s->secret, secret);
		free(secret);
	}
	if (!ok) {
		complain(s, known ? NO_QUESTION : WRONG_SECRET);
		leave(c);
		return false;
	}
	c->known = true;
	loop_timer_off(s->listener.loop, &c->patience);
	return true;
}

static void receive(struct ask_caller *c)
{
	size_t start = 0, from = c->in.len;
	ssize_t n = recv(c->fd, buf_reserve(&c->in, CHUNK), CHUNK, 0);
	char *newline;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		leave(c);
		return;
	}
	buf_grown(&c->in, (size_t)n);
	while ((newline = memchr(c->in.data + from, '\n', c->in.len - from)) !=
	       NULL) {
		size_t end = (size_t)(newline - c->in.data);

		if (!hear_line(c, c->in.data + start, end - start))
			return;
		start = from = end + 1;
	}
	buf_consume(&c->in, start);
	if (c->in.len > ASK_SERVER_LINE_MAX)
		leave(c);
}

/* Who does not read what it is told is not read from either. */
static void listen_to(struct ask_caller *c)
{
	short events = c->out.len > UNREAD_MAX ? 0 : POLLIN;

	if (c->out.len > 0)
		events |= POLLOUT;
	loop_events(c->server->listener.loop, c->fd, events);
}

static void on_caller(void *arg, short revents)
{
	struct ask_caller *c = arg;
	ssize_t n;

	if (c->out.len == 0 || !(revents & POLLOUT)) {
		receive(c);
		return;
	}
	n = send(c->fd, c->out.data, c->out.len, MSG_NOSIGNAL);
	if (n < 0 && errno != EAGAIN && errno != EINTR) {
		leave(c);
		return;
	}
	if (n > 0)
		buf_consume(&c->out, (size_t)n);
	listen_to(c);
}

void ask_server_send(struct ask_caller *c, const char *line, size_t len)
{
	if (c->fd < 0)
		return;
	buf_add(&c->out, line, len);
	listen_to(c);
}

static void *free_place(void *arg)
{
	struct ask_server *s = arg;

	for (size_t i = 0; i < ASK_CALLERS; i++)
		if (s->callers[i].fd < 0)
			return &s->callers[i];
	return NULL;
}

static void welcome(void *arg, void *place, int fd)
{
	struct ask_server *s = arg;
	struct ask_caller *c = place;
	uid_t uid;

	if (sock_peer_uid(fd, &uid) != 0 || uid != s->account) {
		complain(s, STRANGER);
		close(fd);
		return;
	}
	c->fd = fd;
	c->known = false;
	loop_watch(s->listener.loop, fd, POLLIN, on_caller, c);
	loop_timer_in(s->listener.loop, &c->patience, ASK_SERVER_PATIENCE_MS);
}

/* A name nobody can guess, and a secret that is not the name. */
static void make_address(struct ask_server *s, char **name)
{
	char uuid[37], *secret;
	struct buf b = BUF_INIT;

	auth_uuid(uuid);
	*name = xasprintf("orchestrator-ask-%s", uuid);
	for (int i = 0; i < RANDOM_IDS; i++) {
		auth_uuid(uuid);
		buf_adds(&b, uuid);
	}
	secret = buf_detach(&b);
	strvec_add(&s->secret, secret);
	s->address = xasprintf("%s:%s", *name, secret);
	free(secret);
}

struct ask_server *ask_server_open(struct loop *l, uid_t account,
    const struct ask_callbacks *cb, struct error *err)
{
	struct ask_server *s = xcalloc(1, sizeof(*s));
	char *name;

	*s = (struct ask_server){
		.listener = { .loop = l,
		    .free_place = free_place,
		    .welcome = welcome,
		    .arg = s,
		    .name = "permission prompts" },
		.cb = *cb,
		.account = account,
	};
	for (size_t i = 0; i < ASK_CALLERS; i++)
		s->callers[i] = (struct ask_caller){
			.server = s,
			.fd = -1,
			.in = BUF_INIT,
			.out = BUF_INIT,
			.patience = { .fire = on_impatient,
			    .arg = &s->callers[i] },
		};
	make_address(s, &name);
	s->listener.fd = sock_listen_abstract(name, err);
	free(name);
	if (s->listener.fd < 0) {
		ask_server_close(s);
		return NULL;
	}
	listener_begin(&s->listener);
	return s;
}

const char *ask_server_address(const struct ask_server *s)
{
	return s->address;
}

void ask_server_close(struct ask_server *s)
{
	for (int i = 0; i < COMPLAINTS; i++)
		if (s->complaints[i] > 1)
			log_warning("%s: %u times", complaint_text[i],
			    s->complaints[i]);
	for (size_t i = 0; i < ASK_CALLERS; i++)
		if (s->callers[i].fd >= 0)
			close_caller(&s->callers[i]);
	listener_end(&s->listener);
	strvec_release(&s->secret);
	free(s->address);
	free(s);
}
