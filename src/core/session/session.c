/* session.c - the steps that the cells of the table (session_table.h) name.
 *
 * Where a step leads depends on the list at times (is there another
 * task, does it wait?); settle() is the one place that looks. */
#include "core/session/session_decision.h"
#include "core/session/session_record.h"
#include "core/session/phases.h"
#include "core/session/session_table.h"

/* What the steps work on. */
struct turn {
	struct session *s;
	const struct policy *policy;
	const struct event *e;
	struct change *out;
	enum phase to; /* of the cell */
};

static void forget_ask(struct session *s)
{
	ask_release(&s->ask);
	s->ask_id[0] = '\0';
}

/* The one setter of the phase. What Claude asked goes with what ran. */
static void enter(const struct turn *t, enum phase to)
{
	struct session *s = t->s;
	bool was = session_status(s) == SESSION_PAUSED;
	bool is = phases[to].status == SESSION_PAUSED;

	if (is && !was)
		s->paused_at = t->e->now;
	else if (!is)
		s->paused_at = 0;
	if (to != PHASE_LIMIT)
		s->parked_until = 0;
	if (!phase_keeps_ask(to))
		forget_ask(s);
	if (to == PHASE_STOPPED || to == PHASE_COMPLETED)
		ruling_forget(s);
	if (to == PHASE_RUNNING || to == PHASE_STOPPED)
		s->reached = (struct reached)REACHED_NONE;
	s->phase = to;
}

/* With an id of its own; Start and Retry of what has ended are bound to it. */
static void ask(const struct turn *t, enum phase to)
{
	snprintf(t->s->asked, sizeof(t->s->asked), "%s", t->e->fresh_id);
	enter(t, to);
}

/* An attempt at the current task begins. */
static void run(const struct turn *t)
{
	record_begin(session_current(t->s), t->e);
	forget_ask(t->s);
	ask(t, PHASE_RUNNING);
	t->out->actions |= ACT_RUN;
}

/* An attempt that a person wants. */
static void run_approved(const struct turn *t, struct task_record *r)
{
	r->counted_from = r->outcome.cost_usd;
	xreplace(&r->approved_by, t->e->by);
	r->approved_at = t->e->now;
	xreplace(&r->feedback, t->e->feedback);
	run(t);
}

/* Is nothing left for r of what may be spent? Then that is asked about. */
static bool is_spent(const struct turn *t, const struct task_record *r)
{
	t->s->reached = budget_reached(&t->e->budget, t->s, r, false);
	return t->s->reached.limit != LIMIT_NONE;
}

/* The task before the current one is settled: what comes now? paused says
 * that nothing may begin. */
static void settle(const struct turn *t, bool paused)
{
	struct session *s = t->s;
	struct task_record *r = session_current(s);

	if (paused) {
		ask(t, PHASE_PAUSED);
	} else if (is_spent(t, r) ||
		   policy_waits(t->policy, s->current > 1 ? r - 1 : NULL, r)) {
		ask(t, PHASE_APPROVAL);
	} else if (t->e->hold) {
		ask(t, PHASE_APPROVAL);
		s->held = true;
	} else {
		run(t);
		t->out->actions |= ACT_TELL_NEXT_STARTED;
	}
}

static void next(const struct turn *t, bool paused)
{
	ruling_forget(t->s);
	t->s->reached = (struct reached)REACHED_NONE;
	if (t->s->current == t->s->n) {
		ask(t, PHASE_COMPLETED);
		t->out->actions |= ACT_TELL_SESSION_COMPLETED;
		return;
	}
	t->s->current++;
	settle(t, paused);
}

/* The steps, by their names in the table. */

static void step_begin(const struct turn *t)
{
	session_fill(t->s, t->e);
	t->out->task = session_current(t->s);
	settle(t, false);
}

static void step_run(const struct turn *t)
{
	run_approved(t, session_current(t->s));
}

static void step_move(const struct turn *t)
{
	enter(t, t->to);
}

static void step_go_on(const struct turn *t)
{
	settle(t, false);
}

static void step_quit(const struct turn *t)
{
	ask(t, PHASE_STOPPED);
}

static void step_recall(const struct turn *t)
{
	ruling_forget(t->s);
}

static void step_rerun(const struct turn *t)
{
	struct task_record *r = session_retriable(t->s);

	if (r != session_current(t->s))
		ruling_forget(t->s);
	t->s->current = (size_t)(r - t->s->tasks) + 1;
	t->out->task = r;
	if (t->e->kind != EV_CONTINUE) {
		run_approved(t, r);
	} else if (is_spent(t, r)) {
		ask(t, PHASE_INTERRUPTED);
	} else {
		r->auto_resumed = true;
		run(t);
	}
}

static void step_skip(const struct turn *t)
{
	session_current(t->s)->status = TASK_SKIPPED;
	next(t, t->to == PHASE_PAUSED);
	if (t->s->phase == PHASE_APPROVAL)
		t->out->actions |= ACT_TELL_WAITING;
	else if (t->s->phase == PHASE_PAUSED)
		t->out->actions |= ACT_TELL_PAUSED;
}

/* Notes how the running attempt ended. */
static void record(const struct turn *t, enum task_status status)
{
	record_end(session_current(t->s), t->e, status);
	t->s->reached = t->e->outcome->reached;
	if (t->e->kind != EV_PARKED)
		t->s->parked_times = 0;
	if (t->e->kind == EV_FAILED)
		ruling_forget(t->s);
}

static void step_done(const struct turn *t)
{
	record(t, TASK_COMPLETED);
	if (t->to == PHASE_STOPPED)
		ask(t, t->to);
	else
		next(t, t->to == PHASE_PAUSED);
}

static void step_ended(const struct turn *t)
{
	struct task_record *r = session_current(t->s);
	bool cut_off = t->e->kind == EV_INTERRUPTED;

	record(t, cut_off ? TASK_INTERRUPTED : TASK_FAILED);
	if (t->s->reached.limit == LIMIT_NONE)
		t->s->reached = budget_reached(&t->e->budget, t->s, r, true);
	if (t->e->resume && t->to == PHASE_INTERRUPTED && !r->auto_resumed &&
	    !is_spent(t, r)) {
		r->auto_resumed = true;
		run(t);
		return;
	}
	ask(t, t->to);
	t->s->held = t->e->hold && t->to == PHASE_INTERRUPTED;
}

/* No failure: it is to go on where it was, with what it was told. */
static void put_off(const struct turn *t)
{
	struct task_record *r = session_current(t->s);
	char *feedback = r->feedback;

	r->feedback = NULL;
	record(t, TASK_PENDING);
	r->outcome.result = RESULT_NONE;
	r->feedback = feedback;
}

static void step_park(const struct turn *t)
{
	put_off(t);
	t->s->parked_times++;
	ask(t, t->to);
	if (t->to == PHASE_LIMIT)
		t->s->parked_until = t->e->until;
}

/* What was parked goes on, unless nothing is left for it. */
static void step_again(const struct turn *t)
{
	if (!is_spent(t, session_current(t->s))) {
		run(t);
		return;
	}
	ask(t, PHASE_APPROVAL);
	t->out->actions = ACT_TELL_WAITING;
}

/* What is asked stays asked, under its id. Where it was decided while Claude
 * was being ended, it goes on. */
static void step_shelve(const struct turn *t)
{
	put_off(t);
	xreplace(&session_current(t->s)->outcome.error, NULL);
	if (session_is_asked(t->s)) {
		enter(t, t->to);
		return;
	}
	t->out->actions = ACT_TELL_TASK_STARTED;
	if (t->to == PHASE_PAUSED_ASKED) {
		ask(t, PHASE_PAUSED);
		t->out->actions = ACT_TELL_PAUSED;
	} else if (t->e->hold) {
		ask(t, PHASE_APPROVAL);
		t->s->held = true;
		t->out->actions = 0;
	} else {
		step_again(t);
	}
}

/* The limit that is asked about is higher, for this session, and the task goes
 * on; where another limit or its approval is in the way, that is asked. */
static void step_raise(const struct turn *t)
{
	struct session *s = t->s;
	struct task_record *r = session_current(s);
	enum limit which = s->reached.limit;
	double *raised = &s->raised[which];

	*raised += t->e->raise > 0 ? t->e->raise : t->e->budget.limits[which];
	if (*raised > USD_MAX)
		*raised = USD_MAX;
	t->out->spent = budget_standing(&t->e->budget, s, r, which, 0);
	if (r->status == TASK_PENDING) {
		settle(t, false);
	} else if (is_spent(t, r)) {
		ask(t, s->phase);
	} else {
		xreplace(&r->feedback, NULL);
		run(t);
		return;
	}
	if (!(t->out->actions & ACT_RUN))
		t->out->actions = ACT_TELL_WAITING;
}

/* A wish that somebody had is honoured whatever ended the attempt. */
static void step_cut(const struct turn *t)
{
	record(t, TASK_FAILED);
	ruling_forget(t->s);
	t->s->reached = (struct reached)REACHED_NONE;
	session_current(t->s)->outcome.result = RESULT_CANCELLED;
	ask(t, t->to);
}

/* The files are as before that task: whatever came later is undone with it. A
 * person has stopped the list to look back, so that nothing runs unasked. */
static void step_undo(const struct turn *t)
{
	struct session *s = t->s;
	struct task_record *r = session_undoable(s, t->e->task);

	t->out->task = r;
	s->current = (size_t)(r - s->tasks) + 1;
	s->parked_times = 0;
	s->reached = (struct reached)REACHED_NONE;
	for (size_t i = s->current - 1; i < s->n; i++)
		record_undo(&s->tasks[i]);
	ruling_forget(s);
	ask(t, t->to);
}

/* What Claude asks is put before a person, each question under an id of its
 * own. */
static void put(const struct turn *t)
{
	t->s->ask.at = t->e->now;
	snprintf(t->s->ask_id, sizeof(t->s->ask_id), "%s", t->e->fresh_id);
}

static void step_put(const struct turn *t)
{
	ask_copy(&t->s->ask, t->e->ask);
	put(t);
}

/* What comes too late for the Claude that asked is for the one that follows. */
static void step_rule(const struct turn *t)
{
	if (event_is_command(t->e->kind) && t->e->shelving) {
		ruling_keep(t->s, t->e);
		t->out->actions &= ~(unsigned)ACT_RULE;
	}
	forget_ask(t->s);
}

/* One of its questions; the next is put before a person then. */
static void step_answer(const struct turn *t)
{
	if (ask_answer(&t->s->ask, t->e->feedback)) {
		step_rule(t);
		return;
	}
	put(t);
	t->out->actions |= ACT_TELL_ASKED;
}

/* The same where no Claude waits: one is started, once all is answered. */
static void step_reply(const struct turn *t)
{
	if (t->e->kind == EV_ANSWER &&
	    !ask_answer(&t->s->ask, t->e->feedback)) {
		put(t);
		t->out->actions = ACT_TELL_ASKED;
		return;
	}
	ruling_keep(t->s, t->e);
	forget_ask(t->s);
	step_again(t);
}

static void (*const steps[])(const struct turn *t) = {
	[BEGIN] = step_begin,
	[RUN] = step_run,
	[RERUN] = step_rerun,
	[SKIP] = step_skip,
	[MOVE] = step_move,
	[GO_ON] = step_go_on,
	[DONE] = step_done,
	[ENDED] = step_ended,
	[PARK] = step_park,
	[RAISE] = step_raise,
	[AGAIN] = step_again,
	[CUT] = step_cut,
	[QUIT] = step_quit,
	[PUT] = step_put,
	[RULE] = step_rule,
	[SHELVE] = step_shelve,
	[REPLY] = step_reply,
	[RECALL] = step_recall,
	[ANSWER] = step_answer,
	[UNDO] = step_undo,
};
_Static_assert(ARRAY_SIZE(steps) == STEPS, "take every step");

static void take_step(enum step step, const struct turn *t)
{
	if (steps[step] == NULL)
		bug("a step that nobody takes: %d", step);
	steps[step](t);
}

static int refuse(struct change *out, enum refusal why)
{
	out->refusal = why;
	return -1;
}

bool session_allows(const struct session *s, enum event_kind kind)
{
	enum step step = session_table[s->phase][kind].step;

	if (kind == EV_ANSWER || kind == EV_ALLOW || kind == EV_ALWAYS)
		return step != REFUSED &&
		       session_question(s) ==
			   (kind == EV_ANSWER ? ASK_QUESTION : ASK_PERMISSION);
	if (step == RECALL)
		return s->ruling.kind != RULING_NONE;
	if (step == PUT || step == RULE)
		return session_is_asked(s) == (step == RULE);
	if (step == UNDO)
		return session_undoable(s, 0) != NULL;
	if (step == RERUN && kind == EV_CONTINUE) /* once by itself */
		return !session_current(s)->auto_resumed;
	if (step == RAISE)
		return s->reached.limit != LIMIT_NONE;
	return step != REFUSED &&
	       (step != RERUN || session_retriable(s) != NULL);
}

/* Does e let a task begin that nothing is left for? */
static bool is_refused_for_cost(const struct session *s, const struct cell *c,
    const struct event *e, struct reached *which)
{
	const struct task_record *r =
	    c->step == RERUN ? session_retriable(s) : session_current(s);

	if (!event_is_command(e->kind) || (c->step != RUN && c->step != RERUN))
		return false;
	*which = budget_reached(&e->budget, s, r, true);
	return which->limit != LIMIT_NONE;
}

/* Tried on a copy: whether the next task runs at once is settle()'s to say. */
static bool would_run(const struct turn *t, const struct cell *c)
{
	struct session trial = SESSION_INIT;
	struct change out = { .from = t->s->phase };

	if (c->step == BEGIN)
		return true;
	session_copy(&trial, t->s);
	take_step(
	    c->step, &(struct turn){ &trial, t->policy, t->e, &out, t->to });
	session_release(&trial);
	return (out.actions & ACT_RUN) != 0;
}

int session_apply(struct session *s, const struct policy *p,
    const struct event *e, struct change *out)
{
	const struct cell *c = &session_table[s->phase][e->kind];
	const struct turn turn = { s, p, e, out, c->to };
	struct task_record *retriable = session_retriable(s);

	*out = (struct change){ .from = s->phase };
	if (event_is_command(e->kind) && decision_is_stale(s, e, &out->stale))
		return refuse(out, REFUSED_STALE);
	if (c->step == REFUSED && !event_is_command(e->kind))
		bug("event %d in phase %d", e->kind, s->phase);
	if (!session_allows(s, e->kind) ||
	    (e->kind == EV_RETRY && e->task != 0 &&
		e->task != retriable->task.number) ||
	    (e->kind == EV_ROLLBACK && session_undoable(s, e->task) == NULL) ||
	    (e->kind == EV_CANCEL && e->result_is_in))
		return refuse(out, REFUSED_CONFLICT);
	if (e->busy && would_run(&turn, c))
		return refuse(out, REFUSED_BUSY);
	if (is_refused_for_cost(s, c, e, &out->spent))
		return refuse(out, REFUSED_SPENT);
	decision_remember(s, e);
	s->held = false;
	out->actions = c->actions;
	out->task = session_current(s);
	take_step(c->step, &turn);
	s->last_activity = e->now;
	return 0;
}
