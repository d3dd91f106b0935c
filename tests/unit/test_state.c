#include "unit.h"
#include "scratch.h"

#include "base/clock.h"
#include "store/state.h"

#include <sys/stat.h>

/* -- states to try: a walk through the session's own table ---------------- */

static const char *const nasty[] = {
	"plain",
	"",
	"quotes \" and \\ and /",
	"two\nlines\tand\ttabs\r\n",
	"gr\xc3\xbc\xc3\x9f \xf0\x9f\xa4\x96 \xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d",
	"not \xff text \xc3",
	"bell \a escape \x1b[31m del \x7f",
	"{\"json\": [1, 2]}",
};

static const char *any_text(void)
{
	return nasty[(size_t)rand() % ARRAY_SIZE(nasty)];
}

static char *maybe_text(void)
{
	return rand() % 3 == 0 ? NULL : xstrdup(any_text());
}

static void make_task(struct task *t, int number)
{
	*t = (struct task){
		.number = number,
		.title = xstrdup(any_text()),
		.type = xstrdup(any_text()),
		.priority = (enum priority)(rand() % PRIORITY_COUNT),
		.requires_approval = (enum requires)(rand() % 3),
		.description = maybe_text(),
		.instruction = xstrdup(any_text()),
		.timeout = rand() % 2 * 1000,
	};
	for (int i = rand() % 3; i > 0; i--)
		strvec_add(&t->criteria, any_text());
}

static void make_list(struct task_list *l)
{
	l->n = (size_t)(rand() % 3) + 1;
	l->v = xcalloc(l->n, sizeof(*l->v));
	for (size_t i = 0; i < l->n; i++)
		make_task(&l->v[i], (int)i * 3 + rand() % 3);
}

static void make_outcome(struct outcome *o, enum event_kind kind)
{
	*o = (struct outcome){
		.result = kind == EV_SUCCEEDED     ? RESULT_SUCCESS
			  : kind == EV_INTERRUPTED ? RESULT_INTERRUPTED
			  : rand() % 2             ? RESULT_ERROR
						   : RESULT_TIMEOUT,
		.error = maybe_text(),
		.summary = maybe_text(),
		.exit_code = rand() % 256 - 1,
		.cost_usd = rand() / 7919.0,
		.num_turns = rand() % 50 - 1,
		.denials = rand() % 3 - 1,
		.duration_ms = rand(),
		.limited = kind == EV_PARKED,
		.resets_at = kind == EV_PARKED ? 1800000000 : 0,
	};
	if (kind == EV_FAILED && rand() % 2)
		o->reached = (struct reached){
			(enum limit)(LIMIT_NONE + 1 + rand() % (LIMITS - 1)),
			rand() / 7919.0, 0.5
		};
	if (rand() % 2)
		o->verification = (struct verification){
			.result = rand() % 2 ? RESULT_SUCCESS : RESULT_TIMEOUT,
			.command = xstrdup(any_text()),
			.error = maybe_text(),
			.output = maybe_text(),
			.exit_code = rand() % 256 - 1,
			.duration_ms = rand(),
		};
	for (int i = rand() % 3; i > 0; i--)
		strvec_add(&o->denied, "Bash: rm -rf build");
}

static enum event_kind any_event(const struct session *s)
{
	bool runs = session_status(s) == SESSION_RUNNING;

	if (runs && session_is_asked(s) && rand() % 2)
		return EV_SHELVED;
	if (session_allows(s, EV_ASKED) && rand() % 4 == 0)
		return EV_ASKED;
	if (runs && rand() % 2)
		return (enum event_kind)(EV_SUCCEEDED + rand() % 4);
	return (enum event_kind)(rand() % (EV_STOP + 1));
}

static void walk(struct session *s, int steps)
{
	static const struct strvec none = STRVEC_INIT;
	struct ask question = ASK_INIT;

	ask_restore(&question, "Bash", "{\"command\":\"ls\"}", NULL);
	for (int i = 0; i < steps; i++) {
		struct policy p = { (enum approval_mode)(
					rand() % APPROVAL_MODES),
			&none, &none };
		struct task_list list = TASK_LIST_INIT;
		struct outcome o = OUTCOME_INIT;
		struct change change = { 0 };
		char id[DECISION_ID_SIZE];
		struct event e = {
			.kind = any_event(s),
			.now = 1700000000 + rand() % 100000000,
			.fresh_id = id,
			.fresh_conversation =
			    "123e4567-e89b-42d3-a456-426614174000",
			.by = any_text(),
			.feedback = rand() % 2 ? any_text() : NULL,
			.list = &list,
			.session_id = "20251120-093015",
			.task_file = any_text(),
			.outcome = &o,
			.until = 1800000000 + rand() % 1000,
			.shelving = rand() % 2,
			.ask = &question,
		};

		snprintf(id, sizeof(id), "k%d", rand() % 100000);
		make_list(&list);
		make_outcome(&o, e.kind);
		session_apply(s, &p, &e, &change);
		s->last_activity = e.now;
		if (rand() % 5 == 0)
			s->raised[LIMIT_NONE + 1 + rand() % (LIMITS - 1)] +=
			    0.25;
		outcome_release(&o);
		task_list_release(&list);
	}
	ask_release(&question);
}

static void add_notice(struct state *s, enum notice_type type, int number)
{
	struct notice n = {
		.id = xasprintf("msg_%d", number),
		.payload = xstrdup("{\"message\":\"\\u00fc \\\" \xc3\xbc\"}"),
		.type = type,
		.at = 1700000000 + number,
	};

	state_enqueue(s, &n);
}

static void remember_text(
    struct state *s, const char *id, const char *message, int code)
{
	struct json_object *o = json_object_new_object();

	json_set_string(o, "status", "ok");
	json_set_string(o, "message", message);
	state_remember(s, id, "0123456789abcdef0123456789abcdef", code, o);
	json_object_put(o);
}

static void make_plan(struct plan *p)
{
	bool running;

	p->status = (enum plan_status)(rand() % PLAN_STATUSES);
	if (p->status == PLAN_NONE)
		return;
	running = p->status == PLAN_RUNNING;
	p->date = xstrdup("2025-11-20");
	p->file =
	    p->status == PLAN_READY ? xstrdup("2025-11-20-tasks.md") : NULL;
	p->error = p->status == PLAN_FAILED ? xstrdup(any_text()) : NULL;
	p->by = maybe_text();
	p->conversation = maybe_text();
	p->cancelling = running && rand() % 2;
	p->started_at = 1700000000 + rand() % 1000;
	if (running)
		snprintf(p->asked, sizeof(p->asked), "p%d", rand() % 100000);
	else
		p->completed_at = p->started_at + 60;
}

static void make_state(struct state *s, int steps)
{
	*s = (struct state)STATE_INIT;
	walk(&s->session, steps);
	if (rand() % 2)
		state_spend(s, 1700000000 + rand() % 100000, 0.25);
	if (rand() % 2)
		state_reported(s, 1700000000 + rand() % 100000);
	make_plan(&s->plan);
	if (rand() % 2)
		s->logs_name = xstrdup("orchestrator_logs");
	for (int i = rand() % 4; i > 0; i--)
		add_notice(s, (enum notice_type)(rand() % NOTICE_TYPES), i);
	for (int i = rand() % 4; i > 0; i--) {
		char *id = xasprintf("%d", i);

		remember_text(s, id, any_text(), rand() % 2 ? 200 : 409);
		free(id);
	}
	s->notices_dropped = rand() % 3;
	if (rand() % 2)
		s->undelivered_error = xstrdup(any_text());
	if (rand() % 2)
		s->reminder = (struct reminder){ .decision = "k3f9",
			.told = 1 + rand() % REMINDERS_MAX,
			.at = 1700000000 + rand() % 1000 };
	if (rand() % 2)
		s->writing = (struct writing){ .file = xstrdup("a.md"),
			.is_day = rand() % 2,
			.size = rand() % 1000,
			.text = xstrdup("- a\n") };
}

/* -- in and out -------------------------------------------------------------*/

START_TEST(printing_and_parsing_change_nothing)
{
	bool seen[PHASES] = { false };

	srand(20251120);
	for (int i = 0; i < 4000; i++) {
		struct state first, second = STATE_INIT;
		struct buf a = BUF_INIT, b = BUF_INIT;
		struct error err = ERROR_INIT;

		make_state(&first, rand() % 40);
		state_print(&a, &first);
		ck_assert_msg(
		    state_parse(a.data, a.len, &second, &err) == STATE_LOADED,
		    "%s in\n%s", err.text, a.data);
		state_print(&b, &second);
		ck_assert_str_eq(a.data, b.data);
		ck_assert_int_eq(second.session.phase, first.session.phase);
		seen[first.session.phase] = true;
		buf_release(&a);
		buf_release(&b);
		state_release(&first);
		state_release(&second);
	}
	for (int i = 0; i < PHASES; i++)
		ck_assert_msg(seen[i], "never came to phase %d", i);
}
END_TEST

START_TEST(a_copy_is_the_same_and_its_own)
{
	srand(7);
	for (int i = 0; i < 300; i++) {
		struct state s, copy;
		struct buf a = BUF_INIT, b = BUF_INIT;

		make_state(&s, rand() % 40);
		state_print(&a, &s);
		state_copy(&copy, &s);
		state_release(&s);
		state_print(&b, &copy);
		ck_assert_str_eq(a.data, b.data);
		state_release(&copy);
		buf_release(&a);
		buf_release(&b);
	}
}
END_TEST

/* A session of two tasks: the first completed, the second waiting. */
static char *example(void)
{
	static const struct strvec none = STRVEC_INIT;
	struct policy p = { APPROVAL_REQUIRED, &none, &none };
	struct task_list list = { xcalloc(2, sizeof(struct task)), 2 };
	struct outcome o = { .result = RESULT_SUCCESS, .exit_code = 0 };
	struct event events[] = {
		{ .kind = EV_START,
		    .fresh_id = "k111",
		    .list = &list,
		    .session_id = "20251120-093015",
		    .now = 1763631000,
		    .task_file = "orchestrator_tasks/2025-11-20-tasks.md" },
		{ .kind = EV_APPROVE,
		    .fresh_id = "k222",
		    .fresh_conversation = "c1",
		    .by = "anna",
		    .now = 1763631015 },
		{ .kind = EV_SUCCEEDED,
		    .fresh_id = "k333",
		    .outcome = &o,
		    .now = 1763631165 },
	};
	struct state s = STATE_INIT;
	struct buf text = BUF_INIT;

	for (int i = 0; i < 2; i++)
		list.v[i] = (struct task){ .number = i + 1,
			.title = xasprintf("Title %d", i + 1),
			.type = xstrdup("database"),
			.instruction = xstrdup("Do it.") };
	for (size_t i = 0; i < ARRAY_SIZE(events); i++) {
		struct change c = { 0 };

		ck_assert_int_eq(
		    session_apply(&s.session, &p, &events[i], &c), 0);
	}
	s.plan = (struct plan){ .status = PLAN_READY,
		.date = xstrdup("2025-11-20"),
		.file = xstrdup("2025-11-20-tasks.md"),
		.by = xstrdup("anna"),
		.started_at = 1763630000,
		.completed_at = 1763630060 };
	s.logs_name = xstrdup("orchestrator_logs");
	add_notice(&s, TYPE_SUCCESS, 1);
	remember_text(&s, "4711", "Executing task 1", 200);
	state_print(&text, &s);
	state_release(&s);
	return buf_detach(&text);
}

START_TEST(the_keys_are_those_that_people_script_against)
{
	static const char *const lines[] = {
		"\n  \"version\": 1,",
		"\n  \"session_id\": \"20251120-093015\",",
		"\n  \"task_file\": \"orchestrator_tasks/"
		"2025-11-20-tasks.md\",",
		"\n  \"current_task_index\": 2,",
		"\n  \"status\": \"waiting_approval\",",
		"\n  \"intent\": null,",
		"\n    \"kind\": \"approval\",",
		"\n  \"decision\": \"k333\",",
		"\n      \"id\": 1,",
		"\n      \"title\": \"Title 1\",",
		"\n      \"type\": \"database\",",
		"\n      \"status\": \"completed\",",
		"\n      \"requires_approval\": null,",
		"\n      \"started_at\": \"2025-11-20T09:30:15Z\",",
		"\n      \"completed_at\": \"2025-11-20T09:32:45Z\",",
		"\n      \"result\": \"success\",",
		"\n      \"exit_code\": 0,",
		"\n      \"agent_session_id\": \"c1\",",
		"\n      \"approved_by\": \"anna\",",
		"\n      \"output_log\": \"orchestrator_logs/"
		"task-1-output.log\"",
		"\n      \"output_log\": null",
		"\n      \"command\": \"approve\",",
		"\n  \"started_at\": \"2025-11-20T09:30:00Z\",",
		"\n  \"paused_at\": null,",
		"\n  \"plan\": {\n    \"date\": \"2025-11-20\",\n    "
		"\"status\": \"ready\",\n    \"error\": null,\n    "
		"\"file\": \"2025-11-20-tasks.md\",",
	};
	char *text = example();

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++)
		ck_assert_msg(strstr(text, lines[i]) != NULL, "no%s in\n%s",
		    lines[i], text);
	free(text);
}
END_TEST

static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	ck_assert_msg(at != NULL, "no %s in\n%s", from, text);
	return xasprintf(
	    "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

START_TEST(what_is_not_valid_is_refused_at_its_key)
{
	static const struct {
		const char *from, *to, *said;
	} cases[] = {
		{ "\"version\": 1", "\"version\": 0", "version: " },
		{ "\"version\": 1,", "", "version: " },
		{ "\"current_task_index\": 2", "\"current_task_index\": 3",
		    "current_task_index: " },
		{ "\"current_task_index\": 2", "\"current_task_index\": 0",
		    "current_task_index: " },
		{ "\"current_task_index\": 2", "\"current_task_index\": 1",
		    "waiting_for.task: " },
		{ "\"status\": \"waiting_approval\"", "\"status\": \"bored\"",
		    "status: " },
		{ "\"status\": \"waiting_approval\"", "\"status\": \"idle\"",
		    "status: " },
		{ "\"status\": \"waiting_approval\"", "\"status\": \"running\"",
		    "status: " },
		{ "\"intent\": null", "\"intent\": \"stop\"", "status: " },
		{ "\"kind\": \"approval\"", "\"kind\": \"failed\"",
		    "tasks[1].status: " },
		{ "\"kind\": \"approval\"", "\"kind\": \"what\"",
		    "waiting_for.kind: " },
		{ "\"decision\": \"k333\"", "\"decision\": \"k444\"",
		    "waiting_for.decision: " },
		{ "\"session_id\": \"20251120-093015\"",
		    "\"session_id\": \"../../etc\"", "session_id: " },
		{ "\"session_id\": \"20251120-093015\"", "\"session_id\": 5",
		    "session_id: " },
		{ "\"id\": 2", "\"id\": 1", "tasks: want ids once each" },
		{ "\"id\": 1,", "\"id\": \"1\",", "tasks[0].id: " },
		{ "\"title\": \"Title 2\"", "\"title\": null",
		    "tasks[1].title: " },
		{ "\"status\": \"completed\"", "\"status\": \"pending\"",
		    "tasks[0].result: " },
		{ "\"status\": \"completed\"", "\"status\": \"running\"",
		    "tasks[0].result: " },
		{ "\"attempt\": 1", "\"attempt\": -1", "tasks[0].attempt: " },
		{ "\"attempt\": 1", "\"attempt\": 0", "tasks[0].attempt: " },
		{ "\"exit_code\": 0", "\"exit_code\": 256",
		    "tasks[0].exit_code: " },
		{ "\"cost_usd\": 0", "\"cost_usd\": -1",
		    "tasks[0].cost_usd: " },
		{ "\"cost_usd\": 0", "\"cost_usd\": 1e308",
		    "tasks[0].cost_usd: " },
		{ "2025-11-20T09:30:15Z", "yesterday",
		    "tasks[0].started_at: " },
		{ "\"tasks\": [", "\"tasks\": [7,", "tasks[0]: " },
		{ "\"type\": \"success\"", "\"type\": \"joy\"",
		    "notifications[0].type: " },
		{ "\"payload\": \"{", "\"payload\": \"",
		    "notifications[0].payload: " },
		{ "\"code\": 200", "\"code\": 0", "deliveries[0].code: " },
		{ "\"command\": \"approve\"", "\"command\": [1]",
		    "decisions[0].command: " },
		{ "\"date\": \"2025-11-20\"", "\"date\": \"today\"",
		    "plan.date: " },
		{ "\"status\": \"ready\"", "\"status\": \"great\"",
		    "plan.status: " },
		{ "\"status\": \"ready\"", "\"status\": \"running\"",
		    "plan.decision: " },
		{ "\"status\": \"ready\"", "\"status\": \"failed\"",
		    "plan.error: " },
		{ "\"file\": \"2025-11-20-tasks.md\"", "\"file\": \"../x\"",
		    "plan.file: " },
		{ "\"file\": \"2025-11-20-tasks.md\"", "\"file\": null",
		    "plan.file: " },
		{ "\"cancelling\": false", "\"cancelling\": true",
		    "plan.cancelling: " },
		{ "\"spent\": null",
		    "\"spent\": {\"day\": \"Friday\", \"usd\": 1}",
		    "spent.day: want a date, got Friday" },
		{ "\"limits_raised\": null",
		    "\"limits_raised\": {\"day_usd\": -1}",
		    "limits_raised.day_usd: " },
		{ "\"report\": null",
		    "\"report\": {\"at\": \"2025-11-20T07:30:00Z\"}",
		    "report.day: want a date, got none" },
		{ "\"reminder\": null",
		    "\"reminder\": {\"decision\": \"k3f9\", \"told\": 4}",
		    "reminder.told: " },
		{ "\"writing\": null",
		    "\"writing\": {\"file\": \"../x\", \"text\": \"a\"}",
		    "writing.file: " },
		{ "Title 1", "Title \xff", "" },
		{ "\"intent\": null,", "\"intent\": null,\"intent\": null,",
		    "" },
		{ "{", "[", "" },
	};
	char *text = example();

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *bad = replaced(text, cases[i].from, cases[i].to);
		struct state s = STATE_INIT;
		struct error err = ERROR_INIT;

		ck_assert_msg(
		    state_parse(bad, strlen(bad), &s, &err) == STATE_CORRUPT,
		    "%s passed", cases[i].to);
		ck_assert_msg(str_starts(err.text, cases[i].said),
		    "%s: said %s", cases[i].to, err.text);
		ck_assert_ptr_null(s.session.tasks);
		free(bad);
	}
	free(text);
}
END_TEST

#define ONE(id, status, rest)                                      \
	"{\"id\":" #id                                             \
	",\"title\":\"t\",\"type\":\"web\",\"instruction\":\"i\"," \
	"\"status\":\"" status "\"" rest "}"
#define PENDING(id) ONE(id, "pending", "")
#define RUNNING(id) ONE(id, "running", ",\"attempt\":1")
#define FAILED(id)  ONE(id, "failed", ",\"attempt\":1,\"result\":\"error\"")
#define ASKS(kind)                          \
	"\"waiting_for\":{\"kind\":\"" kind \
	"\",\"task\":1,\"decision\":\"k1\"},\"decision\":\"k1\","
#define NAMED "\"session_id\":\"a\",\"task_file\":\"t.md\","

/* One row for each thing that check_session() and check_current() refuse, and
 * what others have written by hand. */
START_TEST(no_session_that_cannot_be)
{
	static const struct {
		const char *status, *rest, *tasks, *said; /* NULL: it can */
		int current;
	} cases[] = {
		{ "idle", "", "", NULL, 0 },
		{ "idle", "", PENDING(1), "status: \"idle\"", 1 },
		{ "idle", "\"session_id\":\"a\",", "", "status: \"idle\"", 0 },
		{ "stopped", NAMED, PENDING(1), NULL, 1 },
		{ "stopped", NAMED, "", "tasks: want one", 0 },
		{ "completed", NAMED, "", "tasks: want one", 0 },
		{ "running", NAMED "\"decision\":\"k1\",", "",
		    "tasks: want one", 0 },
		{ "waiting_approval", NAMED ASKS("approval"), "",
		    "waiting_for.task: ", 0 },
		{ "stopped", "\"task_file\":\"t.md\",", PENDING(1),
		    "session_id: ", 1 },
		{ "stopped", "\"session_id\":\"../a\",\"task_file\":\"t.md\",",
		    PENDING(1), "session_id: ", 1 },
		{ "stopped", "\"session_id\":\"a\",", PENDING(1),
		    "task_file: ", 1 },
		{ "running", NAMED, RUNNING(1), "decision: ", 1 },
		{ "waiting_approval", NAMED ASKS("approval"), PENDING(1), NULL,
		    1 },
		{ "waiting_approval", NAMED ASKS("approval"), FAILED(1),
		    "tasks[0].status: ", 1 },
		{ "waiting_approval", NAMED ASKS("failed"), FAILED(1), NULL,
		    1 },
		{ "waiting_approval", NAMED ASKS("failed"), PENDING(1),
		    "tasks[0].status: ", 1 },
		{ "waiting_approval", NAMED ASKS("approval"),
		    PENDING(1) "," RUNNING(2), "tasks[0].status: ", 1 },
		{ "running", NAMED "\"decision\":\"k1\",", RUNNING(1), NULL,
		    1 },
		{ "running", NAMED "\"decision\":\"k1\",", PENDING(1),
		    "tasks[0].status: ", 1 },
		{ "running", NAMED "\"decision\":\"k1\",",
		    RUNNING(1) "," RUNNING(2), "tasks: want one running", 1 },
		{ "stopped", NAMED, RUNNING(1), "tasks[0].status: ", 1 },
		{ "completed", NAMED, FAILED(1), "tasks[0].status: ", 1 },
		{ "stopped", NAMED, PENDING(1), "current_task_index: ", 0 },
		{ "stopped", NAMED, PENDING(1), "current_task_index: ", 2 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *text =
		    xasprintf("{\"version\":1,\"status\":\"%s\",%s"
			      "\"current_task_index\":%d,\"tasks\":[%s]}",
			cases[i].status, cases[i].rest, cases[i].current,
			cases[i].tasks);
		bool good = cases[i].said == NULL;
		struct state s = STATE_INIT;
		struct error err = ERROR_INIT;
		enum state_result got =
		    state_parse(text, strlen(text), &s, &err);

		ck_assert_msg(got == (good ? STATE_LOADED : STATE_CORRUPT),
		    "%s: got %d, %s", text, (int)got, err.text);
		ck_assert_msg(good || str_starts(err.text, cases[i].said),
		    "%s: said %s", text, err.text);
		state_release(&s);
		free(text);
	}
}
END_TEST

START_TEST(unknown_keys_are_passed_over)
{
	char *text = example();
	char *more =
	    replaced(text, "\"version\": 1,", "\"version\": 1,\"new\":{},");
	struct state s = STATE_INIT;

	ck_assert_int_eq(
	    state_parse(more, strlen(more), &s, NULL), STATE_LOADED);
	state_release(&s);
	free(more);
	free(text);
}
END_TEST

START_TEST(a_newer_version_is_left_alone)
{
	static const char text[] = "{\"version\": 2, \"status\": \"odd\"}";
	struct state s = STATE_INIT;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(
	    state_parse(text, strlen(text), &s, &err), STATE_UNREADABLE);
	ck_assert_str_eq(err.text, "version: want at most 1, got 2: written "
				   "by a newer orchestrator");
}
END_TEST

/* -- on disk --------------------------------------------------------------- */

START_TEST(stores_for_the_owner_only_and_loads_again)
{
	struct state s, again = STATE_INIT;
	char *path;
	struct stat st;

	scratch_make();
	path = scratch_path("state.json");
	srand(3);
	make_state(&s, 20);
	ck_assert_int_eq(state_load(path, &again, NULL), STATE_NONE);
	ck_assert_int_eq(state_store(path, &s, NULL), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(state_load(path, &again, NULL), STATE_LOADED);
	ck_assert_uint_eq(again.session.n, s.session.n);
	state_release(&s);
	state_release(&again);
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(tells_what_cannot_be_read_from_what_is_not_valid)
{
	struct state s = STATE_INIT;
	struct error err = ERROR_INIT;
	char *path;

	scratch_make();
	path = scratch_path("state.json");
	scratch_write("state.json", "{\"version\": 1,");
	ck_assert_int_eq(state_load(path, &s, &err), STATE_CORRUPT);
	ck_assert_ptr_nonnull(strstr(err.text, "state.json' is not valid: "));
	scratch_write("state.json", "");
	ck_assert_int_eq(state_load(path, &s, &err), STATE_CORRUPT);
	ck_assert_int_eq(state_load(scratch, &s, &err), STATE_UNREADABLE);
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(rescue_keeps_every_corrupt_file)
{
	char *path, *one, *two;

	scratch_make();
	path = scratch_path("state.json");
	clock_set_zone("UTC");
	scratch_write("state.json", "one");
	ck_assert_int_eq(state_rescue(path, 1763631015, &one, NULL), 0);
	scratch_write("state.json", "two");
	ck_assert_int_eq(state_rescue(path, 1763631015, &two, NULL), 0);
	ck_assert_str_eq(path_name(one), "state.json.corrupt-20251120-093015");
	ck_assert_str_eq(
	    path_name(two), "state.json.corrupt-20251120-093015-2");
	ck_assert(!scratch_has("state.json"));
	free(one);
	one = scratch_read("state.json.corrupt-20251120-093015");
	ck_assert_str_eq(one, "one");
	free(one);
	free(two);
	free(path);
	scratch_remove();
}
END_TEST

static void assert_holds(const char *name, const char *text)
{
	char *is = scratch_read(name);

	ck_assert_ptr_nonnull(is);
	ck_assert_str_eq(is, text);
	free(is);
}

START_TEST(archive_puts_the_last_session_away)
{
	char *text = example(), *path, *logs;
	struct state s = STATE_INIT;

	scratch_make();
	path = scratch_path("state.json");
	logs = scratch_path("logs");
	ck_assert_int_eq(
	    state_parse(text, strlen(text), &s, NULL), STATE_LOADED);
	scratch_write("state.json", text);
	ck_assert_int_eq(durable_mkdir(logs, 0700, NULL), 0);
	scratch_write("logs/task-1-output.log", "first");
	scratch_write("logs/task-1-stream.jsonl", "raw");
	ck_assert_int_eq(state_archive(path, logs, &s.session, NULL), 0);
	ck_assert_int_eq(state_archive(path, logs, &s.session, NULL), 0);
	ck_assert(!scratch_has("logs/task-1-output.log"));
	assert_holds("logs/20251120-093015/task-1-output.log", "first");
	assert_holds("logs/20251120-093015/task-1-stream.jsonl", "raw");
	assert_holds("logs/20251120-093015/state.json", text);
	assert_holds("state.json", text);

	scratch_write("logs/task-1-output.log", "second");
	ck_assert_int_eq(state_archive(path, logs, &s.session, NULL), 0);
	assert_holds("logs/20251120-093015/task-1-output.log", "first");
	assert_holds("logs/20251120-093015/task-1-output.log-2", "second");
	state_release(&s);
	free(logs);
	free(path);
	free(text);
	scratch_remove();
}
END_TEST

START_TEST(without_a_session_there_is_nothing_to_archive)
{
	struct session none = SESSION_INIT;

	ck_assert_int_eq(
	    state_archive("/nowhere/state.json", "/nowhere", &none, NULL), 0);
}
END_TEST

/* -- what is kept beside the session --------------------------------------- */

START_TEST(infos_are_dropped_first_past_the_limit)
{
	struct state s = STATE_INIT;

	add_notice(&s, TYPE_ERROR, 0);
	for (int i = 1; i <= NOTICES_MAX; i++)
		add_notice(&s, i % 2 ? TYPE_INFO : TYPE_WARNING, i);
	ck_assert_uint_eq(s.n_notices, NOTICES_MAX);
	ck_assert_int_eq(s.notices_dropped, 1);
	ck_assert_str_eq(s.notices[0].id, "msg_0");
	ck_assert_str_eq(s.notices[1].id, "msg_2");
	state_release(&s);
}
END_TEST

START_TEST(the_newest_question_outlives_a_full_queue)
{
	struct state s = STATE_INIT;

	add_notice(&s, TYPE_APPROVAL, 0);
	add_notice(&s, TYPE_APPROVAL, 1);
	for (int i = 2; i < 3 * NOTICES_MAX; i++)
		add_notice(&s, (enum notice_type)(i % TYPE_APPROVAL), i);
	ck_assert_uint_eq(s.n_notices, NOTICES_MAX);
	ck_assert_int_eq(s.notices_dropped, 2 * NOTICES_MAX);
	ck_assert_str_eq(s.notices[0].id, "msg_1");
	for (int i = 0; i < NOTICES_MAX; i++)
		add_notice(&s, TYPE_ERROR, 5000 + i);
	ck_assert_uint_eq(s.n_notices, NOTICES_MAX);
	ck_assert_str_eq(s.notices[0].id, "msg_1");
	ck_assert_str_eq(s.notices[1].id, "msg_5001");
	state_release(&s);
}
END_TEST

/* task_failed and task_completed carry the next question. */
START_TEST(a_question_is_known_by_its_buttons_too)
{
	struct state s = STATE_INIT;
	struct notice asks = { .id = xstrdup("asks"), .type = TYPE_ERROR };

	asks.payload = xstrdup("{\"actions\":[{\"label\":\"Retry\"}]}");
	state_enqueue(&s, &asks);
	for (int i = 0; i <= NOTICES_MAX; i++)
		add_notice(&s, TYPE_SUCCESS, i);
	ck_assert_uint_eq(s.n_notices, NOTICES_MAX);
	ck_assert_str_eq(s.notices[0].id, "asks");
	state_release(&s);
}
END_TEST

START_TEST(a_delivered_notice_is_taken_out_once)
{
	struct state s = STATE_INIT;

	for (int i = 0; i < 3; i++)
		add_notice(&s, TYPE_INFO, i);
	ck_assert(state_dequeue(&s, "msg_1"));
	ck_assert(!state_dequeue(&s, "msg_1"));
	ck_assert_uint_eq(s.n_notices, 2);
	ck_assert_str_eq(s.notices[0].id, "msg_0");
	ck_assert_str_eq(s.notices[1].id, "msg_2");
	state_release(&s);
}
END_TEST

START_TEST(the_last_answers_are_remembered)
{
	struct state s = STATE_INIT;
	const struct delivery *d;

	for (int i = 0; i <= DELIVERIES_KEPT; i++) {
		char *id = xasprintf("%d", i);

		remember_text(&s, id, "Done", 409);
		free(id);
	}
	ck_assert_uint_eq(s.n_deliveries, DELIVERIES_KEPT);
	ck_assert_ptr_null(state_find_delivery(&s, "0"));
	d = state_find_delivery(&s, "1");
	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(d->code, 409);
	ck_assert_str_eq(d->answer, "{\"status\":\"ok\",\"message\":\"Done\"}");
	state_release(&s);
}
END_TEST

START_TEST(a_long_answer_is_cut_and_still_one)
{
	struct state s = STATE_INIT;
	struct json_object *o = json_object_new_object(), *cut;
	struct json_object *long_list = json_object_new_array();
	struct buf text = BUF_INIT;
	const struct delivery *d;

	for (int i = 0; i < 200; i++)
		buf_adds(&text, i % 2 ? "\"\\\n" : "\xf0\x9f\xa4\x96");
	json_set_string(o, "status", "ok");
	json_set_string(o, "message", text.data);
	json_set(o, "actions", json_object_new_array());
	state_remember(&s, "1", "ab", 200, o);
	d = state_find_delivery(&s, "1");
	ck_assert_uint_le(strlen(d->answer), DELIVERY_ANSWER_MAX);
	ck_assert_uint_gt(strlen(d->answer), DELIVERY_ANSWER_MAX - 16);
	cut = json_parse(d->answer, strlen(d->answer), NULL);
	ck_assert_ptr_nonnull(cut);
	ck_assert_ptr_nonnull(json_object_object_get(cut, "actions"));
	json_object_put(cut);
	ck_assert_str_eq(
	    json_object_get_string(json_object_object_get(o, "message")),
	    text.data);

	for (int i = 0; i < 300; i++)
		json_object_array_add(long_list, json_object_new_int(i));
	json_set(o, "actions", long_list);
	state_remember(&s, "2", "ab", 200, o);
	d = state_find_delivery(&s, "2");
	ck_assert_uint_le(strlen(d->answer), DELIVERY_ANSWER_MAX);
	ck_assert(str_starts(d->answer, "{\"status\":\"ok\",\"message\":\""));
	json_object_put(o);
	buf_release(&text);
	state_release(&s);
}
END_TEST

START_TEST(each_day_is_reported_of_once_and_only_what_is_new)
{
	const int64_t noon = 1763640000; /* 2025-11-20 12:00:00 UTC */
	const int64_t day = 24 * 3600;
	struct state s = STATE_INIT;

	ck_assert_int_eq(clock_set_zone("UTC"), 0);
	ck_assert(!state_has_news(&s));
	s.session.phase = PHASE_COMPLETED;
	s.session.last_activity = noon - day;
	ck_assert(state_has_news(&s));
	ck_assert(!state_report_is_due(&s, noon - 1, "12:00"));
	ck_assert(state_report_is_due(&s, noon, "12:00"));
	state_reported(&s, noon + 5);
	ck_assert_str_eq(s.report.day, "2025-11-20");
	ck_assert(!state_report_is_due(&s, noon + 60, "12:00"));
	ck_assert(!state_report_is_due(&s, noon + 3600, "13:00"));
	ck_assert(!state_report_is_due(&s, noon + day - 1, "12:00"));
	ck_assert(state_report_is_due(&s, noon + day, "12:00"));
	ck_assert(state_report_is_due(&s, noon + day + 8 * 3600, "12:00"));
	/* Not what was told, but what came later. */
	ck_assert(!state_has_news(&s));
	s.session.last_activity = noon + 6;
	ck_assert(state_has_news(&s));
	state_reported(&s, noon + day);
	ck_assert(!state_has_news(&s));
	s.plan.completed_at = noon + day + 1;
	ck_assert(state_has_news(&s));
}
END_TEST

UNIT_MAIN("state", printing_and_parsing_change_nothing,
    a_copy_is_the_same_and_its_own,
    the_keys_are_those_that_people_script_against,
    what_is_not_valid_is_refused_at_its_key, unknown_keys_are_passed_over,
    a_newer_version_is_left_alone, stores_for_the_owner_only_and_loads_again,
    tells_what_cannot_be_read_from_what_is_not_valid,
    rescue_keeps_every_corrupt_file, archive_puts_the_last_session_away,
    without_a_session_there_is_nothing_to_archive,
    infos_are_dropped_first_past_the_limit,
    the_newest_question_outlives_a_full_queue,
    a_question_is_known_by_its_buttons_too, no_session_that_cannot_be,
    a_delivered_notice_is_taken_out_once, the_last_answers_are_remembered,
    a_long_answer_is_cut_and_still_one,
    each_day_is_reported_of_once_and_only_what_is_new)
