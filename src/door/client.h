/* client.h - one command to the control socket, one reply.
 *
 * Used by the responder and the command line alike. */
#ifndef DOOR_CLIENT_H
#define DOOR_CLIENT_H

#include "core/wire.h"
#include "store/config.h"

enum client_result {
	CLIENT_ANSWERED,
	CLIENT_NO_SUPERVISOR, /* nobody listens: nothing was done */
	CLIENT_LOST,          /* sent, but no answer: it may have been done */
	CLIENT_REFUSED,       /* not our uid, or another protocol version */
};

/* r goes with WIRE_COMMAND only. limit_ms
 * bounds all of it. */
enum client_result client_call(const struct config *c, enum wire_op op,
    const struct request *r, int limit_ms, struct answer *a, struct error *err);

/* Why nothing was done, or perhaps was, for whoever asked. */
extern const char client_lost[];     /* CLIENT_LOST */
extern const char client_external[]; /* none runs, and we may start none */

/* Does somebody hold run_dir/lock? 1 yes, 0 no, -1 where that cannot be
 * told, with the reason. */
int client_ask_lock(const struct config *c, struct error *err);
/* The same; what cannot be told counts as held. */
bool client_supervisor_holds_lock(const struct config *c);

/* How long a supervisor that we start lives. */
enum supervisor_life {
	LIFE_ITS_OWN,   /* a responder's */
	LIFE_AS_NEEDED, /* a command's: until nothing is left to do */
	LIFE_OURS,      /* SIGTERM when the calling thread ends */
};

/* Starts `orchestrator supervise` in a session of its own and waits until it
 * listens, at most limit_ms. The pid (for waitpid(2)) in *pid, -1 where there
 * is none (any more). Returns 0, also where another was quicker (*pid is then
 * -1); or -1 with what it said, or because it is not up in time (*pid is then
 * still running). */
int client_start_supervisor(const struct config *c, enum supervisor_life life,
    int limit_ms, pid_t *pid, struct error *err);

#endif
