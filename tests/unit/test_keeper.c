#include "unit.h"
#include "procs.h"
#include "scratch.h"

#include "base/durable.h"
#include "base/sock.h"
#include "engine/cgroup.h"
#include "engine/family.h"
#include "engine/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static struct strvec argv, env;
static char *lock_path, *marker;

static void begin(const char *script)
{
	static int number;

	scratch_make();
	lock_path = scratch_path("attempt.lock");
	marker = xasprintf("unit/%d/%d", (int)getpid(), ++number);
	strvec_add(&argv, "sh");
	strvec_add(&argv, "-c");
	strvec_add(&argv, script);
	strvec_add(&env, "PATH=/usr/bin:/bin");
	strvec_addf(&env, "ORCHESTRATOR_ATTEMPT=%s", marker);
}

static void finish(void)
{
	strvec_release(&argv);
	strvec_release(&env);
	free(lock_path);
	free(marker);
	scratch_remove();
}

static int try_start(struct keeper *k, int grace, struct error *err)
{
	struct keeper_spec spec = {
		.child = { .argv = &argv,
		    .env = &env,
		    .dir = scratch,
		    .in = -1,
		    .out = -1,
		    .err = -1,
		    .own_session = true },
		.lock_path = lock_path,
		.marker = marker,
		.grace = grace,
	};

	return keeper_start(k, &spec, err);
}

static struct keeper_report next_report(struct keeper *k)
{
	struct keeper_report r;

	ck_assert_int_eq(
	    sock_wait(k->reports, POLLIN, clock_mono_ms() + PATIENCE_MS), 1);
	ck_assert_int_eq(keeper_read(k, &r), 1);
	return r;
}

static struct keeper start(int grace)
{
	struct keeper k;
	struct error err = ERROR_INIT;

	ck_assert_msg(try_start(&k, grace, &err) == 0, "%s", err.text);
	ck_assert_int_eq(next_report(&k).said, KEEPER_STARTED);
	return k;
}

static void assert_all_ended(struct keeper *k)
{
	char *cgroup = cgroup_path(marker);

	ck_assert_int_eq(next_report(k).said, KEEPER_ALL_ENDED);
	ck_assert_int_eq(
	    sock_wait(k->pidfd, POLLIN, clock_mono_ms() + PATIENCE_MS), 1);
	ck_assert_int_eq(count_marked(marker), 0);
	ck_assert(!keeper_lock_held(lock_path));
	ck_assert(cgroup == NULL || access(cgroup, F_OK) != 0);
	free(cgroup);
	keeper_release(k);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
}

/* Leaves what a killed process group leaves: a session of its own, a double
 * fork, one that ignores TERM, one that is stopped; 5 with the shell. */
static const char escapees[] =
    "setsid sh -c 'sleep 1000; :' & (setsid sleep 1000 &) & "
    "setsid sh -c 'trap \"\" TERM; while :; do sleep 1000; done' & "
    "setsid sh -c 'kill -STOP $$; :' & "
    "while [ ! -e go ]; do sleep 0.05; done; exit 3";

START_TEST(ends_every_descendant_on_order)
{
	struct keeper k;
	struct keeper_report r;

	begin(escapees);
	k = start(1);
	WAIT_UNTIL(count_marked(marker) >= 7);
	ck_assert(keeper_lock_held(lock_path));
	keeper_end(&k);
	keeper_end(&k);
	r = next_report(&k);
	ck_assert_int_eq(r.said, KEEPER_EXITED);
	ck_assert_int_eq(WTERMSIG(r.wait_status), SIGTERM);
	assert_all_ended(&k);
	finish();
}
END_TEST

START_TEST(ends_them_without_a_cgroup_too)
{
	struct keeper k;
	char *longer;

	begin(escapees);
	longer = xasprintf("%s/%0300d", marker, 0); /* no name for a folder */
	strvec_addf(&env, "ORCHESTRATOR_ATTEMPT=%s", longer);
	free(marker);
	marker = longer;
	k = start(1);
	WAIT_UNTIL(count_marked(marker) >= 7);
	keeper_end(&k);
	ck_assert_int_eq(next_report(&k).said, KEEPER_EXITED);
	assert_all_ended(&k);
	finish();
}
END_TEST

/* Where this account may make one. */
static void assert_in_its_cgroup(void)
{
	char *cgroup, *path, *text = NULL;
	struct keeper k;
	size_t n;

	begin("cat /proc/self/cgroup >new; mv new where; sleep 1000");
	cgroup = cgroup_path(marker);
	path = scratch_path("where");
	k = start(1);
	WAIT_UNTIL(read_file(path, 65536, &text, &n, NULL) == 0);
	if (cgroup != NULL && access(cgroup, F_OK) == 0)
		ck_assert_msg(
		    strstr(text, strrchr(cgroup, '/')) != NULL, "%s", text);
	keeper_end(&k);
	ck_assert_int_eq(next_report(&k).said, KEEPER_EXITED);
	assert_all_ended(&k);
	free(cgroup);
	free(path);
	free(text);
	finish();
}

START_TEST(begins_in_its_cgroup)
{
	assert_in_its_cgroup();
}
END_TEST

START_TEST(moves_there_where_it_cannot_begin_there)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	ck_assert_int_eq(
	    seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0),
	    0);
	ck_assert_int_eq(seccomp_load(f), 0);
	seccomp_release(f);
	assert_in_its_cgroup();
}
END_TEST

START_TEST(ends_what_claude_left_behind)
{
	struct keeper k;
	struct keeper_report r;

	begin(escapees);
	k = start(1);
	WAIT_UNTIL(count_marked(marker) >= 7);
	scratch_write("go", "");
	r = next_report(&k);
	ck_assert_int_eq(r.said, KEEPER_EXITED);
	ck_assert_int_eq(WEXITSTATUS(r.wait_status), 3);
	assert_all_ended(&k);
	finish();
}
END_TEST

START_TEST(ends_all_at_once_when_its_orders_are_closed)
{
	struct keeper k;
	int64_t before;

	begin(escapees);
	k = start(1000);
	WAIT_UNTIL(count_marked(marker) >= 7);
	before = clock_mono_ms();
	close(k.orders);
	k.orders = -1;
	ck_assert_int_eq(WTERMSIG(next_report(&k).wait_status), SIGKILL);
	assert_all_ended(&k);
	ck_assert_int_lt(clock_mono_ms() - before, PATIENCE_MS);
	finish();
}
END_TEST

START_TEST(ends_what_forks_faster_than_it_is_found)
{
	struct keeper k;

	/* Each lives only until it has forked the next one. */
	begin("hop() { hop & }; hop; setsid sh -c 'hop() { hop & }; hop' & "
	      "sleep 1000");
	k = start(0);
	WAIT_UNTIL(count_marked(marker) >= 1);
	keeper_end(&k);
	ck_assert_int_eq(next_report(&k).said, KEEPER_EXITED);
	assert_all_ended(&k);
	finish();
}
END_TEST

static void *go_on(void *arg)
{
	for (;;)
		pause();
	return arg;
}

/* This very program, started with UNIT_ZOMBIE: it shows as a zombie and
 * lives. Its first thread has ended, another goes on. */
__attribute__((constructor)) static void become_a_zombie(void)
{
	pthread_t thread;

	if (getenv("UNIT_ZOMBIE") == NULL)
		return;
	if (fork() != 0)
		_exit(0);
	setsid();
	if (fork() != 0)
		_exit(0);
	signal(SIGTERM, SIG_IGN);
	pthread_create(&thread, NULL, go_on, NULL);
	syscall(SYS_exit, 0); /* the thread; before main nothing unwinds */
}

static void start_zombie(void)
{
	char *own = realpath("/proc/self/exe", NULL);
	char *script = xasprintf("UNIT_ZOMBIE=1 %s; sleep 1000", own);

	begin(script);
	free(script);
	free(own);
}

static bool shows_as_a_zombie(void)
{
	struct process_list l = PROCESS_LIST_INIT;
	bool found = false;

	process_list_all(&l);
	for (size_t i = 0; i < l.n; i++)
		found |=
		    l.v[i].state == 'Z' && !process_is_dead(&l.v[i]) &&
		    process_has_env(&l.v[i], "ORCHESTRATOR_ATTEMPT", marker);
	process_list_release(&l);
	return found;
}

START_TEST(ends_what_shows_as_a_zombie_and_lives)
{
	struct keeper k;

	start_zombie();
	k = start(0);
	WAIT_UNTIL(shows_as_a_zombie());
	keeper_end(&k);
	ck_assert_int_eq(next_report(&k).said, KEEPER_EXITED);
	assert_all_ended(&k);
	finish();
}
END_TEST

START_TEST(the_sweep_finds_living_zombies_too)
{
	struct keeper k;

	prctl(PR_SET_CHILD_SUBREAPER, 1L);
	start_zombie();
	k = start(1000);
	WAIT_UNTIL(shows_as_a_zombie());
	/* As a supervisor finds it that has just been started: by its marker,
	 * it descends from somebody else. */
	prctl(PR_SET_CHILD_SUBREAPER, 0L);
	kill(k.pid, SIGKILL);
	ck_assert_int_eq(
	    sock_wait(k.pidfd, POLLIN, clock_mono_ms() + PATIENCE_MS), 1);
	keeper_release(&k);
	WAIT_UNTIL(keeper_sweep(marker) == 0);
	ck_assert_int_eq(count_marked(marker), 0);
	ck_assert(!shows_as_a_zombie());
	finish();
}
END_TEST

START_TEST(says_what_cannot_be_started)
{
	struct keeper k;
	struct keeper_report r;

	begin("");
	xreplace(&argv.v[0], "no-such-program");
	ck_assert_int_eq(try_start(&k, 1, NULL), 0);
	r = next_report(&k);
	ck_assert_int_eq(r.said, KEEPER_CANNOT_START);
	ck_assert_str_eq(r.text, "cannot start 'no-such-program': there is "
				 "no such program in PATH");
	ck_assert_int_eq(
	    sock_wait(k.pidfd, POLLIN, clock_mono_ms() + PATIENCE_MS), 1);
	ck_assert_int_eq(keeper_read(&k, &r), -1);
	keeper_release(&k);
	finish();
}
END_TEST

START_TEST(a_report_ends_its_text)
{
	struct keeper_report whole, r;
	struct keeper forged = KEEPER_INIT;
	int ends[2];

	memset(&whole, 'x', sizeof(whole));
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(
	    (int)write(ends[1], &whole, sizeof(whole)), (int)sizeof(whole));
	close(ends[1]);
	forged.reports = ends[0];
	ck_assert_int_eq(keeper_read(&forged, &r), 1);
	ck_assert_ptr_eq(
	    memchr(r.text, '\0', sizeof(r.text)), r.text + sizeof(r.text) - 1);
	ck_assert_int_eq(keeper_read(&forged, &r), -1);
	keeper_release(&forged);
}
END_TEST

START_TEST(refuses_while_a_former_attempt_is_alive)
{
	struct keeper k, second;
	struct error err = ERROR_INIT;

	begin("sleep 1000");
	ck_assert(!keeper_lock_held(lock_path));
	k = start(0);
	ck_assert_int_eq(try_start(&second, 0, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is still alive"));
	keeper_release(&k);
	WAIT_UNTIL(!keeper_lock_held(lock_path));
	ck_assert_int_eq(count_marked(marker), 0);
	WAIT_UNTIL((family_reap(), waitpid(-1, NULL, WNOHANG)) == -1);
	finish();
}
END_TEST

START_TEST(ends_all_when_the_supervisor_is_killed)
{
	int go[2];
	pid_t supervisor;
	char c;

	begin(escapees);
	ck_assert_int_eq(pipe2(go, O_CLOEXEC), 0);
	supervisor = fork();
	if (supervisor == 0) {
		start(1000);
		if (write(go[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(go[0], &c, 1), 1);
	WAIT_UNTIL(count_marked(marker) >= 7);
	kill(supervisor, SIGKILL);
	waitpid(supervisor, NULL, 0);
	WAIT_UNTIL(!keeper_lock_held(lock_path));
	ck_assert_int_eq(count_marked(marker), 0);
	finish();
}
END_TEST

START_TEST(the_sweep_finds_what_a_killed_keeper_left)
{
	struct keeper k;
	pid_t other = fork();

	if (other == 0) {
		pause();
		_exit(1);
	}
	family_add(other); /* as the notifier is */
	prctl(PR_SET_CHILD_SUBREAPER, 1L);
	begin("setsid env -i sleep 1000 & setsid sleep 1000 & "
	      "while :; do sleep 1000; done");
	k = start(1000);
	WAIT_UNTIL(count_marked(marker) >= 3);
	kill(k.pid, SIGKILL);
	ck_assert_int_eq(
	    sock_wait(k.pidfd, POLLIN, clock_mono_ms() + PATIENCE_MS), 1);
	keeper_release(&k);
	ck_assert_int_gt(keeper_sweep(marker), 0);
	WAIT_UNTIL(keeper_sweep(marker) == 0);
	ck_assert_int_eq(count_marked(marker), 0);
	ck_assert(is_alive(other));
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	family_left(other);
	WAIT_UNTIL((keeper_sweep(marker), waitpid(-1, NULL, WNOHANG)) == -1);
	finish();
}
END_TEST

START_TEST(a_stopped_keeper_of_another_is_killed)
{
	struct keeper k;

	prctl(PR_SET_CHILD_SUBREAPER, 1L);
	begin("sleep 1000");
	k = start(0);
	keeper_kill_stopped(lock_path); /* it is not: nothing happens */
	ck_assert_int_eq(sock_wait(k.pidfd, POLLIN, clock_mono_ms() + 50), 0);
	kill(k.pid, SIGSTOP);
	WAIT_UNTIL((keeper_kill_stopped(lock_path),
	    sock_wait(k.pidfd, POLLIN, clock_mono_ms() + 10) == 1));
	keeper_release(&k);
	WAIT_UNTIL(keeper_sweep(marker) == 0);
	ck_assert(!keeper_lock_held(lock_path));
	finish();
}
END_TEST

START_TEST(the_next_supervisor_finds_them_by_their_marker)
{
	pid_t stranger, marked;
	char *variable;

	begin("");
	variable = xasprintf("ORCHESTRATOR_ATTEMPT=%s", marker);
	/* Neither is a descendant: their parent is gone. */
	if ((marked = fork()) == 0) {
		if (fork() == 0) {
			setsid();
			/* While a process is in an exec its mark is not seen:
			 * env's is the only one from here on. */
			execlp("env", "env", variable, "sleep", "1000", NULL);
		}
		_exit(0);
	}
	waitpid(marked, NULL, 0);
	stranger = fork();
	if (stranger == 0)
		execlp("sleep", "sleep", "1000", NULL);
	family_add(stranger);
	WAIT_UNTIL(count_marked(marker) == 1);
	ck_assert_int_eq(keeper_sweep(marker), 1);
	WAIT_UNTIL(keeper_sweep(marker) == 0);
	ck_assert_int_eq(count_marked(marker), 0);
	ck_assert(is_alive(stranger));
	kill(stranger, SIGKILL);
	free(variable);
	finish();
}
END_TEST

START_TEST(the_lock_of_nobody_is_nobody_s)
{
	struct keeper none = KEEPER_INIT;
	struct keeper_report r;
	char *own;

	begin("true");
	own = xasprintf("%d 1\n", (int)getpid()); /* another of this number */
	keeper_kill_stopped(lock_path);
	scratch_write("attempt.lock", "");
	keeper_kill_stopped(lock_path);
	scratch_write("attempt.lock", "nobody");
	keeper_kill_stopped(lock_path);
	scratch_write("attempt.lock", "2147483647 1\n");
	keeper_kill_stopped(lock_path);
	scratch_write("attempt.lock", own);
	keeper_kill_stopped(lock_path);
	ck_assert(!keeper_lock_held(lock_path));
	free(own);
	/* There is none, and nothing to be asked of it. */
	keeper_end(&none);
	keeper_kill(&none);
	ck_assert_int_eq(keeper_read(&none, &r), -1);
	keeper_release(&none);
	finish();
}
END_TEST

/* Of its own descriptors: the lock, two of a pipe for orders, two of one for
 * reports, the pidfd; the last comes when the keeper is there already. */
START_TEST(without_descriptors_nothing_is_started)
{
	struct keeper k;
	struct error err = ERROR_INIT;
	struct rlimit before;

	prctl(PR_SET_CHILD_SUBREAPER, 1L);
	begin("sleep 1000");
	for (int n = 0; n < 6; n++) {
		int rc;

		few_descriptors(n, &before);
		rc = try_start(&k, 0, &err);
		setrlimit(RLIMIT_NOFILE, &before);
		ck_assert_int_eq(rc, -1);
		ck_assert_msg(strstr(err.text, "Too many open files") != NULL,
		    "said %s", err.text);
	}
	WAIT_UNTIL((family_reap(), waitpid(-1, NULL, WNOHANG) < 0));
	ck_assert_int_eq(count_marked(marker), 0);
	ck_assert(!keeper_lock_held(lock_path));
	free(lock_path);
	lock_path = scratch_path("nowhere/attempt.lock");
	ck_assert_int_eq(try_start(&k, 0, &err), -1);
	finish();
}
END_TEST

UNIT_MAIN("keeper", ends_every_descendant_on_order,
    ends_them_without_a_cgroup_too, begins_in_its_cgroup,
    moves_there_where_it_cannot_begin_there, ends_what_claude_left_behind,
    ends_all_at_once_when_its_orders_are_closed,
    ends_what_forks_faster_than_it_is_found,
    ends_what_shows_as_a_zombie_and_lives, the_sweep_finds_living_zombies_too,
    says_what_cannot_be_started, a_report_ends_its_text,
    refuses_while_a_former_attempt_is_alive,
    ends_all_when_the_supervisor_is_killed,
    the_sweep_finds_what_a_killed_keeper_left,
    a_stopped_keeper_of_another_is_killed,
    the_next_supervisor_finds_them_by_their_marker,
    the_lock_of_nobody_is_nobody_s, without_descriptors_nothing_is_started)
