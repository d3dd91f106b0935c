/* sessions.h - sessions to try: events with all that they need, one after the
 * other. */
#ifndef TESTS_UNIT_SESSIONS_H
#define TESTS_UNIT_SESSIONS_H

#include "unit.h"

#include "core/session/event.h"
#include "core/talk/message.h"
#include "core/session/phases.h"

enum { TASKS = 3 };

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

static UNUSED void check_shape(const struct session *s)
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

static const struct policy automatic = { APPROVAL_AUTO, &nothing, &nothing };
static const struct policy required = { APPROVAL_REQUIRED, &nothing, &nothing };

#endif
