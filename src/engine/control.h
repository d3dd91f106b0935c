/* control.h - the server side of run_dir/control.sock.
 *
 * What is said there is core/wire.h's. Only root and our own uid are heard. A
 * peer that is slow or silent costs a descriptor until its time is up and
 * nothing else. */
#ifndef ENGINE_CONTROL_H
#define ENGINE_CONTROL_H

#include "base/error.h"
#include "core/wire.h"
#include "engine/loop.h"

enum { CONTROL_PEERS = 64, CONTROL_PATIENCE_MS = 10000 };

/* r is NULL but for WIRE_COMMAND. */
typedef void control_handler(
    void *arg, enum wire_op op, const struct request *r, struct answer *a);

struct control;

/* In the handler, for a command: its answer comes later, by the ticket that
 * this returns, and what the handler leaves in a is not sent. */
uint64_t control_hold(struct control *c);
/* The answer to a call that was held; a peer that has gone has none. */
void control_answer(struct control *c, uint64_t ticket, const struct answer *a);

struct control *control_open(struct loop *l, const char *path,
    control_handler *handler, void *arg, struct error *err);
/* Answers under way are lost; removes the socket. */
void control_close(struct control *c);

#endif
