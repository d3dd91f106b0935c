/* doctor_net.c - from outside: our own address, n8n, and whose clock is right.
 *
 * The secret goes only to a server whose certificate was found right. */
#include "base/clock.h"
#include "base/path.h"
#include "core/auth.h"
#include "core/json.h"
#include "door/doctor_parts.h"

#include <sys/stat.h>
#include <sys/timex.h>

enum {
	DAY = 24 * 60 * 60,
	EXPIRY_WARN = 14 * DAY,
	/* What a receiver of signed notifications allows. */
	CLOCK_FAIL = 300,
	CLOCK_WARN = 30,
	OLDEST_TIME = 1735689600 /* 2025 */
};

/* scheme://host:port: what follows may be a secret. To be freed. */
static char *origin(const char *url)
{
	const char *host = strstr(url, "://");
	size_t n = strcspn(url, "/?#");

	if (host != NULL)
		n = (size_t)(host + 3 - url) + strcspn(host + 3, "/?#");
	return xstrndup(url, n);
}

/* -- our own address --------------------------------------------------------
 */

static const char renew[] =
    "renew it (certbot renew), then systemctl reload nginx";

static void tell_expiry(struct doctor *d, const char *url, int64_t expires)
{
	int64_t left = expires - clock_now();
	char day[CLOCK_TEXT];

	clock_local(expires, "%Y-%m-%d", day);
	if (left < 0)
		doctor_fail(
		    d, "certificate", renew, "of %s: expired on %s", url, day);
	else if (left < EXPIRY_WARN)
		doctor_warn(d, "certificate", renew,
		    "of %s: expires on %s, in %lld days", url, day,
		    (long long)(left / DAY));
	else
		doctor_ok(d, "certificate", "of %s: good until %s", url, day);
}

static void tell_status(
    struct doctor *d, const char *url, const struct probe *p)
{
	long status = p->status;
	/* With ssl_verify_client; in our words, or in nginx's own. */
	bool wants_one =
	    status == 400 && strstr(p->said, "certificate") != NULL;
	char *reload = doctor_unit_command(d, "reload", "orchestrator");
	char *start = doctor_unit_command(d, "start", "orchestrator");
	char *to = doctor_upstream(d), *mend;

	mend =
	    xasprintf("%s; and in the site's upstream: server %s;", start, to);
	if (status == 200 || status == 403)
		doctor_ok(d, "webhooks", "%s takes the secret", url);
	else if (status == 401)
		doctor_fail(d, "webhooks",
		    "the same secret in .env and in nginx's snippets/orchestrator-secret.conf, then reload both",
		    "%s refuses webhooks.secret (401)", url);
	else if (wants_one)
		doctor_warn(d, "webhooks",
		    "try it with one, as docs/client-certificates.md does (curl --cert)",
		    "%s wants a client certificate: what is behind it was not looked at",
		    url);
	else if (status == 429)
		doctor_warn(d, "webhooks", "look again in a minute",
		    "%s: too many requests of late (429)", url);
	else if (status == 502 || status == 504)
		doctor_fail(d, "webhooks", mend,
		    "%s: nginx cannot reach the responder (%ld)", url, status);
	else if (status == 503)
		doctor_fail(d, "webhooks", reload,
		    "%s: the responder is not ready (503); its log says why",
		    url);
	else
		doctor_fail(d, "webhooks",
		    "is the site enabled, and its server_name that name?",
		    "%s answers %ld: that is not the orchestrator", url,
		    status);
	free(mend);
	free(to);
	free(start);
	free(reload);
}

/* POST /webhook/status, as n8n would. */
static void ask_status(struct doctor *d, const char *base)
{
	char *url = xasprintf("%s/webhook/status", base);
	char *bearer = xasprintf(
	    "Authorization: Bearer %s", d->config.webhooks.secrets.v[0]);
	const char *header[] = { bearer, NULL };
	struct probe p = { .url = url, .body = "{}", .header = header };
	struct probe again = { .url = base, .unverified = true };

	doctor_probe(&p);
	if (p.bad_certificate) /* nobody should talk to that server; why? */
		doctor_probe(&again);
	if (again.expires > 0 && again.expires < clock_now())
		tell_expiry(d, base, again.expires);
	else if (p.bad_certificate)
		doctor_fail(d, "certificate",
		    "one that clients trust (certbot), for this name; "
		    "if it is your own authority's: SSL_CERT_FILE=ITS-FILE",
		    "of %s: %s", base, p.why);
	else if (p.status == 0)
		doctor_fail(d, "webhooks",
		    "does nginx run (systemctl status nginx), is the name right, is the port open?",
		    "%s cannot be reached: %s", base, p.why);
	else if (p.expires > 0)
		tell_expiry(d, base, p.expires);
	if (p.status != 0 && !p.bad_certificate)
		tell_status(d, base, &p);
	free(bearer);
	free(url);
}

void doctor_url(struct doctor *d)
{
	const char *url = d->url != NULL ? d->url : d->server;
	char *base;

	if (url == NULL) {
		doctor_warn(d, "webhooks",
		    "orchestrator doctor --url https://YOUR.NAME",
		    "not tried from outside, the address is not known");
		return;
	}
	base = xstrdup(url);
	while (base[0] != '\0' && base[strlen(base) - 1] == '/')
		base[strlen(base) - 1] = '\0';
	ask_status(d, base);
	free(base);
}

/* -- n8n --------------------------------------------------------------------
 */

static void write_test(struct buf *out, const struct doctor *d, const char *id)
{
	const struct strvec *chats = &d->config.telegram.chat_ids;
	struct json_object *o = json_object_new_object();
	struct json_object *others = json_object_new_array();

	for (size_t i = 1; i < chats->n; i++)
		json_object_array_add(
		    others, json_object_new_string(chats->v[i]));
	json_set_string(o, "message",
	    "🩺 A test by orchestrator doctor: notifications arrive.");
	json_set_string(o, "type", "info");
	json_set_string(o, "event", "test");
	json_set_string(o, "id", id);
	json_set_time(o, "timestamp", clock_now());
	json_set_string(o, "session_id", NULL);
	json_set(o, "task", NULL);
	json_set(o, "total", NULL);
	json_set_string(o, "title", NULL);
	json_set(o, "actions", json_object_new_array());
	json_set_string(o, "chat_id", chats->n > 0 ? chats->v[0] : NULL);
	json_set(o, "chat_ids", others);
	json_set(o, "caused_by", NULL);
	json_print(out, o);
	json_object_put(o);
}

static void tell_delivery(struct doctor *d, const struct probe *p)
{
	if (p->status >= 200 && p->status < 300)
		doctor_ok(d, "notification",
		    "n8n took a test message: is it on your phone?");
	else if (p->status == 401 || p->status == 403)
		doctor_fail(d, "notification",
		    "webhooks.notify_header (X-Notify-Secret, and N8N_NOTIFY_SECRET of .env) must be the name and value of the Header Auth credential of n8n's webhook node",
		    "n8n refuses it (%ld)", p->status);
	else if (p->status == 404)
		doctor_fail(d, "notification",
		    "activate the workflow, and take its production URL (/webhook/, not /webhook-test/)",
		    "n8n knows no such webhook (404)");
	else if (p->status != 0)
		doctor_fail(d, "notification", "look at n8n's executions",
		    "n8n answers %ld", p->status);
	else
		doctor_fail(d, "notification", "is n8n running?", "%s", p->why);
}

/* Signed and addressed as every notification is. */
static void send_test(struct doctor *d)
{
	const struct config *c = &d->config;
	struct buf id = BUF_INIT, body = BUF_INIT, signature = BUF_INIT;
	int64_t now = clock_now();
	const char *header[5] = { NULL };
	char *lines[3] = { NULL };
	struct probe p = { .url = c->webhooks.n8n_notify_url };

	auth_notice_id(&id);
	write_test(&body, d, id.data);
	if (c->webhooks.secrets.n > 0 &&
	    auth_sign(&signature, c->webhooks.secrets.v[0], id.data, now,
		body.data, body.len, NULL) == 0) {
		lines[0] = xasprintf("webhook-id: %s", id.data);
		lines[1] = xasprintf("webhook-timestamp: %lld", (long long)now);
		lines[2] = xasprintf("webhook-signature: %s", signature.data);
	}
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		header[i] = lines[i];
	header[lines[0] != NULL ? 3 : 0] = c->webhooks.notify_header;
	p.body = body.data;
	p.header = header;
	doctor_probe(&p);
	tell_delivery(d, &p);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		free(lines[i]);
	buf_release(&signature);
	buf_release(&body);
	buf_release(&id);
}

/* -- the clock --------------------------------------------------------------
 */

static const char set_clock[] = "timedatectl set-ntp true, then look at date";

/* Nothing can have been written later than now. To be freed; NULL: none. */
static char *from_the_future(const struct doctor *d)
{
	char *paths[] = {
		xstrdup(d->config.path),
		path_join(d->config.dir, ".env"),
		xstrdup(d->config.paths.state_file),
	};
	char *found = NULL;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		if (found == NULL && stat(paths[i], &st) == 0 &&
		    st.st_mtime > clock_now() + CLOCK_FAIL)
			found = paths[i];
		else
			free(paths[i]);
	}
	return found;
}

static void look_at_clock(struct doctor *d, int64_t n8n_date)
{
	int64_t now = clock_now();
	int64_t off = n8n_date != 0 ? now - n8n_date : 0;
	char *future = from_the_future(d), text[CLOCK_TEXT];
	struct timex t = { .modes = 0 };

	clock_local(now, "%Y-%m-%d %H:%M:%S %Z", text);
	if (now < OLDEST_TIME)
		doctor_fail(d, "clock", set_clock, "it says %s", text);
	else if (future != NULL)
		doctor_fail(d, "clock", set_clock,
		    "it says %s, and '%s' is of a later time", text, future);
	else if (off > CLOCK_FAIL || off < -CLOCK_FAIL)
		doctor_fail(d, "clock", set_clock,
		    "it says %s, %lld s %s n8n's: signed notifications are refused as too old or too new",
		    text, (long long)(off < 0 ? -off : off),
		    off > 0 ? "ahead of" : "behind");
	else if (off > CLOCK_WARN || off < -CLOCK_WARN)
		doctor_warn(d, "clock", set_clock, "it is %lld s %s n8n's",
		    (long long)(off < 0 ? -off : off),
		    off > 0 ? "ahead of" : "behind");
	else if (adjtimex(&t) == TIME_ERROR)
		doctor_warn(d, "clock", set_clock,
		    "it says %s, and nothing keeps it right", text);
	else
		doctor_ok(d, "clock", "%s", text);
	free(future);
}

/* -- n8n, whose clock ours is held against ----------------------------------
 */

void doctor_n8n(struct doctor *d)
{
	struct probe p = { .url = d->config.webhooks.n8n_notify_url };
	char *where = p.url != NULL ? origin(p.url) : NULL;

	if (p.url != NULL)
		doctor_probe(&p);
	if (p.url == NULL && d->notify)
		doctor_fail(d, "notification", "N8N_NOTIFY_URL in .env",
		    "webhooks.n8n_notify_url is empty");
	else if (p.url == NULL)
		doctor_ok(d, "n8n",
		    "no address (webhooks.n8n_notify_url): notifications are only logged");
	else if (p.status == 0)
		doctor_fail(d, "n8n",
		    "does it run there, is N8N_NOTIFY_URL in .env right, is the way open?",
		    "%s cannot be reached: %s", where, p.why);
	else if (p.status >= 502 && p.status <= 504)
		doctor_fail(d, "n8n", "start it there",
		    "%s: there is a proxy, but no n8n behind it (%ld)", where,
		    p.status);
	else /* it takes POST alone: whatever it says to HEAD, it is there */
		doctor_ok(d, "n8n", "%s answers", where);
	if (p.status != 0 && d->notify)
		send_test(d);
	free(where);
	look_at_clock(d, p.date);
}
