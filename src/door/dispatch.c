/* dispatch.c - who may ask what, and the answer, orchestrator-http(7). */
#include "base/clock.h"
#include "core/auth.h"
#include "door/client.h"
#include "door/responder_parts.h"
#include "store/activity.h"

enum { COMMAND_LIMIT_MS = 10000 };

/* A person reads it on the phone: what comes from deep inside becomes a
 * sentence. "key: want ..." keeps its key as it is spelled. */
static void refuse(struct exchange *x, int code, const char *why)
{
	size_t n = strlen(why);
	char *text = xasprintf(
	    "%s%s", why, n > 0 && strchr(".!?", why[n - 1]) ? "" : ".");

	if (why[strcspn(why, ": ")] != ':' && text[0] >= 'a' && text[0] <= 'z')
		text[0] = (char)(text[0] - 'a' + 'A');
	answer_error(&x->answer, code, NULL, text, NULL);
	free(text);
}

/* One right credential suffices. */
static bool authenticate(
    const struct config *c, const struct exchange *x, struct json_object *body)
{
	const char *bearer = auth_bearer(x->authorization);
	const char *secret;
	bool by_bearer, by_body;

	if (json_get_string(body, "secret", &secret, NULL) != 0)
		secret = NULL;
	by_bearer = auth_secret_ok(&c->webhooks.secrets, bearer);
	by_body = auth_secret_ok(&c->webhooks.secrets, secret);
	return by_bearer || by_body;
}

/* A chat other than ours; one that is not said, or no id, is not. */
static bool is_foreign_chat(const struct config *c, struct json_object *body)
{
	char *id = NULL;
	bool foreign;

	if (c->telegram.chat_ids.n == 0 ||
	    json_get_id(body, "chat_id", &id, NULL) != 0)
		return false;
	foreign = id != NULL && id[0] != '\0' &&
		  !strvec_has(&c->telegram.chat_ids, id);
	free(id);
	return foreign;
}

/* Printed once for what it says, however many ask. */
static void status(struct worker *w, struct exchange *x, const struct state *s)
{
	const struct config *c = &w->held->config;
	struct status_print *p = &w->status;
	struct status_extra extra;
	char *activity = NULL, *path;

	if (state_runs(s) != NULL) {
		path = config_run_path(c, "activity");
		activity = activity_get(path, state_runs(s));
		free(path);
	}
	extra = state_extra(s, clock_now(), activity);
	if (p->text.len == 0 || p->state != w->snapshot.reading ||
	    p->config != w->held->reading || p->now != extra.now ||
	    !str_equal(p->activity, activity)) {
		p->state = w->snapshot.reading;
		p->config = w->held->reading;
		p->now = extra.now;
		xreplace(&p->activity, activity);
		answer_status(
		    &x->answer, &s->session, &extra, c->telegram.commands);
		buf_reset(&p->text);
		answer_print(&p->text, &x->answer);
	}
	x->answer.code = 200;
	x->printed = &p->text;
	free(activity);
}

static void output(struct worker *w, struct exchange *x, const struct state *s)
{
	const struct config *c = &w->held->config;
	const struct task_record *t =
	    session_task(&s->session, x->request.task);
	struct buf out = BUF_INIT, what = BUF_INIT;
	struct error err = ERROR_INIT;

	if (t == NULL)
		answer_no_task(&x->answer, &s->session, x->request.task,
		    clock_now(), c->telegram.commands);
	else if (t->attempt > 0 &&
		 logs_tail(c->paths.logs_dir, t->task.number, x->request.lines,
		     &out, &what, &err) != 0)
		refuse(x, 503, err.text);
	else
		answer_output(&x->answer, t, out.data, what.data);
	buf_release(&what);
	buf_release(&out);
}

static void diff(struct worker *w, struct exchange *x, const struct state *s)
{
	const struct config *c = &w->held->config;
	const struct task_record *t =
	    session_changed(&s->session, x->request.task);
	struct buf out = BUF_INIT;
	struct error err = ERROR_INIT;
	bool cut;

	if (t == NULL)
		answer_no_task(&x->answer, &s->session, x->request.task,
		    clock_now(), c->telegram.commands);
	else if (task_changes_read(c->paths.logs_dir, t->task.number,
		     DIFF_ANSWERED, &out, &cut, &err) != 0)
		refuse(x, 503, err.text);
	else
		answer_diff(&x->answer, t, out.data, cut, c->telegram.commands);
	buf_release(&out);
}

/* What the state says, and what it leads to. */
static void look_up(struct worker *w, struct exchange *x)
{
	command_set commands = w->held->config.telegram.commands;
	struct error err = ERROR_INIT;
	const struct state *s = snapshot_get(&w->snapshot, &err);
	struct status_extra extra;

	if (s == NULL) {
		refuse(x, 503, err.text);
		return;
	}
	switch (x->request.command) {
	case CMD_STATUS:
		status(w, x, s);
		break;
	case CMD_TASKS:
		extra = state_extra(s, clock_now(), NULL);
		answer_tasks(&x->answer, &s->session, &extra, commands);
		break;
	case CMD_SHOW:
		answer_show(&x->answer, &s->session, x->request.task,
		    clock_now(), commands);
		break;
	case CMD_OUTPUT:
		output(w, x, s);
		break;
	case CMD_DIFF:
		diff(w, x, s);
		break;
	default:
		bug("command %d is not answered from the state",
		    (int)x->request.command);
	}
}

static void logs(struct worker *w, struct exchange *x)
{
	struct buf out = BUF_INIT, what = BUF_INIT;
	struct error err = ERROR_INIT;

	if (logs_tail(w->held->config.paths.logs_dir, x->request.task,
		x->request.lines, &out, &what, &err) == 0)
		answer_logs(&x->answer, out.data, what.data);
	else
		refuse(x, 503, err.text);
	buf_release(&what);
	buf_release(&out);
}

static void change(struct worker *w, struct exchange *x)
{
	struct responder *r = w->responder;
	const struct config *c = &w->held->config;
	struct error err = ERROR_INIT;
	enum client_result result;
	char *why;
	int held;

	pthread_rwlock_unlock(&r->lock);
	result = client_call(
	    c, WIRE_COMMAND, &x->request, COMMAND_LIMIT_MS, &x->answer, &err);
	pthread_rwlock_rdlock(&r->lock);
	if (result == CLIENT_ANSWERED)
		return;
	if (result != CLIENT_NO_SUPERVISOR) {
		log_error(
		    "%s: %s", command_info[x->request.command].name, err.text);
		refuse(x, 503, result == CLIENT_LOST ? client_lost : err.text);
		return;
	}
	/* Nobody listens: does one run all the same, may we start one? */
	held = client_ask_lock(c, &err);
	if (held < 0) {
		why = xasprintf("Nothing was done: %s.", err.text);
		refuse(x, 503, why);
		free(why);
	} else if (held > 0) {
		refuse(x, 503,
		    "The supervisor does not listen, so nothing was done. Try again in a moment.");
	} else if (c->server.supervisor == SUPERVISOR_EXTERNAL) {
		refuse(x, 503, client_external);
	} else if (watcher_order(r, WATCHER_LOOK)) {
		refuse(x, 503,
		    "The supervisor is not running, so nothing was done. It is being started: try again in a moment.");
	} else {
		refuse(x, 503,
		    "The supervisor is not running, and what starts it has died: restart the responder.");
	}
}

static void act(struct worker *w, struct exchange *x)
{
	switch (x->request.command) {
	case CMD_STATUS:
	case CMD_TASKS:
	case CMD_SHOW:
	case CMD_OUTPUT:
	case CMD_DIFF:
		look_up(w, x);
		break;
	case CMD_LOGS:
		logs(w, x);
		break;
	case CMD_HELP:
		answer_help(&x->answer, w->held->config.telegram.commands);
		break;
	default:
		if (!command_info[x->request.command].changes)
			bug("command %d is answered by nobody",
			    (int)x->request.command);
		change(w, x);
		break;
	}
}

/* Authenticated: 403, then 400 for the fields, then the command itself. */
static void obey(struct worker *w, struct exchange *x, struct json_object *body)
{
	const struct config *c = &w->held->config;
	struct error err = ERROR_INIT;

	if (x->route.kind == ROUTE_TEXT)
		x->command = request_peek_command(body);
	request_peek_who(&x->request, body);
	if (is_foreign_chat(c, body)) {
		log_warning("forbidden: chat %s from %s",
		    x->request.chat_id ? x->request.chat_id : "-",
		    x->peer ? x->peer : "-");
		refuse(x, 403, "This chat may not command this orchestrator.");
		return;
	}
	if (x->command >= 0 && (c->telegram.commands & 1u << x->command) == 0) {
		refuse(x, 403,
		    "This command is not enabled here (telegram.commands).");
		return;
	}
	if (x->command >= 0)
		x->request.command = (enum command)x->command;
	if (request_from_body(
		&x->request, body, x->route.kind == ROUTE_TEXT, &err) != 0)
		refuse(x, 400, err.text);
	else
		act(w, x);
}

static void webhook(struct worker *w, struct exchange *x)
{
	const struct config *c = &w->held->config;
	struct error err = ERROR_INIT;
	struct json_object *body = json_parse(x->body.data, x->body.len, &err);

	if (body == NULL) {
		refuse(x, 400, err.text);
	} else if (x->authorization_repeated) {
		refuse(x, 400, "there is more than one Authorization header");
	} else if (!authenticate(c, x, body)) {
		log_warning("unauthorized: %s from %s", x->head.path,
		    x->peer ? x->peer : "-");
		refuse(x, 401, "Unauthorized.");
	} else {
		x->is_known = true;
		obey(w, x, body);
	}
	json_object_put(body);
}

void dispatch(struct worker *w, struct exchange *x)
{
	const char *path = x->head.path ? x->head.path : "";
	struct responder *r = w->responder;

	if (route_is_webhook(path) && !w->held->config.webhooks.enabled) {
		refuse(x, 503,
		    "Webhooks are switched off here (webhooks.enabled).");
	} else if (x->refused != 0) {
		refuse(x, x->refused, x->why);
	} else if (x->route.kind == ROUTE_HEALTH) {
		pthread_rwlock_unlock(&r->lock);
		health_answer(&x->answer, r, &w->held->config);
		pthread_rwlock_rdlock(&r->lock);
	} else {
		webhook(w, x);
	}
}
