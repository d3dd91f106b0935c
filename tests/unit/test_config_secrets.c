/* Secrets, and who may know and write what. */
#include "unit.h"
#include "configs.h"

#include <sys/stat.h>

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

UNIT_MAIN("config_secrets", no_fault_tells_what_a_variable_holds,
    notifications_carry_a_secret_of_their_own, a_placeholder_is_no_secret,
    a_secret_that_never_fits_is_refused, claude_is_not_told_the_secret,
    what_others_may_write_is_not_trusted,
    a_dotenv_for_everyone_to_read_is_warned_of)
