/* asking.c - from Claude's question to the state, and from a person's answer
 * to Claude. */
#include "engine/asking.h"
#include "core/claude/mcp.h"
#include "core/session/session_fields.h"
#include "core/session/session_grant.h"
#include "engine/ask_file.h"
#include "engine/instance.h"

enum { PUT_AGAIN_MS = 1000, PAUSE_MIN_MS = 1000, PAUSE_MAX_MS = 60000 };

/* {"id":..., "behavior":...}; takes o. */
static void send_ruling(
    struct ask_caller *to, int64_t id, struct json_object *o)
{
	struct buf line = BUF_INIT;

	json_set_int(o, "id", id);
	json_print(&line, o);
	buf_addc(&line, '\n');
	ask_server_send(to, line.data, line.len);
	buf_release(&line);
	json_object_put(o);
}

static void send_no(struct ask_caller *to, int64_t id, const char *why)
{
	struct json_object *o = json_object_new_object();

	json_set_string(o, "behavior", "deny");
	json_set_string(o, "message", why);
	send_ruling(to, id, o);
}

static void send_refusal(const struct asking_call *c, const char *reason)
{
	char *why =
	    reason == NULL
		? xstrdup(
		      "The user refuses this. Do not try it in another way; "
		      "go on without it, or say what you need it for.")
		: xasprintf("The user refuses this and says: %s", reason);

	send_no(c->caller, c->id, why);
	free(why);
}

/* What was shown, and nothing else, is what may run. */
static void send_yes(const struct asking_call *c)
{
	struct json_object *o = json_object_new_object();

	json_set_string(o, "behavior", "allow");
	json_set(o, "updatedInput", ask_input(&c->ask));
	send_ruling(c->caller, c->id, o);
}

/* A line about a call, and the hash of exactly that, in both logs. */
static void note_call(
    struct instance *in, const char *line, const char *id, const char *hash)
{
	log_info("Task %d: %s (%s%s%ssha256 %s)",
	    session_current(&in->state.session)->task.number, line,
	    id[0] != '\0' ? "#" : "", id, id[0] != '\0' ? ", " : "", hash);
	task_log_text(&in->job.log, line);
}

/* By what was decided while no Claude waited; it counts once, so it is out of
 * the state before Claude knows. */
static int recall(struct instance *in)
{
	struct asking *a = &in->asking;
	struct asking_call *c = &a->calls[0];
	struct ruling r;
	struct buf line = BUF_INIT;

	fields_copy(&ruling_fields, &r, &in->state.session.ruling);
	if (a->store(in, EV_RECALLED, NULL) != 0) {
		fields_release(&ruling_fields, &r);
		return -1;
	}
	buf_addf(
	    &line, "🔐 As was decided: %s: %s", ruling_name[r.kind], r.what);
	note_call(in, line.data, "", r.hash);
	if (r.kind == RULING_DENY) {
		send_refusal(c, r.text);
	} else {
		xreplace(&c->ask.answers, r.text);
		send_yes(c);
	}
	fields_release(&ruling_fields, &r);
	buf_release(&line);
	return 0;
}

static void put_next_in(struct instance *in, int64_t ms)
{
	struct asking *a = &in->asking;

	if (in->job.agent != NULL)
		agent_hold(in->job.agent, a->n > 0);
	if (a->n > 0 && !a->is_put)
		loop_timer_in(&in->loop, &a->next, ms);
}

static void take_out(struct instance *in, size_t i)
{
	struct asking *a = &in->asking;

	ask_release(&a->calls[i].ask);
	a->n--;
	memmove(
	    a->calls + i, a->calls + i + 1, (a->n - i) * sizeof(a->calls[0]));
	put_next_in(in, 0);
}

/* The question stays where it is; its Claude is ended. */
static void shelve(void *arg)
{
	struct instance *in = arg;
	struct asking *a = &in->asking;

	if (!a->is_put || in->job.agent == NULL)
		return;
	log_info("Task %d: nobody has answered Claude within %d s: ending it",
	    session_current(&in->state.session)->task.number,
	    in->config->claude.ask_timeout);
	a->is_shelved = true;
	a->give_up(in);
}

static void wait_for_answer(struct instance *in)
{
	loop_timer_in(&in->loop, &in->asking.patience,
	    in->config->claude.ask_timeout * INT64_C(1000));
}

static bool is_decided(const struct session *s, const struct ask *ask)
{
	return s->ruling.kind != RULING_NONE &&
	       strcmp(s->ruling.hash, ask->hash) == 0 &&
	       str_equal(s->ruling.file, ask->file);
}

/* Yes, where it was granted for the session: nothing is to be stored. Returns
 * false where it was not. */
static bool answer_by_grant(struct instance *in)
{
	const struct asking_call *c = &in->asking.calls[0];
	const struct session *s = &in->state.session;
	const struct grant *g = session_find_grant(s, &c->ask);
	struct buf line = BUF_INIT;

	if (g == NULL)
		return false;
	buf_addf(&line, "🔐 Always by %s (%s): ", g->by, g->what);
	ask_line(&line, &c->ask);
	note_call(in, line.data, "", c->ask.hash);
	buf_release(&line);
	send_yes(c);
	return true;
}

/* The first of those that wait goes before a person: into the state, and only
 * then is anybody told. */
static void put_next(void *arg)
{
	struct instance *in = arg;
	struct asking *a = &in->asking;

	if (a->n == 0 || a->is_put || a->is_shelved)
		return;
	if (!session_allows(&in->state.session, EV_ASKED)) {
		send_no(a->calls[0].caller, a->calls[0].id,
		    "The task is being ended.");
		take_out(in, 0);
		return;
	}
	free(a->calls[0].ask.file);
	a->calls[0].ask.file = ask_file_now(&a->calls[0].ask);
	if (answer_by_grant(in)) {
		take_out(in, 0);
		return;
	}
	if (is_decided(&in->state.session, &a->calls[0].ask)) {
		if (recall(in) == 0)
			take_out(in, 0);
		else
			put_next_in(in, PUT_AGAIN_MS);
		return;
	}
	if (clock_mono_ms() < a->quiet_until) {
		loop_timer_at(&in->loop, &a->next, a->quiet_until);
		return;
	}
	ask_compare(&a->calls[0].ask, in->config);
	a->is_put = a->store(in, EV_ASKED, &a->calls[0].ask) == 0;
	if (a->is_put)
		wait_for_answer(in);
	put_next_in(in, PUT_AGAIN_MS);
}

/* Its Claude does not wait any more. Where that cannot be stored the question
 * stays, and its answer goes nowhere. */
static void withdraw(struct instance *in, size_t i)
{
	struct asking *a = &in->asking;

	if (i == 0 && in->job.agent != NULL)
		agent_waited_in_vain(in->job.agent);
	if (i == 0 && a->is_put) {
		a->is_put = false;
		if (a->pause_ms < PAUSE_MIN_MS)
			a->pause_ms = PAUSE_MIN_MS;
		else if (a->pause_ms < PAUSE_MAX_MS)
			a->pause_ms *= 2;
		a->quiet_until = clock_mono_ms() + a->pause_ms;
		loop_timer_off(&in->loop, &a->patience);
		if (!a->is_shelved && !in->stopping &&
		    session_allows(&in->state.session, EV_WITHDRAWN))
			a->store(in, EV_WITHDRAWN, NULL);
	}
	take_out(in, i);
}

void asking_rule(struct instance *in, const struct event *e)
{
	struct asking *a = &in->asking;
	struct asking_call *c = &a->calls[0];

	if (a->n == 0 || !a->is_put) { /* Claude has gone meanwhile */
		put_next_in(in, 0);
		return;
	}
	if (e->kind == EV_ANSWER && !ask_answer(&c->ask, e->feedback)) {
		wait_for_answer(in); /* to its next question */
		return;
	}
	loop_timer_off(&in->loop, &a->patience);
	a->pause_ms = a->quiet_until = 0;
	if (in->job.agent != NULL)
		agent_hold(in->job.agent, false); /* this time was a person's */
	if (e->kind == EV_DENY) {
		send_refusal(c, e->feedback);
	} else if (ask_leads_elsewhere(&c->ask, c->ask.file)) {
		/* What the person was shown is not what would be written to. */
		note_call(in,
		    "🔐 Not let through: its path leads elsewhere by now", "",
		    c->ask.hash);
		send_no(c->caller, c->id,
		    "Its path leads elsewhere now than when the user was shown it. Ask again.");
	} else {
		send_yes(c);
	}
	a->is_put = false;
	take_out(in, 0);
}

/* -- callers --------------------------------------------------------------- */

static bool on_said(
    void *arg, struct ask_caller *c, const char *line, size_t len)
{
	static const char own[] = "mcp__" MCP_SERVER "__" MCP_TOOL;
	struct instance *in = arg;
	struct asking *a = &in->asking;
	struct json_object *o = json_parse(line, len, NULL);
	bool cancelled = false, understood;
	struct ask ask = ASK_INIT;
	struct error err = ERROR_INIT;
	int64_t id = 0;

	understood = o != NULL &&
		     json_get_int(o, "id", 1, INT64_MAX, 0, &id, NULL) == 0 &&
		     id > 0 &&
		     json_get_bool(o, "cancelled", &cancelled, NULL) == 0;
	if (understood && cancelled) {
		for (size_t i = 0; i < a->n; i++)
			if (a->calls[i].caller == c && a->calls[i].id == id) {
				withdraw(in, i);
				break;
			}
	} else if (understood && ask_read(&ask, o, &err) != 0) {
		send_no(c, id, err.text);
	} else if (understood && a->n == ASKING_MAX) {
		send_no(c, id, "Too much is asked at once.");
		ask_release(&ask);
	} else if (understood && strcmp(ask.tool, own) == 0) {
		send_no(c, id, "This tool is not for you.");
		ask_release(&ask);
	} else if (understood) {
		a->calls[a->n++] = (struct asking_call){ c, id, ask };
		put_next_in(in, 0);
	}
	json_object_put(o);
	return understood;
}

static void on_gone(void *arg, struct ask_caller *c)
{
	struct instance *in = arg;
	struct asking *a = &in->asking;

	for (size_t i = a->n; i-- > 0;)
		if (a->calls[i].caller == c)
			withdraw(in, i);
}

/* -- its life -------------------------------------------------------------- */

void asking_init(struct instance *in)
{
	in->asking.next = (struct timer){ .fire = put_next, .arg = in };
	in->asking.patience = (struct timer){ .fire = shelve, .arg = in };
}

const char *asking_open(
    struct instance *in, asking_store *store, asking_give_up *give_up)
{
	struct asking *a = &in->asking;
	struct error err = ERROR_INIT;

	a->store = store;
	a->give_up = give_up;
	a->pause_ms = a->quiet_until = 0;
	a->server = ask_server_open(&in->loop, ask_account(in->config),
	    &(struct ask_callbacks){
		.said = on_said, .gone = on_gone, .arg = in },
	    &err);
	if (a->server == NULL) {
		log_error("Claude cannot ask for permission: %s", err.text);
		return NULL;
	}
	return ask_server_address(a->server);
}

void asking_end(struct instance *in)
{
	struct asking *a = &in->asking;

	if (a->server != NULL)
		ask_server_close(a->server);
	a->server = NULL;
	loop_timer_off(&in->loop, &a->next);
	loop_timer_off(&in->loop, &a->patience);
	for (size_t i = 0; i < a->n; i++)
		ask_release(&a->calls[i].ask);
	a->n = 0;
	a->is_put = false;
}

void asking_close(struct instance *in)
{
	while (in->asking.n > 0)
		withdraw(in, in->asking.n - 1);
	asking_end(in);
}

bool asking_is_about(enum event_kind kind)
{
	return kind == EV_ASKED || kind == EV_ALLOW || kind == EV_ALWAYS ||
	       kind == EV_DENY || kind == EV_ANSWER;
}

/* Who decided what, and the hash of exactly that: here, and in the task's own
 * log. */
void asking_note(struct instance *in, const struct event *e)
{
	const struct session *s = &in->state.session;
	const struct decision *d;
	struct buf line = BUF_INIT;

	if (e->kind != EV_ASKED) {
		bool because = e->kind == EV_DENY && e->feedback != NULL;

		d = &s->decisions[s->n_decisions - 1];
		buf_addf(&line, "🔐 %s by %s: %s%s%s", event_name[e->kind],
		    e->by, d->what, because ? ", because " : "",
		    because ? e->feedback : "");
		note_call(in, line.data, d->id, d->hash);
		buf_reset(&line);
	}
	if (session_is_asked(s)) {
		buf_adds(&line, "🔐 Claude asks: ");
		ask_line(&line, &s->ask);
		note_call(in, line.data, s->ask_id, s->ask.hash);
	}
	buf_release(&line);
}
