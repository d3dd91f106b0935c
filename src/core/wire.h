/* wire.h - what client and supervisor say to each other on control.sock.
 *
 * One line of JSON there, one back, then the connection is closed:
 * {"v":1,"op":"command"|"ping"|...,"request":{...}} is answered by
 * {"v":1,"code":200,"body":{...}}. Both ends are of one build; another version
 * is refused by name, so that a restart that was forgotten is told. */
#ifndef CORE_WIRE_H
#define CORE_WIRE_H

#include "core/talk/answer.h"
#include "core/talk/request.h"

enum {
	WIRE_VERSION = 1,
	WIRE_CALL_MAX = 16 * 1024 * 1024, /* bytes; files come in base64 */
	WIRE_REPLY_MAX = 8 * 1024 * 1024
};

enum wire_op {
	WIRE_COMMAND, /* the only one with a request */
	WIRE_PING,
	WIRE_RELOAD,
	WIRE_SHUTDOWN, /* an end in order, whoever started it */
	WIRE_RELEASE,  /* whoever started it for a command was refused */
	WIRE_OPS
};
extern const char *const wire_op_name[WIRE_OPS];

/* Append the line, newline included. r is NULL but for WIRE_COMMAND. */
void wire_print_call(
    struct buf *line, enum wire_op op, const struct request *r);
void wire_print_reply(struct buf *line, const struct answer *a);

/* Of a line without its newline. r is filled for WIRE_COMMAND only. Returns
 * the op, or -1 with what is wrong with it. */
int wire_read_call(
    const char *line, size_t len, struct request *r, struct error *err);

enum wire_reply {
	WIRE_REPLY_READ,
	WIRE_REPLY_BROKEN,        /* no reply at all */
	WIRE_REPLY_OTHER_VERSION, /* the supervisor is of another build */
	WIRE_REPLIES
};
/* a's old content is released where the reply was read. */
enum wire_reply wire_read_reply(
    const char *line, size_t len, struct answer *a, struct error *err);

#endif
