/* asking.h - what Claude asks while it runs, one question after the other.
 *
 * Open with an attempt (asking_open), closed when its program has ended. The
 * question that is before a person is in the state; those that came meanwhile
 * wait here. While any does, the attempt's clocks stand still. */
#ifndef ENGINE_ASKING_H
#define ENGINE_ASKING_H

#include "core/session/event.h"
#include "engine/ask_server.h"

struct instance;

/* Stores that Claude asks, or asks no more (ask is NULL then), and tells of
 * it; -1: not stored. */
typedef int asking_store(
    struct instance *in, enum event_kind kind, const struct ask *ask);

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
	size_t n;    /* the first of them is asked, or will be */
	bool is_put; /* it is in the state */
	struct timer next;
	asking_store *store;
};

void asking_init(struct instance *in);
/* Returns what goes into $ORCHESTRATOR_ASK (borrowed), or NULL (said): then
 * Claude is denied what it asks for. */
const char *asking_open(struct instance *in, asking_store *store);
/* What is still asked is asked no more. */
void asking_close(struct instance *in);
/* The same, and the state is left as it is. */
void asking_end(struct instance *in);
/* The line in the logs of a question, or of what was decided. */
void asking_note(struct instance *in, const struct event *e);
/* The question in the state was answered by e, which is stored: Claude is
 * told. */
void asking_rule(struct instance *in, const struct event *e);

#endif
