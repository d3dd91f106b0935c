/* session_ruling.h - what was decided of a call whose Claude has been ended:
 * the next one that makes the same call is told. */
#ifndef CORE_SESSION_RULING_H
#define CORE_SESSION_RULING_H

#include "core/session/event.h"

/* What e decides of the question that is open; decision_remember() comes
 * before it. */
void ruling_keep(struct session *s, const struct event *e);
void ruling_forget(struct session *s);

#endif
