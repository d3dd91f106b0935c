/* control.h - the server side of run_dir/control.sock.
 *
 * One line of JSON in, one out, then the connection is closed; at most
 * CONTROL_MAX bytes. {"v":1,"op":"command"|"ping"|...,"request":{...}}
 * is answered by {"v":1,"code":200,"body":{...}}. Only root and our own uid
 * are heard. A peer that is slow or silent costs a descriptor until its time
 * is up and nothing else. */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include "base/error.h"
#include "core/talk/answer.h"
#include "core/talk/request.h"
#include "engine/loop.h"

enum {
	CONTROL_VERSION = 1,
	CONTROL_MAX = 16 * 1024 * 1024, /* files come in base64 */
	CONTROL_PEERS = 64,
	CONTROL_PATIENCE_MS = 10000
};

enum control_op {
	CONTROL_COMMAND,
	CONTROL_PING,
	CONTROL_RELOAD,
	CONTROL_SHUTDOWN, /* an end in order, whoever started it */
	CONTROL_RELEASE,  /* whoever started it for a command was refused */
	CONTROL_OPS
};
extern const char *const control_op_name[CONTROL_OPS];

/* r is NULL but for CONTROL_COMMAND. */
typedef void control_handler(
    void *arg, enum control_op op, const struct request *r, struct answer *a);

struct control;

struct control *control_open(struct loop *l, const char *path,
    control_handler *handler, void *arg, struct error *err);
/* Answers under way are lost; removes the socket. */
void control_close(struct control *c);

#endif
