/* peers.h - sockets of a test in the loop of what it tests. */
#ifndef TESTS_UNIT_PEERS_H
#define TESTS_UNIT_PEERS_H

#include "base/buf.h"
#include "engine/loop.h"

#include <check.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Ends a loop that would run for ever, and the test with it. */
static void too_late(void *arg)
{
	(void)arg;
	ck_abort_msg("waited in vain");
}

static struct timer limit = { .fire = too_late };

static UNUSED void run_loop(struct loop *l)
{
	loop_timer_in(l, &limit, 20000);
	ck_assert_int_eq(loop_run(l), 0);
	loop_timer_off(l, &limit);
}

/* Reads what is there. Returns false at the end of the line. */
static bool read_more(int fd, struct buf *b)
{
	ssize_t n = recv(fd, buf_reserve(b, 65536), 65536, MSG_DONTWAIT);

	if (n > 0)
		buf_grown(b, (size_t)n);
	return n > 0 || (n < 0 && errno == EAGAIN);
}

#endif
