#include "unit.h"
#include "procs.h"

#include "base/buf.h"
#include "engine/child.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

static struct strvec argv, env;

static void command(const char *script)
{
	strvec_release(&argv);
	strvec_add(&argv, "sh");
	strvec_add(&argv, "-c");
	strvec_add(&argv, script);
	strvec_release(&env);
	strvec_add(&env, "PATH=:/usr/bin:/bin");
}

static void finish(void)
{
	strvec_release(&argv);
	strvec_release(&env);
}

static struct child_spec spec_of(const struct account *as, int out)
{
	return (struct child_spec){
		.argv = &argv,
		.env = &env,
		.in = -1,
		.out = out,
		.err = -1,
		.as = as,
		.cgroup_fd = -1,
	};
}

/* Runs spec with its standard output to a pipe; what came, to be freed. */
static char *output_of(struct child_spec spec)
{
	struct error err = ERROR_INIT;
	struct buf said = BUF_INIT;
	int fds[2], pidfd = -1, status;
	ssize_t n;
	pid_t pid;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	spec.out = fds[1];
	pid = child_spawn(&spec, &pidfd, &err);
	ck_assert_msg(pid > 0, "%s", err.text);
	close(fds[1]);
	while ((n = read(fds[0], buf_reserve(&said, 4096), 4096)) > 0)
		buf_grown(&said, (size_t)n);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	close(fds[0]);
	close(pidfd);
	return buf_detach(&said);
}

static char *output(const char *script)
{
	command(script);
	return output_of(spec_of(NULL, -1));
}

static void assert_fails(const char *dir, const char *want)
{
	struct child_spec spec = spec_of(NULL, -1);
	struct error err = ERROR_INIT;

	spec.dir = dir;
	ck_assert_int_eq(child_spawn(&spec, NULL, &err), -1);
	ck_assert_str_eq(err.text, want);
	ck_assert_int_eq(waitpid(-1, NULL, 0), -1); /* nobody is left */
}

START_TEST(says_why_it_cannot_start)
{
	command("true");
	assert_fails("/nowhere", "cannot start 'sh': cannot enter its folder "
				 "'/nowhere': No such file or directory");
	xreplace(&argv.v[0], "no-such-program");
	assert_fails(NULL, "cannot start 'no-such-program': there is no such "
			   "program in PATH");
	xreplace(&argv.v[0], "/etc/passwd");
	assert_fails(NULL, "cannot start '/etc/passwd': Permission denied");
	xreplace(&argv.v[0], "/etc/passwd/no-folder");
	assert_fails(NULL,
	    "cannot start '/etc/passwd/no-folder': No such file or directory");
	xreplace(&argv.v[0], "/no-such-program");
	assert_fails(
	    NULL, "cannot start '/no-such-program': No such file or directory");
	finish();
}
END_TEST

START_TEST(an_empty_part_of_path_is_not_the_current_folder)
{
	command("true");
	xreplace(&argv.v[0], "hostname");
	ck_assert_int_eq(chdir("/etc"), 0); /* /etc/hostname is no program */
	xreplace(&env.v[0], "PATH=");
	assert_fails("/etc", "cannot start 'hostname': there is no such "
			     "program in PATH");
	finish();
}
END_TEST

static int spawn(struct child_spec spec, struct error *err)
{
	return child_spawn(&spec, NULL, err);
}

START_TEST(says_what_the_system_refuses)
{
	struct error err = ERROR_INIT, other = ERROR_INIT;
	char *longest = xcalloc(1 << 18, 1);
	struct rlimit before;

	command("true");
	ck_assert_int_eq(spawn(spec_of(NULL, 999), &err), -1);
	ck_assert_str_eq(err.text,
	    "cannot start 'sh': cannot set up its descriptors: Bad file descriptor");

	few_descriptors(1, &before);
	ck_assert_int_eq(spawn(spec_of(NULL, -1), &other), -1);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_str_eq(other.text, "cannot start 'sh': Too many open files");

	memset(longest, 'x', (1 << 18) - 1); /* of one argument */
	strvec_add(&argv, longest);
	assert_fails(NULL, "cannot start 'sh': Argument list too long");
	free(longest);
	finish();
}
END_TEST

START_TEST(has_limits_that_only_get_lower)
{
	struct rlimit given = { 20000, 30000 };
	struct child_spec spec;
	char *said;

	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &given), 0);
	command("ulimit -Hd; ulimit -Sp; ulimit -Hp");
	spec = spec_of(NULL, -1);
	spec.max_memory = 1 << 20;
	spec.max_processes = 25000;
	said = output_of(spec);
	ck_assert_str_eq(said, "1073741824\n20000\n25000\n");
	free(said);
	command("ulimit -Sp; ulimit -Hp");
	spec.max_processes = 10000;
	said = output_of(spec);
	ck_assert_str_eq(said, "10000\n10000\n");
	free(said);
	spec.max_processes = 40000;
	said = output_of(spec);
	ck_assert_str_eq(said, "20000\n30000\n");
	free(said);
	finish();
}
END_TEST

START_TEST(starts_clean)
{
	sigset_t set;
	char *said;
	int leaked = open("/dev/null", O_RDONLY); /* not close-on-exec */

	ck_assert_int_ge(leaked, 3);
	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	umask(0);
	/* The shell lists its descriptors without opening any. */
	said = output("for n in 0 1 2 3 4 5 6 7 8 9 10 11 12; do "
		      "[ -e /proc/$$/fd/$n ] && echo $n; done; umask; "
		      "exec grep -E 'Sig(Blk|Ign)' /proc/self/status");
	ck_assert_str_eq(said, "0\n1\n2\n0022\n"
			       "SigBlk:\t0000000000000000\n"
			       "SigIgn:\t0000000000000000\n");
	free(said);
	finish();
}
END_TEST

START_TEST(has_the_given_environment_and_no_other)
{
	char *said;

	setenv("WEBHOOK_SECRET", "0123456789abcdef", 1);
	command("tr '\\0' '\\n' </proc/$$/environ");
	strvec_add(&env, "A=b c");
	said = output_of(spec_of(NULL, -1));
	ck_assert_str_eq(said, "PATH=:/usr/bin:/bin\nA=b c\n");
	free(said);
	finish();
}
END_TEST

START_TEST(takes_descriptors_that_are_in_the_way)
{
	struct child_spec spec;
	int fds[2], status;
	char text[8] = "";

	command("echo out; echo err >&2");
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ck_assert_int_eq(dup2(fds[1], 0), 0); /* to be its 1 and 2 */
	spec = spec_of(NULL, 0);
	spec.err = 0;
	ck_assert_int_eq(
	    waitpid(child_spawn(&spec, NULL, NULL), &status, 0) > 0, 1);
	ck_assert_int_eq(read(fds[0], text, 7), 7);
	ck_assert_str_eq(text, "out\nerr");
	finish();
}
END_TEST

/* A process that starts `sleep` and says its number, then waits. */
static pid_t parent_of_sleeper(pid_t *sleeper)
{
	int fds[2];
	pid_t pid;

	command("exec sleep 1000");
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct child_spec spec = spec_of(NULL, -1);

		spec.parent_death_signal = SIGKILL;
		spec.own_session = true;
		*sleeper = child_spawn(&spec, NULL, NULL);
		if (write(fds[1], sleeper, sizeof(*sleeper)) > 0)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(
	    read(fds[0], sleeper, sizeof(*sleeper)), sizeof(*sleeper));
	return pid;
}

START_TEST(dies_with_its_parent)
{
	pid_t sleeper, parent = parent_of_sleeper(&sleeper);

	ck_assert(is_alive(sleeper));
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	WAIT_UNTIL(!is_alive(sleeper));
	finish();
}
END_TEST

static const char all_caps[] =
    "grep -E '^(Uid|Groups|NoNewPrivs|Cap[A-Z][a-z]+):' /proc/$$/status";

START_TEST(becomes_another_account_without_a_way_back)
{
	struct account nobody = ACCOUNT_INIT;
	struct error err = ERROR_INIT;
	char *said, *want;

	if (geteuid() != 0)
		return; /* only root can try */
	ck_assert_msg(
	    account_find(&nobody, "nobody", &err) == 0, "%s", err.text);
	ck_assert_int_eq(account_allowed(&nobody, &err), 0);
	command(all_caps);
	said = output_of(spec_of(&nobody, -1));
	want = xasprintf("Uid:\t%d\t%d\t%d\t%d\nGroups:\t%d \n"
			 "CapInh:\t0000000000000000\n"
			 "CapPrm:\t0000000000000000\n"
			 "CapEff:\t0000000000000000\n"
			 "CapBnd:\t0000000000000000\n"
			 "CapAmb:\t0000000000000000\nNoNewPrivs:\t1\n",
	    nobody.uid, nobody.uid, nobody.uid, nobody.uid, nobody.gid);
	ck_assert_str_eq(said, want);
	free(said);
	free(want);
	account_release(&nobody);
	finish();
}
END_TEST

/* As a unit with AmbientCapabilities= starts: another account, and yet the
 * power to switch. */
static void be_supervisor_with_capabilities(const struct account *a)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	uint32_t caps = 1u << CAP_SETUID | 1u << CAP_SETGID | 1u << CAP_KILL;
	struct __user_cap_data_struct data[2] = { { caps, caps, caps } };

	ck_assert_int_eq(prctl(PR_SET_KEEPCAPS, 1L), 0);
	ck_assert_int_eq(setgroups(0, NULL), 0);
	ck_assert_int_eq(setresgid(a->gid, a->gid, a->gid), 0);
	ck_assert_int_eq(setresuid(a->uid, a->uid, a->uid), 0);
	ck_assert_int_eq(syscall(SYS_capset, &head, data), 0);
	for (int cap = CAP_KILL; cap <= CAP_SETUID; cap++)
		ck_assert_int_eq(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
				     (long)cap, 0L, 0L),
		    0);
}

START_TEST(ambient_capabilities_are_not_inherited)
{
	struct account nobody = ACCOUNT_INIT, other = ACCOUNT_INIT;
	struct child_spec spec;
	struct error err = ERROR_INIT;
	char *said;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(account_find(&nobody, "nobody", NULL), 0);
	ck_assert_int_eq(account_find(&other, "daemon", NULL), 0);
	be_supervisor_with_capabilities(&nobody);
	ck_assert_msg(account_allowed(&other, &err) == 0, "%s", err.text);
	command("grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/$$/status | "
		"grep -v 0000000000000000; id -u");
	said = output_of(spec_of(&other, -1));
	ck_assert_str_eq(said, "1\n");
	free(said);
	spec = spec_of(NULL, -1);
	spec.unprivileged = true; /* no claude.user: the same account */
	said = output_of(spec);
	ck_assert_str_eq(said, "65534\n");
	free(said);
	account_release(&nobody);
	account_release(&other);
	finish();
}
END_TEST

START_TEST(says_who_may_not_switch)
{
	struct account root = ACCOUNT_INIT;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(account_find(&root, "no-such-account", &err), -1);
	ck_assert_str_eq(err.text, "there is no account 'no-such-account'");
	ck_assert_int_eq(account_find(&root, "root", &err), 0);
	ck_assert_str_eq(root.home, "/root");
	if (geteuid() == 0)
		ck_assert_int_eq(setresuid(65534, 65534, 65534), 0);
	ck_assert_int_eq(account_allowed(&root, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "may not switch"));
	account_release(&root);
}
END_TEST

START_TEST(writes_obituaries)
{
	char *text = child_obituary(3 << 8);

	ck_assert_str_eq(text, "exit status 3");
	free(text);
	text = child_obituary(SIGKILL);
	ck_assert_str_eq(text, "killed by signal 9 (Killed)");
	free(text);
	ck_assert_ptr_null(child_obituary(0));
}
END_TEST

UNIT_MAIN("child", says_why_it_cannot_start, says_what_the_system_refuses,
    has_limits_that_only_get_lower,
    an_empty_part_of_path_is_not_the_current_folder, starts_clean,
    has_the_given_environment_and_no_other,
    takes_descriptors_that_are_in_the_way, dies_with_its_parent,
    becomes_another_account_without_a_way_back,
    ambient_capabilities_are_not_inherited, says_who_may_not_switch,
    writes_obituaries)
