/* state_receipts.c - where the receiver has put our messages: what it said of
 * each, so that it can change them later. */
#include "store/state_read.h"

void receipts_release(struct state *s)
{
	for (size_t i = 0; i < s->n_receipts; i++) {
		free(s->receipts[i].session);
		free(s->receipts[i].text);
	}
	s->n_receipts = 0;
}

void receipts_copy(struct state *to, const struct state *from)
{
	to->n_receipts = from->n_receipts;
	for (size_t i = 0; i < from->n_receipts; i++) {
		to->receipts[i] = from->receipts[i];
		to->receipts[i].session = xstrdup(from->receipts[i].session);
		to->receipts[i].text = xstrdup(from->receipts[i].text);
	}
}

void state_keep_receipt(struct state *s, const struct receipt *r)
{
	struct receipt *oldest = &s->receipts[0];

	if (s->n_receipts == RECEIPTS_KEPT) {
		free(oldest->session);
		free(oldest->text);
		memmove(
		    oldest, oldest + 1, --s->n_receipts * sizeof(*s->receipts));
	}
	s->receipts[s->n_receipts] = *r;
	s->receipts[s->n_receipts].session = xstrdup(r->session);
	s->receipts[s->n_receipts++].text = xstrdup(r->text);
}

const struct receipt *state_receipt(
    const struct state *s, const char *session, int task)
{
	for (size_t i = s->n_receipts; i-- > 0;)
		if (s->receipts[i].task == task &&
		    str_equal(s->receipts[i].session, session))
			return &s->receipts[i];
	return NULL;
}

bool receipt_is_settled(const struct state *s, const struct receipt *r)
{
	return r->decision[0] != '\0' &&
	       !session_is_open(&s->session, r->decision);
}

void state_forget_decisions(struct state *s, const struct strvec *ids)
{
	for (size_t i = 0; i < s->n_receipts; i++)
		if (strvec_has(ids, s->receipts[i].decision))
			s->receipts[i].decision[0] = '\0';
}

struct json_object *receipts_to_json(const struct state *s)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; i < s->n_receipts; i++) {
		const struct receipt *r = &s->receipts[i];
		struct json_object *o = json_object_new_object();

		json_set_string(o, "session_id", r->session);
		json_set_int(o, "task", r->task);
		json_set_string(
		    o, "decision", r->decision[0] ? r->decision : NULL);
		json_set_string(o, "receipt", r->text);
		json_object_array_add(list, o);
	}
	return list;
}

int read_receipts(struct json_object *o, struct state *s, struct error *err)
{
	struct json_object *array, *item;
	size_t n;

	if (read_array(o, "receipts", RECEIPTS_KEPT, &array, &n, err) != 0)
		return -1;
	while (s->n_receipts < n) {
		size_t i = s->n_receipts;
		struct receipt *r = &s->receipts[i];

		if (read_element(array, "receipts", i, &item, err) != 0)
			return -1;
		*r = (struct receipt){ .text = NULL };
		s->n_receipts++;
		if (read_text(item, "session_id", false, &r->session, err) !=
			0 ||
		    read_int(item, "task", 0, TASK_NUMBER_MAX, 0, &r->task,
			err) != 0 ||
		    read_word(item, "decision", false, r->decision,
			sizeof(r->decision), err) != 0 ||
		    read_text(item, "receipt", true, &r->text, err) != 0)
			return read_within(err, "receipts", i);
	}
	return 0;
}
