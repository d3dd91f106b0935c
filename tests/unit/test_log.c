#include "unit.h"

#include "base/buf.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static struct buf heard = BUF_INIT;

static void hear(
    void *arg, enum log_level level, const char *name, const char *text)
{
	buf_addf(arg, "%s %s: %s\n", log_level_name[level], name, text);
}

START_TEST(the_sink_hears_what_is_above_the_threshold)
{
	log_to_stderr(false);
	log_set_name("test");
	log_set_sink(hear, &heard);
	log_debug("too low %d", 1);
	log_info("one");
	log_set_level(LOG_ERROR);
	log_warning("too low %d", 2);
	log_error("two %s", "more");
	log_set_level(LOG_DEBUG);
	log_debug("three");
	ck_assert_str_eq(heard.data,
	    "INFO test: one\nERROR test: two more\nDEBUG test: three\n");
	buf_release(&heard);
}
END_TEST

START_TEST(standard_error_gets_whole_lines)
{
	char text[64] = "";
	int pair[2];

	ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
	dup2(pair[1], STDERR_FILENO);
	log_warning("a %s", "b\r\nINFO: \033[2Jc");
	ck_assert_int_gt(read(pair[0], text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, "orchestrator: a b  INFO: c\n");
	close(pair[0]);
	close(pair[1]);
}
END_TEST

/* Fills it; returns how much that took. */
static size_t fill(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	size_t n = 0;

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	while (write(fd, "x", 1) == 1)
		n++;
	fcntl(fd, F_SETFL, flags);
	return n;
}

static void drain(int fd, size_t n)
{
	char byte;

	while (n-- > 0)
		ck_assert_int_eq(read(fd, &byte, 1), 1);
}

START_TEST(a_reader_that_does_not_read_holds_nobody_up)
{
	char text[256] = "";
	int pair[2];
	size_t n;

	ck_assert_int_eq(pipe2(pair, O_CLOEXEC), 0);
	n = fill(pair[1]);
	dup2(pair[1], STDERR_FILENO);
	alarm(20);
	log_warning("lost");
	log_warning("lost too");
	drain(pair[0], n);
	log_warning("heard");
	alarm(0);
	ck_assert_int_gt(read(pair[0], text, sizeof(text) - 1), 0);
	ck_assert_str_eq(text, "orchestrator: 2 lines could not be written "
			       "here\norchestrator: heard\n");
	close(pair[0]);
	close(pair[1]);
}
END_TEST

START_TEST(errno_is_left_alone)
{
	close(STDERR_FILENO);
	errno = ENOENT;
	log_error("to nobody");
	ck_assert_int_eq(errno, ENOENT);
}
END_TEST

UNIT_MAIN("log", the_sink_hears_what_is_above_the_threshold,
    standard_error_gets_whole_lines,
    a_reader_that_does_not_read_holds_nobody_up, errno_is_left_alone)
