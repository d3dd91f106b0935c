/* health.c - one question to the supervisor for everybody who asks. */
#include "base/clock.h"
#include "config.h"
#include "door/client.h"
#include "door/responder_parts.h"

enum { ASK_EVERY_MS = 1000, PATIENCE_MS = 500 };

void health_init(struct health *h)
{
	pthread_condattr_t attr;

	*h = (struct health){ .up = false };
	pthread_mutex_init(&h->mutex, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&h->known, &attr);
	pthread_condattr_destroy(&attr);
}

void health_release(struct health *h)
{
	pthread_cond_destroy(&h->known);
	pthread_mutex_destroy(&h->mutex);
}

/* Asks at most once a second, for at most half a second. One thread does,
 * without the mutex; the others say what was said last. Only before the first
 * answer they wait for it, unless it is late. */
static bool supervisor_answers(struct health *h, const struct config *c)
{
	struct answer a = ANSWER_INIT;
	struct timespec deadline;
	int64_t until;
	bool up;

	pthread_mutex_lock(&h->mutex);
	until = h->asking_since + PATIENCE_MS;
	deadline = (struct timespec){ .tv_sec = (time_t)(until / 1000),
		.tv_nsec = (long)(until % 1000) * 1000000 };
	while (h->asking && h->asked_at == 0 && clock_mono_ms() < until)
		pthread_cond_timedwait(&h->known, &h->mutex, &deadline);
	if (!h->asking && (h->asked_at == 0 ||
			      clock_mono_ms() - h->asked_at >= ASK_EVERY_MS)) {
		h->asking = true;
		h->asking_since = clock_mono_ms();
		pthread_mutex_unlock(&h->mutex);
		up = client_call(c, WIRE_PING, NULL, PATIENCE_MS, &a, NULL) ==
			 CLIENT_ANSWERED &&
		     a.code == 200;
		answer_release(&a);
		pthread_mutex_lock(&h->mutex);
		h->up = up;
		h->asked_at = clock_mono_ms();
		h->asking = false;
		pthread_cond_broadcast(&h->known);
	}
	up = h->up &&
	     (!h->asking || clock_mono_ms() - h->asking_since <= PATIENCE_MS);
	pthread_mutex_unlock(&h->mutex);
	return up;
}

void health_answer(
    struct answer *a, struct responder *r, const struct config *c)
{
	bool up = supervisor_answers(&r->health, c);
	struct json_object *o = json_object_new_object();

	json_set_string(o, "status", up ? "ok" : "degraded");
	json_set_string(o, "version", PACKAGE_VERSION);
	json_set_int(o, "uptime", (clock_mono_ms() - r->started_at) / 1000);
	json_set_string(o, "supervisor", up ? "up" : "down");
	answer_release(a);
	a->code = up ? 200 : 503;
	a->body = o;
}
