/* session_undo.h - the records of tasks whose work was rolled back; for
 * session.c only. */
#ifndef CORE_SESSION_UNDO_H
#define CORE_SESSION_UNDO_H

#include "core/session/session.h"

/* r and all behind it are pending, r is the current one. */
void session_undo(struct session *s, struct task_record *r);

#endif
