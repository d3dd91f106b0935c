#include "unit.h"

#include "base/clock.h"
#include "engine/loop.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static struct loop loop = LOOP_INIT;
static char seen[64];

static void note(char c)
{
	size_t n = strlen(seen);

	ck_assert_uint_lt(n + 1, sizeof(seen));
	seen[n] = c;
}

static void stop(void *arg)
{
	(void)arg;
	loop_stop(&loop);
}

static struct timer stopper = { .fire = stop };

static void note_timer(void *arg)
{
	note(*(char *)arg);
}

/* Makes a pipe whose reading end is ready. */
static void ready_pipe(int fds[2])
{
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	ck_assert_int_eq(write(fds[1], "x", 1), 1);
}

static int first[2], second[2];

static void on_ready(void *arg, short revents)
{
	char c;

	ck_assert(revents & POLLIN);
	ck_assert_int_eq(read(first[0], &c, 1), 1);
	note(*(char *)arg);
	loop_stop(&loop);
}

START_TEST(calls_who_is_ready)
{
	ready_pipe(first);
	loop_watch(&loop, first[0], POLLIN, on_ready, "r");
	ck_assert_int_eq(loop_run(&loop), 0);
	ck_assert_str_eq(seen, "r");
	loop_release(&loop);
}
END_TEST

START_TEST(fires_timers_in_order_and_again)
{
	struct timer a = { .fire = note_timer, .arg = "a" };
	struct timer b = { .fire = note_timer, .arg = "b" };
	struct timer c = { .fire = note_timer, .arg = "c" };

	loop_timer_in(&loop, &b, 20);
	loop_timer_in(&loop, &a, 10);
	loop_timer_in(&loop, &c, 5);
	loop_timer_in(&loop, &stopper, 30);
	loop_timer_off(&loop, &c);
	loop_timer_in(&loop, &b, 1); /* moved to the front */
	ck_assert_int_eq(loop_run(&loop), 0);
	ck_assert_str_eq(seen, "ba");
	ck_assert_int_eq(a.due, 0);
	loop_timer_in(&loop, &a, 0);
	loop_timer_in(&loop, &stopper, 1);
	loop_run(&loop);
	ck_assert_str_eq(seen, "baa");
	loop_release(&loop);
}
END_TEST

static void remove_the_other(void *arg, short revents)
{
	int other = *(int *)arg;
	int again;

	(void)revents;
	note('1');
	loop_unwatch(&loop, other);
	close(other);
	/* The same number, another pipe, nothing to read yet. */
	again = dup(first[1]);
	ck_assert_int_eq(again, other);
	loop_watch(&loop, again, POLLIN, remove_the_other, arg);
	loop_unwatch(&loop, first[0]);
	loop_timer_in(&loop, &stopper, 20);
}

START_TEST(what_was_removed_hears_nothing_more)
{
	ready_pipe(first);
	ready_pipe(second);
	loop_watch(&loop, first[0], POLLIN, remove_the_other, &second[0]);
	loop_watch(&loop, second[0], POLLIN, remove_the_other, &first[0]);
	loop_run(&loop);
	ck_assert_str_eq(seen, "1");
	loop_release(&loop);
}
END_TEST

static void never(void *arg, short revents)
{
	(void)arg;
	ck_abort_msg("called with %d", revents);
}

START_TEST(a_quiet_watch_does_not_spin_on_a_hangup)
{
	clock_t before = clock();

	ready_pipe(first);
	close(first[1]);
	loop_watch(&loop, first[0], POLLIN, never, NULL);
	loop_events(&loop, first[0], 0);
	loop_timer_in(&loop, &stopper, 200);
	loop_run(&loop);
	ck_assert_int_lt(clock() - before, CLOCKS_PER_SEC / 10);
	loop_release(&loop);
}
END_TEST

static void add_one(void *arg, short revents)
{
	loop_unwatch(&loop, first[0]);
	for (int i = 0; i < 100; i++) /* the list has to move */
		loop_watch(&loop, dup(first[0]), POLLIN, on_ready, arg);
	(void)revents;
}

START_TEST(a_callback_may_add_watches)
{
	ready_pipe(first);
	loop_watch(&loop, first[0], POLLIN, add_one, "n");
	loop_run(&loop);
	ck_assert_str_eq(seen, "n");
	loop_release(&loop);
}
END_TEST

UNIT_MAIN("loop", calls_who_is_ready, fires_timers_in_order_and_again,
    what_was_removed_hears_nothing_more,
    a_quiet_watch_does_not_spin_on_a_hangup, a_callback_may_add_watches)
