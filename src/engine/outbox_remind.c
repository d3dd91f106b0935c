/* outbox_remind.c - a question that nobody answers is told again, a few times,
 * and not at night.
 *
 * How often it was is part of the record. What counts is the time since
 * anything was last done about it: asked, told, or delivered late. */
#include "base/clock.h"
#include "engine/instance.h"

/* The reminder that is due, from 1; 0: none is. */
static int due(const struct instance *in, int64_t now)
{
	const struct config *c = in->config;
	const struct session *s = &in->state.session;
	const struct reminder *last = &in->state.reminder;
	bool is_same = strcmp(last->decision, session_decision(s)) == 0;
	int64_t since = s->last_activity;

	if (c->telegram.remind_minutes == 0 ||
	    c->webhooks.n8n_notify_url == NULL || in->stopping ||
	    (session_status(s) != SESSION_WAITING && !session_is_asked(s)) ||
	    in->state.n_notices > 0)
		return 0;
	if (is_same && last->at > since)
		since = last->at;
	if (in->delivered_at > since)
		since = in->delivered_at;
	if ((is_same && last->told == REMINDERS_MAX) ||
	    now - since < c->telegram.remind_minutes * INT64_C(60) ||
	    (c->telegram.quiet != NULL && clock_within(now, c->telegram.quiet)))
		return 0;
	return is_same ? last->told + 1 : 1;
}

void outbox_remind(struct instance *in)
{
	int64_t now = clock_now();
	int number = due(in, now);
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	struct buf text = BUF_INIT;

	if (number == 0)
		return;
	state_copy(&next, &in->state);
	next.reminder = (struct reminder){ .told = number, .at = now };
	snprintf(next.reminder.decision, sizeof(next.reminder.decision), "%s",
	    session_decision(&next.session));
	message_reminder(&text, &next.session, next.session.last_activity, now,
	    in->config->telegram.commands);
	commit_tell(in, &next,
	    &(struct notice_source){ .event = session_is_asked(&next.session)
						  ? NOTICE_ASKED
						  : NOTICE_WAITING,
		.message = text.data,
		.reminder = number });
	if (commit_state(in, &next, &err) == 0)
		outbox_kick(in);
	buf_release(&text);
	state_release(&next);
}
