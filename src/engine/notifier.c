/* notifier.c - the supervisor's side of the sending child.
 *
 * A call is its length and then NUL-terminated strings: URL, body, headers.
 * The child answers each with one struct delivery_result. */
#include "engine/notifier.h"
#include "base/buf.h"
#include "engine/family.h"
#include "engine/forked.h"
#include "engine/notifier_main.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

struct notifier {
	struct loop *loop;
	notifier_done *done;
	void *arg;
	pid_t pid; /* 0: no child */
	int fd;    /* to it; -1 */
	bool busy;
	struct buf call, reply;
	size_t sent;
};

struct notifier *notifier_new(struct loop *l, notifier_done *done, void *arg)
{
	struct notifier *n = xcalloc(1, sizeof(*n));

	*n = (struct notifier){
		.loop = l,
		.done = done,
		.arg = arg,
		.fd = -1,
		.call = BUF_INIT,
		.reply = BUF_INIT,
	};
	return n;
}

bool notifier_is_busy(const struct notifier *n)
{
	return n->busy;
}

/* Closes the line to the child and sees it out. It has nothing to finish. */
static void dismiss(struct notifier *n)
{
	if (n->pid == 0)
		return;
	loop_unwatch(n->loop, n->fd);
	close(n->fd);
	n->fd = -1;
	forked_end(n->pid);
	family_left(n->pid);
	n->pid = 0;
}

static void settle(struct notifier *n, const struct delivery_result *r)
{
	struct delivery_result result = *r;

	n->busy = false;
	buf_reset(&n->call);
	buf_reset(&n->reply);
	/* The handle may be gone, or busy again, when this returns. */
	n->done(n->arg, &result);
}

static void lost(struct notifier *n)
{
	struct delivery_result r = { .text = "the sending process died" };
	bool busy = n->busy;

	dismiss(n);
	if (busy)
		settle(n, &r);
}

static void receive(struct notifier *n)
{
	struct delivery_result r;
	size_t missing = sizeof(r) - n->reply.len;
	ssize_t got = recv(n->fd, buf_reserve(&n->reply, missing), missing, 0);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (got <= 0 || !n->busy) {
		lost(n);
		return;
	}
	buf_grown(&n->reply, (size_t)got);
	if (n->reply.len < sizeof(r))
		return;
	memcpy(&r, n->reply.data, sizeof(r));
	settle(n, &r);
}

static void on_child(void *arg, short revents)
{
	struct notifier *n = arg;
	ssize_t sent;

	if (revents & (POLLIN | POLLHUP | POLLERR)) {
		receive(n);
		return;
	}
	sent = send(
	    n->fd, n->call.data + n->sent, n->call.len - n->sent, MSG_NOSIGNAL);
	if (sent < 0 && errno != EAGAIN && errno != EINTR) {
		lost(n);
		return;
	}
	if (sent > 0)
		n->sent += (size_t)sent;
	if (n->sent == n->call.len)
		loop_events(n->loop, n->fd, POLLIN);
}

static int hire(struct notifier *n, struct error *err)
{
	int fds[2];
	pid_t parent = getpid(), pid;
	sigset_t mask;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
		return error_errno(err, "cannot start the notifier");
	signals_block(&mask);
	pid = fork();
	if (pid == 0)
		notifier_main(fds[1], parent);
	signals_restore(&mask);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return error_errno(err, "cannot start the notifier");
	}
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	family_add(pid);
	n->pid = pid;
	n->fd = fds[0];
	loop_watch(n->loop, n->fd, POLLIN, on_child, n);
	return 0;
}

int notifier_post(struct notifier *n, const char *url,
    const struct strvec *headers, const char *body, struct error *err)
{
	struct buf *call = &n->call;
	uint32_t len = 0;

	if (n->busy)
		bug("one delivery at a time");
	/* A line break in a header would begin another one. */
	for (size_t i = 0; i < headers->n; i++)
		if (strpbrk(headers->v[i], "\r\n") != NULL ||
		    strchr(headers->v[i], ':') == NULL)
			return error_set(err,
			    "cannot send a notification: a header is not 'Name: value' on one line");
	if (n->pid == 0 && hire(n, err) != 0)
		return -1;
	buf_reset(call);
	buf_add(call, &len, sizeof(len));
	buf_add(call, url, strlen(url) + 1);
	buf_add(call, body, strlen(body) + 1);
	for (size_t i = 0; i < headers->n; i++)
		buf_add(call, headers->v[i], strlen(headers->v[i]) + 1);
	len = (uint32_t)(call->len - sizeof(len));
	memcpy(call->data, &len, sizeof(len));
	buf_reset(&n->reply);
	n->sent = 0;
	n->busy = true;
	loop_events(n->loop, n->fd, POLLIN | POLLOUT);
	return 0;
}

void notifier_release(struct notifier *n)
{
	dismiss(n);
	buf_release(&n->call);
	buf_release(&n->reply);
	free(n);
}
