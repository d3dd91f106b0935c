/* What a configuration says, and where it is found. */
#include "unit.h"
#include "configs.h"

#include "base/path.h"
#include "engine/agent.h"

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

UNIT_MAIN("config", chat_ids_may_stand_in_one_string,
    environment_comes_before_dotenv_before_default, empty_means_absent,
    paths_are_seen_from_the_file, a_command_is_a_line_or_a_list,
    what_is_printed_loads_again_without_the_secrets,
    without_a_file_there_are_defaults, one_permission_mode_holds,
    a_file_that_cannot_be_opened_is_another_matter,
    finds_the_file_where_it_should_be)
