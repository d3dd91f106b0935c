/* A record that cannot be is refused, at its key. */
#include "unit.h"
#include "states.h"

static char *replaced(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	ck_assert_msg(at != NULL, "no %s in\n%s", from, text);
	return xasprintf(
	    "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

/* What is put in the place of what, and the key that is then named. */
static const struct {
	const char *from, *to, *said;
} invalid[] = {
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
	{ "\"title\": \"Title 2\"", "\"title\": null", "tasks[1].title: " },
	{ "\"status\": \"completed\"", "\"status\": \"pending\"",
	    "tasks[0].result: " },
	{ "\"status\": \"completed\"", "\"status\": \"running\"",
	    "tasks[0].result: " },
	{ "\"attempt\": 1", "\"attempt\": -1", "tasks[0].attempt: " },
	{ "\"attempt\": 1", "\"attempt\": 0", "tasks[0].attempt: " },
	{ "\"exit_code\": 0", "\"exit_code\": 256", "tasks[0].exit_code: " },
	{ "\"cost_usd\": 0", "\"cost_usd\": -1", "tasks[0].cost_usd: " },
	{ "\"cost_usd\": 0", "\"cost_usd\": 1e308", "tasks[0].cost_usd: " },
	{ "2025-11-20T09:30:15Z", "yesterday", "tasks[0].started_at: " },
	{ "\"tasks\": [", "\"tasks\": [7,", "tasks[0]: " },
	{ "\"type\": \"success\"", "\"type\": \"joy\"",
	    "notifications[0].type: " },
	{ "\"payload\": \"{", "\"payload\": \"", "notifications[0].payload: " },
	{ "\"code\": 200", "\"code\": 0", "deliveries[0].code: " },
	{ "\"command\": \"approve\"", "\"command\": [1]",
	    "decisions[0].command: " },
	{ "\"date\": \"2025-11-20\"", "\"date\": \"today\"", "plan.date: " },
	{ "\"status\": \"ready\"", "\"status\": \"great\"", "plan.status: " },
	{ "\"status\": \"ready\"", "\"status\": \"running\"",
	    "plan.decision: " },
	{ "\"status\": \"ready\"", "\"status\": \"failed\"", "plan.error: " },
	{ "\"file\": \"2025-11-20-tasks.md\"", "\"file\": \"../x\"",
	    "plan.file: " },
	{ "\"file\": \"2025-11-20-tasks.md\"", "\"file\": null",
	    "plan.file: " },
	{ "\"cancelling\": false", "\"cancelling\": true",
	    "plan.cancelling: " },
	{ "\"spent\": null", "\"spent\": {\"day\": \"Friday\", \"usd\": 1}",
	    "spent.day: want a date, got Friday" },
	{ "\"limits_raised\": null", "\"limits_raised\": {\"day_usd\": -1}",
	    "limits_raised.day_usd: " },
	{ "\"report\": null", "\"report\": {\"at\": \"2025-11-20T07:30:00Z\"}",
	    "report.day: want a date, got none" },
	{ "\"reminder\": null",
	    "\"reminder\": {\"decision\": \"k3f9\", \"told\": 4}",
	    "reminder.told: " },
	{ "\"writing\": null",
	    "\"writing\": {\"file\": \"../x\", \"text\": \"a\"}",
	    "writing.file: " },
	{ "Title 1", "Title \xff", "" },
	{ "\"intent\": null,", "\"intent\": null,\"intent\": null,", "" },
	{ "{", "[", "" },
};

START_TEST(what_is_not_valid_is_refused_at_its_key)
{
	char *text = example();

	for (size_t i = 0; i < ARRAY_SIZE(invalid); i++) {
		char *bad = replaced(text, invalid[i].from, invalid[i].to);
		struct state s = STATE_INIT;
		struct error err = ERROR_INIT;

		ck_assert_msg(
		    state_parse(bad, strlen(bad), &s, &err) == STATE_CORRUPT,
		    "%s passed", invalid[i].to);
		ck_assert_msg(str_starts(err.text, invalid[i].said),
		    "%s: said %s", invalid[i].to, err.text);
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

UNIT_MAIN("state_refused", what_is_not_valid_is_refused_at_its_key,
    unknown_keys_are_passed_over, a_newer_version_is_left_alone,
    no_session_that_cannot_be)
