/* run_begin.c - what `run` makes sure of before its loop: which list it is
 * about, and that it is begun or gone on with. */
#include "base/clock.h"
#include "base/path.h"
#include "door/run_parts.h"
#include "core/session/phases.h"

#include <errno.h>
#include <strings.h>
#include <unistd.h>

/* Frees why. */
static int refuse(struct run *r, int http, char *why)
{
	struct answer answer = ANSWER_INIT;

	answer_error(&answer, http, NULL, why, NULL);
	cli_print(&answer, r->json);
	r->printed = true;
	answer_release(&answer);
	free(why);
	return CODE_REFUSED;
}

/* Is it the list that is to be run whose session is completed? */
static bool has_been_run(const struct run *r, const struct session *s)
{
	char today[CLOCK_TEXT];
	char *name, *path, *shown;
	bool is;

	if (session_status(s) != SESSION_COMPLETED)
		return false;
	clock_local(clock_now(), "%Y-%m-%d", today);
	name = xasprintf("%s-tasks.md", today);
	path = path_join(r->config.paths.tasks_dir, name);
	shown = path_relative(r->config.dir, r->list ? r->list : path);
	is = str_equal(shown, s->task_file);
	free(shown);
	free(path);
	free(name);
	return is;
}

static bool is_word(const char *said, const char *word)
{
	return said[0] != '\0' && strncasecmp(word, said, strlen(said)) == 0;
}

/* The person's yes. After `?` or `help` it is asked once more, after anything
 * else not: that is a no. */
static bool wants_again(struct run *r, const char *question)
{
	char *said = NULL;
	bool yes, explain;

	do {
		terminal_prompt(&r->terminal, question);
		while (!run_is_caught() &&
		       terminal_read(&r->terminal, LOOK_EVERY_MS, &said) == 0)
			continue;
		yes = said != NULL && is_word(said, "yes");
		explain = said != NULL &&
			  (strcmp(said, "?") == 0 || is_word(said, "help"));
		if (explain)
			terminal_say(&r->terminal, STYLE_PLAIN,
			    "  yes    a new session, in which every task runs once more\n"
			    "  no     leave it as it is; orchestrator tasks shows it\n"
			    "  another list: orchestrator run --task-file FILE");
		free(said);
		said = NULL;
	} while (explain && !run_is_caught());
	return yes;
}

/* 0: begin it again, else the exit code. */
static int ask_again(struct run *r, const struct session *s)
{
	char *question;
	bool yes;

	if (r->yes)
		return 0;
	if (!r->terminal.can_ask)
		return cli_fail(CODE_WAITING,
		    "%s is completed: orchestrator run --yes, or start, begins it again",
		    s->task_file);
	question = xasprintf(
	    "%s is completed. Begin it again, from its first task? [yes/no/?]",
	    s->task_file);
	yes = wants_again(r, question);
	free(question);
	if (yes)
		return 0;
	terminal_say(&r->terminal, STYLE_PLAIN,
	    "Left as it is; orchestrator tasks shows it.");
	return CODE_WAITING;
}

int run_look_before(struct run *r, bool *unfinished)
{
	const struct config *c = &r->config;
	const char *want = r->list != NULL ? r->list : c->paths.tasks_dir;
	struct error err = ERROR_INIT;
	const struct state *st = snapshot_get(&r->snapshot, &err);
	const struct session *s;
	char *shown;
	int code = 0;

	*unfinished = false;
	if (st == NULL) /* the supervisor says what it does about it */
		return 0;
	s = &st->session;
	*unfinished = session_is_unfinished(s);
	if (has_been_run(r, s))
		return ask_again(r, s);
	/* Where nothing of ours is, nothing is left behind: not by a mistyped
	 * cd. */
	if (!*unfinished && c->path == NULL && access(want, F_OK) != 0)
		return refuse(r, 422,
		    xasprintf(
			"There is neither a config.yaml here nor '%s' (%s): orchestrator init makes a project, --task-file FILE names a list.",
			want, strerror(errno)));
	if (!*unfinished || r->list == NULL)
		return 0;
	shown = path_relative(c->dir, r->list);
	if (strcmp(shown, s->task_file) != 0)
		code = refuse(r, 409,
		    xasprintf(
			"Cannot run '%s': the session of '%s' is not finished; run goes on with that one, stop ends it.",
			shown, s->task_file));
	free(shown);
	return code;
}

int run_start_list(struct run *r)
{
	struct request request = REQUEST_INIT;
	struct answer answer = ANSWER_INIT;
	struct json_object *warnings;
	int code = 0;

	request.command = CMD_START;
	request.at_terminal = !r->json;
	if (r->list != NULL &&
	    cli_load_list(&r->config, r->list, &request, &answer) != 0)
		code = CODE_REFUSED;
	if (code == 0)
		code = cli_call(&r->config, &request, false, &answer);
	if (code != 0) {
		cli_print(&answer, r->json);
		r->printed = true;
	} else if (json_object_object_get_ex(
		       answer.body, "warnings", &warnings)) {
		/* The rest is not shown, for the run itself is. */
		for (size_t i = 0; i < json_object_array_length(warnings); i++)
			fprintf(stderr, "warning: %s\n",
			    json_object_get_string(
				json_object_array_get_idx(warnings, i)));
	}
	answer_release(&answer);
	request_release(&request);
	return code;
}

int run_go_on(struct run *r)
{
	struct error err = ERROR_INIT;
	const struct state *st = snapshot_get(&r->snapshot, &err);
	const struct session *s;

	if (st == NULL)
		return cli_fail(CODE_CONFIGURATION, "%s", err.text);
	s = &st->session;
	run_show_from(r, s);
	if (session_current(s) == NULL)
		return 0;
	r->entry_at = s->current;
	r->entry = r->seen[s->current - 1];
	if (s->phase == PHASE_LIMIT)
		return 0; /* it goes on by itself */
	if (session_status(s) == SESSION_PAUSED ||
	    phases[s->phase].intent == INTENT_PAUSE)
		return run_send(r, CMD_RESUME, NULL, NULL);
	return 0;
}
