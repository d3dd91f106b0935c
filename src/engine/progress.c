/* progress.c - how a running task comes along, for a receiver that can change
 * the message it has shown.
 *
 * Not part of the record: the newest is sent when nothing else is to be, and
 * what does not arrive is not missed. */
#include "base/clock.h"
#include "core/auth.h"
#include "engine/instance.h"

static bool is_wanted(const struct instance *in)
{
	const struct session *s = &in->state.session;

	return in->job.agent != NULL && in->job.is_claude &&
	       session_status(s) == SESSION_RUNNING &&
	       in->state.n_notices == 0 && in->tries == 0 &&
	       !notifier_is_busy(in->notifier) &&
	       state_receipt(
		   &in->state, s->id, session_current(s)->task.number) != NULL;
}

static void build(struct instance *in, struct notice *n)
{
	const struct session *s = &in->state.session;
	int64_t now = clock_now();
	struct progress p = {
		.activity = in->job.activity,
		.elapsed = now - session_current(s)->started_at,
	};
	struct buf id = BUF_INIT, message = BUF_INIT;

	agent_spent(in->job.agent, &p.cost_usd, &p.num_turns);
	auth_notice_id(&id);
	message_progress(&message, s, &p);
	notice_build(n, &(struct notice_source){
			    .id = id.data,
			    .now = now,
			    .event = NOTICE_PROGRESS,
			    .session = s,
			    .message = message.data,
			    .enabled = in->config->telegram.commands,
			    .chat_ids = &in->config->telegram.chat_ids,
			    .progress = &p,
			});
	buf_release(&message);
	buf_release(&id);
}

static void tell(void *arg)
{
	struct instance *in = arg;
	struct notice n = { .id = NULL };

	if (in->job.agent == NULL)
		return;
	if (is_wanted(in)) {
		build(in, &n);
		outbox_post(in, &n);
		notice_release(&n);
	}
	progress_begin(in);
}

void progress_begin(struct instance *in)
{
	int seconds = in->config->telegram.progress_seconds;

	in->progress.fire = tell;
	in->progress.arg = in;
	if (seconds > 0)
		loop_timer_in(
		    &in->loop, &in->progress, seconds * INT64_C(1000));
}
