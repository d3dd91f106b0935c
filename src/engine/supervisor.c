/* supervisor.c - starting, signals, and an end in order. */
#include "engine/supervisor.h"

#include "base/clock.h"
#include "base/durable.h"
#include "base/path.h"
#include "core/auth.h"
#include "engine/instance.h"
#include "engine/notify_systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_CONFIG = 4 };
enum { HOUSEKEEPING_MS = 5000 };

/* Returns 0, 1 where another holds it, or -1. */
static int take_lock(struct instance *in, struct error *err)
{
	char *path = config_run_path(in->config, "lock");
	int rc = 0;

	in->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (in->lock_fd < 0)
		rc = error_errno(err, "cannot open '%s'", path);
	else if (flock(in->lock_fd, LOCK_EX | LOCK_NB) != 0)
		rc = errno == EWOULDBLOCK
			 ? 1
			 : error_errno(err, "cannot lock '%s'", path);
	free(path);
	return rc;
}

static int make_folders(const struct config *c, struct error *err)
{
	char *state = path_folder(c->paths.state_file);
	int rc = 0;

	if (durable_mkdir(c->paths.run_dir, 0700, err) != 0 ||
	    durable_mkdir(c->paths.logs_dir, 0700, err) != 0 ||
	    durable_mkdir(state, 0700, err) != 0)
		rc = -1;
	free(state);
	return rc;
}

/* A state that is not valid is kept aside and a new one begun; the owner is
 * told. One that cannot be read is left alone. */
static int load_state(struct instance *in, struct error *err)
{
	const char *path = in->config->paths.state_file;
	char *kept = NULL, *message;
	int rc = 0;

	switch (state_load(path, &in->state, err)) {
	case STATE_LOADED:
	case STATE_NONE:
		break;
	case STATE_UNREADABLE:
		rc = -1;
		break;
	case STATE_CORRUPT:
		log_error("%s", err->text);
		rc = state_rescue(path, clock_now(), &kept, err);
		if (rc != 0)
			break;
		message = xasprintf("❌ The state was not valid and has been "
				    "kept as %s. A new one was begun: no "
				    "session is open.\n\n%s",
		    path_name(kept), err->text);
		log_error("state kept as %s, a new one is begun", kept);
		commit_error(in, message);
		free(message);
	}
	free(kept);
	return rc;
}

/* Strays that became ours (a keeper was killed) must not stay zombies. Our
 * own children are waited for by whoever started them. */
static void reap_strays(const struct instance *in)
{
	siginfo_t info = { 0 };

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
	       info.si_pid != 0) {
		if (agent_owns(in->agent, info.si_pid) ||
		    notifier_owns(in->notifier, info.si_pid))
			return; /* SIGCHLD comes again for those behind it */
		waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = 0;
	}
}

static void begin_stop(struct instance *in)
{
	if (in->stopping)
		return;
	in->stopping = true;
	systemd_notify("STOPPING=1");
	log_info("stopping");
	if (in->agent != NULL)
		attempt_end(in, RESULT_INTERRUPTED);
	else
		loop_stop(&in->loop);
}

static void on_signal(void *arg, short revents)
{
	struct instance *in = arg;
	struct signalfd_siginfo si;
	struct error err;

	(void)revents;
	while (read(in->signal_fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		if (si.ssi_signo == SIGHUP) {
			systemd_notify_reloading();
			reload(in, &err);
			systemd_notify("READY=1");
		} else if (si.ssi_signo != SIGCHLD) {
			begin_stop(in);
		}
	}
	reap_strays(in);
}

static int catch_signals(struct instance *in, struct error *err)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	in->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (in->signal_fd < 0)
		return error_errno(err, "cannot open a signalfd");
	loop_watch(&in->loop, in->signal_fd, POLLIN, on_signal, in);
	return 0;
}

/* A new version was installed over us: whoever runs us starts that one. */
static bool binary_was_replaced(void)
{
	static const char gone[] = " (deleted)";
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path));

	return n > (ssize_t)sizeof(gone) &&
	       memcmp(path + n - (sizeof(gone) - 1), gone, sizeof(gone) - 1) ==
		   0;
}

static void housekeeping(void *arg)
{
	struct instance *in = arg;
	int64_t watchdog = systemd_watchdog_ms();
	bool busy = in->agent != NULL || in->has_ended || in->clearing;

	systemd_notify("WATCHDOG=1");
	if (!busy && in->config->server.supervisor == SUPERVISOR_EXTERNAL &&
	    binary_was_replaced()) {
		log_info("the program was replaced: making room for it");
		begin_stop(in);
	}
	loop_timer_in(&in->loop, &in->housekeeping,
	    watchdog > 0 && watchdog < HOUSEKEEPING_MS ? watchdog
						       : HOUSEKEEPING_MS);
}

static int begin(struct instance *in, struct error *err)
{
	char *socket = config_run_path(in->config, "control.sock");

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (in->config->logging.task_logs) {
		free(in->state.logs_name);
		in->state.logs_name =
		    path_relative(in->config->dir, in->config->paths.logs_dir);
	}
	attempt_init(in);
	outbox_init(in);
	in->housekeeping = (struct timer){ .fire = housekeeping, .arg = in };
	if (catch_signals(in, err) == 0)
		in->control =
		    control_open(&in->loop, socket, commands_handle, in, err);
	free(socket);
	return in->control == NULL ? -1 : 0;
}

static void let_go_of_stderr(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	log_to_stderr(false);
	if (null >= 0)
		dup2(null, STDERR_FILENO);
}

static void serve(struct instance *in)
{
	log_info("supervisor %d is up", (int)getpid());
	attempt_recover(in);
	outbox_kick(in);
	housekeeping(in);
	systemd_notify("READY=1");
	if (in->options->detached)
		let_go_of_stderr();
	if (loop_run(&in->loop) != 0)
		log_error("poll: %s", strerror(errno));
	log_info("supervisor %d has stopped", (int)getpid());
}

static void release(struct instance *in)
{
	if (in->control != NULL)
		control_close(in->control);
	if (in->lock_path != NULL) {
		attempt_release(in);
		outbox_release(in);
	}
	if (in->signal_fd >= 0)
		close(in->signal_fd);
	log_set_sink(NULL, NULL);
	daily_log_release(&in->daily);
	loop_release(&in->loop);
	state_release(&in->state);
	if (in->retired != NULL)
		config_release(in->retired);
	free(in->retired);
	config_release(in->config);
	free(in->config);
	if (in->lock_fd >= 0)
		close(in->lock_fd);
}

/* Everything up to the loop; the exit code, or -1 to serve. */
static int prepare(struct instance *in, struct error *err)
{
	int locked;

	if (make_folders(in->config, err) != 0)
		return EXIT_FAILED;
	locked = take_lock(in, err);
	if (locked > 0) {
		printf("orchestrator: a supervisor is running already\n");
		return EXIT_OK;
	}
	if (locked < 0)
		return EXIT_FAILED;
	daily_log_init(
	    &in->daily, in->config->paths.logs_dir, in->config->logging.format);
	log_set_sink(daily_log_sink, &in->daily);
	if (load_state(in, err) != 0)
		return EXIT_CONFIG;
	return begin(in, err) == 0 ? -1 : EXIT_FAILED;
}

int supervisor_run(const struct supervisor_options *o)
{
	struct instance in = {
		.options = o,
		.loop = LOOP_INIT,
		.state = STATE_INIT,
		.lock_fd = -1,
		.signal_fd = -1,
		.daily = { .fd = -1 },
	};
	struct error err = ERROR_INIT;
	int code;

	log_set_name("supervisor");
	auth_init();
	umask(0077);
	in.config = config_read(o);
	if (in.config == NULL)
		return EXIT_CONFIG;
	config_apply(in.config);
	code = prepare(&in, &err);
	if (code < 0) {
		serve(&in);
		code = EXIT_OK;
	} else if (code != EXIT_OK) {
		log_error("%s", err.text);
	}
	release(&in);
	return code;
}
