/* The session's table: every sequence of events, and what must never be. */
#include "unit.h"
#include "sessions.h"

#include "base/buf.h"
#include "store/state.h"

/* A level more takes nine times as long: minutes, with sanitizers. */
enum { DEPTH = 7 };

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

/* -- no third attempt without a person --------------------------------------
 */

enum { WALKS = 4000, LENGTH = 80 };

/* What has become of a task since a person began an attempt at it, or had it
 * undone. */
struct fate {
	bool failed, cut_off;
	bool put_off; /* parked or shelved: what goes on is the same attempt */
	bool again;   /* one has begun by itself after it was cut off */
};

static struct fate fates[TASKS];
static long left[PHASES], failures, repeats;

/* Numbers that look random and are the same each time. */
static unsigned any(unsigned most)
{
	static unsigned seed = 11;

	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % most;
}

static void check_fate(const struct session *before,
    const struct session *after, enum event_kind kind, const struct change *c)
{
	struct fate *was =
	    before->current > 0 ? &fates[before->current - 1] : NULL;
	struct fate *is = &fates[after->current - 1];

	for (size_t i = 0; i < after->n; i++)
		if (kind == EV_START ||
		    (kind == EV_ROLLBACK &&
			after->tasks[i].status == TASK_PENDING))
			fates[i] = (struct fate){ .failed = false };
	if (session_status(before) == SESSION_RUNNING &&
	    !event_is_command(kind) && kind < EV_ASKED) {
		was->failed =
		    before->tasks[before->current - 1].status == TASK_RUNNING &&
		    after->tasks[before->current - 1].status == TASK_FAILED;
		was->cut_off |= kind == EV_INTERRUPTED;
		was->put_off = kind == EV_PARKED || kind == EV_SHELVED;
		failures += was->failed;
	}
	if (!(c->actions & ACT_RUN))
		return;
	if (event_is_command(kind)) {
		*is = (struct fate){ .failed = false };
		return;
	}
	ck_assert_msg(!is->failed, "event %d in phase %d begins what failed",
	    kind, before->phase);
	if (is->cut_off && !is->put_off) {
		ck_assert_msg(!is->again,
		    "event %d in phase %d begins a third attempt", kind,
		    before->phase);
		is->again = true;
		repeats++;
	}
	is->put_off = false;
}

static void wander(const struct policy *p)
{
	struct session s = SESSION_INIT, before;
	struct change c;

	for (int i = 0; i < LENGTH; i++) {
		enum event_kind kind = (enum event_kind)any(EVENTS);

		if (!can_come(&s, kind) ||
		    ((kind == EV_STOP || kind == EV_ROLLBACK) && any(4) > 0))
			continue;
		hold = any(2) > 0;
		resume = any(2) > 0;
		shelving = session_is_asked(&s) && any(2) > 0;
		session_copy(&before, &s);
		if (apply(&s, p, kind, &c) == 0) {
			left[before.phase]++;
			check_fate(&before, &s, kind, &c);
		}
		session_release(&before);
	}
	hold = resume = shelving = false;
	session_release(&s);
}

/* From every phase, whatever comes: what failed is not begun again by itself,
 * and what was cut off once at most; a usage limit ends no attempt. */
START_TEST(no_third_attempt_without_a_person)
{
	for (int i = 0; i < WALKS; i++) {
		const struct policy p = { (enum approval_mode)(
					      i % APPROVAL_MODES),
			&nothing, &nothing };

		memset(fates, 0, sizeof(fates));
		wander(&p);
	}
	for (int i = 0; i < PHASES; i++)
		ck_assert_msg(left[i] > 20, "phase %d: %ld", i, left[i]);
	ck_assert_int_gt(failures, 1000);
	ck_assert_int_gt(repeats, 100);
}
END_TEST

UNIT_MAIN("session_walk", every_sequence_keeps_the_promises,
    no_third_attempt_without_a_person)
