/* run_terminal.c - `run`: arguments, the loop, the end. */
#include "door/door.h"
#include "base/clock.h"
#include "core/talk/message_parts.h"
#include "core/names.h"
#include "door/client.h"
#include "door/run_parts.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	DELIVERY_LIMIT_MS = 5000,  /* for the last notifications */
	ORDERLY_MARGIN_MS = 20000, /* beyond kill_grace */
	UNREADABLE_LIMIT_MS = 3000,
	GONE_LIMIT_MS = 10000, /* until another supervisor must be there */
	STEP_MS = 50
};

/* SIGINT, SIGTERM and SIGHUP only set it; every wait here is short. */
static volatile sig_atomic_t caught;

static void catch_signal(int sig)
{
	caught = sig;
}

bool run_is_caught(void)
{
	return caught != 0;
}

/* Only a run without config.yaml chooses; and it says what holds. */
static int set_permissions(struct run *r, enum permissions chosen)
{
	struct config *c = &r->config;

	if (c->path != NULL)
		return cli_fail(CODE_USAGE,
		    "run: --permissions is for a run without config.yaml; here claude.permissions in '%s' says it",
		    c->path);
	if (client_supervisor_holds_lock(c))
		return cli_fail(CODE_REFUSED,
		    "run: a supervisor runs already and keeps the permissions that it was started with: leave --permissions out, or end it first");
	c->claude.permissions = chosen;
	return 0;
}

/* -- the supervisor -------------------------------------------------------- */

static int find_supervisor(struct run *r)
{
	struct answer answer = ANSWER_INIT;
	int code = 0;

	if (!client_supervisor_holds_lock(&r->config))
		code = cli_start_supervisor(
		    &r->config, LIFE_OURS, &r->supervisor, &answer);
	if (code != 0) {
		cli_print(&answer, r->json);
		r->printed = true;
	}
	answer_release(&answer);
	return code;
}

static bool has_ended(struct run *r)
{
	if (waitpid(r->supervisor, NULL, WNOHANG) == 0)
		return false;
	r->supervisor = -1;
	return true;
}

/* SIGTERM to ours, and waits until it has ended what runs. */
static void end_supervisor(struct run *r)
{
	int64_t deadline = clock_mono_ms() + ORDERLY_MARGIN_MS +
			   r->config.claude.kill_grace * 1000;

	if (r->supervisor <= 0)
		return;
	kill(r->supervisor, SIGTERM);
	while (!has_ended(r)) {
		if (clock_mono_ms() > deadline) {
			cli_fail(CODE_REFUSED,
			    "the supervisor (process %d) takes long to end; left to itself",
			    (int)r->supervisor);
			return;
		}
		poll(NULL, 0, STEP_MS);
	}
}

/* Ours has died, or the one that was there has and none has come after it. */
static bool is_abandoned(struct run *r, int64_t *gone_since)
{
	int64_t now = clock_mono_ms();

	if (r->supervisor > 0)
		return has_ended(r);
	if (client_supervisor_holds_lock(&r->config))
		*gone_since = 0;
	else if (*gone_since == 0)
		*gone_since = now;
	return *gone_since != 0 && now - *gone_since > GONE_LIMIT_MS;
}

/* -- the loop -------------------------------------------------------------- */

/* A task that was skipped before it ever ran is nobody's failure. */
static bool was_without_failure(const struct session *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->tasks[i].outcome.result != RESULT_NONE &&
		    !task_is_clean(&s->tasks[i]))
			return false;
	return session_status(s) == SESSION_COMPLETED;
}

/* One look: GO_ON, or the exit code. */
static int look(struct run *r, const struct session *s)
{
	enum session_status status = session_status(s);

	run_show(r, s);
	if (status == SESSION_WAITING || s->phase == PHASE_LIMIT ||
	    (status == SESSION_RUNNING && session_is_asked(s)))
		return run_ask(r, s);
	if (!session_is_asked(s))
		r->asking[0] = '\0'; /* what comes back is asked again */
	if (status == SESSION_PAUSED && !r->terminal.can_ask)
		return cli_fail(
		    CODE_WAITING, "paused: orchestrator resume goes on");
	if (status != SESSION_PAUSED && status != SESSION_RUNNING) {
		run_show_end(r, s);
		return was_without_failure(s) ? CODE_DONE : CODE_REFUSED;
	}
	poll(NULL, 0, LOOK_EVERY_MS);
	return GO_ON;
}

static int follow_session(struct run *r)
{
	int64_t unreadable_since = 0, gone_since = 0;
	int code = GO_ON;

	while (code == GO_ON && caught == 0) {
		struct error err = ERROR_INIT;
		bool abandoned = is_abandoned(r, &gone_since);
		const struct state *st = snapshot_get(&r->snapshot, &err);

		/* A state that is being rescued is there again in a moment. */
		if (st == NULL) {
			int64_t now = clock_mono_ms();

			if (unreadable_since == 0)
				unreadable_since = now;
			if (now - unreadable_since > UNREADABLE_LIMIT_MS)
				return cli_fail(
				    CODE_CONFIGURATION, "%s", err.text);
			poll(NULL, 0, LOOK_EVERY_MS);
			continue;
		}
		unreadable_since = 0;
		if (abandoned && session_is_unfinished(&st->session)) {
			terminal_clear(&r->terminal);
			return cli_fail(CODE_REFUSED,
			    "the supervisor has ended; run again goes on");
		}
		code = look(r, &st->session);
	}
	return code;
}

/* -- the end --------------------------------------------------------------- */

static void say_where_it_stands(struct run *r)
{
	const struct state *st = snapshot_get(&r->snapshot, NULL);
	struct buf text = BUF_INIT;

	if (st != NULL && session_current(&st->session) != NULL) {
		run_show(r, &st->session);
		say_progress(&text, &st->session);
		buf_adds(&text, ". ");
		say_now(&text, &st->session, TERMINAL_COMMANDS);
		terminal_say(&r->terminal, STYLE_PLAIN, "%s", text.data);
	}
	terminal_say(&r->terminal, STYLE_PLAIN,
	    "The state is kept: orchestrator run goes on.");
	buf_release(&text);
}

/* Ours would take the last notifications with it to the next start. */
static void await_delivery(struct run *r)
{
	int64_t deadline = clock_mono_ms() + DELIVERY_LIMIT_MS;

	if (r->supervisor <= 0 || r->config.webhooks.n8n_notify_url == NULL)
		return;
	while (clock_mono_ms() < deadline && caught == 0) {
		const struct state *st = snapshot_get(&r->snapshot, NULL);

		if (st == NULL || st->n_notices == 0)
			return;
		poll(NULL, 0, STEP_MS);
	}
}

static void print_status(struct run *r)
{
	const struct state *st = snapshot_get(&r->snapshot, NULL);
	struct answer answer = ANSWER_INIT;
	struct status_extra extra;

	if (st == NULL)
		return;
	extra = state_extra(st, clock_now(), NULL);
	answer_status(
	    &answer, &st->session, &extra, r->config.telegram.commands);
	cli_print(&answer, true);
	answer_release(&answer);
}

/* From what holds to the end of our supervisor. */
static int run_it(struct run *r)
{
	const struct config *c = &r->config;
	enum permissions p = c->claude.permissions;
	bool unfinished;
	int code;

	if (c->path == NULL)
		terminal_say(&r->terminal, STYLE_PLAIN,
		    "No config.yaml: permissions %s: %s. "
		    "--permissions MODE changes that (skip, edits, auto, ask, none).",
		    permissions_name[p], permissions_meaning(p));
	code = run_look_before(r, &unfinished);
	/* Claude Code refuses it only once a task has been started. */
	if (code == 0 && geteuid() == 0 && c->claude.user == NULL &&
	    p == PERMIT_SKIP)
		fprintf(stderr,
		    "run: claude.user is not set, so Claude would be root like you, which Claude Code refuses with --dangerously-skip-permissions: name an ordinary account there, or run this as one\n");
	if (code == 0)
		code = find_supervisor(r);
	if (code == 0 && caught == 0)
		code = unfinished ? run_go_on(r) : run_start_list(r);
	if (code == 0)
		code = follow_session(r);
	if (code != GO_ON) {
		await_delivery(r);
		terminal_clear(&r->terminal);
		end_supervisor(r);
		return code;
	}
	/* Ctrl-C: ours is ended in order; another's goes on without us. */
	if (r->supervisor > 0) {
		terminal_say(&r->terminal, STYLE_BOLD, "Ending in order...");
		end_supervisor(r);
		say_where_it_stands(r);
	} else {
		terminal_say(&r->terminal, STYLE_BOLD,
		    "Detached: the supervisor goes on without us; orchestrator status says how far it is.");
	}
	return CODE_REFUSED;
}

int door_run(const struct given *g)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction act = { .sa_handler = catch_signal };
	struct run r = {
		.list = g->value[OPT_TASK_FILE],
		.yes = g->value[OPT_YES] != NULL,
		.json = g->value[OPT_JSON] != NULL,
		.supervisor = -1,
		.log = FOLLOW_INIT,
	};
	const char *mode = g->value[OPT_PERMISSIONS];
	int p = 0, code;

	if (mode != NULL)
		p = name_index(permissions_name, PERMIT_BY_FLAGS, mode);
	if (p < 0)
		return cli_usage("run",
		    "--permissions wants skip, edits, auto, ask or none, not",
		    mode);
	code = cli_config(&r.config, g->value[OPT_CONFIG], DEFAULTS_ALWAYS);
	if (code == 0 && mode != NULL)
		code = set_permissions(&r, (enum permissions)p);
	if (code != 0) {
		config_release(&r.config);
		return code;
	}
	sigemptyset(&act.sa_mask);
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &act, NULL);
	terminal_init(&r.terminal, r.json);
	snapshot_init(&r.snapshot, r.config.paths.state_file);
	code = run_it(&r);
	if (r.json && !r.printed)
		print_status(&r);
	run_show_release(&r);
	snapshot_release(&r.snapshot);
	terminal_release(&r.terminal);
	free(r.refusal);
	config_release(&r.config);
	return code;
}
