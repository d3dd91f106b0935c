/* The configurations that people are shown. */
#include "unit.h"
#include "configs.h"

#include "base/path.h"

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

UNIT_MAIN("config_examples", the_plans_own_configuration_loads,
    the_example_loads_with_only_a_secret, the_example_has_every_key,
    the_example_env_wants_its_secrets_replaced)
