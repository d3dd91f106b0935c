/* outbox_timed.c - what is told because it is time: a question that nobody
 * answers, once more, a few times and not at night; the day's report; how a
 * running task comes along.
 *
 * How often a question was told is part of the record. What counts is the time
 * since anything was last done about it: asked, told, or delivered late. That a
 * day's report is seen to is in the record, in the same write as what is told:
 * a machine that was off at the time tells it when it is on again that day, and
 * none tells it twice. */
#include "base/clock.h"
#include "core/auth.h"
#include "core/talk/answer.h"
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

void outbox_report(struct instance *in)
{
	const char *minute = in->config->telegram.report;
	command_set enabled = in->config->telegram.commands;
	int64_t now = clock_now();
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	struct status_extra extra;
	struct actions actions;
	struct buf text = BUF_INIT;

	if (minute == NULL || in->stopping ||
	    !state_report_is_due(&in->state, now, minute))
		return;
	state_copy(&next, &in->state);
	state_reported(&next, now);
	if (state_has_news(&in->state)) {
		extra = state_extra(&next, now, NULL);
		message_report(&text, &next.session, &extra, enabled);
		actions_of_report(
		    &actions, &next.session, &next.plan, now, enabled);
		commit_tell(in, &next,
		    &(struct notice_source){ .event = NOTICE_REPORT,
			.message = text.data,
			.actions = &actions });
	}
	if (commit_state(in, &next, &err) == 0)
		outbox_kick(in);
	buf_release(&text);
	state_release(&next);
}

/* How a running task comes along, for a receiver that can change the message
 * it has shown. No part of the record: the newest is sent when nothing else is
 * to be, and what does not arrive is not missed. */
static void tell_progress(void *arg)
{
	struct instance *in = arg;
	const struct session *s = &in->state.session;
	struct buf id = BUF_INIT, message = BUF_INIT;
	struct progress p;
	struct notice n;

	if (in->job.agent == NULL)
		return;
	outbox_progress(in);
	if (!in->job.is_claude || session_status(s) != SESSION_RUNNING ||
	    in->state.n_notices > 0 || in->tries > 0 ||
	    notifier_is_busy(in->notifier) ||
	    state_receipt(&in->state, s->id, session_current(s)->task.number) ==
		NULL)
		return;
	p = (struct progress){
		.activity = in->job.activity,
		.elapsed = clock_now() - session_current(s)->started_at,
	};
	agent_spent(in->job.agent, &p.cost_usd, &p.num_turns);
	auth_notice_id(&id);
	message_progress(&message, s, &p);
	notice_build(&n, &(struct notice_source){
			     .id = id.data,
			     .now = clock_now(),
			     .event = NOTICE_PROGRESS,
			     .session = s,
			     .message = message.data,
			     .enabled = in->config->telegram.commands,
			     .chat_ids = &in->config->telegram.chat_ids,
			     .progress = &p,
			 });
	outbox_post(in, &n);
	notice_release(&n);
	buf_release(&message);
	buf_release(&id);
}

void outbox_progress(struct instance *in)
{
	int seconds = in->config->telegram.progress_seconds;

	in->progress.fire = tell_progress;
	in->progress.arg = in;
	if (seconds > 0)
		loop_timer_in(
		    &in->loop, &in->progress, seconds * INT64_C(1000));
}
