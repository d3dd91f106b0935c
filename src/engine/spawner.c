/* spawner.c - the supervisor's side of the spawner. */
#include "engine/spawner.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/durable.h"
#include "base/log.h"
#include "base/sock.h"
#include "engine/family.h"
#include "engine/forked.h"
#include "engine/privilege.h"
#include "engine/spawner_main.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* It answers at once; a sweep looks at every process of the machine. */
enum { ANSWER_MS = 20000 };

static bool used;
static int line = -1;

bool spawner_is_used(void)
{
	return used;
}

int spawner_fd(void)
{
	return line;
}

void spawner_stop(void)
{
	if (line >= 0)
		close(line);
	line = -1;
}

int spawner_start(const struct account *as, struct error *err)
{
	struct error why = ERROR_INIT;
	sigset_t mask;
	int fds[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return error_errno(err, "cannot start the spawner");
	signals_block(&mask);
	pid = fork();
	if (pid == 0) {
		spawner_stop(); /* it is not its own */
		used = false;
		spawner_main(fds[1], as);
	}
	signals_restore(&mask);
	close(fds[1]);
	if (pid < 0) {
		close(fds[0]);
		return error_errno(err, "cannot start the spawner");
	}
	family_add(pid);
	line = fds[0];
	used = true;
	if (privilege_confine(&why) != 0)
		log_warning("%s", why.text);
	return 0;
}

static void add_word(struct buf *text, const char *word)
{
	buf_add(text, word, strlen(word) + 1);
}

/* Sends the order with the words, in a file in memory, in front of its
 * descriptors, and waits for what comes back. */
static int ask(const struct spawner_order *o, const struct buf *text, int *fds,
    size_t n, struct spawner_reply *r, int *pidfd)
{
	int words = memfd_create("orchestrator-order", MFD_CLOEXEC);
	size_t came = 0;
	int rc = -1;

	if (words < 0)
		return -1;
	if (write_all(words, text->data, text->len) != 0) {
		close(words);
		return -1;
	}
	fds[SPAWNER_WORDS] = words;
	errno = EPIPE;
	if (line >= 0 && sock_send_with(line, o, sizeof(*o), fds, n) == 0) {
		errno = ETIMEDOUT;
		if (sock_wait(line, POLLIN, clock_mono_ms() + ANSWER_MS) == 1)
			rc = sock_receive_with(
			    line, r, sizeof(*r), pidfd, 1, &came);
		if (rc == 0)
			errno = EPIPE;
	}
	/* An answer that comes later would be taken for the next order's. */
	if (rc != 1 && line >= 0)
		shutdown(line, SHUT_RDWR);
	close(words);
	if (came == 0)
		*pidfd = -1;
	return rc == 1 ? 0 : -1;
}

int spawner_keep(struct keeper *k, const struct keeper_spec *spec, int lock,
    int orders, int reports, struct error *err)
{
	const struct child_spec *c = &spec->child;
	struct spawner_order order = {
		.what = SPAWNER_KEEP,
		.n_argv = c->argv->n,
		.n_env = c->env->n,
		.grace = spec->grace,
		.max_processes = c->max_processes,
		.max_memory = c->max_memory,
	};
	int fds[SPAWNER_FDS] = { -1, lock, orders, reports, c->in, c->out,
		c->err };
	struct buf text = BUF_INIT;
	struct spawner_reply reply;
	int rc;

	add_word(&text, spec->marker);
	add_word(&text, c->dir != NULL ? c->dir : "");
	for (size_t i = 0; i < c->argv->n; i++)
		add_word(&text, c->argv->v[i]);
	for (size_t i = 0; i < c->env->n; i++)
		add_word(&text, c->env->v[i]);
	rc = ask(&order, &text, fds, SPAWNER_FDS, &reply, &k->pidfd);
	buf_release(&text);
	if (rc != 0)
		return error_errno(
		    err, "cannot start a keeper: the spawner does not answer");
	if (k->pidfd < 0)
		return error_set(err, "cannot start a keeper: %.*s",
		    (int)sizeof(reply.text) - 1, reply.text);
	k->pid = reply.pid;
	return 0;
}

int spawner_sweep(const char *marker)
{
	struct spawner_order order = { .what = SPAWNER_SWEEP };
	struct buf text = BUF_INIT;
	struct spawner_reply reply;
	int fds[SPAWNER_FDS], pidfd, rc;

	add_word(&text, marker);
	add_word(&text, "");
	rc = ask(&order, &text, fds, SPAWNER_WORDS + 1, &reply, &pidfd);
	buf_release(&text);
	return rc == 0 ? reply.found : 1;
}
