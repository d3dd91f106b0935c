/* state_rollback.c - the member "rollback": one that was begun. */
#include "core/session/phases.h"
#include "store/state_read.h"

void rollback_release(struct rollback *r)
{
	free(r->by);
	free(r->chat_id);
	free(r->user);
	free(r->delivery_id);
	*r = (struct rollback){ 0 };
}

void rollback_copy(struct rollback *to, const struct rollback *from)
{
	*to = *from;
	to->by = xstrdup(from->by);
	to->chat_id = xstrdup(from->chat_id);
	to->user = xstrdup(from->user);
	to->delivery_id = xstrdup(from->delivery_id);
}

struct json_object *rollback_to_json(const struct rollback *r)
{
	struct json_object *o;

	if (r->task == 0)
		return NULL;
	o = json_object_new_object();
	json_set_int(o, "task", r->task);
	json_set_bool(o, "force", r->force);
	json_set_string(o, "decision", r->asked);
	json_set_clean(o, "by", r->by);
	json_set_clean(o, "chat_id", r->chat_id);
	json_set_clean(o, "user", r->user);
	json_set_clean(o, "delivery_id", r->delivery_id);
	json_set_string(o, "fingerprint",
	    r->fingerprint[0] != '\0' ? r->fingerprint : NULL);
	json_set_time(o, "started_at", r->at);
	return o;
}

static int get_rollback(
    struct json_object *o, struct rollback *r, struct error *err)
{
	if (need_int(o, "task", 1, INT32_MAX, &r->task, err) != 0 ||
	    json_get_bool(o, "force", &r->force, err) != 0 ||
	    read_word(o, "decision", true, r->asked, sizeof(r->asked), err) !=
		0 ||
	    read_text(o, "by", false, &r->by, err) != 0 ||
	    read_text(o, "chat_id", false, &r->chat_id, err) != 0 ||
	    read_text(o, "user", false, &r->user, err) != 0 ||
	    read_text(o, "delivery_id", false, &r->delivery_id, err) != 0 ||
	    read_word(o, "fingerprint", r->delivery_id != NULL, r->fingerprint,
		sizeof(r->fingerprint), err) != 0)
		return -1;
	return json_get_time(o, "started_at", &r->at, err);
}

int read_rollback(struct json_object *o, struct state *s, struct error *err)
{
	struct json_object *rollback;
	struct error inner;

	if (json_get_object(o, "rollback", &rollback, err) != 0)
		return -1;
	if (rollback == NULL)
		return 0;
	if (get_rollback(rollback, &s->rollback, err) != 0) {
		inner = *err;
		return error_set(err, "rollback.%s", inner.text);
	}
	if (session_status(&s->session) == SESSION_RUNNING ||
	    session_undoable(&s->session, s->rollback.task) == NULL)
		return error_set(err,
		    "rollback.task: want one that has run and does not now, got %d",
		    s->rollback.task);
	return 0;
}
