/* state_receipts.c - where the receiver has put our messages: what it said of
 * each, so that it can change them later. */
#include "store/state.h"

void state_keep_receipt(struct state *s, const struct receipt *r)
{
	struct receipt *oldest = &s->receipts[0];

	if (s->n_receipts == RECEIPTS_KEPT) {
		fields_release(&receipt_fields, oldest);
		memmove(
		    oldest, oldest + 1, --s->n_receipts * sizeof(*s->receipts));
	}
	fields_copy(&receipt_fields, &s->receipts[s->n_receipts++], r);
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
