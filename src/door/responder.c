/* responder.c - threads around the listening sockets, and an end in order.
 *
 * A socket may be shared: with siblings (spawn-fcgi -F 4), or with systemd that
 * holds it across a restart. So it is never shut down; the lobby (lobby.h)
 * waits for it and for stop_fd, and accepts without blocking. */
#include "door/door.h"
#include "base/clock.h"
#include "base/exit.h"
#include "base/sock.h"
#include "core/auth.h"
#include "door/client.h"
#include "door/responder_parts.h"
#include "engine/privilege.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DRAIN_MS = 12000, RELOAD_LIMIT_MS = 10000 };

/* Opens the logs again in any case: logrotate sends the same signal. Where the
 * configuration is not to be had, the old one stays. */
static void reload(struct responder *r)
{
	struct held_config *old = r->current;
	struct held_config *fresh = held_config_read(old->config.path);
	struct answer a = ANSWER_INIT;
	struct error err = ERROR_INIT;

	if (fresh == NULL) {
		log_error(
		    "the configuration has faults: the old one stays in use");
	} else if (!config_same_places(&fresh->config, &old->config)) {
		log_error(
		    "paths.state_file, logs_dir and run_dir change only at a restart: the old configuration stays in use");
		held_config_release(fresh);
		fresh = NULL;
	} else {
		pthread_rwlock_wrlock(&r->lock);
		r->current = fresh;
		held_config_apply(&fresh->config);
		pthread_rwlock_unlock(&r->lock);
		held_config_release(old);
	}
	daily_log_reopen(&r->daily, r->current->config.logging.format);
	for (int i = 0; i < r->n_workers; i++)
		access_log_reopen(&r->workers[i].access);
	if (fresh != NULL)
		log_info("the configuration was read again");
	watcher_order(r, fresh != NULL ? WATCHER_RELOAD : WATCHER_REOPEN);
	if (client_call(&r->current->config, WIRE_RELOAD, NULL, RELOAD_LIMIT_MS,
		&a, &err) != CLIENT_ANSWERED)
		log_warning(
		    "the supervisor was not told to reload: %s", err.text);
	answer_release(&a);
}

static int open_listeners(struct responder *r, struct error *err)
{
	const struct config *c = &r->current->config;
	int on = 0;
	socklen_t n = sizeof(on);

	r->n_listeners = 1;
	if (getsockopt(STDIN_FILENO, SOL_SOCKET, SO_ACCEPTCONN, &on, &n) == 0 &&
	    on) {
		r->listeners[0] = STDIN_FILENO;
	} else if (c->server.socket != NULL) {
		r->listeners[0] = sock_listen_unix(c->server.socket, 0660, err);
		if (r->listeners[0] < 0)
			return -1;
		r->own_socket = xstrdup(c->server.socket);
	} else {
		r->n_listeners = sock_listen_tcp(c->server.host, c->server.port,
		    r->listeners, LOBBY_LISTENERS, err);
		if (r->n_listeners == 0)
			return -1;
	}
	return 0;
}

/* libfcgi would accept by itself. It takes the connection as one that was kept
 * from the request before; and, told that it is detached, does not wait for the
 * peer to close it. To wait for the next request on it is ours as well: the
 * library would, with this thread. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct lobby *lobby = &w->responder->lobby;
	struct caller c;
	FCGX_Request q;

	FCGX_InitRequest(&q, -1, FCGI_FAIL_ACCEPT_ON_INTR);
	FCGX_Detach(&q);
	while (seats_take(&lobby->seats, &c, w->look)) {
		bool stays = false;

		q.ipcFd = c.fd;
		q.keepConnection = 1;
		if (FCGX_Accept_r(&q) == 0)
			stays = serve(w, &q) && c.keeps && q.ipcFd >= 0;
		if (stays)
			q.ipcFd = -1;
		FCGX_Free(&q, 1);
		lobby_done(lobby, &c, stays);
	}
	return NULL;
}

static void start_thread(pthread_t *t, void *(*run)(void *), void *arg)
{
	int rc = pthread_create(t, NULL, run, arg);

	if (rc != 0)
		bug("cannot start a thread: %s", strerror(rc));
}

/* Until told to end. */
static void heed_signals(struct responder *r, const sigset_t *set)
{
	for (;;) {
		int sig = 0;

		if (sigwait(set, &sig) != 0)
			continue;
		if (sig == SIGCHLD)
			watcher_reap(r);
		else if (sig == SIGHUP)
			reload(r);
		else
			return;
	}
}

static bool join(pthread_t thread, int64_t until)
{
	struct timespec deadline = { .tv_sec = (time_t)(until / 1000),
		.tv_nsec = (long)(until % 1000) * 1000000 };

	return pthread_clockjoin_np(thread, NULL, CLOCK_MONOTONIC, &deadline) ==
	       0;
}

/* What is under way is finished; false where something did not end in time. */
static bool join_workers(struct responder *r, int64_t until)
{
	bool all = true;

	for (int i = 0; i < r->n_workers; i++) {
		struct worker *w = &r->workers[i];

		if (join(w->thread, until)) {
			snapshot_release(&w->snapshot);
			access_log_release(&w->access);
			buf_release(&w->status.text);
			free(w->status.activity);
		} else {
			all = false;
		}
	}
	return all;
}

/* Returns false where a thread is still at work. */
static bool run(struct responder *r, const sigset_t *signals)
{
	const struct config *c = &r->current->config;
	pthread_t lobby;
	uint64_t one = 1;
	int64_t until;
	bool ended;

	start_thread(&lobby, lobby_keep, &r->lobby);
	r->n_workers = c->server.threads;
	r->workers = xcalloc((size_t)r->n_workers, sizeof(*r->workers));
	for (int i = 0; i < r->n_workers; i++) {
		struct worker *w = &r->workers[i];

		w->responder = r;
		snapshot_init(&w->snapshot, c->paths.state_file);
		access_log_init(&w->access, c->paths.logs_dir);
		w->status.text = (struct buf)BUF_INIT;
		start_thread(&w->thread, work, w);
	}
	log_info("responder %d is up, %d threads", (int)getpid(), r->n_workers);
	heed_signals(r, signals);
	if (write(r->stop_fd, &one, sizeof(one)) < 0)
		bug("an eventfd cannot be written to");
	until = clock_mono_ms() + DRAIN_MS;
	ended = join(lobby, until);
	ended = join_workers(r, until) && ended;
	ended = watcher_end(r, until) && ended;
	if (ended)
		free(r->workers);
	return ended;
}

/* Before libfcgi, which sets handlers of its own where there are none. */
static void prepare_signals(sigset_t *set)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGUSR1, SIG_IGN);
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, set, NULL);
}

static void release(struct responder *r)
{
	if (r->own_socket != NULL)
		unlink(r->own_socket);
	free(r->own_socket);
	lobby_close(&r->lobby);
	log_set_sink(NULL, NULL);
	daily_log_release(&r->daily);
	held_config_release(r->current);
	health_release(&r->health);
	pthread_rwlock_destroy(&r->lock);
	if (r->watcher_fd >= 0)
		watcher_end(r, clock_mono_ms() + DRAIN_MS);
	if (r->stop_fd >= 0)
		close(r->stop_fd);
}

static int open_doors(struct responder *r, struct error *err)
{
	r->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (r->stop_fd < 0)
		return error_errno(err, "cannot make an eventfd");
	if (open_listeners(r, err) != 0 ||
	    lobby_open(&r->lobby, r->listeners, r->n_listeners, r->stop_fd,
		r->current->config.server.threads, err) != 0)
		return -1;
	if (FCGX_Init() != 0)
		return error_set(err, "libfcgi cannot be used");
	if (watcher_start(r, err) != 0)
		return -1;
	/* Before the first foreign byte. */
	if (privilege_confine(err) != 0)
		log_warning(
		    "the responder is less confined than it could be: %s",
		    err->text);
	return 0;
}

int door_responder(const char *config_path)
{
	/* Static: a thread that does not end in time goes on using it. */
	static struct responder r = {
		.stop_fd = -1, .watcher_fd = -1, .lobby = LOBBY_INIT
	};
	const struct config *c;
	struct error err = ERROR_INIT;
	pthread_rwlockattr_t attr;
	sigset_t signals;

	log_set_name("fcgi");
	auth_init();
	umask(0077);
	if (config_path == NULL)
		log_error(
		    "there is no config.yaml; 'orchestrator init' makes one");
	else
		r.current = held_config_read(config_path);
	if (r.current == NULL)
		return CODE_CONFIGURATION;
	prepare_signals(&signals);
	/* Writers first: a reload is not put off for good by a stream of
	 * requests. */
	pthread_rwlockattr_init(&attr);
	pthread_rwlockattr_setkind_np(
	    &attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&r.lock, &attr);
	pthread_rwlockattr_destroy(&attr);
	health_init(&r.health);
	r.started_at = clock_mono_ms();
	c = &r.current->config;
	held_config_apply(c);
	daily_log_init(&r.daily, c->paths.logs_dir, c->logging.format);
	log_set_sink(daily_log_sink, &r.daily);
	if (open_doors(&r, &err) != 0) {
		log_error("%s", err.text);
		release(&r);
		return CODE_REFUSED;
	}
	if (!run(&r, &signals)) {
		log_warning("a request did not end in time");
		return CODE_DONE;
	}
	log_info("responder %d has stopped", (int)getpid());
	release(&r);
	return CODE_DONE;
}
