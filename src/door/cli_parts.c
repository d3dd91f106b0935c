/* cli_parts.c - configuration, lists and calls of the command line. */
#include "door/cli_parts.h"
#include "base/clock.h"
#include "base/durable.h"
#include "base/path.h"
#include "core/list/task.h"
#include "door/client.h"
#include "store/state.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <unistd.h>

enum {
	CALL_LIMIT_MS = 15000,
	START_LIMIT_MS = 15000,
	STEP_MS = 20,
	LIST_READ_MAX = 2 * TASK_LIST_MAX_BYTES
};

int cli_fail(enum exit_code code, const char *fmt, ...)
{
	struct buf text = BUF_INIT;
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	fflush(stdout);
	fprintf(stderr, "orchestrator: %s\n", text.data);
	buf_release(&text);
	return (int)code;
}

int cli_usage(const char *command, const char *what, const char *arg)
{
	return cli_fail(CODE_USAGE, "%s: %s '%s'; see orchestrator %s --help",
	    command, what, arg, command);
}

/* -- configuration --------------------------------------------------------- */

static int use_defaults(struct config *c, enum without_config without)
{
	char *here = path_real(".");

	config_defaults(c, here);
	free(here);
	if (without == DEFAULTS_ALWAYS ||
	    access(c->paths.state_file, F_OK) == 0)
		return 0;
	config_release(c);
	if (access("/etc/orchestrator/config.yaml", F_OK) != 0 &&
	    errno == EACCES)
		return cli_fail(CODE_CONFIGURATION,
		    "this account may not read /etc/orchestrator: ask with its rights (sudo orchestrator ...), or name a configuration of your own with -c");
	return cli_fail(CODE_CONFIGURATION,
	    "no config.yaml here, nor in /etc/orchestrator: name one with -c");
}

int cli_config(
    struct config *c, const char *config_option, enum without_config without)
{
	char *path = config_find(config_option);
	struct faults faults = FAULTS_INIT;
	struct error err = ERROR_INIT;
	enum config_result result = CONFIG_OK;
	int code = 0;

	if (path == NULL)
		code = use_defaults(c, without);
	else
		result = config_load(c, path, &faults, &err);
	if (result == CONFIG_UNREADABLE)
		code = cli_fail(CODE_CONFIGURATION, "%s", err.text);
	for (size_t i = 0; result == CONFIG_FAULTY && i < faults.lines.n; i++)
		code = cli_fail(CODE_CONFIGURATION, "%s", faults.lines.v[i]);
	if (code == 0)
		clock_set_zone(c->orchestrator.timezone);
	faults_release(&faults);
	free(path);
	return code;
}

/* -- lists ----------------------------------------------------------------- */

int cli_load_list(const struct config *c, const char *path, struct request *r,
    struct answer *a)
{
	struct task_list list = TASK_LIST_INIT;
	struct faults faults = FAULTS_INIT;
	struct error err = ERROR_INIT;
	char *text, *why;
	size_t n;
	int rc;

	if (read_file(path, LIST_READ_MAX, &text, &n, &err) != 0) {
		answer_error(a, 422, NULL, err.text, NULL);
		return -1;
	}
	rc = task_list_parse(&list, path, text, n, &faults);
	if (rc != 0) {
		why = xasprintf(
		    "The task list '%s' has %zu fault%s; nothing was started.",
		    path, faults.count, faults.count == 1 ? "" : "s");
		answer_faults(a, why, &faults);
		free(why);
	}
	free(r->list_text);
	r->list_text = text;
	free(r->task_file);
	r->task_file = path_relative(c->dir, path);
	task_list_release(&list);
	faults_release(&faults);
	return rc;
}

/* -- calls ----------------------------------------------------------------- */

/* Also through sudo the name of whoever sits there. */
static char *login_name(void)
{
	char name[256];
	const struct passwd *pw;

	if (getlogin_r(name, sizeof(name)) == 0 && name[0] != '\0')
		return xstrdup(name);
	pw = getpwuid(getuid());
	return pw != NULL ? xstrdup(pw->pw_name)
			  : xasprintf("uid %u", (unsigned)getuid());
}

/* Fills a with why nothing listens; the exit code. */
static int no_supervisor(
    const struct config *c, struct answer *a, const char *why)
{
	struct state s = STATE_INIT;
	struct error err = ERROR_INIT;
	bool unreadable =
	    state_load(c->paths.state_file, &s, &err) == STATE_UNREADABLE;

	state_release(&s);
	answer_error(a, 503, NULL, unreadable ? err.text : why, NULL);
	return unreadable ? CODE_CONFIGURATION : CODE_NO_SUPERVISOR;
}

int cli_start_supervisor(const struct config *c, enum supervisor_life life,
    pid_t *pid, struct answer *a)
{
	struct error err = ERROR_INIT;

	if (c->server.supervisor == SUPERVISOR_EXTERNAL)
		return no_supervisor(c, a, client_external);
	if (client_start_supervisor(c, life, START_LIMIT_MS, pid, &err) != 0)
		return no_supervisor(c, a, err.text);
	return 0;
}

int cli_shutdown(const struct config *c, struct answer *a)
{
	struct error err = ERROR_INIT;
	int64_t deadline =
	    clock_mono_ms() + CALL_LIMIT_MS + c->claude.kill_grace * 1000;
	enum client_result result =
	    client_call(c, WIRE_SHUTDOWN, NULL, CALL_LIMIT_MS, a, &err);

	if (result == CLIENT_NO_SUPERVISOR &&
	    !client_supervisor_holds_lock(c)) {
		answer_ok(a, "No supervisor runs.", NULL);
		return CODE_DONE;
	}
	if (result != CLIENT_ANSWERED) {
		answer_error(a, 503, NULL, err.text, NULL);
		return CODE_REFUSED;
	}
	if (a->code != 200)
		return CODE_REFUSED;
	while (client_supervisor_holds_lock(c) && clock_mono_ms() < deadline)
		poll(NULL, 0, STEP_MS);
	if (clock_mono_ms() >= deadline) {
		answer_error(a, 503, NULL,
		    "The supervisor has not ended yet: it is ending what runs.",
		    NULL);
		return CODE_REFUSED;
	}
	answer_ok(a, "The supervisor has ended.", NULL);
	return CODE_DONE;
}

int cli_call(
    const struct config *c, struct request *r, bool start, struct answer *a)
{
	struct answer released = ANSWER_INIT;
	struct error err = ERROR_INIT;
	enum client_result result;
	pid_t pid = -1;
	int code;

	free(r->by);
	r->by = login_name();
	result = client_call(c, WIRE_COMMAND, r, CALL_LIMIT_MS, a, &err);
	if (result == CLIENT_NO_SUPERVISOR && start) {
		code = cli_start_supervisor(c, LIFE_AS_NEEDED, &pid, a);
		if (code != 0)
			return code;
		result =
		    client_call(c, WIRE_COMMAND, r, CALL_LIMIT_MS, a, &err);
	}
	if (result == CLIENT_NO_SUPERVISOR)
		return no_supervisor(c, a, err.text);
	if (result == CLIENT_LOST || result == CLIENT_REFUSED) {
		answer_error(a, 503, NULL,
		    result == CLIENT_LOST ? client_lost : err.text, NULL);
		return CODE_REFUSED;
	}
	if (result != CLIENT_ANSWERED)
		bug("client_call returned %d", (int)result);
	if (a->code == 200)
		return CODE_DONE;
	/* Started for a command that was refused, it has nothing to stay for.
	 */
	if (pid > 0)
		client_call(
		    c, WIRE_RELEASE, NULL, CALL_LIMIT_MS, &released, NULL);
	answer_release(&released);
	return CODE_REFUSED;
}

/* -- answers --------------------------------------------------------------- */

const char *cli_message(const struct answer *a)
{
	const char *text = NULL;

	if (json_get_string(a->body, "message", &text, NULL) != 0)
		text = NULL;
	return text != NULL ? text : "";
}

/* What came from a list is not to steer a terminal. */
void cli_print(const struct answer *a, bool json)
{
	const char *message = cli_message(a);
	struct strvec faults = STRVEC_INIT;
	struct buf text = BUF_INIT;

	if (json)
		json_print(&text, a->body);
	else
		buf_add_clean(&text, message, strlen(message));
	if (json || a->code == 200) {
		puts(text.data);
		buf_release(&text);
		return;
	}
	/* All of them, in place of those that the message names behind its
	 * first line. */
	if (json_get_strings(a->body, "faults", &faults, NULL) == 0)
		for (size_t i = 0; i < faults.n; i++)
			cli_fail(CODE_REFUSED, "%s", faults.v[i]);
	if (faults.n > 0)
		text.data[strcspn(text.data, "\n")] = '\0';
	cli_fail(CODE_REFUSED, "%s", text.data);
	strvec_release(&faults);
	buf_release(&text);
}
