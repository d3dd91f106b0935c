/* supervisor.c - starting, signals, and an end in order. */
#include "engine/supervisor.h"

#include "base/clock.h"
#include "base/exit.h"
#include "base/path.h"
#include "core/auth.h"
#include "engine/family.h"
#include "engine/instance.h"
#include "engine/keeper.h"
#include "engine/notify_systemd.h"
#include "engine/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HELD_BYTES = 16 * 1024 * 1024 };
enum {
	HOUSEKEEPING_MS = 5000,
	SWEEP_MS = 60 * 60 * 1000,
	STOP_SPARE_S = 5,
	TRANSIENT_IDLE_MS = 60000,
	LEAVE_MS = 50
};

static const struct job_kind *const kinds[] = { &undoing_kind, &planning_kind,
	&attempt_kind, NULL };

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
		message = xasprintf(
		    "❌ The state was not valid and has been kept as %s. A new one was begun: no session is open.\n\n"
		    "%s",
		    path_name(kept), err->text);
		log_error("state kept as %s, a new one is begun", kept);
		commit_error(in, message);
		free(message);
	}
	free(kept);
	return rc;
}

/* -- what is due ------------------------------------------------------------
 */

/* Everything that runs begins and ends here, after it was stored. */
static void do_due(void *arg)
{
	struct instance *in = arg;
	unsigned due = in->due;

	in->due = 0;
	if (due & DUE_ATTEMPT)
		attempt_start(in);
	if (due & DUE_CANCEL)
		job_stop(in, RESULT_CANCELLED);
	if (due & DUE_NOTIFY)
		outbox_kick(in);
	if (due & DUE_END) /* once the answer that says so is out */
		loop_timer_in(&in->loop, &in->leave, LEAVE_MS);
}

/* -- the end ----------------------------------------------------------------
 */

static void begin_stop(void *arg)
{
	struct instance *in = arg;

	if (in->stopping)
		return;
	do_due(in);
	in->stopping = true;
	systemd_notify("STOPPING=1");
	systemd_extend_timeout(
	    in->config->claude.kill_grace + STOP_SPARE_S + STOP_SPARE_S);
	log_info("stopping");
	loop_timer_in(&in->loop, &in->give_up,
	    (in->config->claude.kill_grace + STOP_SPARE_S) * INT64_C(1000));
	if (in->job.agent != NULL)
		job_stop(in, RESULT_INTERRUPTED);
	else if (job_is_unsettled(in))
		job_settle_now(in);
	else
		loop_stop(&in->loop);
}

/* Something cannot be ended, or not be stored: the next supervisor sees to
 * it, the state on disk says that the task runs. */
static void give_up(void *arg)
{
	struct instance *in = arg;

	log_error("the running task could not be ended in order");
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
	family_reap_strays(); /* of a keeper that was killed */
}

/* Nobody is left who could become Claude's account: its keeper ends what runs,
 * and a new supervisor has a new one. */
static void on_spawner_gone(void *arg, short revents)
{
	struct instance *in = arg;

	(void)revents;
	log_error(
	    "the spawner has died, without which nothing can be run as '%s': ending, to be started afresh",
	    in->config->claude.user);
	loop_unwatch(&in->loop, spawner_fd());
	in->failed = true;
	begin_stop(in);
}

/* A new version was installed over us: whoever runs us starts that one. */
static bool binary_was_replaced(void)
{
	bool replaced = false;

	free(path_own_program(&replaced));
	return replaced;
}

/* One that a command started has nothing to stay for: nothing runs, nobody
 * is to be told or asked anything, and that for a while. */
static void end_if_unneeded(struct instance *in)
{
	int64_t now = clock_mono_ms();

	if (!in->options->transient)
		return;
	if (!job_is_idle(in) || in->state.n_notices > 0 ||
	    session_is_unfinished(&in->state.session)) {
		in->idle_since = 0;
	} else if (in->idle_since == 0) {
		in->idle_since = now;
	} else if (now - in->idle_since >= TRANSIENT_IDLE_MS) {
		log_info("nothing is left to do");
		begin_stop(in);
	}
}

static void housekeeping(void *arg)
{
	struct instance *in = arg;
	const struct config *c = in->config;
	int64_t watchdog = systemd_watchdog_ms(), now = clock_mono_ms();
	bool busy = !job_is_idle(in);

	systemd_notify("WATCHDOG=1");
	commit_again(in);
	adding_flush(in, NULL);
	outbox_report(in);
	outbox_remind(in);
	/* Once an hour; while something runs its logs are left alone. */
	if (in->swept_at == 0 || now - in->swept_at >= SWEEP_MS) {
		in->swept_at = now;
		logs_sweep(c->paths.logs_dir, c->paths.state_file,
		    c->logging.keep_days,
		    busy || session_is_unfinished(&in->state.session));
	}
	end_if_unneeded(in);
	attempt_tick(in);
	if (!busy && c->server.supervisor == SUPERVISOR_EXTERNAL &&
	    binary_was_replaced()) {
		log_info("the program was replaced: making room for it");
		begin_stop(in);
	}
	loop_timer_in(&in->loop, &in->housekeeping,
	    watchdog > 0 && watchdog < HOUSEKEEPING_MS ? watchdog
						       : HOUSEKEEPING_MS);
}

/* Before anything is read that somebody else has written. */
static int give_up_capabilities(struct instance *in, struct error *err)
{
	const char *user = in->config->claude.user;
	struct account account = ACCOUNT_INIT;
	int rc = 0;

	if (user == NULL)
		return 0;
	if (account_find(&account, user, err) != 0)
		rc = -1;
	else if (account.uid != geteuid())
		rc = spawner_start(&account, err);
	account_release(&account);
	if (rc == 0 && spawner_fd() >= 0)
		loop_watch(
		    &in->loop, spawner_fd(), POLLIN, on_spawner_gone, in);
	return rc;
}

/* Returns the exit code. */
static int serve(struct instance *in)
{
	int code = CODE_DONE, null;

	log_info("supervisor %d is up", (int)getpid());
	job_recover(in);
	outbox_kick(in);
	housekeeping(in);
	systemd_notify("READY=1");
	if (in->options->detached) {
		null = open("/dev/null", O_RDWR | O_CLOEXEC);
		log_to_stderr(false);
		if (null >= 0)
			dup2(null, STDERR_FILENO);
	}
	if (loop_run(&in->loop) != 0) {
		log_error("poll: %s", strerror(errno));
		code = CODE_REFUSED;
	}
	commit_deliveries(in);
	if (in->failed || in->job.agent != NULL || job_is_unsettled(in))
		code = CODE_REFUSED;
	log_info("supervisor %d has stopped", (int)getpid());
	return code;
}

static void release(struct instance *in)
{
	if (in->control != NULL)
		control_close(in->control);
	if (in->job.lock_path != NULL) {
		job_release(in);
		outbox_release(in);
	}
	spawner_stop();
	if (in->signal_fd >= 0)
		close(in->signal_fd);
	log_set_sink(NULL, NULL);
	planning_release(in);
	undoing_release(in);
	outcome_release(&in->last);
	daily_log_release(&in->daily);
	loop_release(&in->loop);
	state_release(&in->state);
	config_release(in->config);
	free(in->config);
	if (in->state_lock_fd >= 0)
		close(in->state_lock_fd);
	if (in->lock_fd >= 0)
		close(in->lock_fd);
}

/* Everything up to the loop; the exit code, or -1 to serve. */
static int prepare(
    struct instance *in, const sigset_t *signals, struct error *err)
{
	const struct config *c = in->config;
	int locked = supervisor_claim(in, err);
	char *socket;

	if (locked > 0) {
		printf("orchestrator: a supervisor is running already\n");
		return CODE_DONE;
	}
	if (locked < 0 || give_up_capabilities(in, err) != 0)
		return CODE_REFUSED;
	daily_log_init(&in->daily, c->paths.logs_dir, c->logging.format);
	log_set_sink(daily_log_sink, &in->daily);
	if (state_replaceable(c->paths.state_file, err) != 0 ||
	    load_state(in, err) != 0)
		return CODE_CONFIGURATION;
	/* Each change makes copies of the state and frees them. glibc would
	 * give their pages back every time, to be given them anew: with 1,000
	 * tasks a command took more than twice as long. */
	mallopt(M_MMAP_THRESHOLD, HELD_BYTES);
	mallopt(M_TRIM_THRESHOLD, HELD_BYTES);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	name_task_logs(in);
	job_init(in, kinds);
	outbox_init(in);
	loop_at_turn_end(&in->loop, do_due, in);
	in->give_up = (struct timer){ .fire = give_up, .arg = in };
	in->leave = (struct timer){ .fire = begin_stop, .arg = in };
	in->housekeeping = (struct timer){ .fire = housekeeping, .arg = in };
	in->signal_fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
	if (in->signal_fd < 0) {
		error_errno(err, "cannot open a signalfd");
		return CODE_REFUSED;
	}
	loop_watch(&in->loop, in->signal_fd, POLLIN, on_signal, in);
	socket = config_run_path(c, "control.sock");
	in->control = control_open(&in->loop, socket, commands_handle, in, err);
	free(socket);
	return in->control == NULL ? CODE_REFUSED : -1;
}

int supervisor_run(const struct supervisor_options *o)
{
	static const int caught[] = { SIGTERM, SIGINT, SIGHUP, SIGCHLD };
	struct instance in = {
		.options = o,
		.loop = LOOP_INIT,
		.state = STATE_INIT,
		.lock_fd = -1,
		.state_lock_fd = -1,
		.signal_fd = -1,
		.daily = { .fd = -1 },
		.last = OUTCOME_INIT,
		.undoing = { .said = BUF_INIT },
	};
	struct error err = ERROR_INIT;
	sigset_t signals;
	int code;

	/* First of all: one that comes while we start is taken when we have. */
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	for (size_t i = 0; i < ARRAY_SIZE(caught); i++)
		sigaddset(&signals, caught[i]);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	log_set_name("supervisor");
	auth_init();
	umask(0077);
	in.config = config_read(o);
	if (in.config == NULL)
		return CODE_CONFIGURATION;
	config_apply(in.config);
	code = prepare(&in, &signals, &err);
	if (code < 0)
		code = serve(&in);
	else if (code != CODE_DONE)
		log_error("%s", err.text);
	release(&in);
	return code;
}
