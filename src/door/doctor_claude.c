/* doctor_claude.c - Claude: is it there, is it new enough, does it answer?
 *
 * It is asked in its own environment, folder and account, with the command and
 * the flags that a task would have, for one word. */
#include "base/path.h"
#include "core/auth.h"
#include "core/claude/stream.h"
#include "door/doctor_parts.h"
#include "engine/agent.h"
#include "engine/claude_releases.h"
#include "engine/sandbox.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { VERSION_LIMIT = 60, ANSWER_LIMIT = 120 };

static const char question[] =
    "Answer with one word what the text on standard input asks for; use no tools.";
/* The demonstration agent understands it, too. */
static const char task[] = "Say ready.\n";

/* Runs argv as Claude is run. */
static int run_as_claude(struct doctor *d, const struct config *c,
    const struct strvec *argv, const char *input, int limit, struct said *s,
    struct error *err)
{
	struct strvec env = STRVEC_INIT;
	bool other = d->claude.uid != geteuid();
	struct strvec words = STRVEC_INIT;
	struct child_spec spec = {
		.argv = &words,
		.env = &env,
		.dir = d->config.claude.workdir,
		.as = other ? &d->claude : NULL,
		.unprivileged = true,
		.parent_death_signal = SIGKILL,
	};
	int rc;

	agent_environment(&env, &d->config, NULL);
	sandbox_prefix(&words, c, &env);
	strvec_extend(&words, argv);
	rc = doctor_run(&spec, input, limit, s, err);
	strvec_release(&words);
	strvec_release(&env);
	return rc;
}

/* "claude --version" or "claude --help"; false, told, where that fails. */
static bool ask_short(struct doctor *d, const char *option, struct said *s)
{
	const char *program = d->config.claude.command.v[0];
	struct strvec argv = STRVEC_INIT;
	struct error err = ERROR_INIT;
	char *how, *last, *mend = NULL;
	bool ok = false;

	strvec_add(&argv, program);
	strvec_add(&argv, option);
	if (run_as_claude(d, &d->config, &argv, "", VERSION_LIMIT, s, &err) !=
	    0) {
		mend = xasprintf(
		    "install it (npm install -g @anthropic-ai/claude-code), or CLAUDE_CLI_PATH=/full/path/claude in .env, where '%s' can reach it",
		    d->claude.name);
		doctor_fail(d, "claude", mend, "%s", err.text);
	} else if (s->timed_out || s->wait_status != 0) {
		how = s->timed_out
			  ? xasprintf("no answer in %d s", VERSION_LIMIT)
			  : child_obituary(s->wait_status);
		last = said_last(s);
		mend = xasprintf(
		    "install it anew, or a newer one: npm install -g @anthropic-ai/claude-code");
		doctor_fail(d, "claude", mend, "'%s %s' failed (%s): %s",
		    program, option, how, last);
		free(last);
		free(how);
	} else {
		ok = true;
	}
	free(mend);
	strvec_release(&argv);
	return ok;
}

/* The first of the options that the help does not name, or NULL. */
static const char *missing(const char *help, const char *const *wanted)
{
	while (*wanted != NULL && strstr(help, *wanted) != NULL)
		wanted++;
	return *wanted;
}

/* Claude Code is asked what it understands, not how old it is. */
static bool is_new_enough(struct doctor *d, const char *version)
{
	static const char *const wanted[] = { "--session-id", "--fork-session",
		"--output-format", NULL };
	static const char *const by_plans[] = { "--json-schema", "--tools",
		"--strict-mcp-config", NULL };
	static const char mend[] =
	    "npm install -g @anthropic-ai/claude-code@latest";
	struct said help = SAID_INIT;
	bool ok = ask_short(d, "--help", &help);
	const char *what = ok ? missing(help.out.data, wanted) : NULL;

	if (what != NULL) {
		doctor_fail(d, "claude", mend,
		    "%s is too old: it does not know %s", version, what);
		ok = false;
	}
	what = ok ? missing(help.out.data, by_plans) : NULL;
	if (what != NULL)
		doctor_warn(d, "claude", mend,
		    "%s is too old for plans: it does not know %s", version,
		    what);
	said_release(&help);
	return ok;
}

/* Of another program's version, and its help, we know nothing. */
static bool check_version(struct doctor *d)
{
	struct said s = SAID_INIT;
	bool ok = ask_short(d, "--version", &s), older = false, newer = false;
	char *version = xstrndup(s.out.data, strcspn(s.out.data, "\n"));
	char *number = xstrndup(version, strspn(version, "0123456789."));

	if (ok && strstr(version, "Claude Code") != NULL) {
		ok = is_new_enough(d, version);
		older = strverscmp(number, CLAUDE_OLDEST) < 0;
		newer = strverscmp(number, CLAUDE_NEWEST) > 0;
	}
	if (ok && (older || newer))
		doctor_warn(d, "claude",
		    older
			? "npm install -g @anthropic-ai/claude-code@latest"
			: "look for a newer orchestrator, or watch the first tasks",
		    "%s is %s than the releases that this one is tested with, %s to %s",
		    version, older ? "older" : "newer", CLAUDE_OLDEST,
		    CLAUDE_NEWEST);
	else if (ok)
		doctor_ok(d, "claude", "%s, as '%s'", version, d->claude.name);
	free(number);
	free(version);
	said_release(&s);
	return ok;
}

/* -- a real answer ----------------------------------------------------------
 */

static void pass_over(void *arg UNUSED, const char *raw UNUSED, size_t n UNUSED,
    const struct stream_event *event UNUSED)
{
}

static void judge(
    const struct doctor *d, const struct said *s, struct outcome *o)
{
	char *last = said_last(s);
	struct ending e = {
		.wait_status = s->wait_status,
		.timed_out = s->timed_out,
		.timeout = ANSWER_LIMIT,
		.duration_ms = s->took_ms,
		.complaint = last,
	};
	struct stream stream;

	if (d->config.claude.output_format == OUTPUT_TEXT) {
		text_verdict(s->out.data, &e, o);
	} else {
		stream_init(&stream, pass_over, NULL);
		stream_feed(&stream, s->out.data, s->out.len);
		stream_end(&stream);
		if (stream.has_result)
			e.timed_out = false;
		e.hung = s->timed_out && stream.has_result;
		stream_verdict(&stream, &e, o);
		stream_release(&stream);
	}
	free(last);
}

static void report(
    struct doctor *d, const struct said *s, const struct outcome *o)
{
	const char *program = d->config.claude.command.v[0];
	const char *name = d->claude.name;
	char *words, *mend;

	if (o->error == NULL) {
		doctor_ok(d, "answer", "Claude answered in %lld.%01lld s",
		    (long long)s->took_ms / 1000,
		    (long long)s->took_ms % 1000 / 100);
		return;
	}
	/* What a person types to try it. */
	words = d->claude.uid == geteuid()
		    ? xstrdup(program)
		    : xasprintf("sudo -iu %s %s", name, program);
	mend = strstr(o->error, "not logged in") != NULL
		   ? xasprintf("log in as '%s': %s", name, words)
		   : xasprintf("try it by hand: %s", words);
	doctor_fail(d, "answer", mend, "%s", o->error);
	free(mend);
	free(words);
}

static void check_answer(struct doctor *d)
{
	const struct config *c = &d->config;
	struct strvec argv = STRVEC_INIT, flags = STRVEC_INIT;
	struct said s = SAID_INIT;
	struct outcome o = OUTCOME_INIT;
	struct error err = ERROR_INIT;
	char uuid[CONVERSATION_SIZE];

	auth_uuid(uuid);
	agent_flags(&flags, c);
	agent_argv(&argv, &(struct agent_words){
			      .command = &c->claude.command,
			      .flags = &flags,
			      .format = c->claude.output_format,
			      .instruction = question,
			      .conversation = uuid,
			  });
	terminal_live(&d->terminal, "asking Claude for one word");
	if (run_as_claude(d, c, &argv, task, ANSWER_LIMIT, &s, &err) != 0) {
		doctor_fail(d, "answer", "see claude.command", "%s", err.text);
	} else {
		judge(d, &s, &o);
		report(d, &s, &o);
	}
	outcome_release(&o);
	said_release(&s);
	strvec_release(&flags);
	strvec_release(&argv);
}

/* Whoever can write these says what is run, and as whom. With root's rights
 * that is done for root's own files, and for nobody else but as himself. The
 * one that stands against it, to be freed; or NULL. */
static char *others_file(const struct doctor *d)
{
	char *files[] = {
		xstrdup(d->config.path),
		path_join(d->config.dir, ".env"),
	};
	char *found = NULL;
	struct stat st;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (found == NULL && geteuid() == 0 &&
		    stat(files[i], &st) == 0 && st.st_uid != 0 &&
		    st.st_uid != d->claude.uid)
			found = files[i];
		else
			free(files[i]);
	}
	return found;
}

static bool may_ask(struct doctor *d)
{
	char *file, *mend;

	if (d->user_faulty) {
		doctor_warn(d, "claude", "mend that first",
		    "not asked: claude.user has a fault");
		return false;
	}
	if (d->no_entry) {
		doctor_warn(d, "claude", "mend that first",
		    "not asked: '%s' cannot enter its folder", d->claude.name);
		return false;
	}
	if (!doctor_may_be(&d->claude)) {
		doctor_warn(d, "claude", "sudo orchestrator doctor",
		    "only root can ask it as '%s'", d->claude.name);
		return false;
	}
	file = others_file(d);
	if (file == NULL)
		return true;
	mend = xasprintf(
	    "look at what it says, then chown root %s, or run orchestrator doctor as its owner",
	    file);
	doctor_warn(d, "claude", mend,
	    "not asked: '%s' is not root's, and says to run it as '%s'", file,
	    d->claude.name);
	free(mend);
	free(file);
	return false;
}

/* Tried whether it is asked for or not: who has no account for Claude is told
 * what there is. */
static void check_sandbox(struct doctor *d)
{
	static const char mend[] =
	    "apt install bubblewrap; in a container it needs user namespaces and its own /proc";
	struct strvec argv = STRVEC_INIT;
	struct config wanted = d->config;
	struct said s = SAID_INIT;
	struct error err = ERROR_INIT;
	char *last;
	bool works;

	wanted.claude.sandbox = true;
	strvec_add(&argv, "true");
	works = run_as_claude(d, &wanted, &argv, "", VERSION_LIMIT, &s, &err) ==
		    0 &&
		!s.timed_out && s.wait_status == 0;
	last = err.text[0] != '\0' ? xstrdup(err.text) : said_last(&s);
	if (works)
		doctor_ok(d, "sandbox", "bubblewrap works here%s",
		    d->config.claude.sandbox ? "" : " (claude.sandbox is off)");
	else if (d->config.claude.sandbox)
		doctor_fail(d, "sandbox", mend, "claude.sandbox: %s", last);
	else
		doctor_ok(
		    d, "sandbox", "off, and not to be had here: %s", last);
	free(last);
	strvec_release(&argv);
	said_release(&s);
}

void doctor_claude(struct doctor *d)
{
	const struct config *c = &d->config;
	enum permissions p = c->claude.permissions;

	if (!may_ask(d))
		return;
	if (c->claude.output_format == OUTPUT_STREAM_JSON)
		doctor_ok(d, "permissions", "%s: %s",
		    p == PERMIT_BY_FLAGS ? "claude.flags" : permissions_name[p],
		    permissions_meaning(p));
	if (d->claude.uid == d->self.uid && !c->claude.sandbox && !d->user_told)
		doctor_warn(d, "claude.user",
		    "claude.user: an account of its own, or claude.sandbox: true",
		    "Claude runs as '%s', like us: it can read .env, change the state and approve itself",
		    d->claude.name);
	check_sandbox(d);
	/* Any other program need not know of --version. */
	if (c->claude.output_format == OUTPUT_TEXT || check_version(d))
		check_answer(d);
}
