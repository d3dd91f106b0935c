/* session_decision.h - is this still what is asked, and what was answered
 * before.
 *
 * Every question and every running attempt has an id. A command that names
 * another one, or another task, comes too late and changes nothing. */
#ifndef CORE_SESSION_DECISION_H
#define CORE_SESSION_DECISION_H

#include "core/session/event.h"

/* Was the caller looking at something that is no longer asked, or at what a
 * session of another day has left? *instead is
 * then what was decided, or NULL where that is not known. */
bool decision_is_stale(const struct session *s, const struct event *e,
    const struct decision **instead);

/* Before e is applied: keeps what it answers, if it answers anything, and what
 * always grants by it. */
void decision_remember(struct session *s, const struct event *e);

#endif
