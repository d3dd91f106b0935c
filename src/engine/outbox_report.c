/* outbox_report.c - at telegram.report, what has happened since the last one.
 *
 * That a day is seen to is in the record, in the same write as what is told: a
 * machine that was off at the time tells it when it is on again that day, and
 * none tells it twice. */
#include "base/clock.h"
#include "core/talk/answer.h"
#include "engine/instance.h"

static void tell(struct instance *in, struct state *next, int64_t now)
{
	command_set enabled = in->config->telegram.commands;
	const struct status_extra extra = state_extra(next, now, NULL);
	struct actions actions;
	struct buf text = BUF_INIT;

	message_report(&text, &next->session, &extra, enabled);
	actions_of_report(&actions, &next->session, &next->plan, now, enabled);
	commit_tell(in, next,
	    &(struct notice_source){ .event = NOTICE_REPORT,
		.message = text.data,
		.actions = &actions });
	buf_release(&text);
}

void outbox_report(struct instance *in)
{
	const char *minute = in->config->telegram.report;
	int64_t now = clock_now();
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;

	if (minute == NULL || in->stopping ||
	    !state_report_is_due(&in->state, now, minute))
		return;
	state_copy(&next, &in->state);
	state_reported(&next, now);
	if (state_has_news(&in->state))
		tell(in, &next, now);
	if (commit_state(in, &next, &err) == 0)
		outbox_kick(in);
	state_release(&next);
}
