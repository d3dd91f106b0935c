/* session_record.h - what a start, an attempt and a rollback write into the
 * record, and what is kept of an answer for the next attempt. For session.c
 * only. */
#ifndef CORE_SESSION_RECORD_H
#define CORE_SESSION_RECORD_H

#include "core/session/event.h"

/* A new session in the place of the last one; takes e->list over. */
void session_fill(struct session *s, const struct event *e);
/* An attempt begins: what the last one said is forgotten, but for what it cost.
 */
void record_begin(struct task_record *r, const struct event *e);
/* It has ended, as e->outcome says. */
void record_end(
    struct task_record *r, const struct event *e, enum task_status status);
/* Its work was rolled back: it is pending. */
void record_undo(struct task_record *r);

/* What e decides of a call whose Claude has been ended: the next one that makes
 * the same call is told. decision_remember() comes before it. */
void ruling_keep(struct session *s, const struct event *e);
void ruling_forget(struct session *s);

#endif
