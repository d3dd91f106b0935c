/* The record as a whole: printed and read, stored, kept aside, put away. */
#include "unit.h"
#include "states.h"
#include "scratch.h"

#include "base/clock.h"

#include <sys/stat.h>

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

UNIT_MAIN("state", printing_and_parsing_change_nothing,
    a_copy_is_the_same_and_its_own,
    the_keys_are_those_that_people_script_against,
    stores_for_the_owner_only_and_loads_again,
    tells_what_cannot_be_read_from_what_is_not_valid,
    rescue_keeps_every_corrupt_file, archive_puts_the_last_session_away,
    without_a_session_there_is_nothing_to_archive)
