/* outbox_body.c - what a notification is given when it is sent, since only
 * then it is so: where its message may be found, which questions are decided,
 * how late it is. */
#include "base/clock.h"
#include "engine/instance.h"

enum { LATE_SECONDS = 120 };

/* What the payload says of itself. */
struct about {
	const char *session, *decision;
	int64_t task;
};

static void read_about(struct json_object *o, struct about *a)
{
	*a = (struct about){ .task = 0 };
	json_get_string(o, "session_id", &a->session, NULL);
	json_get_string(o, "decision", &a->decision, NULL);
	json_get_int(o, "task", 0, TASK_NUMBER_MAX, 0, &a->task, NULL);
}

static void set_receipt(
    struct json_object *o, const char *key, const struct receipt *r)
{
	/* It was printed by us: a string alone is no object, so it is read in
	 * one. */
	char *text = r == NULL ? NULL : xasprintf("{\"r\":%s}", r->text);
	struct json_object *in =
	    text == NULL ? NULL : json_parse(text, strlen(text), NULL);
	struct json_object *value = NULL;

	if (in != NULL)
		json_object_object_get_ex(in, "r", &value);
	json_set(o, key, json_object_get(value));
	json_object_put(in);
	free(text);
}

static void set_settled(struct instance *in, struct json_object *o)
{
	struct json_object *list = json_object_new_array();

	strvec_release(&in->settling);
	for (size_t i = 0; i < in->state.n_receipts; i++) {
		const struct receipt *r = &in->state.receipts[i];
		const struct decision *d =
		    session_find_decision(&in->state.session, r->decision);
		struct json_object *settled;
		struct buf text = BUF_INIT;

		if (!receipt_is_settled(&in->state, r))
			continue;
		strvec_add(&in->settling, r->decision);
		if (d != NULL)
			message_decided(&text, d);
		settled = json_object_new_object();
		set_receipt(settled, "receipt", r);
		json_set_string(settled, "decision", r->decision);
		json_set_string(settled, "command", d ? d->command : NULL);
		json_set_string(settled, "by", d ? d->by : NULL);
		json_set_string(settled, "text", d ? text.data : NULL);
		json_object_array_add(list, settled);
		buf_release(&text);
	}
	json_set(o, "settled", list);
}

static void set_message(const struct instance *in, struct json_object *o,
    const char *decision, int64_t late)
{
	const struct session *s = &in->state.session;
	const struct decision *d = NULL;
	struct buf message = BUF_INIT;
	const char *text = "";

	json_get_string(o, "message", &text, NULL);
	if (late > 0)
		message_late(&message, clock_now() - late, late);
	buf_adds(&message, text != NULL ? text : "");
	/* A question that is no longer open has no buttons, and says what was
	 * decided. */
	if (decision != NULL && !session_is_open(s, decision)) {
		json_set(o, "actions", json_object_new_array());
		d = session_find_decision(s, decision);
	}
	if (d != NULL) {
		buf_adds(&message, "\n\n");
		message_decided(&message, d);
	}
	message_cut(&message);
	json_set_string(o, "message", message.data);
	buf_release(&message);
}

void outbox_body(struct instance *in, const struct notice *n, struct buf *body)
{
	struct json_object *o =
	    json_parse(n->payload, strlen(n->payload), NULL);
	const char *quiet = in->config->telegram.quiet;
	int64_t late = clock_now() - n->at;
	struct about a;

	if (o == NULL)
		bug("a notification of ours is no JSON: %s", n->payload);
	if (late < LATE_SECONDS)
		late = 0;
	read_about(o, &a);
	set_message(in, o, a.decision, late);
	json_set(o, "late", late > 0 ? json_object_new_int64(late) : NULL);
	set_receipt(
	    o, "receipt", state_receipt(&in->state, a.session, (int)a.task));
	set_settled(in, o);
	/* At night nothing rings. */
	if (quiet != NULL && clock_within(clock_now(), quiet))
		json_set_bool(o, "silent", true);
	json_print(body, o);
	json_object_put(o);
}

void outbox_receipt(
    struct state *next, const struct notice *n, const char *receipt)
{
	struct json_object *o =
	    json_parse(n->payload, strlen(n->payload), NULL);
	struct receipt r = { .text = NULL };
	struct about a;

	read_about(o, &a);
	r.session = xstrdup(a.session);
	r.task = (int)a.task;
	r.text = xstrdup(receipt);
	if (a.decision != NULL)
		snprintf(r.decision, sizeof(r.decision), "%s", a.decision);
	state_keep_receipt(next, &r);
	free(r.session);
	free(r.text);
	json_object_put(o);
}
