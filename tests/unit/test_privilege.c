#include "unit.h"
#include "base/durable.h"

#include "engine/privilege.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* The line of /proc/self/status that begins with key; to be freed. */
static char *status_of(const char *key)
{
	char *text, *line, *value;
	size_t n;

	ck_assert_int_eq(
	    read_file("/proc/self/status", 65536, &text, &n, NULL), 0);
	line = strstr(text, key);
	ck_assert_ptr_nonnull(line);
	value = xstrndup(line + strlen(key), strcspn(line + strlen(key), "\n"));
	free(text);
	return value;
}

static void assert_status(const char *key, const char *wanted)
{
	char *value = status_of(key);

	ck_assert_str_eq(value, wanted);
	free(value);
}

START_TEST(a_confined_process_has_nothing_and_gets_nothing)
{
	struct error err = ERROR_INIT;
	char *const argv[] = { "true", NULL };

	ck_assert_msg(privilege_confine(&err) == 0, "%s", err.text);
	assert_status("\nCapEff:\t", "0000000000000000");
	assert_status("\nCapPrm:\t", "0000000000000000");
	assert_status("\nCapAmb:\t", "0000000000000000");
	assert_status("\nNoNewPrivs:\t", "1");
	assert_status("\nSeccomp:\t", "2");
	ck_assert_int_eq(execv("/bin/true", argv), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(setuid(getuid()), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(setgid(getgid()), -1);
	ck_assert_int_eq(errno, EPERM);
}
END_TEST

/* As a service that systemd starts with none, and with capset(2) refused. */
START_TEST(a_process_that_has_nothing_to_give_up_is_confined)
{
	struct error err = ERROR_INIT;

	ck_assert_int_eq(privilege_confine(&err), 0);
	ck_assert_msg(privilege_confine(&err) == 0, "%s", err.text);
}
END_TEST

/* What one of ours that is not to run anything still has to do. */
START_TEST(a_confined_process_can_still_fork_and_wait)
{
	int status;
	pid_t pid;

	privilege_confine(NULL);
	pid = fork();
	if (pid == 0)
		_exit(3);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(WEXITSTATUS(status), 3);
}
END_TEST

START_TEST(a_hardened_process_leaves_no_core_and_is_not_traced)
{
	struct rlimit core;

	privilege_harden();
	ck_assert_int_eq(getrlimit(RLIMIT_CORE, &core), 0);
	ck_assert_int_eq((int)core.rlim_cur, 0);
	ck_assert_int_eq(prctl(PR_GET_DUMPABLE), 0);
}
END_TEST

UNIT_MAIN("privilege", a_confined_process_has_nothing_and_gets_nothing,
    a_process_that_has_nothing_to_give_up_is_confined,
    a_confined_process_can_still_fork_and_wait,
    a_hardened_process_leaves_no_core_and_is_not_traced)
