/* client.c - one line to the control socket, one line back. */
#include "door/client.h"
#include "base/clock.h"
#include "base/sock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONNECT_PAUSE_MS = 20 };

const char client_lost[] =
    "The supervisor did not answer in time. "
    "The command may have been carried out: look at the status before you try again.";
const char client_external[] =
    "No supervisor runs, so nothing was done, and server.supervisor is external: start its service, then try again.";

/* All of it, or -1: then nobody acts on it, for the line has no end. */
static int send_line(int fd, const struct buf *line, int64_t deadline)
{
	for (size_t done = 0; done < line->len;) {
		ssize_t n = send(fd, line->data + done, line->len - done,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			done += (size_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno != EAGAIN || sock_wait(fd, POLLOUT, deadline) <= 0)
			return -1;
	}
	return 0;
}

/* Up to the peer's end of file or a newline. */
static int receive_line(int fd, struct buf *line, int64_t deadline)
{
	while (line->len < WIRE_REPLY_MAX) {
		char *room;
		ssize_t n;

		if (sock_wait(fd, POLLIN, deadline) <= 0)
			return -1;
		room = buf_reserve(line, 16384);
		n = recv(fd, room, 16384, MSG_DONTWAIT);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return -1;
		buf_grown(line, (size_t)n);
		if (line->data[line->len - 1] == '\n')
			return 0;
	}
	return -1;
}

static enum client_result talk(int fd, const struct buf *call, int64_t deadline,
    struct answer *a, struct error *err)
{
	static const enum client_result result_of[] = {
		[WIRE_REPLY_READ] = CLIENT_ANSWERED,
		[WIRE_REPLY_OTHER_VERSION] = CLIENT_REFUSED,
		[WIRE_REPLY_BROKEN] = CLIENT_LOST,
	};
	_Static_assert(ARRAY_SIZE(result_of) == WIRE_REPLIES, "know them all");
	struct buf reply = BUF_INIT;
	enum client_result result;
	bool sent = send_line(fd, call, deadline) == 0;

	/* One that refuses us may have said so before it closed. */
	if (receive_line(fd, &reply, deadline) == 0) {
		result =
		    result_of[wire_read_reply(reply.data, reply.len, a, err)];
	} else if (sent) {
		error_set(
		    err, "the supervisor took the command and did not answer");
		result = CLIENT_LOST;
	} else {
		error_set(err, "the supervisor does not listen");
		result = CLIENT_NO_SUPERVISOR;
	}
	buf_release(&reply);
	return result;
}

/* One that does not accept for a while has a full queue. */
static int connect_until(const char *path, int64_t deadline, struct error *err)
{
	int fd;

	for (;;) {
		fd = sock_connect_unix(path, err);
		if (fd >= 0 || errno != EAGAIN ||
		    clock_mono_ms() + CONNECT_PAUSE_MS >= deadline)
			return fd;
		poll(NULL, 0, CONNECT_PAUSE_MS);
	}
}

/* The supervisor is ours, root's, or of the account that the locks belong to:
 * to anybody else nothing is said. -1 with the reason. */
static int know_peer(const struct config *c, int fd, struct error *err)
{
	struct stat st;
	uid_t uid;

	if (sock_peer_uid(fd, &uid) != 0)
		return error_errno(err, "cannot see who listens");
	if (uid == 0 || uid == geteuid() ||
	    (stat(c->paths.run_dir, &st) == 0 && uid == st.st_uid))
		return 0;
	return error_set(err,
	    "the control socket in '%s' is another account's (uid %d): nothing was sent there",
	    c->paths.run_dir, (int)uid);
}

enum client_result client_call(const struct config *c, enum wire_op op,
    const struct request *r, int limit_ms, struct answer *a, struct error *err)
{
	int64_t deadline = clock_mono_ms() + limit_ms;
	char *path = config_run_path(c, "control.sock");
	int fd = connect_until(path, deadline, err);
	enum client_result result = CLIENT_NO_SUPERVISOR;
	struct buf call = BUF_INIT;

	if (fd < 0) {
		if (errno == EACCES || errno == EPERM)
			result = CLIENT_REFUSED;
	} else if (know_peer(c, fd, err) != 0) {
		result = CLIENT_REFUSED;
		close(fd);
	} else {
		wire_print_call(&call, op, r);
		result = talk(fd, &call, deadline, a, err);
		close(fd);
	}
	buf_release(&call);
	free(path);
	return result;
}
