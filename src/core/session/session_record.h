/* session_record.h - what a start and an attempt write into the record. For
 * session.c only. */
#ifndef CORE_SESSION_RECORD_H
#define CORE_SESSION_RECORD_H

#include "core/session/event.h"

/* A new session in the place of the last one; takes e->list over. */
void session_fill(struct session *s, const struct event *e);
/* What the last attempt came to; what all have cost stays. */
void record_forget(struct task_record *r);
/* An attempt begins: what the last one said is forgotten, but for what it cost.
 */
void record_begin(struct task_record *r, const struct event *e);
/* It has ended, as e->outcome says. */
void record_end(
    struct task_record *r, const struct event *e, enum task_status status);

#endif
