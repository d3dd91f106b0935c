#include "unit.h"
#include "scratch.h"

#include "store/state.h"

#include <sys/stat.h>

/* What a state holds beside the session, what Claude asks as it is stored,
 * and what state.json can be at its path. */

static void check_path(const char *name, const char *said)
{
	char *path = scratch_path(name);
	struct error err = ERROR_INIT;
	int rc = state_replaceable(path, &err);

	ck_assert_int_eq(rc, said == NULL ? 0 : -1);
	ck_assert_msg(said == NULL || strstr(err.text, said) != NULL, "said %s",
	    err.text);
	free(path);
}

START_TEST(says_what_cannot_be_replaced)
{
	char *path, *link;

	scratch_make();
	check_path("state.json", NULL); /* none yet */
	scratch_write("state.json", "{}");
	check_path("state.json", NULL);
	path = scratch_path("state.json");
	link = scratch_path("link");
	ck_assert_int_eq(symlink(path, link), 0);
	check_path("link", "is a symbolic link");
	free(link);
	free(path);
	path = scratch_path("folder");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	check_path("folder", "is no file but a folder");
	free(path);
	path = scratch_path("pipe");
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	check_path("pipe", "is no file, want");
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(a_file_that_is_too_long_is_no_state)
{
	struct state s = STATE_INIT;
	struct error err = ERROR_INIT;
	char *path;

	scratch_make();
	scratch_write("state.json", "{}");
	path = scratch_path("state.json");
	ck_assert_int_eq(truncate(path, (off_t)STATE_MAX_BYTES + 1), 0);
	ck_assert_int_eq(state_load(path, &s, &err), STATE_CORRUPT);
	free(path);
	scratch_remove();
}
END_TEST

static void keep(struct state *s, int task, const char *decision)
{
	struct receipt r = { .session = (char *)"20251120-093015",
		.task = task,
		.text = (char *)"{\"message_id\":1}" };

	snprintf(r.decision, sizeof(r.decision), "%s", decision);
	state_keep_receipt(s, &r);
}

START_TEST(the_last_receipts_are_kept)
{
	struct state s = STATE_INIT;
	struct strvec settled = STRVEC_INIT;
	const struct receipt *r;

	for (int i = 0; i < RECEIPTS_KEPT + 2; i++)
		keep(&s, i, i % 2 ? "k333" : "");
	ck_assert_uint_eq(s.n_receipts, RECEIPTS_KEPT);
	ck_assert_int_eq(s.receipts[0].task, 2);
	ck_assert_ptr_null(state_receipt(&s, "20251120-093015", 1));
	ck_assert_ptr_null(state_receipt(&s, "another", 3));
	r = state_receipt(&s, "20251120-093015", 3);
	ck_assert_ptr_nonnull(r);
	ck_assert(receipt_is_settled(&s, r));
	ck_assert(!receipt_is_settled(&s, &s.receipts[0]));
	snprintf(s.session.asked, sizeof(s.session.asked), "k333");
	ck_assert(!receipt_is_settled(&s, r));
	strvec_add(&settled, "k333");
	state_forget_decisions(&s, &settled);
	ck_assert_str_eq(r->decision, "");
	strvec_release(&settled);
	state_release(&s);
}
END_TEST

START_TEST(a_day_has_its_own_sum)
{
	enum { NOON = 1763640000, A_DAY = 24 * 60 * 60 };
	struct state s = STATE_INIT;

	ck_assert_double_eq(state_spent(&s, NOON), 0);
	state_spend(&s, NOON, 0);
	ck_assert_str_eq(s.spent.day, "");
	state_spend(&s, NOON, 0.5);
	state_spend(&s, NOON + 1, 0.25);
	ck_assert_double_eq(state_spent(&s, NOON), 0.75);
	ck_assert_double_eq(state_spent(&s, NOON + A_DAY), 0);
	state_spend(&s, NOON + A_DAY, 1);
	ck_assert_double_eq(state_spent(&s, NOON + A_DAY), 1);
	state_spend(&s, NOON + A_DAY, USD_MAX);
	ck_assert_double_eq(state_spent(&s, NOON + A_DAY), USD_MAX);
	state_release(&s);
}
END_TEST

START_TEST(one_thing_runs_at_a_time)
{
	struct state s = STATE_INIT;

	ck_assert_ptr_null(state_runs(&s));
	s.plan.status = PLAN_RUNNING;
	ck_assert_ptr_eq(state_runs(&s), s.plan.asked);
	s.rollback.task = 1;
	ck_assert_ptr_eq(state_runs(&s), s.rollback.asked);
	s.session.phase = PHASE_RUNNING;
	ck_assert_ptr_eq(state_runs(&s), s.session.asked);
}
END_TEST

#define KEY   "\"k1\""
#define INPUT "{\\\"command\\\":\\\"ls\\\"}"
#define ASK(hash, more)                                  \
	"\"ask\":{\"attempt\":\"k2\",\"tool\":\"Bash\"," \
	"\"input\":\"" INPUT "\",\"hash\":\"" hash "\"" more "},"

/* A session in whose only task Claude asks. */
static char *asking(const char *kind, const char *decision, const char *ask)
{
	return xasprintf(
	    "{\"version\":1,\"status\":\"running\",\"session_id\":\"a\","
	    "\"task_file\":\"t.md\",\"decision\":%s,\"waiting_for\":"
	    "{\"kind\":\"%s\",\"task\":1,\"decision\":%s},%s"
	    "\"current_task_index\":1,\"tasks\":[{\"id\":1,\"title\":\"t\","
	    "\"type\":\"web\",\"instruction\":\"i\",\"status\":\"running\","
	    "\"attempt\":1}]}",
	    decision, kind, decision, ask);
}

static void check_asking(
    const char *kind, const char *decision, const char *ask, const char *said)
{
	char *text = asking(kind, decision, ask);
	struct state s = STATE_INIT;
	struct error err = ERROR_INIT;
	enum state_result got = state_parse(text, strlen(text), &s, &err);

	ck_assert_msg(got == (said == NULL ? STATE_LOADED : STATE_CORRUPT),
	    "%s: got %d, %s", text, (int)got, err.text);
	ck_assert_msg(said == NULL || str_starts(err.text, said), "%s: said %s",
	    text, err.text);
	state_release(&s);
	free(text);
}

START_TEST(what_claude_asks_is_bound_to_its_hash)
{
	struct ask a = ASK_INIT;
	struct error err = ERROR_INIT;
	char *right, *answered;

	ck_assert_int_eq(
	    ask_restore(&a, "Bash", "{\"command\":\"ls\"}", &err), 0);
	right = xasprintf(ASK("%s", ""), a.hash);
	answered = xasprintf(
	    ASK("%s", ",\"answers\":\"{\\\"q\\\":\\\"a\\\"}\""), a.hash);
	check_asking("permission", KEY, right, NULL);
	check_asking("question", KEY, right, "ask: does not go with");
	check_asking("approval", KEY, right, "status: 'running' does not");
	check_asking("permission", KEY, "", "ask: does not go with");
	check_asking("permission", "null", right, "ask.want a decision");
	check_asking("permission", KEY, answered, "ask.answers: want one");
	check_asking("permission", KEY, ASK("x", ",\"answers\":\"{}\""),
	    "ask.answers: want one");
	check_asking(
	    "permission", KEY, ASK("x", ""), "ask.hash: want that of tool");
	check_asking(
	    "permission", KEY, ASK("x", ",\"answers\":\"no object\""), "ask.");
	check_asking("permission", KEY, "\"ask\":7,", "ask: ");
	check_asking("permission", KEY,
	    "\"ask\":{\"attempt\":\"k2\",\"tool\":\"Bash\"},", "ask.input: ");
	check_asking("permission", KEY,
	    "\"ask\":{\"attempt\":\"k2\",\"tool\":\"Bash\","
	    "\"input\":\"no object\",\"hash\":\"x\"},",
	    "ask.");
	free(answered);
	free(right);
	ask_release(&a);
}
END_TEST

/* A stopped session of one task: what is put beside it, and into the task. */
static void check_stopped(
    const char *beside, const char *task, const char *said)
{
	char *text = xasprintf(
	    "{\"version\":1,\"session_id\":\"a\",\"task_file\":\"t.md\",%s"
	    "\"current_task_index\":1,\"tasks\":[{\"id\":1,\"title\":\"t\","
	    "\"type\":\"web\",\"instruction\":\"i\",%s}]}",
	    beside, task);
	struct state s = STATE_INIT;
	struct error err = ERROR_INIT;
	enum state_result got = state_parse(text, strlen(text), &s, &err);

	ck_assert_msg(got == (said == NULL ? STATE_LOADED : STATE_CORRUPT),
	    "%s: got %d, %s", text, (int)got, err.text);
	ck_assert_msg(said == NULL || str_starts(err.text, said), "%s: said %s",
	    text, err.text);
	state_release(&s);
	free(text);
}

#define STOPPED "\"status\":\"stopped\","
#define FAILED  "\"attempt\":1,\"status\":\"failed\",\"result\":\"error\""
#define PENDING "\"attempt\":0,\"status\":\"pending\""
/* Between what is in one task and what is in the next. */
#define NEXT(id)                                             \
	"},{\"id\":" id ",\"title\":\"t\",\"type\":\"web\"," \
	"\"instruction\":\"i\","
#define LOG(folder, id) ",\"output_log\":\"" folder "/task-" id "-output.log\""
#define ROLLBACK(task, more) \
	"\"rollback\":{\"task\":" task ",\"decision\":\"k1\"" more "},"

START_TEST(a_record_tells_one_story)
{
	check_stopped(STOPPED, FAILED, NULL);
	check_stopped("", FAILED, "status: want a word, got none");
	check_stopped("\"status\":[],", FAILED, "status: ");
	check_stopped(STOPPED, "\"attempt\":1,\"status\":\"failed\"",
	    "tasks[0].result: does not fit the status 'failed', got \"null\"");
	check_stopped(
	    STOPPED, FAILED ",\"undone\":2", "tasks[0].undone: want 0..1");
	check_stopped(STOPPED, FAILED ",\"ended\":{\"result\":\"error\"}",
	    "tasks[0].ended: want null unless");
	check_stopped(STOPPED "\"parked_until\":\"2025-11-20T09:30:00Z\",",
	    FAILED, "parked_until: want a time while");
	check_stopped(STOPPED "\"waiting_for\":7,", FAILED, "waiting_for: ");
	check_stopped(STOPPED "\"decision\":7,", FAILED, "decision: ");
	check_stopped(STOPPED
	    "\"decisions\":[{\"id\":\"k1\",\"command\":\"deny\","
	    "\"what\":\"Bash: ls\"}],",
	    FAILED, "decisions[0].hash: want an id");
	check_stopped(
	    STOPPED, FAILED ",\"output_log\":7", "tasks[0].output_log: ");
	check_stopped(STOPPED, FAILED ",\"output_log\":\"logs/task-2.log\"",
	    "tasks[0].output_log: want FOLDER/task-1-output.log");
	check_stopped(STOPPED, FAILED ",\"output_log\":\"x\"",
	    "tasks[0].output_log: want FOLDER/task-1-output.log");
	check_stopped(STOPPED, FAILED LOG("a/longer/path", "2"),
	    "tasks[0].output_log: want FOLDER/task-1-output.log");
	check_stopped(STOPPED,
	    FAILED LOG("logs", "1") NEXT("2") FAILED LOG("logs", "2"), NULL);
	check_stopped(STOPPED,
	    FAILED LOG("logs", "1") NEXT("2") FAILED LOG("logz", "2"),
	    "tasks[1].output_log: want logs/task-2-output.log");
	check_stopped(STOPPED,
	    FAILED LOG("logs", "1") NEXT("2") FAILED LOG("log", "2"),
	    "tasks[1].output_log: want logs/task-2-output.log");
	check_stopped(STOPPED, FAILED NEXT("2") PENDING LOG("logs", "2"),
	    "tasks[1].output_log: want FOLDER/task-2-output.log");
	check_stopped(STOPPED,
	    FAILED NEXT("1") FAILED NEXT("2") FAILED NEXT("3") FAILED,
	    "tasks: want ids once each, got 1 twice");
	check_stopped(STOPPED ROLLBACK("1", ",\"delivery_id\":\"1\""), FAILED,
	    "rollback.fingerprint: want an id");
	check_stopped(STOPPED ROLLBACK(
			  "1", ",\"delivery_id\":\"1\",\"fingerprint\":\"ab\""),
	    FAILED, NULL);
	check_stopped(STOPPED ROLLBACK("9", ""), FAILED,
	    "rollback.task: want one that has run");
	check_stopped(
	    "\"status\":\"running\",\"decision\":\"k1\"," ROLLBACK("1", ""),
	    "\"attempt\":1,\"status\":\"running\"",
	    "rollback.task: want one that has run and does not now");
}
END_TEST

START_TEST(says_what_cannot_be_put_away)
{
	struct session last = SESSION_INIT;
	struct error err = ERROR_INIT;
	char *path, *logs, *kept = NULL;

	scratch_make();
	path = scratch_path("state.json");
	logs = scratch_path("logs");
	last.id = xstrdup("20251120-093015");
	ck_assert_int_eq(state_rescue(path, 0, &kept, &err), -1);
	ck_assert_ptr_null(kept);
	/* No state yet, and all that a session has of logs is its folder. */
	ck_assert_int_eq(state_archive(path, logs, &last, &err), 0);
	ck_assert(scratch_has("logs/20251120-093015"));
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(state_archive(path, logs, &last, &err), -1);
	ck_assert_msg(
	    strstr(err.text, "state.json") != NULL, "said %s", err.text);
	ck_assert_int_eq(state_archive("x", "/dev/null", &last, &err), -1);
	session_release(&last);
	free(logs);
	free(path);
	scratch_remove();
}
END_TEST

static void enqueue(struct state *s, enum notice_type type, const char *payload)
{
	struct notice n = { .type = type, .payload = xstrdup(payload) };

	n.id = xstrdup("msg");
	state_enqueue(s, &n);
}

/* A question told as an info stays when older infos are gone. */
START_TEST(a_question_is_no_info)
{
	struct state s = STATE_INIT;

	enqueue(&s, TYPE_INFO, "{\"actions\":[{}]}");
	enqueue(&s, TYPE_WARNING, "no object");
	enqueue(&s, TYPE_WARNING, "{\"actions\":7}");
	while (s.n_notices < NOTICES_MAX)
		enqueue(&s, TYPE_WARNING, "{}");
	enqueue(&s, TYPE_WARNING, "{\"actions\":[]}");
	ck_assert_int_eq(s.notices_dropped, 1);
	ck_assert_int_eq(s.notices[0].type, TYPE_INFO);
	ck_assert_str_eq(s.notices[1].payload, "{\"actions\":7}");
	state_release(&s);
}
END_TEST

START_TEST(a_queue_is_full_by_its_bytes_too)
{
	enum { LONG = 1024 * 1024, FIT = NOTICES_BYTES_MAX / LONG };
	struct state s = STATE_INIT;
	char *text = xasprintf("{\"message\":\"%0*d\"}", LONG, 0);

	for (int i = 0; i < 2 * FIT; i++)
		enqueue(&s, i == 0 ? TYPE_APPROVAL : TYPE_WARNING, text);
	ck_assert_uint_eq(s.n_notices, FIT - 1);
	ck_assert_int_eq(s.notices_dropped, FIT + 1);
	ck_assert_int_eq(s.notices[0].type, TYPE_APPROVAL);
	free(text);
	text = xasprintf("%0*d", 2 * NOTICES_BYTES_MAX, 0);
	enqueue(
	    &s, TYPE_APPROVAL, text); /* the question of now, however long */
	ck_assert_uint_eq(s.n_notices, 1);
	free(text);
	state_release(&s);
}
END_TEST

START_TEST(an_answer_without_a_message_is_cut_too)
{
	struct state s = STATE_INIT;
	struct json_object *o = json_object_new_object();
	char *text = xasprintf("%0*d", DELIVERY_ANSWER_MAX, 0);

	json_set_string(o, "status", "ok");
	json_set_string(o, "logs", text);
	state_remember(&s, "1", "ab", 200, o);
	ck_assert_str_eq(s.deliveries[0].answer, "{\"status\":\"ok\"}");
	free(text);
	json_object_put(o);
	state_release(&s);
}
END_TEST

UNIT_MAIN("state_kept", says_what_cannot_be_replaced,
    a_file_that_is_too_long_is_no_state, the_last_receipts_are_kept,
    a_day_has_its_own_sum, one_thing_runs_at_a_time,
    what_claude_asks_is_bound_to_its_hash, a_record_tells_one_story,
    says_what_cannot_be_put_away, a_question_is_no_info,
    a_queue_is_full_by_its_bytes_too, an_answer_without_a_message_is_cut_too)
