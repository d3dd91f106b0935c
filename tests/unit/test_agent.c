#include "unit.h"
#include "procs.h"
#include "scratch.h"

#include "engine/agent.h"
#include "engine/child.h"
#include "engine/family.h"

#include <sys/prctl.h>
#include <sys/stat.h>

static struct loop loop = LOOP_INIT;
static struct config config = CONFIG_INIT;
static struct task_log task_log = TASK_LOG_INIT;
static struct buf activities = BUF_INIT;
static struct outcome outcome;
static char *closing, *fresh;
static char marker[64];
static struct agent *agent;
static enum task_result end_as;
static const char *end_at; /* the activity at which it is ended, or we stop */

static void begin(void)
{
	const char *top = getenv("srcdir");
	char *script = xasprintf(
	    "%s/tests/unit/agent-standin.sh", top != NULL ? top : ".");

	signal(SIGPIPE, SIG_IGN);
	scratch_make();
	config_defaults(&config, scratch);
	strvec_release(&config.claude.command);
	strvec_add(&config.claude.command, "sh");
	strvec_take(&config.claude.command, path_real(script));
	strvec_release(&config.claude.flags);
	strvec_add(&config.claude.flags, "--flag");
	config.claude.timeout = 100;
	config.claude.kill_grace = 1;
	ck_assert_int_eq(mkdir(config.paths.run_dir, 0700), 0);
	snprintf(marker, sizeof(marker), "agent/%d", (int)getpid());
	ck_assert_int_eq(
	    task_log_open(&task_log, scratch, "task-1", true, "attempt", NULL),
	    0);
	free(script);
}

static void finish(void)
{
	ck_assert_int_eq(count_marked(marker), 0);
	task_log_release(&task_log);
	config_release(&config);
	outcome_release(&outcome);
	buf_release(&activities);
	free(closing);
	free(fresh);
	loop_release(&loop);
	scratch_remove();
}

static void on_activity(void *arg, const char *what)
{
	(void)arg;
	buf_addf(&activities, "%s|", what);
	if (str_equal(what, end_at) && end_as != RESULT_NONE)
		agent_end(agent, end_as);
	else if (str_equal(what, end_at))
		loop_stop(&loop);
}

static int on_fresh(void *arg, const char *uuid)
{
	(void)arg;
	xreplace(&fresh, uuid);
	return 0;
}

static int no_fresh(void *arg, const char *uuid)
{
	(void)arg;
	(void)uuid;
	return -1;
}

static void on_done(void *arg, const struct outcome *o, const char *text)
{
	(void)arg;
	outcome_release(&outcome);
	outcome_copy(&outcome, o);
	xreplace(&closing, text);
	agent_release(agent);
	loop_stop(&loop);
}

static struct agent_job job_of(const char *prompt)
{
	return (struct agent_job){
		.config = &config,
		.marker = marker,
		.conversation = "new",
		.instruction = "Do it.",
		.prompt = prompt,
		.timeout = config.claude.timeout,
		.log = &task_log,
	};
}

static struct agent_callbacks callbacks = {
	.activity = on_activity,
	.fresh_conversation = on_fresh,
	.done = on_done,
};

static void run_job(const struct agent_job *job)
{
	struct error err = ERROR_INIT;

	agent = agent_start(&loop, job, &callbacks, &err);
	ck_assert_msg(agent != NULL, "%s", err.text);
	ck_assert_int_eq(loop_run(&loop), 0);
}

static void run(const char *prompt)
{
	struct agent_job job = job_of(prompt);

	run_job(&job);
}

static void assert_outcome(enum task_result result, const char *error)
{
	ck_assert_msg(outcome.result == result, "result %d: %s",
	    (int)outcome.result, outcome.error ? outcome.error : "");
	if (error == NULL)
		ck_assert_ptr_null(outcome.error);
	else
		ck_assert_msg(
		    strstr(outcome.error, error) != NULL, "%s", outcome.error);
}

START_TEST(tells_what_happens_and_how_it_went)
{
	char *log, *raw;

	begin();
	run("init; tool 'make test'; say 'All is well'; result 'Done.'");
	assert_outcome(RESULT_SUCCESS, NULL);
	ck_assert_str_eq(outcome.summary, "Done.");
	ck_assert_str_eq(closing, "Done.");
	ck_assert(outcome.cost_usd > 0.49 && outcome.cost_usd < 0.51);
	ck_assert_str_eq(
	    activities.data, "thinking|Bash: make test|writing|finishing|");
	log = scratch_read("task-1-output.log");
	ck_assert_ptr_nonnull(strstr(log, "🔧 Bash: make test\n"));
	ck_assert_ptr_nonnull(strstr(log, "💬 All is well\n"));
	raw = scratch_read("task-1-stream.jsonl");
	ck_assert_ptr_nonnull(strstr(raw, "{\"type\":\"system\""));
	free(log);
	free(raw);
	finish();
}
END_TEST

static void assert_argv(const char *want)
{
	char *got = scratch_read("argv");

	ck_assert_str_eq(got, want);
	free(got);
}

START_TEST(has_the_arguments_that_are_promised)
{
	struct strvec more = STRVEC_INIT;
	struct agent_job job;

	begin();
	run("echo \"$arguments\" >argv; result ok");
	assert_argv("Do it. --flag --permission-mode acceptEdits "
		    "--output-format stream-json --verbose "
		    "--session-id new\n");
	strvec_add(&more, "--json-schema");
	strvec_add(&more, "{}");
	job = job_of("echo \"$arguments\" >argv; result ok "
		     "',\"structured_output\":{\"a\":[1]}'");
	job.resume = "old";
	job.more = &more;
	run_job(&job);
	assert_argv("Do it. --flag --permission-mode acceptEdits "
		    "--output-format stream-json --verbose "
		    "--session-id new --resume old --fork-session "
		    "--json-schema {}\n");
	ck_assert_str_eq(closing, "{\"a\":[1]}");
	strvec_release(&more);
	finish();
}
END_TEST

START_TEST(runs_any_program_as_text)
{
	begin();
	config.claude.output_format = OUTPUT_TEXT;
	run("echo \"$arguments\" >argv; echo one; printf 'the \\033[1mend'");
	assert_argv("--flag\n");
	assert_outcome(RESULT_SUCCESS, NULL);
	ck_assert_str_eq(closing, "one\nthe end");
	ck_assert_str_eq(activities.data, "one|the end|");
	run("echo 'no disk left' >&2; exit 3");
	assert_outcome(RESULT_ERROR, "exit status 3");
	ck_assert_int_eq(outcome.exit_code, 3);
	finish();
}
END_TEST

START_TEST(a_prompt_larger_than_a_pipe_arrives_whole)
{
	struct buf prompt = BUF_INIT;

	begin();
	buf_adds(&prompt, "text='");
	for (int i = 0; i < 1000000; i++)
		buf_addc(&prompt, (char)('a' + i % 26));
	buf_adds(&prompt, "'; result \"${#text}\"");
	run(prompt.data);
	ck_assert_str_eq(closing, "1000000");
	buf_release(&prompt);
	finish();
}
END_TEST

START_TEST(a_program_that_does_not_read_its_prompt_is_no_fault)
{
	struct buf prompt = BUF_INIT;

	begin();
	strvec_release(&config.claude.command);
	strvec_add(&config.claude.command, "true");
	config.claude.output_format = OUTPUT_TEXT;
	for (int i = 0; i < 200000; i++)
		buf_addc(&prompt, '#');
	run(prompt.data);
	assert_outcome(RESULT_SUCCESS, NULL);
	buf_release(&prompt);
	finish();
}
END_TEST

START_TEST(says_what_cannot_be_started)
{
	struct error err = ERROR_INIT;
	struct agent_job job;

	begin();
	job = job_of("");
	xreplace(&config.claude.command.v[0], "no-such-program");
	run_job(&job);
	assert_outcome(RESULT_ERROR, "cannot start 'no-such-program': there "
				     "is no such program in PATH");
	xreplace(&config.claude.command.v[0], "sh");
	xreplace(&config.claude.user, "no-such-account");
	ck_assert_ptr_null(agent_start(&loop, &job, &callbacks, &err));
	ck_assert_str_eq(err.text, "there is no account 'no-such-account'");
	family_reap();
	finish();
}
END_TEST

static const char lingering[] = "setsid sh -c 'trap \"\" TERM; while :; do "
				"sleep 1000; done' & say x; sleep 1000";

START_TEST(is_ended_on_request_with_all_it_started)
{
	begin();
	end_at = "writing";
	end_as = RESULT_CANCELLED;
	run(lingering);
	assert_outcome(RESULT_CANCELLED, "cancelled");
	end_as = RESULT_INTERRUPTED;
	run(lingering);
	assert_outcome(RESULT_INTERRUPTED, "interrupted");
	finish();
}
END_TEST

START_TEST(is_ended_when_its_time_is_up)
{
	struct agent_job job;

	begin();
	job = job_of(lingering);
	job.timeout = 1;
	run_job(&job);
	assert_outcome(RESULT_TIMEOUT, "1 s");
	config.claude.idle_timeout = 1;
	run("while :; do sleep 0.2; n=x$n; say $n; [ $n = xxxxxxxx ] && sleep "
	    "1000; done");
	assert_outcome(RESULT_TIMEOUT, "1 s");
	ck_assert_int_ge(outcome.duration_ms, 2000); /* talk kept it alive */
	finish();
}
END_TEST

START_TEST(a_hang_after_the_result_costs_nothing)
{
	begin();
	end_at = "finishing"; /* too late: the result stands */
	end_as = RESULT_CANCELLED;
	run("result Done.; while :; do sleep 1000; done");
	assert_outcome(RESULT_SUCCESS, NULL);
	end_at = NULL;
	run("result Done.; trap '' TERM; while :; do sleep 1000; done");
	assert_outcome(RESULT_SUCCESS, NULL);
	finish();
}
END_TEST

START_TEST(a_death_without_result_is_explained)
{
	begin();
	run("init; echo 'out of memory' >&2; kill -9 $$");
	assert_outcome(RESULT_ERROR, "signal 9");
	ck_assert_int_eq(outcome.exit_code, 128 + 9);
	run("result Done.; exit 4");
	assert_outcome(RESULT_ERROR, "exit status 4");
	finish();
}
END_TEST

START_TEST(begins_afresh_where_the_conversation_is_gone)
{
	struct agent_job job;
	char *argv_seen;

	begin();
	job = job_of("echo \"$arguments\" >argv; result again");
	job.resume = "gone";
	run_job(&job);
	assert_outcome(RESULT_SUCCESS, NULL);
	ck_assert_str_eq(closing, "again");
	argv_seen = xasprintf("Do it. --flag --permission-mode acceptEdits "
			      "--output-format stream-json "
			      "--verbose --session-id %s\n",
	    fresh);
	assert_argv(argv_seen);
	free(argv_seen);
	callbacks.fresh_conversation = no_fresh;
	run_job(&job);
	callbacks.fresh_conversation = on_fresh;
	assert_outcome(RESULT_ERROR, "No conversation found");
	finish();
}
END_TEST

/* The keeper is the parent of what says its parent's number. */
static void kill_the_keeper(void *arg, const char *what)
{
	long pid;

	(void)arg;
	if (str_starts(what, "Bash: ") &&
	    parse_number(what + strlen("Bash: "), 2, INT32_MAX, &pid) == 0)
		kill((pid_t)pid, SIGKILL);
}

START_TEST(a_killed_keeper_leaves_nothing_behind)
{
	begin();
	prctl(PR_SET_CHILD_SUBREAPER, 1L);
	callbacks.activity = kill_the_keeper;
	run("setsid sleep 1000 & setsid env -i sleep 1000 & tool $PPID; "
	    "sleep 1000");
	assert_outcome(RESULT_INTERRUPTED, "was killed");
	WAIT_UNTIL((family_reap(), waitpid(-1, NULL, WNOHANG)) == -1);
	finish();
}
END_TEST

START_TEST(a_release_ends_it_at_once)
{
	struct agent_job job;

	begin();
	job = job_of(lingering);
	end_at = "writing";
	run_job(&job);
	ck_assert_int_ge(count_marked(marker), 2);
	agent_release(agent);
	WAIT_UNTIL(count_marked(marker) == 0);
	finish();
}
END_TEST

START_TEST(runs_as_another_account_and_is_ended_there)
{
	struct account nobody = ACCOUNT_INIT;
	bool allowed;

	ck_assert_int_eq(account_find(&nobody, "nobody", NULL), 0);
	allowed = account_allowed(&nobody, NULL) == 0;
	account_release(&nobody);
	if (!allowed)
		return; /* root can try, or who has the capabilities */
	begin();
	ck_assert_int_eq(chmod(scratch, 0755), 0);
	config.claude.user = xstrdup("nobody");
	config.claude.output_format = OUTPUT_TEXT;
	strvec_release(&config.claude.command);
	strvec_add(&config.claude.command, "sh");
	strvec_release(&config.claude.flags);
	/* Its own streams can be opened again by name, as scripts do. */
	run("id -un; echo $HOME >/dev/stdout; echo why >/dev/stderr; exit 1");
	ck_assert_str_eq(closing, "nobody\n/nonexistent\n");
	assert_outcome(RESULT_ERROR, "why");
	end_at = "writing";
	end_as = RESULT_CANCELLED;
	run("setsid sh -c 'trap \"\" TERM; while :; do sleep 1000; done' & "
	    "echo writing; sleep 1000");
	assert_outcome(RESULT_CANCELLED, "cancelled");
	finish();
}
END_TEST

static const char *value_of(const struct strvec *env, const char *name)
{
	for (size_t i = 0; i < env->n; i++)
		if (str_starts(env->v[i], name) &&
		    env->v[i][strlen(name)] == '=')
			return env->v[i] + strlen(name) + 1;
	return NULL;
}

START_TEST(the_environment_holds_what_is_named)
{
	struct strvec env = STRVEC_INIT;

	clearenv();
	setenv("PATH", "/bin", 1);
	setenv("HOME", "/home/me", 1);
	setenv("LC_TIME", "C", 1);
	setenv("ANTHROPIC_API_KEY", "k", 1);
	setenv("LANGUAGE", "de", 1);
	setenv("NOTIFY_SOCKET", "/run/x", 1);
	setenv("WEBHOOK_SECRET", "0123456789abcdef", 1);
	setenv("WANTED", "from the process", 1);
	setenv("ORCHESTRATOR_ATTEMPT", "outer", 1);
	begin();
	strvec_add(&config.dotenv, "WANTED=from .env");
	strvec_add(&config.dotenv, "IN_DOTENV=yes");
	strvec_add(&config.dotenv, "NOT_NAMED=x");
	strvec_add(&config.claude.env, "WANTED");
	strvec_add(&config.claude.env, "IN_DOTENV");
	strvec_add(&config.claude.env, "NOT_SET");
	strvec_add(&config.claude.env, "LC_TIME=de_DE");
	config.claude.user = xstrdup("nobody");
	agent_environment(&env, &config, marker);
	ck_assert_str_eq(value_of(&env, "PATH"), "/bin");
	ck_assert_str_eq(value_of(&env, "HOME"), "/nonexistent");
	ck_assert_str_eq(value_of(&env, "USER"), "nobody");
	ck_assert_str_eq(value_of(&env, "LC_TIME"), "de_DE");
	ck_assert_str_eq(value_of(&env, "ANTHROPIC_API_KEY"), "k");
	ck_assert_str_eq(value_of(&env, "WANTED"), "from the process");
	ck_assert_str_eq(value_of(&env, "IN_DOTENV"), "yes");
	ck_assert_str_eq(value_of(&env, "ORCHESTRATOR_ATTEMPT"), marker);
	ck_assert_uint_eq(env.n, 10); /* and LOGNAME, SHELL; no other */
	strvec_release(&env);
	finish();
}
END_TEST

UNIT_MAIN("agent", tells_what_happens_and_how_it_went,
    has_the_arguments_that_are_promised, runs_any_program_as_text,
    a_prompt_larger_than_a_pipe_arrives_whole,
    a_program_that_does_not_read_its_prompt_is_no_fault,
    says_what_cannot_be_started, is_ended_on_request_with_all_it_started,
    is_ended_when_its_time_is_up, a_hang_after_the_result_costs_nothing,
    a_death_without_result_is_explained,
    begins_afresh_where_the_conversation_is_gone,
    a_killed_keeper_leaves_nothing_behind, a_release_ends_it_at_once,
    runs_as_another_account_and_is_ended_there,
    the_environment_holds_what_is_named)
