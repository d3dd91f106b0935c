/* What is wrong in a configuration is told with its line, its key and what is
 * wanted. */
#include "unit.h"
#include "configs.h"

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

UNIT_MAIN("config_faults", names_line_key_and_wish, says_what_is_needed,
    policy_lists_and_zone_are_checked, all_faults_come_at_once,
    a_report_that_nobody_hears_is_told, a_command_that_needs_a_shell_is_refused)
