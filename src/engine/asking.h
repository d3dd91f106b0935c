/* asking.h - what Claude asks while it runs, one question after the other.
 *
 * Open with an attempt (asking_open), closed when its program has ended. The
 * question that is before a person is in the state; those that came meanwhile
 * wait here. While any does, the attempt's clocks stand still, but for those
 * that it withdraws.
 *
 * Who is not answered within claude.ask_timeout is shelved: Claude is ended,
 * the question stays in the state, and its answer starts a Claude that goes on
 * with the conversation. When that makes the same call, it is answered from the
 * state. */
#ifndef ENGINE_ASKING_H
#define ENGINE_ASKING_H

#include "core/session/event.h"
#include "engine/ask_server.h"

struct instance;

/* Stores that Claude asks, or asks no more (ask is NULL then), and tells of
 * it; -1: not stored. */
typedef int asking_store(
    struct instance *in, enum event_kind kind, const struct ask *ask);
/* Nobody has answered in time: the attempt is to be ended. */
typedef void asking_give_up(struct instance *in);

enum { ASKING_MAX = 64 }; /* at once; what is more is refused */

/* Not answered yet. */
struct asking_call {
	struct ask_caller *caller;
	int64_t id; /* the caller's */
	struct ask ask;
};

struct asking {
	struct ask_server *server; /* NULL: closed */
	struct asking_call calls[ASKING_MAX];
	size_t n;        /* the first of them is asked, or will be */
	bool is_put;     /* it is in the state */
	bool is_shelved; /* nobody has answered: the attempt is being ended */
	/* Who asks and does not wait for the answer makes the next one wait,
	 * longer each time, until a person answers. */
	int64_t pause_ms, quiet_until; /* clock_mono_ms() */
	struct timer next, patience;
	asking_store *store;
	asking_give_up *give_up;
};

void asking_init(struct instance *in);
/* Returns what goes into $ORCHESTRATOR_ASK (borrowed), or NULL (said): then
 * Claude is denied what it asks for. */
const char *asking_open(
    struct instance *in, asking_store *store, asking_give_up *give_up);
/* What is still asked is asked no more. */
void asking_close(struct instance *in);
/* The same, and the state is left as it is. */
void asking_end(struct instance *in);
/* An answer, or a call that needs one? */
bool asking_is_about(enum event_kind kind);
/* The line in the logs of a question, or of what was decided. */
void asking_note(struct instance *in, const struct event *e);
/* The question in the state was answered by e, which is stored: Claude is
 * told. */
void asking_rule(struct instance *in, const struct event *e);

#endif
