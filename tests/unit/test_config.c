#include "unit.h"

#include "base/durable.h"
#include "base/path.h"
#include "core/auth.h"
#include "engine/agent.h"
#include "store/config.h"

#include <sys/stat.h>
#include <unistd.h>

/* Two lines that every configuration needs; what a test adds is line 3. */
#define NEEDED                                  \
	"orchestrator: {approval_mode: auto}\n" \
	"webhooks: {secret: 0123456789abcdef}\n"
#define HEX "0123456789abcdef0123456789abcdef"

static struct config c;
static struct faults f;
static struct error err;

static void put(const char *name, const char *text)
{
	ck_assert_int_eq(
	    durable_write(name, text, strlen(text), 0600, NULL), 0);
}

static char *take(const char *path)
{
	char *text;
	size_t n;

	ck_assert_int_eq(read_file(path, 1 << 20, &text, &n, NULL), 0);
	return text;
}

/* A file of the source tree. */
static char *source(const char *name)
{
	const char *top = getenv("srcdir");
	char *path = path_join(top != NULL ? top : ".", name);
	char *text = take(path);

	free(path);
	return text;
}

/* An empty folder of our own to be in, and no variable of ours set. */
static void enter_folder(void)
{
	char name[] = "/tmp/orchestrator-config-XXXXXX";

	ck_assert_ptr_nonnull(mkdtemp(name));
	ck_assert_int_eq(chdir(name), 0);
	unsetenv("WEBHOOK_SECRET");
	unsetenv("TELEGRAM_CHAT_ID");
	unsetenv("N8N_NOTIFY_URL");
	unsetenv("N8N_NOTIFY_SECRET");
	unsetenv("CLAUDE_CLI_PATH");
	unsetenv("ORCHESTRATOR_CONFIG");
}

static void leave_folder(void)
{
	char *folder = getcwd(NULL, 0);

	unlink("config.yaml");
	unlink("again.yaml");
	unlink(".env");
	ck_assert_int_eq(rmdir(folder), 0);
	free(folder);
}

static enum config_result load(const char *yaml, const char *dotenv)
{
	put("config.yaml", yaml);
	put(".env", dotenv);
	return config_load(&c, "config.yaml", &f, &err);
}

static void release(void)
{
	config_release(&c);
	faults_release(&f);
}

/* Loads what must be without fault; says so when it is not. */
static void load_good(const char *yaml, const char *dotenv)
{
	enum config_result result = load(yaml, dotenv);

	if (f.count > 0)
		ck_abort_msg("%s", f.lines.v[0]);
	ck_assert_int_eq(result, CONFIG_OK);
}

/* Loads what must have this one fault. */
static void load_faulty(const char *yaml, const char *dotenv, const char *fault)
{
	ck_assert_int_eq(load(yaml, dotenv), CONFIG_FAULTY);
	ck_assert_str_eq(f.lines.v[0], fault);
	ck_assert_uint_eq(f.count, 1);
	ck_assert_ptr_null(c.dir);
	release();
}

/* clang-format off */
static const char *faulty[][2] = {
	{ "servers: {}\n",
	    "config.yaml:3: servers: unknown key, want server, orchestrator, webhooks, claude, limits, paths, logging, telegram or verify" },
	{ "server:\n  prot: 1\n",
	    "config.yaml:4: server.prot: unknown key, want host, port, socket, threads, supervisor or debug" },
	{ "server: here\n",
	    "config.yaml:3: server: want keys with values below it, got a text" },
	{ "server: [1]\n",
	    "config.yaml:3: server: want keys with values below it, got a list" },
	{ "server:\n  host: a b\n",
	    "config.yaml:4: server.host: want an address such as 127.0.0.1, got \"a b\"" },
	{ "server:\n  host: ['::1']\n",
	    "config.yaml:4: server.host: want a text, got a list" },
	{ "server:\n  port: 0\n",
	    "config.yaml:4: server.port: want 1..65535, got \"0\"" },
	{ "server:\n  port: 65536\n",
	    "config.yaml:4: server.port: want 1..65535, got \"65536\"" },
	{ "server:\n  port: {a: b}\n",
	    "config.yaml:4: server.port: want 1..65535, got a map" },
	{ "server:\n  port: '${PORT:-http}'\n",
	    "config.yaml:4: server.port: want 1..65535, got \"${PORT:-http}\"" },
	{ "server:\n  threads: 257\n",
	    "config.yaml:4: server.threads: want 1..256, got \"257\"" },
	{ "server:\n  socket: ~/sock\n",
	    "config.yaml:4: server.socket: want a path written out, without ~, got \"~/sock\"" },
	{ "server:\n  supervisor: systemd\n",
	    "config.yaml:4: server.supervisor: want auto or external, got \"systemd\"" },
	{ "server:\n  debug: yes\n",
	    "config.yaml:4: server.debug: want true or false, got \"yes\"" },
	{ "claude:\n  command: []\n",
	    "config.yaml:4: claude.command: empty, want the name of a program" },
	{ "claude:\n  command: claude 'x\n",
	    "config.yaml:4: claude.command: want words without a single quote that is not closed, got \"claude 'x\"" },
	{ "claude:\n  permissions: bypass\n",
	    "config.yaml:4: claude.permissions: want skip, edits, auto, ask or none, got \"bypass\"" },
	{ "claude:\n  allow: [--add-dir]\n",
	    "config.yaml:4: claude.allow: want rules of Claude Code such as Bash(git diff *), got \"--add-dir\"" },
	{ "claude:\n  permissions: edits\n"
	  "  flags: --dangerously-skip-permissions\n",
	    "config.yaml:5: claude.flags: '--dangerously-skip-permissions' is another mode than claude.permissions (edits), want it left out" },
	{ "claude:\n  permissions: none\n  flags: --permission-mode plan\n",
	    "config.yaml:5: claude.flags: 'plan' is another mode than claude.permissions (none), want it left out" },
	{ "claude:\n  permissions: skip\n"
	  "  command: claude -p --permission-mode=acceptEdits\n",
	    "config.yaml:5: claude.command: '--permission-mode=acceptEdits' is another mode than claude.permissions (skip), want it left out" },
	{ "claude:\n  flags: {a: b}\n",
	    "config.yaml:4: claude.flags: want a command line or a list of words, got a map" },
	{ "claude:\n  flags:\n    - [a]\n",
	    "config.yaml:5: claude.flags: want a text as item, got a list" },
	{ "claude:\n  output_format: json\n",
	    "config.yaml:4: claude.output_format: want stream-json or text, got \"json\"" },
	{ "claude:\n  user: \"a\\nb\"\n",
	    "config.yaml:4: claude.user: want text without control characters, got \"a b\"" },
	{ "claude:\n  env: HOME\n", "config.yaml:4: claude.env: want a list" },
	{ "claude:\n  env:\n    - A\n    - 1=hunter2hunter2\n",
	    "config.yaml:6: claude.env: want NAME or NAME=value an item" },
	{ "claude:\n  timeout: 5m\n",
	    "config.yaml:4: claude.timeout: want 1..86400 seconds, got \"5m\"" },
	{ "claude:\n  timeout: 0\n",
	    "config.yaml:4: claude.timeout: want 1..86400 seconds, got \"0\"" },
	{ "claude:\n  idle_timeout: -1\n",
	    "config.yaml:4: claude.idle_timeout: want 0..86400 seconds, got \"-1\"" },
	{ "claude:\n  kill_grace: 3601\n",
	    "config.yaml:4: claude.kill_grace: want 0..3600 seconds, got \"3601\"" },
	{ "paths:\n  logs_dir: \"a\\nb\"\n",
	    "config.yaml:4: paths.logs_dir: want text without control characters, got \"a b\"" },
	{ "logging:\n  level: LOUD\n",
	    "config.yaml:4: logging.level: want DEBUG, INFO, WARNING or ERROR, got \"LOUD\"" },
	{ "logging:\n  format: '%(foo)s'\n",
	    "config.yaml:4: logging.format: want no fields but %(asctime)s %(levelname)s %(message)s %(name)s %(process)d, got \"%(foo)s\"" },
	{ "telegram:\n  chat_id: '1;2'\n",
	    "config.yaml:4: telegram.chat_id: want a chat's id such as 123456789, commas between several, got \"1;2\"" },
	{ "telegram:\n  chat_id: $TELEGRAM_CHAT_ID\n",
	    "config.yaml:4: telegram.chat_id: want a chat's id such as 123456789, commas between several, got \"$TELEGRAM_CHAT_ID\"" },
	{ "telegram:\n  chat_id: 12 34\n",
	    "config.yaml:4: telegram.chat_id: want a word without blanks, got \"12 34\"" },
	{ "telegram:\n  remind_minutes: 10081\n",
	    "config.yaml:4: telegram.remind_minutes: want 0..10080 minutes, got \"10081\"" },
	{ "telegram:\n  report: 7:30\n",
	    "config.yaml:4: telegram.report: want a time of day such as \"07:30\", got \"7:30\"" },
	{ "telegram:\n  quiet: 22-7\n",
	    "config.yaml:4: telegram.quiet: want two times of a day such as \"22:00-07:00\", got \"22-7\"" },
	{ "telegram:\n  commands: start\n",
	    "config.yaml:4: telegram.commands: want a list of start, status, approve, pause, resume, skip, retry, cancel, stop, allow, always, deny, answer, rollback, raise, tasks, show, output, diff, logs, plan, add, note or help, got \"start\"" },
	{ "telegram:\n  commands:\n    - start\n    - dance\n",
	    "config.yaml:6: telegram.commands: want a list of start, status, approve, pause, resume, skip, retry, cancel, stop, allow, always, deny, answer, rollback, raise, tasks, show, output, diff, logs, plan, add, note or help, got \"dance\"" },
	{ "paths:\n  run_dir: '${NO_SUCH_VARIABLE}'\n",
	    "config.yaml:4: paths.run_dir: ${NO_SUCH_VARIABLE} is not set, want it in the environment or in .env" },
	{ "paths:\n  run_dir: '${A'\n",
	    "config.yaml:4: paths.run_dir: ${ is not closed, want }" },
	{ "paths:\n  run_dir: '${A b}'\n",
	    "config.yaml:4: paths.run_dir: no variable's name in ${...}, want ${NAME} or ${NAME:-default}" },
	{ "paths:\n  run_dir: '${A:-${B}}'\n",
	    "config.yaml:4: paths.run_dir: ${ inside ${...}, want a plain default" },
	{ "paths: &p {}\n",
	    "config.yaml:3: an anchor (&), want plain maps, lists and values" },
};
/* clang-format on */

#define PLACEHOLDER                                                     \
	"config.yaml:2: webhooks.secret: want a secret of your own in " \
	"the placeholder's place (openssl rand -hex 32 makes one)"

START_TEST(a_placeholder_is_no_secret)
{
	static const char *const guessed[] = {
		"$ORCHESTRATOR_WEBHOOK_SECRET",
		"$(openssl rand -hex 32)",
		"$${WEBHOOK_SECRET}",
		"{{ webhook_secret }}",
		"<your webhook secret>",
		"your-secret-key-here",
		"YOUR_SECRET_KEY_HERE",
		"changeme-changeme-changeme",
		"aaaaaaaaaaaaaaaaaaaaaaaa",
		"whsec_AAAAAAAAAAAAAAAAAAAAAAAA",
		"whsec_your-secret-here",
		"REPLACE_ME_WITH_A_SECRET",
	};
	static const char *const fine[] = { HEX, "$2y$10$abcdefghijklmnop",
		"yours-truly-0123456789", "<0123456789abcdef" };

	enter_folder();
	for (size_t i = 0; i < ARRAY_SIZE(guessed); i++) {
		char *yaml = xasprintf("webhooks:\n  secret: '%s'\n"
				       "orchestrator: {approval_mode: auto}\n",
		    guessed[i]);

		load_faulty(yaml, "", PLACEHOLDER);
		free(yaml);
	}
	for (size_t i = 0; i < ARRAY_SIZE(fine); i++) {
		char *yaml = xasprintf("webhooks: {secret: '%s'}\n"
				       "orchestrator: {approval_mode: auto}\n",
		    fine[i]);

		load_good(yaml, "");
		release();
		free(yaml);
	}
	leave_folder();
}
END_TEST

START_TEST(a_secret_that_never_fits_is_refused)
{
	enter_folder();
	load_faulty("webhooks:\n  secret: '0123456789abcdef '\n"
		    "orchestrator: {approval_mode: auto}\n",
	    "", "config.yaml:2: webhooks.secret: want no blank at its ends");
	load_faulty("webhooks:\n  secret: whsec_MDEyMzQ1Njc4\n"
		    "orchestrator: {approval_mode: auto}\n",
	    "",
	    "config.yaml:2: webhooks.secret: want at least 16 bytes behind whsec_");
	load_faulty("webhooks:\n  notify_header: 'Webhook-Id: x'\n"
		    "  secret: " HEX "\n"
		    "orchestrator: {approval_mode: auto}\n",
	    "",
	    "config.yaml:2: webhooks.notify_header: want a name that is not one of our own headers");
	leave_folder();
}
END_TEST

START_TEST(a_command_that_needs_a_shell_is_refused)
{
	static const struct {
		const char *command, *sign; /* NULL: fine */
	} cases[] = {
		{ "~/bin/claude -p", "~" },
		{ "~anna/claude -p", "~" },
		{ "claude -p ~/x", "~" },
		{ "HOME=/tmp claude -p", "NAME=value" },
		{ "cd work && claude -p", "&&" },
		{ "claude -p | tee log", "|" },
		{ "claude -p > log", ">" },
		{ "claude -p; echo", ";" },
		{ "claude -p >log", ">" },
		{ "claude -p 2>/dev/null", ">" },
		{ "claude -p <list", "<" },
		{ "claude -p $(date)", "$" },
		{ "$HOME/claude -p", "$" },
		{ "claude -p `date`", "`" },
		{ "claude -p --append-system-prompt \"a && b | c > d\"", NULL },
		{ "claude -p --name=value A=b", NULL },
		{ "sh -c \"cd work; claude -p\"", NULL },
		{ "claude -p --max-turns 12", NULL },
	};

	enter_folder();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *yaml = xasprintf(
		    NEEDED "claude:\n  command: '%s'\n", cases[i].command);
		char *said = xasprintf(
		    "claude.command: no shell runs it, so \"%s\" means nothing, want ",
		    cases[i].sign == NULL ? "" : cases[i].sign);

		ck_assert_int_eq(load(yaml, ""),
		    cases[i].sign == NULL ? CONFIG_OK : CONFIG_FAULTY);
		if (cases[i].sign != NULL)
			ck_assert_msg(strstr(f.lines.v[0], said) != NULL,
			    "%s: %s", cases[i].command, f.lines.v[0]);
		release();
		free(said);
		free(yaml);
	}
	leave_folder();
}
END_TEST

START_TEST(claude_is_not_told_the_secret)
{
	enter_folder();
	load_faulty("webhooks: {secret: '${WEBHOOK_SECRET}'}\n"
		    "orchestrator: {approval_mode: auto}\n"
		    "claude:\n  env: [OTHER, WEBHOOK_SECRET]\n",
	    "WEBHOOK_SECRET=" HEX "\nOTHER=1\n",
	    "config.yaml:4: claude.env: WEBHOOK_SECRET would tell Claude the webhook secret, with which it could approve itself, want it left out");
	load_faulty("webhooks: {secret: '${WEBHOOK_SECRET}'}\n"
		    "orchestrator: {approval_mode: auto}\n"
		    "claude:\n  env: ['H=Bearer ${WEBHOOK_SECRET}']\n",
	    "WEBHOOK_SECRET=" HEX "\n",
	    "config.yaml:4: claude.env: H would tell Claude the webhook secret, with which it could approve itself, want it left out");
	leave_folder();
}
END_TEST

START_TEST(chat_ids_may_stand_in_one_string)
{
	static const char *const yaml[] = { "'1,-2'", "' 1 , -2 ,'", "['1,-2']",
		"[1, '-2,']", "'${CHATS:-1,-2}'" };

	enter_folder();
	for (size_t i = 0; i < ARRAY_SIZE(yaml); i++) {
		char *text =
		    xasprintf(NEEDED "telegram: {chat_id: %s}\n", yaml[i]);

		load_good(text, "");
		ck_assert_uint_eq(c.telegram.chat_ids.n, 2);
		ck_assert_str_eq(c.telegram.chat_ids.v[0], "1");
		ck_assert_str_eq(c.telegram.chat_ids.v[1], "-2");
		release();
		free(text);
	}
	leave_folder();
}
END_TEST

/* -- who else may write ---------------------------------------------------- */

START_TEST(what_others_may_write_is_not_trusted)
{
	static const struct {
		const char *path, *key; /* key: what names it, or NULL */
	} cases[] = {
		{ "config.yaml", NULL },
		{ ".env", NULL },
		{ ".", NULL },
		{ "orchestrator_tasks", "paths.tasks_dir: " },
		{ "run", "paths.run_dir: " },
		{ "state", "paths.state_file: " },
		{ "agent", "claude.command: " },
	};
	const char *yaml = NEEDED "paths: {state_file: state/state.json}\n"
				  "claude: {command: ./agent}\n";

	enter_folder();
	put("agent", "#!/bin/sh\n");
	put(".env", "A=b\n");
	for (size_t i = 3; i < 6; i++)
		ck_assert_int_eq(mkdir(cases[i].path, 0755), 0);
	load_good(yaml, "A=b\n");
	release();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stat st;

		ck_assert_int_eq(stat(cases[i].path, &st), 0);
		ck_assert_int_eq(
		    chmod(cases[i].path, (st.st_mode & 0777) | 0002), 0);
		ck_assert_int_eq(
		    config_load(&c, "config.yaml", &f, &err), CONFIG_FAULTY);
		ck_assert_uint_eq(f.count, 1);
		ck_assert_msg(strstr(f.lines.v[0],
				  "can be written to by every account") &&
				  strstr(f.lines.v[0],
				      "want its owner alone: chmod o-w") &&
				  (cases[i].key == NULL ||
				      strstr(f.lines.v[0], cases[i].key)),
		    "%s: %s", cases[i].path, f.lines.v[0]);
		release();
		/* A group in which its owner is alone is its owner. */
		ck_assert_int_eq(
		    chmod(cases[i].path, (st.st_mode & 0777) | 0020), 0);
		ck_assert_int_eq(
		    config_load(&c, "config.yaml", &f, &err), CONFIG_OK);
		release();
		ck_assert_int_eq(chmod(cases[i].path, st.st_mode & 0777), 0);
	}
	for (size_t i = 3; i < 6; i++)
		ck_assert_int_eq(rmdir(cases[i].path), 0);
	ck_assert_int_eq(unlink("agent"), 0);
	leave_folder();
}
END_TEST

START_TEST(names_line_key_and_wish)
{
	enter_folder();
	for (size_t i = 0; i < ARRAY_SIZE(faulty); i++) {
		char *yaml = xasprintf("%s%s", NEEDED, faulty[i][0]);

		load_faulty(yaml, "", faulty[i][1]);
		free(yaml);
	}
	leave_folder();
}
END_TEST

#define ASK "orchestrator: {approval_mode: auto}\n"

/* In these the needed lines themselves are at fault. */
/* clang-format off */
static const char *needed[][2] = {
	{ "webhooks: {enabled: false}\n"
"orchestrator:\n"
"  approval_mode: no\n",
	    "config.yaml:3: orchestrator.approval_mode: want required, auto or manual, got \"no\"" },
	{ ASK,
	    "config.yaml:1: webhooks.secret: missing, want at least 16 bytes" },
	{ ASK "webhooks:\n  enabled: true\n",
	    "config.yaml:2: webhooks.secret: missing, want at least 16 bytes" },
	{ ASK "webhooks:\n  secret: ${EMPTY}\n",
	    "config.yaml:3: webhooks.secret: empty, want at least 16 bytes" },
	{ ASK "webhooks:\n  secret: []\n",
	    "config.yaml:3: webhooks.secret: empty, want at least 16 bytes" },
	{ ASK "webhooks:\n  secret: hunter2\n",
	    "config.yaml:3: webhooks.secret: want at least 16 bytes" },
	{ ASK "webhooks:\n  secret: ${SHORT}\n  enabled: false\n",
	    "config.yaml:3: webhooks.secret: want at least 16 bytes" },
	{ ASK "webhooks:\n  secret:\n    - " HEX "\n    - ''\n",
	    "config.yaml:5: webhooks.secret: want at least 16 bytes" },
	{ ASK "webhooks:\n  secret: {a: hunter2}\n",
	    "config.yaml:3: webhooks.secret: want a text or a list, got a map" },
	{ ASK "webhooks:\n  secret: [" HEX "," HEX "," HEX "," HEX "," HEX
	    "]\n",
	    "config.yaml:3: webhooks.secret: want at most 4, got 5" },
	{ ASK "webhooks:\n  secret: 'whsec_!hunter2hunter2'\n",
	    "config.yaml:3: webhooks.secret: want base64 behind whsec_" },
	{ ASK "webhooks:\n  secret: \"hunter2\\thunter2hunter2\"\n",
	    "config.yaml:3: webhooks.secret: want text without control characters" },
	{ ASK "webhooks:\n  secret: ${WEBHOOK_SECRET}\n",
	    "config.yaml:3: webhooks.secret: ${WEBHOOK_SECRET} is not set, want it in the environment or in .env" },
	{ NEEDED "webhooks: {}\n",
	    "config.yaml:3: webhooks: twice, want it once (line 2 has it)" },
	{ ASK "webhooks:\n  secret: " HEX "\n  n8n_notify_url: ftp://h/\n",
	    "config.yaml:4: webhooks.n8n_notify_url: want an address that begins with http:// or https://" },
	{ ASK "webhooks:\n  secret: " HEX "\n"
"  n8n_notify_url: https://me:hunter2@h/\n",
	    "config.yaml:4: webhooks.n8n_notify_url: want no password in it (webhooks.notify_header may carry one)" },
	{ ASK "webhooks:\n  secret: " HEX "\n  notify_header: hunter2\n",
	    "config.yaml:4: webhooks.notify_header: want \"Name: value\"" },
	{ ASK "webhooks:\n  secret: " HEX "\n  notify_retry_hours: 0\n",
	    "config.yaml:4: webhooks.notify_retry_hours: want 1..8760 hours, got \"0\"" },
	{ "webhooks: {enabled: false}\n" ASK "paths:\n\trun_dir: x\n",
	    "config.yaml:4: indented by a tab, want blanks" },
	{ "just a text\n",
	    "config.yaml:1: want sections with keys below them, got a text" },
};
/* clang-format on */

START_TEST(says_what_is_needed)
{
	enter_folder();
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		load_faulty(
		    needed[i][0], "EMPTY=\nSHORT=hunter2\n", needed[i][1]);
	leave_folder();
}
END_TEST

START_TEST(policy_lists_and_zone_are_checked)
{
	enter_folder();
	load_faulty("webhooks: {enabled: false}\norchestrator:\n"
		    "  approval_mode: auto\n  auto_approve: testing\n",
	    "",
	    "config.yaml:4: orchestrator.auto_approve: want a list, got \"testing\"");
	load_faulty("webhooks: {enabled: false}\norchestrator:\n"
		    "  approval_mode: auto\n  checkpoint_after: ['']\n",
	    "",
	    "config.yaml:4: orchestrator.checkpoint_after: want task types, got \"\"");
	load_faulty("webhooks: {enabled: false}\norchestrator:\n"
		    "  approval_mode: auto\n  on_interrupted: retry\n",
	    "",
	    "config.yaml:4: orchestrator.on_interrupted: want ask or resume, got \"retry\"");
	load_faulty("webhooks: {enabled: false}\norchestrator:\n"
		    "  approval_mode: auto\n  timezone: Mars/Olympus\n",
	    "",
	    "config.yaml:4: orchestrator.timezone: want a time zone of this machine such as Europe/Berlin, got \"Mars/Olympus\"");
	leave_folder();
}
END_TEST

START_TEST(all_faults_come_at_once)
{
	static const char *const wanted[] = {
		".env:1: no variable, want NAME=value with a name of letters, digits and _",
		"config.yaml:2: a tag (!), want plain maps, lists and values",
		"config.yaml:2: server.port: want 1..65535, got \"x\"",
		"config.yaml:3: claude.timeout: want 1..86400 seconds, got \"5m\"",
		"config.yaml:4: paths.tmp: unknown key, want tasks_dir, logs_dir, daily_dir, state_file or run_dir",
		"config.yaml:1: webhooks.secret: missing, want at least 16 bytes",
	};

	enter_folder();
	ck_assert_int_eq(load("# faults\nserver: {port: !!int x}\n"
			      "claude: {timeout: 5m}\npaths: {tmp: /tmp}\n",
			     "hunter2\n"),
	    CONFIG_FAULTY);
	for (size_t i = 0; i < f.lines.n && i < ARRAY_SIZE(wanted); i++)
		ck_assert_str_eq(f.lines.v[i], wanted[i]);
	ck_assert_uint_eq(f.count, ARRAY_SIZE(wanted));
	release();
	leave_folder();
}
END_TEST

START_TEST(no_fault_tells_what_a_variable_holds)
{
	enter_folder();
	ck_assert_int_eq(
	    load(
		"orchestrator: {approval_mode: '${S}'}\n"
		"server: {port: '${S}', host: '${S} ', supervisor: '${S}', debug: '${S}'}\n"
		"claude: {command: \"'${S}\", workdir: '~${S}', env: ['1${S}'], timeout: '${S}'}\n"
		"webhooks: {secret: '${S}', n8n_notify_url: '${S}', notify_header: '${S}'}\n"
		"telegram: {chat_id: '${S} x', commands: ['${S}']}\n",
		"S=hunter2\n"),
	    CONFIG_FAULTY);
	ck_assert_uint_eq(f.count, 14);
	for (size_t i = 0; i < f.lines.n; i++)
		ck_assert_ptr_null(strstr(f.lines.v[i], "hunter2"));
	release();
	leave_folder();
}
END_TEST

#define NOTIFY                                         \
	ASK "webhooks:\n  secret: " HEX "\n"           \
	    "  n8n_notify_url: http://n8n.example/w\n" \
	    "  notify_header: "

START_TEST(notifications_carry_a_secret_of_their_own)
{
	const char *header = NOTIFY "'X-Notify-Secret: ${NOTE:-}'\n";

	enter_folder();
	load_good(header, "NOTE=a-secret-of-its-own\n");
	ck_assert_str_eq(
	    c.webhooks.notify_header, "X-Notify-Secret: a-secret-of-its-own");
	ck_assert_uint_eq(f.warnings.n, 0);
	release();
	load_good(header, "");
	ck_assert_ptr_null(c.webhooks.notify_header);
	ck_assert_uint_eq(f.warnings.n, 1);
	ck_assert(str_starts(f.warnings.v[0],
	    "config.yaml:5: webhooks.notify_header: without a value it is not sent"));
	release();
	load_good(NOTIFY "'Authorization: Bearer " HEX "'\n", "");
	ck_assert_uint_eq(f.warnings.n, 1);
	ck_assert_ptr_nonnull(
	    strstr(f.warnings.v[0], "n8n would keep the webhook secret"));
	ck_assert_ptr_null(strstr(f.warnings.v[0], HEX));
	release();
	load_faulty(header, "NOTE=your-notify-secret-here\n",
	    "config.yaml:5: webhooks.notify_header: want a secret of your own in the placeholder's place (openssl rand -hex 32 makes one)");
	leave_folder();
}
END_TEST

START_TEST(the_plans_own_configuration_loads)
{
	char *yaml = source("tests/fixtures/plan-config.yaml");

	enter_folder();
	load_good(yaml, "WEBHOOK_SECRET=" HEX "\nTELEGRAM_CHAT_ID=12\n");
	ck_assert_str_eq(c.server.host, "0.0.0.0");
	ck_assert_int_eq(c.orchestrator.approval_mode, APPROVAL_REQUIRED);
	ck_assert(strvec_has(&c.orchestrator.checkpoint_after, "deployment"));
	ck_assert(strvec_has(&c.orchestrator.auto_approve, "testing"));
	ck_assert_str_eq(c.webhooks.secrets.v[0], HEX);
	ck_assert_str_eq(c.claude.flags.v[0], "--dangerously-skip-permissions");
	ck_assert_str_eq(c.telegram.chat_ids.v[0], "12");
	ck_assert_uint_eq(
	    c.telegram.commands & (1u << CMD_RETRY | 1u << CMD_HELP),
	    1u << CMD_HELP);
	ck_assert_uint_eq(f.warnings.n, 1);
	ck_assert_str_eq(f.warnings.v[0],
	    "config.yaml:4: server.host: 0.0.0.0 is no loopback address: FastCGI has no password, only nginx may reach it, want 127.0.0.1");
	release();
	leave_folder();
	free(yaml);
}
END_TEST

START_TEST(a_report_that_nobody_hears_is_told)
{
	enter_folder();
	load_good(ASK "webhooks:\n  secret: " HEX "\n"
		      "telegram:\n  quiet: 22:00-07:00\n  report: 06:59\n",
	    "");
	ck_assert_uint_eq(f.warnings.n, 1);
	ck_assert_str_eq(f.warnings.v[0],
	    "config.yaml:6: telegram.report: 06:59 is within telegram.quiet, 22:00-07:00, so it comes and does not ring, want the end of that or later");
	release();
	load_good(ASK "webhooks:\n  secret: " HEX "\n"
		      "telegram:\n  quiet: 22:00-07:00\n  report: 07:00\n",
	    "");
	ck_assert_str_eq(c.telegram.report, "07:00");
	ck_assert_uint_eq(f.warnings.n, 0);
	release();
	leave_folder();
}
END_TEST

START_TEST(the_example_loads_with_only_a_secret)
{
	char *yaml = source("etc/config.example.yaml");
	struct buf example = BUF_INIT, defaults = BUF_INIT;

	enter_folder();
	load_good(yaml, "WEBHOOK_SECRET=" HEX "\n");
	ck_assert_uint_eq(f.warnings.n, 0);
	ck_assert_uint_eq(c.telegram.commands, ALL_COMMANDS);
	/* But for what PLAN.md sets, it says what the defaults are. */
	strvec_release(&c.orchestrator.checkpoint_after);
	strvec_release(&c.orchestrator.auto_approve);
	strvec_release(&c.claude.flags);
	c.claude.permissions = PERMIT_EDITS;
	config_print(&example, &c);
	release();
	load_good("orchestrator: {approval_mode: required}\n"
		  "webhooks: {secret: '" HEX "'}\n",
	    "");
	config_print(&defaults, &c);
	ck_assert_str_eq(example.data, defaults.data);
	release();
	leave_folder();
	buf_release(&example);
	buf_release(&defaults);
	free(yaml);
}
END_TEST

START_TEST(the_example_has_every_key)
{
	char *yaml = source("etc/config.example.yaml");
	struct buf all = BUF_INIT;
	char *rest, *line;

	enter_folder();
	config_defaults(&c, ".");
	config_print(&all, &c);
	rest = all.data;
	while ((line = strsep(&rest, "\n")) != NULL) {
		char *colon = strchr(line, ':');
		char *key = xstrndup(line, colon ? (size_t)(colon - line) : 0);

		ck_assert_msg(strstr(yaml, key) != NULL, "no %s", key);
		free(key);
	}
	release();
	leave_folder();
	buf_release(&all);
	free(yaml);
}
END_TEST

START_TEST(the_example_env_wants_its_secrets_replaced)
{
	char *yaml = source("etc/config.example.yaml");
	char *env = source("etc/env.example");

	enter_folder();
	ck_assert_int_eq(load(yaml, env), CONFIG_FAULTY);
	ck_assert_uint_eq(f.count, 2);
	ck_assert_ptr_nonnull(
	    strstr(f.lines.v[0], "webhooks.secret: want a secret of your own"));
	ck_assert_ptr_nonnull(strstr(
	    f.lines.v[1], "webhooks.notify_header: want a secret of your own"));
	release();
	leave_folder();
	free(env);
	free(yaml);
}
END_TEST

START_TEST(environment_comes_before_dotenv_before_default)
{
	const char *yaml = NEEDED "telegram: {chat_id: '${CHAT:-3}'}\n";

	enter_folder();
	load_good(yaml, "");
	ck_assert_str_eq(c.telegram.chat_ids.v[0], "3");
	release();
	load_good(yaml, "CHAT=2\n");
	ck_assert_str_eq(c.telegram.chat_ids.v[0], "2");
	ck_assert_str_eq(config_getenv(&c, "CHAT"), "2");
	setenv("CHAT", "1", 1);
	ck_assert_str_eq(config_getenv(&c, "CHAT"), "1");
	release();
	load_good(yaml, "CHAT=2\n");
	ck_assert_str_eq(c.telegram.chat_ids.v[0], "1");
	release();
	setenv("CHAT", "", 1);
	load_good(yaml, "");
	ck_assert_str_eq(c.telegram.chat_ids.v[0], "3");
	release();
	unsetenv("CHAT");
	leave_folder();
}
END_TEST

START_TEST(empty_means_absent)
{
	enter_folder();
	load_good(
	    "orchestrator: {approval_mode: auto, timezone: '', auto_approve: }\n"
	    "webhooks: {enabled: false, secret: '${NOT:-}', n8n_notify_url: '', notify_header: ~}\n"
	    "server: {host: '', port: '', socket: null}\n"
	    "claude: {user: '', flags: '', env: ['${NOT:-}']}\n"
	    "telegram: {chat_id: ['${NOT:-}'], commands: ''}\n"
	    "logging:\n",
	    "");
	ck_assert_str_eq(c.server.host, "127.0.0.1");
	ck_assert_int_eq(c.server.port, 5000);
	ck_assert_ptr_null(c.server.socket);
	ck_assert_ptr_null(c.orchestrator.timezone);
	ck_assert_ptr_null(c.webhooks.n8n_notify_url);
	ck_assert_ptr_null(c.webhooks.notify_header);
	ck_assert_ptr_null(c.claude.user);
	ck_assert_uint_eq(c.webhooks.secrets.n, 0);
	ck_assert_uint_eq(c.claude.env.n, 0);
	ck_assert_uint_eq(c.telegram.chat_ids.n, 0);
	ck_assert_uint_eq(c.telegram.commands, ALL_COMMANDS);
	release();
	leave_folder();
}
END_TEST

START_TEST(paths_are_seen_from_the_file)
{
	char *folder, *wanted;

	enter_folder();
	folder = getcwd(NULL, 0);
	load_good(NEEDED "paths: {logs_dir: ./logs/, state_file: /x/s.json}\n"
			 "claude: {command: bin/agent -p}\n",
	    "");
	ck_assert_str_eq(c.dir, folder);
	ck_assert_int_eq(config_line(&c, "paths", "logs_dir"), 3);
	ck_assert_int_eq(config_line(&c, "claude", "user"), 4);
	ck_assert_int_eq(config_line(&c, "telegram", "chat_id"), 1);
	ck_assert_str_eq(c.claude.workdir, folder);
	ck_assert_str_eq(c.paths.state_file, "/x/s.json");
	wanted = path_join(folder, "logs");
	ck_assert_str_eq(c.paths.logs_dir, wanted);
	free(wanted);
	wanted = path_join(folder, "bin/agent");
	ck_assert_str_eq(c.claude.command.v[0], wanted);
	free(wanted);
	wanted = path_join(folder, "run/lock");
	free(folder);
	folder = config_run_path(&c, "lock");
	ck_assert_str_eq(folder, wanted);
	free(wanted);
	free(folder);
	release();
	leave_folder();
}
END_TEST

START_TEST(a_command_is_a_line_or_a_list)
{
	enter_folder();
	load_good(NEEDED "claude:\n  command: '\"my claude\" -p'\n"
			 "  flags: ['a b', '', c]\n",
	    "");
	ck_assert_uint_eq(c.claude.command.n, 2);
	ck_assert_str_eq(c.claude.command.v[0], "my claude");
	ck_assert_uint_eq(c.claude.flags.n, 3);
	ck_assert_str_eq(c.claude.flags.v[0], "a b");
	ck_assert_str_eq(c.claude.flags.v[1], "");
	release();
	leave_folder();
}
END_TEST

/* Puts secret, with another end each time, wherever the stars of a printed
 * configuration are. */
static char *unmask(const char *printed, const char *secret)
{
	struct buf out = BUF_INIT;
	int n = 0;

	for (const char *p = printed; *p != '\0';) {
		bool stars = str_starts(p, "********");

		if (stars)
			buf_addf(&out, "%s%d", secret, n++);
		else
			buf_addc(&out, *p);
		p += stars ? 8 : 1;
	}
	return buf_detach(&out);
}

START_TEST(what_is_printed_loads_again_without_the_secrets)
{
	struct buf first = BUF_INIT, second = BUF_INIT;
	char *yaml;

	enter_folder();
	load_good("orchestrator: {approval_mode: auto, timezone: UTC}\n"
		  "webhooks:\n"
		  "  secret: [" HEX "one, " HEX "two]\n"
		  "  n8n_notify_url: https://h/p?token=" HEX "\n"
		  "  notify_header: 'X-Token: " HEX "'\n"
		  "claude:\n"
		  "  command: [a, '$${A} \"b\" \\ $$${', \"\\x85\\t\\u2028\"]\n"
		  "  env: [NAME, 'KEY=" HEX "three']\n"
		  "telegram: {chat_id: [1, -2], commands: []}\n",
	    "");
	ck_assert_str_eq(c.claude.command.v[1], "${A} \"b\" \\ $${");
	config_print(&first, &c);
	release();
	ck_assert_ptr_null(strstr(first.data, "0123"));
	yaml = unmask(first.data, HEX);
	load_good(yaml, "");
	config_print(&second, &c);
	ck_assert_str_eq(first.data, second.data);
	ck_assert_uint_eq(c.telegram.commands, 0);
	release();
	load_faulty("orchestrator: {approval_mode: auto}\n"
		    "webhooks: {secret: '********'}\n",
	    "", "config.yaml:2: webhooks.secret: want at least 16 bytes");
	leave_folder();
	free(yaml);
	buf_release(&first);
	buf_release(&second);
}
END_TEST

START_TEST(without_a_file_there_are_defaults)
{
	enter_folder();
	config_defaults(&c, ".");
	ck_assert_ptr_null(c.path);
	ck_assert(!c.webhooks.enabled);
	ck_assert_str_eq(c.claude.command.v[1], "-p");
	ck_assert_int_eq(c.claude.timeout, 300);
	ck_assert_str_eq(path_name(c.paths.tasks_dir), "orchestrator_tasks");
	ck_assert_int_eq(config_line(&c, "claude", "user"), 1);
	ck_assert_int_eq(config_policy(&c).mode, APPROVAL_REQUIRED);
	release();
	leave_folder();
}
END_TEST

START_TEST(one_permission_mode_holds)
{
	static const struct {
		const char *claude;
		enum permissions holds;
		const char *passed_on; /* behind the flags, or NULL */
	} cases[] = {
		{ "timeout: 5", PERMIT_EDITS, "acceptEdits" },
		{ "permissions: ''", PERMIT_EDITS, "acceptEdits" },
		{ "permissions: none", PERMIT_NONE, "dontAsk" },
		{ "permissions: auto", PERMIT_AUTO, "auto" },
		{ "permissions: skip", PERMIT_SKIP,
		    "--dangerously-skip-permissions" },
		{ "flags: --dangerously-skip-permissions", PERMIT_SKIP, NULL },
		{ "flags: --permission-mode plan", PERMIT_BY_FLAGS, NULL },
		{ "flags: --permission-mode default", PERMIT_BY_FLAGS, NULL },
		{ "command: c --permission-mode=auto", PERMIT_AUTO, NULL },
		{ "flags: --permission-mode=dontAsk, permissions: none",
		    PERMIT_NONE, NULL },
		{ "flags: --dangerously-skip-permissions, command: c --permission-mode auto",
		    PERMIT_SKIP, NULL },
		{ "output_format: text", PERMIT_EDITS, NULL },
	};

	enter_folder();
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *yaml =
		    xasprintf(NEEDED "claude: {%s}\n", cases[i].claude);
		struct strvec words = STRVEC_INIT;
		size_t before;

		load_good(yaml, "");
		before = c.claude.flags.n;
		agent_flags(&words, &c);
		ck_assert_int_eq(c.claude.permissions, cases[i].holds);
		if (cases[i].passed_on == NULL)
			ck_assert_uint_eq(words.n, before);
		else
			ck_assert_str_eq(
			    words.v[words.n - 1], cases[i].passed_on);
		strvec_release(&words);
		release();
		free(yaml);
	}
	leave_folder();
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_another_matter)
{
	enter_folder();
	ck_assert_int_eq(
	    config_load(&c, "none.yaml", &f, &err), CONFIG_UNREADABLE);
	ck_assert_str_eq(
	    err.text, "cannot open 'none.yaml': No such file or directory");
	ck_assert_uint_eq(f.count, 0);
	leave_folder();
}
END_TEST

START_TEST(a_dotenv_for_everyone_to_read_is_warned_of)
{
	enter_folder();
	put("config.yaml", NEEDED);
	put(".env", "A=b\n");
	ck_assert_int_eq(chmod(".env", 0644), 0);
	ck_assert_int_eq(config_load(&c, "config.yaml", &f, &err), CONFIG_OK);
	ck_assert_str_eq(f.warnings.v[0],
	    ".env: every account can read it, want mode 0600 or 0640");
	release();
	leave_folder();
}
END_TEST

START_TEST(finds_the_file_where_it_should_be)
{
	char *path;

	enter_folder();
	put("config.yaml", NEEDED);
	path = config_find(NULL);
	ck_assert_str_eq(path, "config.yaml");
	free(path);
	setenv("ORCHESTRATOR_CONFIG", "/from/env", 1);
	path = config_find(NULL);
	ck_assert_str_eq(path, "/from/env");
	free(path);
	path = config_find("option");
	ck_assert_str_eq(path, "option");
	free(path);
	unsetenv("ORCHESTRATOR_CONFIG");
	leave_folder();
}
END_TEST

UNIT_MAIN("config", names_line_key_and_wish, says_what_is_needed,
    policy_lists_and_zone_are_checked, all_faults_come_at_once,
    no_fault_tells_what_a_variable_holds,
    notifications_carry_a_secret_of_their_own,
    the_plans_own_configuration_loads, a_report_that_nobody_hears_is_told,
    the_example_loads_with_only_a_secret, the_example_has_every_key,
    the_example_env_wants_its_secrets_replaced, a_placeholder_is_no_secret,
    a_secret_that_never_fits_is_refused,
    a_command_that_needs_a_shell_is_refused, claude_is_not_told_the_secret,
    chat_ids_may_stand_in_one_string, what_others_may_write_is_not_trusted,
    environment_comes_before_dotenv_before_default, empty_means_absent,
    paths_are_seen_from_the_file, a_command_is_a_line_or_a_list,
    what_is_printed_loads_again_without_the_secrets,
    without_a_file_there_are_defaults, one_permission_mode_holds,
    a_file_that_cannot_be_opened_is_another_matter,
    a_dotenv_for_everyone_to_read_is_warned_of,
    finds_the_file_where_it_should_be)
