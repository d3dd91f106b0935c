/* session_fields.h - what is stored of a session, member by member (the keys of
 * state.json), and that it can be one.
 *
 * A member more of a struct is a line more in its table. */
#ifndef CORE_SESSION_FIELDS_H
#define CORE_SESSION_FIELDS_H

#include "core/fields.h"
#include "core/session/session.h"

extern const struct fields session_fields, task_record_fields, outcome_fields,
    changes_fields, verification_fields, ruling_fields, grant_fields;

/* "waiting_for" and "ask" of a session, or NULL (session_stored_ask.c). */
extern const struct fields waiting_fields, ask_fields;
struct json_object *waiting_to_json(const void *session);
struct json_object *ask_to_json(const void *session);
/* The kind of question of "waiting_for", which is about the current task. */
int read_waiting(struct json_object *o, const struct session *s,
    enum question *out, struct error *err);
/* "ask": behind it "decision", which was read into asked, is that of the
 * question, and asked the attempt's. */
int read_ask(struct json_object *o, struct session *s, struct error *err);

/* The tables' checks, strict about what must fit together, because the session
 * table trusts what it is given. The first also reads what is not stored as it
 * is: the position, the phase, what Claude asks. */
int session_check(void *session, struct json_object *o, struct error *err);
int record_check(void *record, struct json_object *o, struct error *err);

#endif
