#include "unit.h"
#include "peers.h"
#include "scratch.h"

#include "base/sock.h"
#include "engine/control.h"

#include <sys/stat.h>

static struct loop loop = LOOP_INIT;
static struct control *control;
static char *path;
static struct buf heard = BUF_INIT, reply = BUF_INIT;
static size_t answer_size;
static int waiting; /* clients */

static void handle(
    void *arg, enum wire_op op, const struct request *r, struct answer *a)
{
	char *text = xcalloc(answer_size + 8, 1);

	(void)arg;
	buf_addf(&heard, "%s:%s;", wire_op_name[op],
	    r != NULL ? command_info[r->command].name : "-");
	memset(text, 'x', answer_size);
	answer_ok(a, "up", NULL);
	if (answer_size > 0)
		json_set_string(a->body, "logs", text);
	free(text);
}

static void begin(void)
{
	struct error err = ERROR_INIT;

	scratch_make();
	path = scratch_path("control.sock");
	control = control_open(&loop, path, handle, NULL, &err);
	ck_assert_msg(control != NULL, "%s", err.text);
}

static void finish(void)
{
	control_close(control);
	ck_assert_int_ne(access(path, F_OK), 0);
	loop_release(&loop);
	buf_release(&heard);
	buf_release(&reply);
	free(path);
	scratch_remove();
}

static void on_reply(void *arg, short revents)
{
	int fd = *(int *)arg;

	(void)revents;
	if (read_more(fd, &reply))
		return;
	loop_unwatch(&loop, fd);
	if (--waiting == 0)
		loop_stop(&loop);
}

static int connect_to_it(void)
{
	struct error err = ERROR_INIT;
	int fd = sock_connect_unix(path, &err);

	ck_assert_msg(fd >= 0, "%s", err.text);
	return fd;
}

/* Waits until fd is answered and closed. */
static void await(int *fd)
{
	loop_watch(&loop, *fd, POLLIN, on_reply, fd);
	waiting++;
	run_loop(&loop);
	close(*fd);
}

static const char *ask(const char *line)
{
	int fd = connect_to_it();

	buf_reset(&reply);
	ck_assert_int_eq(
	    send(fd, line, strlen(line), 0), (ssize_t)strlen(line));
	await(&fd);
	return reply.data;
}

static void assert_refused(const char *line, int code, const char *why)
{
	char *want = xasprintf("{\"v\":1,\"code\":%d,", code);

	ask(line);
	ck_assert_msg(
	    str_starts(reply.data, want) && strstr(reply.data, why) != NULL,
	    "%s", reply.data);
	ck_assert_str_eq(heard.data, "");
	free(want);
}

START_TEST(answers_one_line_with_one_line)
{
	struct stat st;

	begin();
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0600);
	ck_assert_str_eq(ask("{\"v\":1,\"op\":\"ping\"}\n"),
	    "{\"v\":1,\"code\":200,\"body\":{\"status\":\"ok\","
	    "\"message\":\"up\",\"actions\":[]}}\n");
	ask("{\"v\":1,\"op\":\"command\",\"request\":"
	    "{\"command\":\"pause\"}}\n");
	ask("{\"v\":1,\"op\":\"reload\"}\n");
	ck_assert_str_eq(heard.data, "ping:-;command:pause;reload:-;");
	finish();
}
END_TEST

START_TEST(refuses_what_it_does_not_understand)
{
	begin();
	assert_refused("nonsense\n", 400, "");
	assert_refused("{\"v\":2,\"op\":\"ping\"}\n", 400, "version 1");
	assert_refused("{\"v\":1,\"op\":\"reboot\"}\n", 400, "op: want");
	assert_refused("{\"v\":1,\"op\":\"command\"}\n", 400, "request");
	assert_refused("{\"v\":1,\"op\":\"command\",\"request\":"
		       "{\"command\":\"reboot\"}}\n",
	    400, "reboot");
	finish();
}
END_TEST

START_TEST(a_large_answer_arrives_whole)
{
	begin();
	answer_size = 4000000;
	ask("{\"v\":1,\"op\":\"ping\"}\n");
	ck_assert_uint_gt(reply.len, answer_size);
	ck_assert_int_eq(reply.data[reply.len - 1], '\n');
	finish();
}
END_TEST

START_TEST(silent_peers_do_not_keep_others_waiting)
{
	int silent[CONTROL_PEERS - 1], half, gone;

	begin();
	for (int i = 0; i < CONTROL_PEERS - 1; i++)
		silent[i] = connect_to_it();
	half = silent[0];
	ck_assert_int_eq(send(half, "{\"v\":1,\"op", 10, 0), 10);
	ask("{\"v\":1,\"op\":\"ping\"}\n");
	/* The last place is taken: the next one waits for it. */
	gone = connect_to_it();
	ck_assert_int_eq(send(gone, "{", 1, 0), 1);
	close(gone);
	ask("{\"v\":1,\"op\":\"ping\"}\n");
	ck_assert_int_eq(send(half, "\":\"ping\"}\n", 10, 0), 10);
	buf_reset(&reply);
	await(&silent[0]);
	ck_assert(str_starts(reply.data, "{\"v\":1,\"code\":200"));
	ck_assert_str_eq(heard.data, "ping:-;ping:-;ping:-;");
	finish();
}
END_TEST

START_TEST(a_full_house_opens_again)
{
	int silent[CONTROL_PEERS], fd;

	begin();
	for (int i = 0; i < CONTROL_PEERS; i++)
		silent[i] = connect_to_it();
	fd = connect_to_it();
	ck_assert_int_eq(send(fd, "{\"v\":1,\"op\":\"ping\"}\n", 20, 0), 20);
	/* A visit later than the house was full. */
	ck_assert_int_eq(send(silent[5], "bad\n", 4, 0), 4);
	await(&silent[5]);
	buf_reset(&reply);
	await(&fd);
	ck_assert(str_starts(reply.data, "{\"v\":1,\"code\":200"));
	finish();
}
END_TEST

START_TEST(a_second_supervisor_is_refused)
{
	struct error err = ERROR_INIT;

	begin();
	ck_assert_ptr_null(control_open(&loop, path, handle, NULL, &err));
	ck_assert_ptr_nonnull(strstr(err.text, "another process answers"));
	finish();
}
END_TEST

UNIT_MAIN("control", answers_one_line_with_one_line,
    refuses_what_it_does_not_understand, a_large_answer_arrives_whole,
    silent_peers_do_not_keep_others_waiting, a_full_house_opens_again,
    a_second_supervisor_is_refused)
