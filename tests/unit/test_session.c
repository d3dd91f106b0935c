/* The session's table: every sequence of events, and what must never be. */
#include "unit.h"

#include "base/buf.h"
#include "core/session/event.h"
#include "store/state.h"
#include "core/talk/message.h"
#include "core/session/phases.h"

/* A level more takes nine times as long: minutes, with sanitizers. */
enum { DEPTH = 7, TASKS = 3 };

static const struct strvec nothing = STRVEC_INIT;
static int serial;
static bool hold, resume, shelving; /* of the events to come */
static struct budget budget;
static double cost, more;
static char fresh[DECISION_ID_SIZE];

/* Ids that never repeat, as the supervisor's do not. */
static const char *fresh_id(void)
{
	snprintf(fresh, sizeof(fresh), "a%06x", (unsigned)++serial & 0xffffff);
	return fresh;
}

static void make_list(struct task_list *list, const enum requires *asks)
{
	list->n = TASKS;
	list->v = xcalloc(TASKS, sizeof(*list->v));
	for (int i = 0; i < TASKS; i++)
		list->v[i] = (struct task){
			.number = i + 1,
			.title = xstrdup("title"),
			.type = xstrdup(i == 0 ? "database" : "docs"),
			.instruction = xstrdup("do it"),
			.requires_approval = asks[i],
		};
}

static int apply(struct session *s, const struct policy *p,
    enum event_kind kind, struct change *c)
{
	static const enum requires asks[TASKS] = { REQUIRES_UNSAID, REQUIRES_NO,
		REQUIRES_YES };
	static struct ask question = ASK_INIT;
	struct outcome o = OUTCOME_INIT;
	struct task_list list = TASK_LIST_INIT;
	struct event e = { .kind = kind,
		.now = s->last_activity + 1,
		.fresh_id = fresh_id(),
		.fresh_conversation = "uuid",
		.by = "anna",
		.hold = hold,
		.resume = resume,
		.shelving = shelving,
		.until = s->last_activity + 3600,
		.outcome = &o,
		.budget = budget,
		.raise = more,
		.ask = &question };
	int rc;

	if (question.tool == NULL)
		ask_restore(&question, "Bash", "{\"command\":\"ls\"}", NULL);

	o.cost_usd = cost;
	o.result = kind == EV_SUCCEEDED ? RESULT_SUCCESS
		   : kind == EV_FAILED  ? RESULT_ERROR
					: RESULT_INTERRUPTED;
	if (kind == EV_START) {
		make_list(&list, asks);
		e.list = &list;
		e.session_id = "20251120-093015";
		e.task_file = "tasks.md";
		if (e.now < 1763631015)
			e.now = 1763631015;
	}
	rc = session_apply(s, p, &e, c);
	task_list_release(&list);
	return rc;
}

static int running(const struct session *s)
{
	int n = 0;

	for (size_t i = 0; i < s->n; i++)
		n += s->tasks[i].status == TASK_RUNNING;
	return n;
}

/* Is the event one that can come from the outside in this phase? What
 * becomes of an attempt comes only while one runs. */
static bool can_come(const struct session *s, enum event_kind kind)
{
	if (kind <= EV_STOP)
		return true;
	if (kind == EV_CONTINUE)
		return s->held || s->phase == PHASE_LIMIT;
	if (kind == EV_ASKED || kind == EV_WITHDRAWN || kind == EV_RECALLED)
		return session_allows(s, kind);
	if (kind == EV_SHELVED && !session_is_asked(s) &&
	    s->ruling.kind == RULING_NONE)
		return false;
	return session_status(s) == SESSION_RUNNING;
}

/* A button that would be refused is none. */
static void check_buttons(const struct session *s)
{
	struct actions a;

	actions_for(&a, s, s->last_activity, ALL_COMMANDS);
	ck_assert_uint_gt(a.n, 0);
	for (size_t i = 0; i < a.n; i++) {
		char *word = a.v[i].command + 1;
		int command, event;

		word[strcspn(word, " ")] = '\0';
		command = command_find(word);
		ck_assert_int_ge(command, 0);
		event = event_of_command((enum command)command);
		if (event >= 0)
			ck_assert_msg(session_allows(s, (enum event_kind)event),
			    "%s in phase %d", word, s->phase);
	}
}

static void check_shape(const struct session *s)
{
	const struct task_record *now = session_current(s);
	bool runs = session_status(s) == SESSION_RUNNING;
	bool asks = phases[s->phase].question != ASK_NOTHING;

	ck_assert_int_eq(running(s), runs ? 1 : 0);
	if (runs)
		ck_assert_int_eq(now->status, TASK_RUNNING);
	ck_assert(asks == (session_status(s) == SESSION_WAITING ||
			      session_status(s) == SESSION_PAUSED));
	ck_assert((s->asked[0] != '\0') == (s->phase != PHASE_IDLE));
	ck_assert((s->ask_id[0] != '\0') == session_is_asked(s));
	ck_assert(!session_is_asked(s) ||
		  (phase_keeps_ask(s->phase) && strcmp(s->ask_id, s->asked)));
	ck_assert(
	    session_is_asked(s) || phases[s->phase].question != ASK_PERMISSION);
	ck_assert(s->ruling.kind == RULING_NONE || session_is_unfinished(s));
	check_buttons(s);
	for (size_t i = 0; i < s->n; i++) {
		const struct task_record *t = &s->tasks[i];

		if (t->status == TASK_COMPLETED)
			ck_assert_int_eq(t->outcome.result, RESULT_SUCCESS);
		if (t->status == TASK_FAILED || t->status == TASK_INTERRUPTED)
			ck_assert(t->outcome.result != RESULT_NONE);
		if (i + 1 > s->current)
			ck_assert_int_eq(t->status, TASK_PENDING);
	}
}

/* No task runs that the policy wants a human for, unless one said so, now or
 * before the attempt that was cut off. */
static void check_approval(const struct session *s, const struct policy *p,
    enum event_kind kind, const struct change *c)
{
	const struct task_record *now = session_current(s);

	if (!(c->actions & ACT_RUN) || kind == EV_APPROVE || kind == EV_RETRY ||
	    now->auto_resumed || c->from == PHASE_LIMIT ||
	    c->from == PHASE_ASKED || kind == EV_SHELVED)
		return;
	ck_assert(!policy_waits(p, s->current > 1 ? now - 1 : NULL, now));
}

/* An intent is honoured, or withdrawn, or replaced by a stronger one. */
static void check_intent(const struct session *before,
    const struct session *after, enum event_kind kind)
{
	enum intent was = phases[before->phase].intent;
	enum intent is = phases[after->phase].intent;
	enum session_status status = session_status(after);

	if (was == INTENT_NONE || is >= was)
		return;
	if (was == INTENT_PAUSE)
		ck_assert(kind == EV_RESUME || status == SESSION_PAUSED ||
			  status == SESSION_COMPLETED);
	if (was == INTENT_CANCEL)
		ck_assert(status == SESSION_WAITING ||
			  status == SESSION_PAUSED ||
			  status == SESSION_COMPLETED);
	if (was == INTENT_STOP)
		ck_assert_int_eq(status, SESSION_STOPPED);
}

static void check_can_be_finished(
    const struct session *s, const struct policy *p)
{
	struct session again;
	struct change c;

	if (!session_is_unfinished(s))
		return;
	session_copy(&again, s);
	if (phases[s->phase].intent != INTENT_STOP)
		ck_assert_int_eq(apply(&again, p, EV_STOP, &c), 0);
	if (session_status(&again) == SESSION_RUNNING)
		ck_assert_int_eq(apply(&again, p, EV_FAILED, &c), 0);
	ck_assert_int_eq(session_status(&again), SESSION_STOPPED);
	session_release(&again);
}

static void check_storing(const struct session *s)
{
	struct state out = STATE_INIT, in = STATE_INIT;
	struct buf once = BUF_INIT, twice = BUF_INIT;
	struct error err = ERROR_INIT;
	enum state_result rc;

	session_copy(&out.session, s);
	state_print(&once, &out);
	rc = state_parse(once.data, once.len, &in, &err);
	ck_assert_msg(rc == STATE_LOADED, "%s in %s", err.text, once.data);
	state_print(&twice, &in);
	ck_assert_str_eq(once.data, twice.data);
	ck_assert_int_eq(in.session.phase, s->phase);
	state_release(&out);
	state_release(&in);
	buf_release(&once);
	buf_release(&twice);
}

static long steps;

static void walk(const struct session *s, const struct policy *p, int depth);

static void step(const struct session *s, const struct policy *p,
    enum event_kind kind, int depth)
{
	struct session next;
	struct change c;

	session_copy(&next, s);
	steps++;
	if (apply(&next, p, kind, &c) == 0) {
		check_shape(&next);
		check_approval(&next, p, kind, &c);
		check_intent(s, &next, kind);
		check_can_be_finished(&next, p);
		if (depth <= DEPTH / 2)
			check_storing(&next);
		if (depth < DEPTH)
			walk(&next, p, depth + 1);
	} else {
		ck_assert_int_eq(next.phase, s->phase);
		ck_assert_str_eq(next.asked, s->asked);
	}
	session_release(&next);
}

/* Every event, and what becomes of an attempt also while the supervisor
 * stops (hold) and with on_interrupted: resume; an answer also where the Claude
 * that asked is being ended. */
static void walk(const struct session *s, const struct policy *p, int depth)
{
	hold = resume = false;
	for (enum event_kind kind = 0; kind < EVENTS; kind++) {
		if (!can_come(s, kind))
			continue;
		step(s, p, kind, depth);
		if (p->mode != APPROVAL_AUTO)
			continue;
		shelving = event_is_command(kind) && session_is_asked(s);
		if (shelving)
			step(s, p, kind, depth);
		shelving = false;
		hold = kind == EV_SUCCEEDED || kind == EV_INTERRUPTED ||
		       kind == EV_SHELVED;
		if (hold)
			step(s, p, kind, depth);
		hold = false;
		resume = kind == EV_INTERRUPTED;
		if (resume)
			step(s, p, kind, depth);
		resume = false;
	}
}

START_TEST(every_sequence_keeps_the_promises)
{
	struct strvec database = STRVEC_INIT;
	struct session s = SESSION_INIT;

	strvec_add(&database, "database");
	for (int mode = 0; mode < APPROVAL_MODES; mode++) {
		const struct policy p = { (enum approval_mode)mode, &database,
			&nothing };

		walk(&s, &p, 1);
	}
	strvec_release(&database);
	ck_assert_int_gt(steps, 100000);
}
END_TEST

static const struct policy automatic = { APPROVAL_AUTO, &nothing, &nothing };
static const struct policy required = { APPROVAL_REQUIRED, &nothing, &nothing };

START_TEST(where_nothing_is_left_a_task_does_not_begin_but_asks)
{
	struct session s = SESSION_INIT;
	struct change c;

	budget.limits[LIMIT_SESSION_USD] = 1.1;
	cost = 0.55;
	apply(&s, &automatic, EV_START, &c);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.phase, PHASE_RUNNING);
	apply(&s, &automatic, EV_FAILED, &c);
	ck_assert_int_eq(s.phase, PHASE_FAILED);
	ck_assert_int_eq(apply(&s, &automatic, EV_RETRY, &c), -1);
	ck_assert_int_eq(c.refusal, REFUSED_SPENT);
	ck_assert_int_eq(c.spent.limit, LIMIT_SESSION_USD);
	apply(&s, &automatic, EV_SKIP, &c);
	ck_assert_int_eq(s.phase, PHASE_APPROVAL);
	ck_assert_int_eq(s.reached.limit, LIMIT_SESSION_USD);
	ck_assert(c.actions & ACT_TELL_WAITING);
	check_shape(&s);
	ck_assert_int_eq(apply(&s, &automatic, EV_APPROVE, &c), -1);
	more = 0.001;
	ck_assert_int_eq(apply(&s, &automatic, EV_RAISE, &c), 0);
	ck_assert_double_eq_tol(c.spent.of, 1.101, 1e-9);
	ck_assert_int_eq(s.phase, PHASE_APPROVAL); /* its own wish */
	ck_assert(c.actions & ACT_TELL_WAITING);
	ck_assert_int_eq(apply(&s, &automatic, EV_RAISE, &c), -1);
	ck_assert_int_eq(apply(&s, &automatic, EV_APPROVE, &c), 0);
	apply(&s, &automatic, EV_FAILED, &c);
	check_shape(&s);
	ck_assert_int_eq(apply(&s, &automatic, EV_RAISE, &c), 0);
	ck_assert_int_eq(s.phase, PHASE_FAILED);
	ck_assert(c.actions & ACT_TELL_WAITING);
	more = 0;
	ck_assert_int_eq(apply(&s, &automatic, EV_RAISE, &c), 0);
	ck_assert_int_eq(s.phase, PHASE_RUNNING);
	ck_assert_int_eq(s.reached.limit, LIMIT_NONE);
	budget = (struct budget){ .day_spent = 0 };
	cost = 0;
	session_release(&s);
}
END_TEST

START_TEST(a_task_s_own_limit_counts_from_the_last_yes)
{
	struct session s = SESSION_INIT;
	struct change c;
	enum limit which;

	budget.limits[LIMIT_TASK_USD] = 1;
	budget.limits[LIMIT_DAY_USD] = 50;
	cost = 0.75;
	apply(&s, &automatic, EV_START, &c);
	apply(&s, &automatic, EV_PARKED, &c);
	apply(&s, &automatic, EV_CONTINUE, &c);
	ck_assert_double_eq_tol(
	    budget_left(&budget, &s, &s.tasks[0], &which), 0.25, 1e-9);
	ck_assert_int_eq(which, LIMIT_TASK_USD);
	apply(&s, &automatic, EV_PARKED, &c);
	apply(&s, &automatic, EV_CONTINUE, &c);
	ck_assert_int_eq(s.phase, PHASE_APPROVAL);
	ck_assert(c.actions & ACT_TELL_WAITING);
	ck_assert_int_eq(s.reached.limit, LIMIT_TASK_USD);
	ck_assert_int_eq(apply(&s, &automatic, EV_APPROVE, &c), 0);
	ck_assert_double_eq_tol(
	    budget_left(&budget, &s, &s.tasks[0], &which), 1, 1e-9);
	resume = true;
	cost = 1;
	apply(&s, &automatic, EV_INTERRUPTED, &c);
	ck_assert_int_eq(s.phase, PHASE_INTERRUPTED);
	resume = false;
	budget = (struct budget){ .day_spent = 0 };
	cost = 0;
	session_release(&s);
}
END_TEST

START_TEST(a_limit_is_raised_to_a_bound)
{
	const struct policy p = { APPROVAL_AUTO, &nothing, &nothing };
	struct session s = SESSION_INIT;
	struct change c;

	budget.limits[LIMIT_SESSION_USD] = 1;
	cost = 1;
	apply(&s, &p, EV_START, &c);
	apply(&s, &p, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.reached.limit, LIMIT_SESSION_USD);
	more = 2.0 * USD_MAX;
	ck_assert_int_eq(apply(&s, &p, EV_RAISE, &c), 0);
	ck_assert_double_eq(s.raised[LIMIT_SESSION_USD], USD_MAX);
	ck_assert_int_eq(session_status(&s), SESSION_RUNNING);
	budget = (struct budget){ .day_spent = 0 };
	cost = more = 0;
	session_release(&s);
}
END_TEST

START_TEST(the_last_decisions_are_kept)
{
	const struct policy p = { APPROVAL_MANUAL, &nothing, &nothing };
	struct session s = SESSION_INIT;
	struct change c;
	char last[DECISION_ID_SIZE];

	apply(&s, &p, EV_START, &c);
	apply(&s, &p, EV_APPROVE, &c);
	for (int i = 0; i < DECISIONS_KEPT; i++) {
		ck_assert_int_eq(apply(&s, &p, EV_FAILED, &c), 0);
		memcpy(last, s.asked, sizeof(last));
		ck_assert_int_eq(apply(&s, &p, EV_RETRY, &c), 0);
	}
	ck_assert_uint_eq(s.n_decisions, DECISIONS_KEPT);
	ck_assert_str_eq(s.decisions[0].command, "retry");
	ck_assert_str_eq(s.decisions[DECISIONS_KEPT - 1].id, last);
	session_release(&s);
}
END_TEST

START_TEST(a_tap_on_an_answered_question_is_stale)
{
	struct session s = SESSION_INIT;
	struct change c;
	char id[DECISION_ID_SIZE];
	struct event e = { .kind = EV_APPROVE,
		.now = 1763631099,
		.fresh_id = "zzzz",
		.by = "ben",
		.decision = id };

	apply(&s, &required, EV_START, &c);
	ck_assert_int_eq(s.phase, PHASE_APPROVAL);
	memcpy(id, s.asked, sizeof(id));
	ck_assert_int_eq(session_apply(&s, &required, &e, &c), 0);
	ck_assert_str_eq(s.tasks[0].approved_by, "ben");
	ck_assert_int_eq(session_apply(&s, &required, &e, &c), -1);
	ck_assert_int_eq(c.refusal, REFUSED_STALE);
	ck_assert_ptr_nonnull(c.stale);
	ck_assert_str_eq(c.stale->command, "approve");
	ck_assert_str_eq(c.stale->by, "ben");
	session_release(&s);
}
END_TEST

START_TEST(retry_runs_the_task_before_and_the_next_stays_pending)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &required, EV_START, &c);
	apply(&s, &required, EV_APPROVE, &c);
	apply(&s, &required, EV_PAUSE, &c);
	apply(&s, &required, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.phase, PHASE_PAUSED);
	ck_assert_int_eq(apply(&s, &required, EV_RETRY, &c), 0);
	ck_assert_uint_eq(s.current, 1);
	ck_assert_int_eq(s.tasks[0].attempt, 2);
	ck_assert_str_eq(s.tasks[0].resumed_from, "uuid");
	ck_assert_int_eq(s.tasks[1].status, TASK_PENDING);
	session_release(&s);
}
END_TEST

START_TEST(a_usage_limit_is_no_failure_and_the_task_goes_on)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &automatic, EV_START, &c);
	apply(&s, &automatic, EV_PARKED, &c);
	ck_assert_int_eq(s.phase, PHASE_LIMIT);
	ck_assert_int_eq(s.tasks[0].status, TASK_PENDING);
	ck_assert_int_gt(s.parked_until, s.last_activity);
	ck_assert(c.actions & ACT_TELL_LIMIT);
	apply(&s, &automatic, EV_CONTINUE, &c);
	ck_assert_int_eq(s.phase, PHASE_RUNNING);
	ck_assert_int_eq(s.tasks[0].attempt, 2);
	ck_assert_str_eq(s.tasks[0].resumed_from, "uuid");
	ck_assert_int_eq(s.parked_until, 0);
	apply(&s, &automatic, EV_PARKED, &c);
	ck_assert_int_eq(s.parked_times, 2);
	ck_assert_int_eq(apply(&s, &automatic, EV_RESUME, &c), 0);
	ck_assert(c.actions & ACT_RUN);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.parked_times, 0);
	apply(&s, &automatic, EV_PAUSE, &c);
	apply(&s, &automatic, EV_PARKED, &c);
	ck_assert_int_eq(s.phase, PHASE_PAUSED);
	session_release(&s);
}
END_TEST

START_TEST(what_the_api_refused_is_not_resumed_again)
{
	static const struct {
		const char *error;
		bool afresh;
	} rows[] = {
		{ "Anthropic's API refused (400): no", true },
		{ "Anthropic's API refused (413)", true },
		{ "Anthropic's API refused (403): no", false },
		{ "Anthropic's API refused: rate limit (429)", false },
		{ NULL, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct task_record t = { .attempt = 2,
			.resumed_from = xstrdup("uuid"),
			.outcome = { .error = xstrdup(rows[i].error) } };

		ck_assert_int_eq(task_is_poisoned(&t), rows[i].afresh);
		xreplace(&t.resumed_from, NULL); /* it was a first one */
		ck_assert(!task_is_poisoned(&t));
		outcome_release(&t.outcome);
	}
}
END_TEST

START_TEST(an_answer_is_for_the_question_that_was_shown)
{
	struct session s = SESSION_INIT;
	struct change c;
	char first[DECISION_ID_SIZE];
	struct event e = { .kind = EV_ALLOW,
		.now = 1763631099,
		.fresh_id = "zzzz",
		.by = "ben",
		.decision = first };

	apply(&s, &automatic, EV_START, &c);
	memcpy(first, s.asked, sizeof(first)); /* the attempt's */
	ck_assert_int_eq(apply(&s, &automatic, EV_ALLOW, &c), -1);
	apply(&s, &automatic, EV_ASKED, &c);
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), -1);
	ck_assert_int_eq(c.refusal, REFUSED_STALE);
	memcpy(first, s.ask_id, sizeof(first));
	apply(&s, &automatic, EV_DENY, &c);
	ck_assert_int_eq(c.actions, ACT_RULE);
	ck_assert(!session_is_asked(&s));
	apply(&s, &automatic, EV_ASKED, &c);
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), -1);
	ck_assert_int_eq(c.refusal, REFUSED_STALE);
	ck_assert_str_eq(c.stale->command, "deny");
	ck_assert_str_eq(c.stale->what, "Bash: ls");
	ck_assert_uint_eq(strlen(c.stale->hash), ASK_HASH_SIZE - 1);
	apply(&s, &automatic, EV_CANCEL, &c); /* asks no more */
	ck_assert(!session_is_asked(&s));
	session_release(&s);
}
END_TEST

START_TEST(a_question_nobody_answers_is_kept_and_its_answer_goes_on)
{
	static const struct {
		enum event_kind answer;
		enum ruling_kind kind;
	} rows[] = { { EV_ALLOW, RULING_ALLOW }, { EV_DENY, RULING_DENY } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct session s = SESSION_INIT;
		struct change c;
		char id[DECISION_ID_SIZE], hash[ASK_HASH_SIZE];

		apply(&s, &required, EV_START, &c);
		apply(&s, &required, EV_APPROVE, &c);
		apply(&s, &required, EV_ASKED, &c);
		memcpy(id, s.ask_id, sizeof(id));
		memcpy(hash, s.ask.hash, sizeof(hash));
		ck_assert_int_eq(apply(&s, &required, EV_SHELVED, &c), 0);
		ck_assert_int_eq(s.phase, PHASE_ASKED);
		ck_assert(c.actions & ACT_TELL_SHELVED);
		ck_assert_str_eq(session_decision(&s), id);
		ck_assert_int_eq(s.tasks[0].status, TASK_PENDING);
		ck_assert_int_eq(apply(&s, &required, rows[i].answer, &c), 0);
		ck_assert(c.actions & ACT_RUN);
		ck_assert(!(c.actions & ACT_RULE));
		ck_assert_int_eq(s.phase, PHASE_RUNNING);
		ck_assert_int_eq(s.tasks[0].attempt, 2);
		ck_assert_str_eq(s.tasks[0].resumed_from, "uuid");
		ck_assert_int_eq(s.ruling.kind, rows[i].kind);
		ck_assert_str_eq(s.ruling.hash, hash);
		ck_assert_str_eq(session_find_decision(&s, id)->hash, hash);
		apply(&s, &required, EV_RECALLED, &c);
		ck_assert_int_eq(s.ruling.kind, RULING_NONE);
		ck_assert(!session_allows(&s, EV_RECALLED));
		session_release(&s);
	}
}
END_TEST

START_TEST(an_answer_that_meets_the_end_of_its_claude_is_kept)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &required, EV_START, &c);
	apply(&s, &required, EV_APPROVE, &c);
	apply(&s, &required, EV_ASKED, &c);
	shelving = true;
	apply(&s, &required, EV_ALLOW, &c);
	ck_assert_int_eq(c.actions & ACT_RULE, 0);
	ck_assert_int_eq(s.ruling.kind, RULING_ALLOW);
	shelving = false;
	apply(&s, &required, EV_SHELVED, &c);
	ck_assert_int_eq(s.phase, PHASE_RUNNING);
	ck_assert_int_eq(s.tasks[0].attempt, 2);
	ck_assert_int_eq(s.ruling.kind, RULING_ALLOW);
	apply(&s, &required, EV_FAILED, &c);
	ck_assert_int_eq(s.ruling.kind, RULING_NONE);
	session_release(&s);
}
END_TEST

START_TEST(what_is_decided_is_for_its_task_alone)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &required, EV_START, &c);
	apply(&s, &required, EV_APPROVE, &c);
	apply(&s, &required, EV_ASKED, &c);
	apply(&s, &required, EV_SHELVED, &c);
	apply(&s, &required, EV_PAUSE, &c);
	ck_assert_int_eq(s.phase, PHASE_PAUSED_ASKED);
	ck_assert_int_eq(apply(&s, &required, EV_ALLOW, &c), -1);
	apply(&s, &required, EV_RESUME, &c);
	ck_assert_int_eq(s.phase, PHASE_ASKED);
	apply(&s, &required, EV_ALLOW, &c);
	apply(&s, &required, EV_SUCCEEDED, &c);
	ck_assert_uint_eq(s.current, 2);
	ck_assert_int_eq(s.ruling.kind, RULING_NONE);
	session_release(&s);
}
END_TEST

START_TEST(questions_of_a_call_have_each_an_id)
{
	static const char two[] = "{\"questions\":[{\"question\":\"a\"},"
				  "{\"question\":\"b\"}]}";
	struct session s = SESSION_INIT;
	struct change c;
	struct ask question = ASK_INIT;
	struct event e = { .kind = EV_ASKED,
		.now = 1763631099,
		.fresh_id = "aaaa",
		.by = "ben",
		.feedback = "yes",
		.ask = &question };

	ask_restore(&question, "AskUserQuestion", two, NULL);
	apply(&s, &automatic, EV_START, &c);
	session_apply(&s, &automatic, &e, &c);
	ck_assert_int_eq(session_question(&s), ASK_QUESTION);
	ck_assert(!session_allows(&s, EV_ALLOW));
	e.kind = EV_ANSWER;
	e.fresh_id = "bbbb";
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), 0);
	ck_assert_int_eq(c.actions, ACT_RULE | ACT_TELL_ASKED);
	ck_assert_str_eq(session_decision(&s), "bbbb");
	ck_assert_str_eq(session_find_decision(&s, "aaaa")->what, "a yes");
	ck_assert_int_eq(session_apply(&s, &automatic, &e, &c), 0);
	ck_assert_int_eq(c.actions, ACT_RULE);
	ck_assert(!session_is_asked(&s));
	ck_assert(!session_allows(&s, EV_ANSWER));
	ask_release(&question);
	session_release(&s);
}
END_TEST

START_TEST(a_pause_after_the_last_task_is_no_pause)
{
	struct session s = SESSION_INIT;
	struct change c;

	apply(&s, &automatic, EV_START, &c);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	apply(&s, &automatic, EV_APPROVE, &c);
	ck_assert_uint_eq(s.current, 3);
	apply(&s, &automatic, EV_PAUSE, &c);
	ck_assert_int_eq(s.phase, PHASE_PAUSING);
	apply(&s, &automatic, EV_SUCCEEDED, &c);
	ck_assert_int_eq(s.phase, PHASE_COMPLETED);
	session_release(&s);
}
END_TEST

START_TEST(a_wish_survives_a_crash)
{
	static const struct {
		enum event_kind wish;
		enum phase ends;
	} cases[] = { { EV_PAUSE, PHASE_PAUSED_INTERRUPTED },
		{ EV_CANCEL, PHASE_FAILED }, { EV_STOP, PHASE_STOPPED } };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct session s = SESSION_INIT;
		struct change c;

		apply(&s, &automatic, EV_START, &c);
		apply(&s, &automatic, cases[i].wish, &c);
		apply(&s, &automatic, EV_INTERRUPTED, &c);
		ck_assert_int_eq(s.phase, cases[i].ends);
		session_release(&s);
	}
}
END_TEST

/* What a skip leads to would run at once, too. */
START_TEST(nothing_is_run_beside_a_plan)
{
	static const struct {
		enum event_kind kind;
		bool is_taken;
	} rows[] = { { EV_APPROVE, false }, { EV_SKIP, false },
		{ EV_PAUSE, true }, { EV_STOP, true } };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct session s = SESSION_INIT, before = SESSION_INIT;
		struct change c;
		struct event e = { .kind = rows[i].kind,
			.now = 1763631099,
			.fresh_id = "zzzz",
			.by = "ben",
			.busy = true };

		apply(&s, &required, EV_START, &c);
		session_copy(&before, &s);
		ck_assert_int_eq(session_apply(&s, &automatic, &e, &c),
		    rows[i].is_taken ? 0 : -1);
		if (!rows[i].is_taken) {
			ck_assert_int_eq(c.refusal, REFUSED_BUSY);
			ck_assert_int_eq(s.phase, before.phase);
			ck_assert_str_eq(s.asked, before.asked);
			ck_assert_uint_eq(s.current, before.current);
			ck_assert_int_eq(s.tasks[0].status, TASK_PENDING);
		}
		session_release(&before);
		session_release(&s);
	}
}
END_TEST

UNIT_MAIN("session", a_usage_limit_is_no_failure_and_the_task_goes_on,
    every_sequence_keeps_the_promises, a_limit_is_raised_to_a_bound,
    the_last_decisions_are_kept, a_tap_on_an_answered_question_is_stale,
    where_nothing_is_left_a_task_does_not_begin_but_asks,
    a_task_s_own_limit_counts_from_the_last_yes,
    retry_runs_the_task_before_and_the_next_stays_pending,
    what_the_api_refused_is_not_resumed_again,
    an_answer_is_for_the_question_that_was_shown,
    a_question_nobody_answers_is_kept_and_its_answer_goes_on,
    an_answer_that_meets_the_end_of_its_claude_is_kept,
    what_is_decided_is_for_its_task_alone, questions_of_a_call_have_each_an_id,
    a_pause_after_the_last_task_is_no_pause, a_wish_survives_a_crash,
    nothing_is_run_beside_a_plan)
