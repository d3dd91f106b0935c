/* outbox.c - notifications on their way: in order, at least once.
 *
 * The oldest one is tried until it is delivered, refused for good, or too
 * old; the next one waits. What is delivered leaves the state in force at once,
 * and the one on disk with the next change, with the last one delivered, or
 * within a second: after an outage hundreds go out, and the whole state is not
 * written for each. A crash before that sends it twice, never not at all. */
#include "base/clock.h"
#include "core/auth.h"
#include "core/backoff.h"
#include "engine/instance.h"

#include <sodium.h>

enum { STORE_MS = 1000, RETRY_LOW_MS = 1000, RETRY_HIGH_MS = 15 * 60 * 1000 };
enum { TRIES_IF_MALFORMED = 3 };

static void later(struct instance *in, int64_t at_least_ms)
{
	int64_t ms = backoff_ms(
	    in->tries, RETRY_LOW_MS, RETRY_HIGH_MS, randombytes_random());

	loop_timer_in(
	    &in->loop, &in->retry, ms > at_least_ms ? ms : at_least_ms);
}

static void store_later(struct instance *in)
{
	in->unstored = true;
	if (in->store_soon.due == 0)
		loop_timer_in(&in->loop, &in->store_soon, STORE_MS);
}

/* receipt: "" for none. */
static void delivered(struct instance *in, const char *receipt)
{
	log_debug("notification %s delivered", in->sending);
	state_forget_decisions(&in->state, &in->settling);
	if (receipt[0] != '\0')
		outbox_receipt(&in->state, &in->state.notices[0], receipt);
	state_dequeue(&in->state, in->sending);
	in->tries = 0;
	in->early = false;
	in->told_to_wait = false;
	in->delivered_at = clock_now();
	xreplace(&in->state.undelivered_error, NULL);
	store_later(in);
	if (in->state.n_notices == 0)
		commit_deliveries(in);
}

/* For /status, in a person's words. */
static char *explain(const struct delivery_result *r)
{
	static const struct {
		int status;
		const char *words;
	} known[] = {
		{ 401,
		    "n8n refuses them (401): webhooks.notify_header is not what its webhook wants" },
		{ 403,
		    "n8n refuses them (403): webhooks.notify_header is not what its webhook wants" },
		{ 404,
		    "n8n knows no such webhook (404): is the workflow active?" },
		{ 429, "the receiver is told too much (429)" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].status == r->status)
			return xstrdup(known[i].words);
	if (r->status == 0)
		return xasprintf("no answer from n8n: %s", r->text);
	return r->text[0] != '\0' ? xstrdup(r->text)
				  : xasprintf("n8n answers %d", r->status);
}

/* A try that a command brought about before its time is no reason to wait
 * longer, or to give up sooner: people tap quickly. */
static void not_delivered(struct instance *in, const struct delivery_result *r)
{
	int64_t limit = in->config->webhooks.notify_retry_hours * 3600L;
	bool malformed = r->status == 400 || r->status == 413 ||
			 r->status == 415 || r->status == 422;
	bool refused, too_old;
	struct state next = STATE_INIT;
	struct error err = ERROR_INIT;
	char *why = explain(r);

	if (!in->early || in->tries == 0)
		in->tries++;
	in->early = false;
	in->told_to_wait = r->retry_after_ms > 0;
	if (!str_equal(why, in->state.undelivered_error)) {
		xreplace(&in->state.undelivered_error, why);
		store_later(in);
	}
	free(why);
	refused =
	    r->status == 410 || (malformed && in->tries >= TRIES_IF_MALFORMED);
	too_old = clock_now() - in->state.notices[0].at > limit;
	if (!refused && !too_old) {
		log_warning("notification %s not delivered, try %d: %d %s",
		    in->sending, in->tries, r->status, r->text);
		later(in, r->retry_after_ms);
		return;
	}
	log_error(
	    "notification %s dropped: %d %s", in->sending, r->status, r->text);
	state_copy(&next, &in->state);
	state_dequeue(&next, in->sending);
	next.notices_dropped++;
	if (commit_state(in, &next, &err) == 0)
		in->tries = 0;
	else
		later(in, 0); /* it is sent again then */
	state_release(&next);
}

static void on_done(void *arg, const struct delivery_result *r)
{
	struct instance *in = arg;

	/* It may have been pushed out of a full queue meanwhile. */
	if (in->state.n_notices == 0 ||
	    strcmp(in->state.notices[0].id, in->sending) != 0)
		in->tries = 0;
	else if (r->status >= 200 && r->status < 300)
		delivered(in, r->receipt);
	else
		not_delivered(in, r);
	outbox_kick(in);
}

static int post(struct instance *in, const struct notice *n, struct error *err)
{
	const struct config *c = in->config;
	const struct strvec *secrets = &c->webhooks.secrets;
	struct strvec headers = STRVEC_INIT;
	struct buf body = BUF_INIT, signature = BUF_INIT;
	struct error why = ERROR_INIT;
	int64_t now = clock_now();
	int rc;

	outbox_body(in, n, &body);
	/* The headers of Standard Webhooks, with a fresh timestamp. */
	strvec_add(&headers, "Content-Type: application/json");
	strvec_addf(&headers, "webhook-id: %s", n->id);
	strvec_addf(&headers, "webhook-timestamp: %ld", (long)now);
	if (secrets->n > 0 && auth_sign(&signature, secrets->v[0], n->id, now,
				  body.data, body.len, &why) == 0)
		strvec_addf(&headers, "webhook-signature: %s", signature.data);
	else if (secrets->n > 0)
		log_error("cannot sign a notification: %s", why.text);
	if (c->webhooks.notify_header != NULL)
		strvec_add(&headers, c->webhooks.notify_header);
	xreplace(&in->sending, n->id);
	rc = notifier_post(
	    in->notifier, c->webhooks.n8n_notify_url, &headers, body.data, err);
	buf_release(&signature);
	buf_release(&body);
	strvec_release(&headers);
	return rc;
}

void outbox_kick(struct instance *in)
{
	struct error err = ERROR_INIT;

	if (in->state.n_notices == 0 || in->retry.due != 0 ||
	    in->config->webhooks.n8n_notify_url == NULL ||
	    notifier_is_busy(in->notifier))
		return;
	if (post(in, &in->state.notices[0], &err) != 0) {
		log_error("%s", err.text);
		in->tries++;
		later(in, 0);
	}
}

void outbox_post(struct instance *in, const struct notice *n)
{
	struct error err = ERROR_INIT;

	if (in->config->webhooks.n8n_notify_url != NULL &&
	    post(in, n, &err) != 0)
		log_warning("%s", err.text);
}

static void store_now(void *arg)
{
	commit_deliveries(arg);
}

static void try_again(void *arg)
{
	outbox_kick(arg);
}

void outbox_retry_now(struct instance *in)
{
	loop_timer_off(&in->loop, &in->retry);
	outbox_kick(in);
}

void outbox_receiver_is_up(struct instance *in)
{
	if (in->retry.due == 0 || in->told_to_wait)
		return;
	log_info("a command has come: what waits is tried at once");
	in->early = true;
	outbox_retry_now(in);
}

void outbox_init(struct instance *in)
{
	in->retry = (struct timer){ .fire = try_again, .arg = in };
	in->store_soon = (struct timer){ .fire = store_now, .arg = in };
	in->notifier = notifier_new(&in->loop, on_done, in);
}

void outbox_release(struct instance *in)
{
	loop_timer_off(&in->loop, &in->retry);
	loop_timer_off(&in->loop, &in->store_soon);
	loop_timer_off(&in->loop, &in->progress);
	notifier_release(in->notifier);
	strvec_release(&in->settling);
	free(in->sending);
}
