/* procs.h - waiting for processes to come and to go. */
#ifndef TESTS_UNIT_PROCS_H
#define TESTS_UNIT_PROCS_H

#include "base/clock.h"
#include "engine/process.h"

#include <check.h>
#include <poll.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 20000 };

/* How many living processes carry this ORCHESTRATOR_ATTEMPT. */
static UNUSED int count_marked(const char *marker)
{
	struct process_list l = PROCESS_LIST_INIT;
	int n = 0;

	process_list_all(&l);
	for (size_t i = 0; i < l.n; i++)
		n += !process_is_dead(&l.v[i]) && l.v[i].pid != getpid() &&
		     process_has_env(&l.v[i], "ORCHESTRATOR_ATTEMPT", marker);
	process_list_release(&l);
	return n;
}

static UNUSED bool is_alive(pid_t pid)
{
	struct process_list l = PROCESS_LIST_INIT;
	bool alive = false;

	process_list_all(&l);
	for (size_t i = 0; i < l.n; i++)
		alive |= l.v[i].pid == pid && !process_is_dead(&l.v[i]);
	process_list_release(&l);
	return alive;
}

/* Waits until condition holds; fails the test after PATIENCE_MS. */
#define WAIT_UNTIL(condition)                                      \
	do {                                                       \
		int64_t limit_ = clock_mono_ms() + PATIENCE_MS;    \
		while (!(condition)) {                             \
			ck_assert_msg(clock_mono_ms() < limit_,    \
			    "waited in vain for: %s", #condition); \
			poll(NULL, 0, 10);                         \
		}                                                  \
	} while (0)

/* From here on so many more can be opened; what was allowed, in *before. */
static UNUSED void few_descriptors(int n, struct rlimit *before)
{
	int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct rlimit few;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, before), 0);
	few = *before;
	few.rlim_cur = (rlim_t)(next + n);
	close(next);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
}

#endif
