/* A line on the control socket: one answer, well formed, and no bad one
 * reaches the handler. */
#include "engine/control.h"
#include "base/sock.h"
#include "fuzz.h"

#include <sys/socket.h>
#include <unistd.h>

static void on_call(
    void *arg, enum wire_op op, const struct request *r, struct answer *a)
{
	(void)arg;
	MUST((op == WIRE_COMMAND) == (r != NULL));
	answer_error(a, 409, NULL, "no", NULL);
}

static void on_reply(void *arg, short revents)
{
	(void)revents;
	loop_stop(arg);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct loop l = LOOP_INIT;
	char path[64], reply[4096];
	struct control *c;
	ssize_t got;
	int fd;

	if (n > 60000)
		return 0; /* it would wait for us to write on */
	snprintf(path, sizeof(path), "/tmp/orchestrator-fuzz-%d", getpid());
	c = control_open(&l, path, on_call, NULL, NULL);
	MUST(c != NULL && (fd = sock_connect_unix(path, NULL)) >= 0);
	MUST(send(fd, bytes, n, 0) == (ssize_t)n && shutdown(fd, SHUT_WR) == 0);
	loop_watch(&l, fd, POLLIN, on_reply, &l);
	loop_run(&l);
	got = recv(fd, reply, sizeof(reply), MSG_WAITALL);
	MUST(got <= 0 || (reply[got - 1] == '\n' &&
			     str_starts(reply, "{\"v\":1,\"code\":4")));
	close(fd);
	control_close(c);
	loop_release(&l);
	return 0;
}
