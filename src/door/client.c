/* client.c - one line to the control socket, one line back. */
#include "door/client.h"
#include "base/clock.h"
#include "base/sock.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PROTOCOL = 1, REPLY_MAX = 8 * 1024 * 1024, CONNECT_PAUSE_MS = 20 };

const char client_lost[] =
    "The supervisor did not answer in time. "
    "The command may have been carried out: look at the status before you try again.";
const char client_external[] =
    "No supervisor runs, so nothing was done, and server.supervisor is external: start its service, then try again.";

static void write_call(
    struct buf *line, const char *op, const struct request *r)
{
	struct json_object *o = json_object_new_object();

	json_set_int(o, "v", PROTOCOL);
	json_set_string(o, "op", op);
	if (r != NULL)
		json_set(o, "request", request_to_json(r));
	json_print(line, o);
	buf_addc(line, '\n');
	json_object_put(o);
}

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
	while (line->len < REPLY_MAX) {
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

/* The reply to code and body; the version must be ours. */
static enum client_result read_reply(
    const struct buf *line, struct answer *a, struct error *err)
{
	struct json_object *o = json_parse(line->data, line->len, err);
	struct json_object *body;
	int64_t version, code;
	enum client_result result = CLIENT_LOST;

	if (o == NULL)
		return CLIENT_LOST;
	if (json_get_int(o, "v", 0, INT32_MAX, 0, &version, err) != 0 ||
	    version != PROTOCOL) {
		error_set(
		    err, "the supervisor is of another version; restart it");
		result = CLIENT_REFUSED;
	} else if (json_get_int(o, "code", 100, 599, 500, &code, err) == 0 &&
		   json_get_object(o, "body", &body, err) == 0) {
		answer_release(a);
		a->code = (int)code;
		a->body =
		    body ? json_object_get(body) : json_object_new_object();
		result = CLIENT_ANSWERED;
	}
	json_object_put(o);
	return result;
}

static enum client_result talk(int fd, const struct buf *call, int64_t deadline,
    struct answer *a, struct error *err)
{
	struct buf reply = BUF_INIT;
	enum client_result result;
	bool sent = send_line(fd, call, deadline) == 0;

	/* One that refuses us may have said so before it closed. */
	if (receive_line(fd, &reply, deadline) == 0) {
		result = read_reply(&reply, a, err);
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

enum client_result client_call(const struct config *c, const char *op,
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
		write_call(&call, op, r);
		result = talk(fd, &call, deadline, a, err);
		close(fd);
	}
	buf_release(&call);
	free(path);
	return result;
}
