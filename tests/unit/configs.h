/* configs.h - configurations to try, in a folder of a test's own. */
#ifndef TESTS_UNIT_CONFIGS_H
#define TESTS_UNIT_CONFIGS_H

#include "unit.h"

#include "base/durable.h"
#include "store/config.h"

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
static UNUSED void load_faulty(
    const char *yaml, const char *dotenv, const char *fault)
{
	ck_assert_int_eq(load(yaml, dotenv), CONFIG_FAULTY);
	ck_assert_str_eq(f.lines.v[0], fault);
	ck_assert_uint_eq(f.count, 1);
	ck_assert_ptr_null(c.dir);
	release();
}

#define ASK "orchestrator: {approval_mode: auto}\n"

#endif
