/* state_read.h - reading members of state.json, each with its check.
 *
 * For the files of state_parse only. Each returns 0, or -1 with "KEY: want
 * ..., got ..." in *err, which is not NULL. */
#ifndef STORE_STATE_READ_H
#define STORE_STATE_READ_H

#include "store/state.h"

/* A copy of the text; NULL where it is absent and not required. */
int read_text(struct json_object *o, const char *key, bool required, char **out,
    struct error *err);
int read_int(struct json_object *o, const char *key, int low, int high,
    int none, int *out, struct error *err);
/* These two must be there. */
int need_int(struct json_object *o, const char *key, int low, int high,
    int *out, struct error *err);
int need_enum(struct json_object *o, const char *key, const char *const *names,
    size_t n, int *out, struct error *err);
/* An id of at most size - 1 small letters and digits; out is left alone
 * where it is absent and not required. */
int read_word(struct json_object *o, const char *key, bool required, char *out,
    size_t size, struct error *err);

/* An array of at most max elements, and one of its elements, which must be an
 * object. */
int read_array(struct json_object *o, const char *key, size_t max,
    struct json_object **array, size_t *n, struct error *err);
int read_element(struct json_object *array, const char *name, size_t i,
    struct json_object **out, struct error *err);
/* Put "name." and "name[i]." in front of what was found; return -1. */
int read_below(struct error *err, const char *name);
int read_within(struct error *err, const char *name, size_t i);

/* The member "plan" of o, which may be null (state_plan.c). */
int read_plan(struct json_object *o, struct plan *p, struct error *err);

/* The member "writing", which may be null (state_writing.c). */
int read_writing(struct json_object *o, struct writing *w, struct error *err);
struct json_object *writing_to_json(const struct writing *w);

/* The member "rollback", which may be null, behind the session
 * (state_rollback.c). */
int read_rollback(struct json_object *o, struct state *s, struct error *err);
struct json_object *rollback_to_json(const struct rollback *r);

/* The receipts: state_receipts.c. */
int read_receipts(struct json_object *o, struct state *s, struct error *err);
struct json_object *receipts_to_json(const struct state *s);
void receipts_copy(struct state *to, const struct state *from);
void receipts_release(struct state *s);

/* What Claude asks (state_ask.c). Behind it "decision", which was read into
 * asked, is that of the question, and asked the attempt's. */
int read_ask(struct json_object *o, struct session *s, struct error *err);
struct json_object *ask_to_json(const struct session *s);

/* A limit that was reached, which may be null; what limits were raised by; what
 * a day has cost (state_limits.c). */
int read_reached(struct json_object *o, struct reached *r, struct error *err);
int read_raised(struct json_object *o, struct session *s, struct error *err);
int read_spent(struct json_object *o, struct day_spent *d, struct error *err);
/* An amount of dollars; 0 where it is absent. */
int read_usd(
    struct json_object *o, const char *key, double *out, struct error *err);

/* One task with what became of it; also sets s->logs_name (state_task.c). */
int read_record(struct json_object *o, struct state *s, struct task_record *t,
    struct error *err);

#endif
