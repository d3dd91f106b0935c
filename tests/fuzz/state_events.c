/* A state, and behind a 0x01 what happens to it: what is accepted survives
 * every event, and is printed to the same bytes whenever it is read. */
#include "core/session/event.h"
#include "fuzz.h"
#include "store/state.h"

static void check_printed(const struct state *s)
{
	struct state again = STATE_INIT;
	struct buf once = BUF_INIT, twice = BUF_INIT;

	state_print(&once, s);
	MUST(state_parse(once.data, once.len, &again, NULL) == STATE_LOADED);
	state_print(&twice, &again);
	MUST(str_equal(once.data, twice.data));
	state_release(&again);
	buf_release(&once);
	buf_release(&twice);
}

static struct ask question; /* one that Claude may put */

static void happen(struct session *s, uint8_t what, int serial)
{
	const struct strvec types = STRVEC_INIT;
	struct policy p = { what >> 6 & 1, &types, &types };
	struct outcome o = { .result = RESULT_ERROR };
	struct change c;
	char id[DECISION_ID_SIZE];
	struct event e = { .kind = EV_APPROVE + what % (EVENTS - 1),
		.now = s->last_activity + 1,
		.fresh_id = id,
		.fresh_conversation = "uuid",
		.by = "anna",
		.hold = what >> 4 & 1,
		.resume = what >> 5 & 1,
		.shelving = what >> 6 & 1,
		.until = s->last_activity + 60,
		.outcome = &o,
		.ask = &question };

	snprintf(id, sizeof(id), "z%05d", serial % 100000);
	o.result = e.kind == EV_SUCCEEDED     ? RESULT_SUCCESS
		   : e.kind == EV_INTERRUPTED ? RESULT_INTERRUPTED
					      : RESULT_ERROR;
	if (!event_is_command(e.kind) && e.kind != EV_CONTINUE &&
	    session_status(s) != SESSION_RUNNING)
		return;
	if ((e.kind == EV_ASKED || e.kind == EV_WITHDRAWN ||
		e.kind == EV_RECALLED) &&
	    !session_allows(s, e.kind))
		return;
	if (question.tool == NULL)
		ask_restore(&question, "Bash", "{\"command\":\"ls\"}", NULL);
	if (e.kind != EV_CONTINUE || s->held)
		session_apply(s, &p, &e, &c);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	const uint8_t *cut = memchr(bytes, 1, n), *end = bytes + n;
	struct state s = STATE_INIT;

	if (state_parse((const char *)bytes, cut ? (size_t)(cut - bytes) : n,
		&s, NULL) == STATE_LOADED) {
		check_printed(&s);
		for (int i = 0; cut != NULL && ++cut < end && i < 50; i++) {
			happen(&s.session, *cut, i);
			check_printed(&s);
		}
	}
	state_release(&s);
	return 0;
}
