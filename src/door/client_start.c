/* client_start.c - is there a supervisor, and bringing one up. */
#include "base/clock.h"
#include "base/path.h"
#include "base/sock.h"
#include "door/client.h"
#include "engine/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SAID_MAX = 4096, PAUSE_MS = 10 };

/* A shared lock is tried: two who ask at once do not see each other. One that
 * starts at this very moment may see us, and give way to whoever asked. */
int client_ask_lock(const struct config *c, struct error *err)
{
	char *path = config_run_path(c, "lock");
	int fd = path_open_regular(path, O_RDONLY, 0);
	int held = 0;

	if (fd >= 0)
		held = flock(fd, LOCK_SH | LOCK_NB) != 0;
	else if (errno != ENOENT)
		held = path_not_opened(path, err);
	if (fd >= 0)
		close(fd);
	free(path);
	return held;
}

bool client_supervisor_holds_lock(const struct config *c)
{
	return client_ask_lock(c, NULL) != 0;
}

/* Our own program by name: after an upgrade the new one at the same place,
 * where there is one, else the one that we are. */
static char *own_program(void)
{
	char *path = path_own_program(NULL);

	if (path == NULL || access(path, X_OK) != 0)
		xreplace(&path, "/proc/self/exe");
	return path;
}

static void supervisor_argv(
    struct strvec *argv, const struct config *c, enum supervisor_life life)
{
	strvec_add(argv, "orchestrator");
	if (c->path != NULL) {
		strvec_add(argv, "-c");
		strvec_add(argv, c->path);
	}
	strvec_add(argv, "supervise");
	strvec_add(argv, "--detached");
	if (life == LIFE_AS_NEEDED)
		strvec_add(argv, "--transient");
	if (c->path == NULL) {
		strvec_add(argv, "--defaults");
		strvec_add(argv, c->dir);
		strvec_add(argv, "--permissions");
		strvec_add(argv, permissions_name[c->claude.permissions]);
	}
}

/* The pid; *said reads its standard error. */
static pid_t spawn_supervisor(const struct config *c, enum supervisor_life life,
    int *said, struct error *err)
{
	struct strvec argv = STRVEC_INIT, env = STRVEC_INIT;
	char *program = own_program();
	struct child_spec spec = { .program = program,
		.argv = &argv,
		.env = &env,
		.in = -1,
		.out = -1,
		.own_session = true,
		.parent_death_signal = life == LIFE_OURS ? SIGTERM : 0,
		.cgroup_fd = -1 };
	int ends[2];
	pid_t pid = -1;

	supervisor_argv(&argv, c, life);
	/* Ours, with the time zone that we were given and not the configured
	 * one. */
	for (char **e = environ; e != NULL && *e != NULL; e++)
		if (!str_starts(*e, "TZ="))
			strvec_add(&env, *e);
	if (clock_system_zone() != NULL)
		strvec_addf(&env, "TZ=%s", clock_system_zone());
	if (pipe2(ends, O_CLOEXEC) == 0) {
		spec.err = ends[1];
		pid = child_spawn(&spec, NULL, err);
		close(ends[1]);
		*said = ends[0];
		if (pid < 0)
			close(ends[0]);
	} else {
		error_errno(err, "cannot start the supervisor");
	}
	strvec_release(&env);
	strvec_release(&argv);
	free(program);
	return pid;
}

/* What it says until it closes its standard error: true; false: too late. */
static bool hear_out(int fd, struct buf *text, int64_t deadline)
{
	for (;;) {
		char piece[512];
		ssize_t n;

		if (sock_wait(fd, POLLIN, deadline) <= 0)
			return false;
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		if (text->len < SAID_MAX)
			buf_add(text, piece, (size_t)n);
	}
}

static bool listens(const struct config *c)
{
	char *path = config_run_path(c, "control.sock");
	int fd = sock_connect_unix(path, NULL);

	free(path);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

/* Its last line, without "orchestrator: ", is the reason; where it said
 * nothing, how it ended. */
static int say_why(struct buf *text, int wait_status, struct error *err)
{
	static const char prefix[] = "orchestrator: ";
	char *how = child_obituary(wait_status);
	char *line = text->data;

	buf_trim(text);
	if (strrchr(line, '\n') != NULL)
		line = strrchr(line, '\n') + 1;
	if (str_starts(line, prefix))
		line += strlen(prefix);
	error_set(err, "the supervisor did not start: %s",
	    line[0] != '\0' ? line
	    : how != NULL   ? how
			    : "it gave way to one that does not listen");
	free(how);
	return -1;
}

/* After its standard error was closed: it listens, or it has ended. */
static int wait_until_up(const struct config *c, pid_t *pid, struct buf *text,
    int64_t deadline, struct error *err)
{
	int status = 0;
	bool ended = false, up;

	for (;;) {
		up = listens(c);
		/* One that gives way to a quicker one is a moment from its
		 * end when its standard error is closed. */
		poll(NULL, 0, PAUSE_MS);
		if (!ended && waitpid(*pid, &status, WNOHANG) == *pid)
			ended = true;
		if (ended)
			*pid = -1;
		if (ended && !(WIFEXITED(status) && WEXITSTATUS(status) == 0))
			return say_why(text, status, err);
		if (up)
			return 0;
		if (clock_mono_ms() >= deadline)
			return ended
				   ? say_why(text, status, err)
				   : error_set(err,
					 "the supervisor does not listen yet");
	}
}

int client_start_supervisor(const struct config *c, enum supervisor_life life,
    int limit_ms, pid_t *pid, struct error *err)
{
	int64_t deadline = clock_mono_ms() + limit_ms;
	struct buf text = BUF_INIT;
	int said, rc;

	*pid = spawn_supervisor(c, life, &said, err);
	if (*pid < 0)
		return -1;
	if (hear_out(said, &text, deadline))
		rc = wait_until_up(c, pid, &text, deadline, err);
	else
		rc = error_set(err, "the supervisor does not listen after %d s",
		    limit_ms / 1000);
	close(said);
	buf_release(&text);
	return rc;
}
