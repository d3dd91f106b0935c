/* What client and supervisor say on control.sock, and what is none of it. */
#include "unit.h"

#include "core/wire.h"

static void reads_call(const char *line, int want_op, const char *want_error)
{
	struct request r = REQUEST_INIT;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(wire_read_call(line, strlen(line), &r, &err), want_op);
	if (want_error != NULL)
		ck_assert_ptr_nonnull(strstr(err.text, want_error));
	request_release(&r);
}

START_TEST(a_call_is_read_as_it_was_printed)
{
	struct request r = REQUEST_INIT, back = REQUEST_INIT;
	struct buf line = BUF_INIT;

	r.command = CMD_RETRY;
	r.feedback = xstrdup("use \"plural\" names\n");
	wire_print_call(&line, WIRE_COMMAND, &r);
	ck_assert_ptr_eq(strchr(line.data, '\n'), line.data + line.len - 1);
	ck_assert_int_eq(
	    wire_read_call(line.data, line.len - 1, &back, NULL), WIRE_COMMAND);
	ck_assert_int_eq(back.command, CMD_RETRY);
	ck_assert_str_eq(back.feedback, r.feedback);
	buf_release(&line);
	request_release(&back);
	request_release(&r);
}
END_TEST

START_TEST(what_is_no_call_is_refused_by_name)
{
	reads_call("{\"v\":1,\"op\":\"ping\"}", WIRE_PING, NULL);
	reads_call("{\"v\":2,\"op\":\"ping\"}", -1, "version 1");
	reads_call("{\"v\":1,\"op\":\"dance\"}", -1, "op: want command");
	reads_call("{\"v\":1,\"op\":\"command\"}", -1, "request");
	reads_call("{\"v\":1", -1, "");
}
END_TEST

static enum wire_reply read_reply(const char *line, struct answer *a)
{
	struct error err = ERROR_INIT;

	return wire_read_reply(line, strlen(line), a, &err);
}

START_TEST(a_reply_is_read_and_another_version_told)
{
	struct answer a = ANSWER_INIT, back = ANSWER_INIT;
	struct buf line = BUF_INIT;

	answer_error(&a, 409, NULL, "not now", NULL);
	wire_print_reply(&line, &a);
	buf_trim(&line);
	ck_assert_int_eq(read_reply(line.data, &back), WIRE_REPLY_READ);
	ck_assert_int_eq(back.code, 409);
	ck_assert(json_object_equal(a.body, back.body));
	ck_assert_int_eq(
	    read_reply("{\"v\":7,\"code\":200,\"body\":{}}", &back),
	    WIRE_REPLY_OTHER_VERSION);
	ck_assert_int_eq(back.code, 409);
	ck_assert_int_eq(
	    read_reply("{\"v\":1,\"code\":9}", &back), WIRE_REPLY_BROKEN);
	ck_assert_int_eq(
	    read_reply("HTTP/1.1 200 OK", &back), WIRE_REPLY_BROKEN);
	buf_release(&line);
	answer_release(&back);
	answer_release(&a);
}
END_TEST

UNIT_MAIN("wire", a_call_is_read_as_it_was_printed,
    what_is_no_call_is_refused_by_name,
    a_reply_is_read_and_another_version_told)
