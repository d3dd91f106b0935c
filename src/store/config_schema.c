/* config_schema.c - the table of keys, and what is asked of each. */
#include "store/config_schema.h"
#include "core/auth.h"
#include "core/list/task.h"

static const char *const supervisor_name[] = {
	[SUPERVISOR_AUTO] = "auto",
	[SUPERVISOR_EXTERNAL] = "external",
};
_Static_assert(ARRAY_SIZE(supervisor_name) == SUPERVISOR_MODES, "name each");

static const char *const interrupted_name[] = {
	[INTERRUPTED_ASK] = "ask",
	[INTERRUPTED_RESUME] = "resume",
};
_Static_assert(ARRAY_SIZE(interrupted_name) == INTERRUPTED_MODES, "name each");

static const char *const output_name[] = {
	[OUTPUT_STREAM_JSON] = "stream-json",
	[OUTPUT_TEXT] = "text",
};
_Static_assert(ARRAY_SIZE(output_name) == OUTPUT_FORMATS, "name each");

/* The setters write through these types. */
_Static_assert(sizeof(enum supervisor_mode) == sizeof(unsigned) &&
		   sizeof(enum on_interrupted) == sizeof(unsigned) &&
		   sizeof(enum output_format) == sizeof(unsigned) &&
		   sizeof(enum permissions) == sizeof(unsigned) &&
		   sizeof(enum approval_mode) == sizeof(unsigned) &&
		   sizeof(enum log_level) == sizeof(unsigned),
    "an enum is an unsigned");

#define AT(s, n, field) \
	.section = #s, .name = #n, .offset = offsetof(struct config, s.field)
#define NUMBER(from, to, what) \
	.kind = VALUE_NUMBER, .low = from, .high = to, .unit = what
#define CHOICE(table) \
	.kind = VALUE_CHOICE, .names = table, .n_names = ARRAY_SIZE(table)
#define TEXT(rule)  .kind = VALUE_TEXT, .check = rule
#define PATH        .kind = VALUE_PATH, .check = rule_path
#define FLAG        .kind = VALUE_FLAG
#define WORDS       .kind = VALUE_WORDS
#define LIST(rule)  .kind = VALUE_LIST, .check = rule
#define ANY(rule)   .kind = VALUE_ANY, .check = rule
#define ELSE(value) .otherwise = value

/* Sections stay together: printing walks them in this order. */
/* clang-format off */
const struct config_key config_key[] = {
	{ AT(server, host, host), TEXT(rule_address), ELSE("127.0.0.1") },
	{ AT(server, port, port), NUMBER(1, 65535, ""), ELSE("5000") },
	{ AT(server, socket, socket), PATH },
	{ AT(server, threads, threads), NUMBER(1, 256, ""), ELSE("4") },
	{ AT(server, supervisor, supervisor), CHOICE(supervisor_name),
	    ELSE("auto") },
	{ AT(server, debug, debug), FLAG, ELSE("false") },

	{ AT(orchestrator, approval_mode, approval_mode),
	    CHOICE(approval_mode_name), ELSE("required") },
	{ AT(orchestrator, checkpoint_after, checkpoint_after),
	    LIST(rule_type) },
	{ AT(orchestrator, auto_approve, auto_approve), LIST(rule_type) },
	{ AT(orchestrator, on_interrupted, on_interrupted),
	    CHOICE(interrupted_name), ELSE("ask") },
	{ AT(orchestrator, timezone, timezone), TEXT(rule_zone) },

	{ AT(webhooks, enabled, enabled), FLAG, ELSE("true") },
	{ AT(webhooks, secret, secrets), ANY(rule_secret), .most = SECRETS_MAX,
	    .secret = true },
	{ AT(webhooks, n8n_notify_url, n8n_notify_url), TEXT(rule_url),
	    .secret = true },
	{ AT(webhooks, notify_header, notify_header), TEXT(rule_header),
	    .secret = true },
	{ AT(webhooks, notify_retry_hours, notify_retry_hours),
	    NUMBER(1, 8760, " hours"), ELSE("72") },

	{ AT(claude, command, command), WORDS, ELSE("claude -p") },
	{ AT(claude, flags, flags), WORDS },
	{ AT(claude, output_format, output_format), CHOICE(output_name),
	    ELSE("stream-json") },
	{ AT(claude, permissions, permissions), .kind = VALUE_CHOICE,
	    .names = permissions_name, .n_names = PERMIT_BY_FLAGS,
	    ELSE("edits") },
	{ AT(claude, allow, allow), LIST(rule_permission) },
	{ AT(claude, deny, deny), LIST(rule_permission) },
	{ AT(claude, workdir, workdir), PATH, ELSE(".") },
	{ AT(claude, user, user), TEXT(rule_line) },
	{ AT(claude, env, env), LIST(rule_env), .secret = true,
	    .drop_empty = true },
	{ AT(claude, timeout, timeout),
	    NUMBER(1, TASK_TIMEOUT_MAX, " seconds"), ELSE("300") },
	{ AT(claude, idle_timeout, idle_timeout),
	    NUMBER(0, TASK_TIMEOUT_MAX, " seconds"), ELSE("0") },
	{ AT(claude, kill_grace, kill_grace), NUMBER(0, 3600, " seconds"),
	    ELSE("10") },
	{ AT(claude, verify_timeout, verify_timeout),
	    NUMBER(1, TASK_TIMEOUT_MAX, " seconds"), ELSE("600") },
	{ AT(claude, ask_timeout, ask_timeout),
	    NUMBER(1, TASK_TIMEOUT_MAX, " seconds"), ELSE("600") },
	{ AT(claude, sandbox, sandbox), FLAG, ELSE("false") },
	{ AT(claude, max_processes, max_processes), NUMBER(0, 1000000, ""),
	    ELSE("2000") },
	{ AT(claude, max_memory, max_memory), NUMBER(0, 100000000, " MiB"),
	    ELSE("0") },

	{ AT(limits, task_usd, task_usd), TEXT(rule_usd) },
	{ AT(limits, session_usd, session_usd), TEXT(rule_usd) },
	{ AT(limits, day_usd, day_usd), TEXT(rule_usd) },
	{ AT(limits, task_turns, task_turns), NUMBER(0, 100000, " turns"),
	    ELSE("0") },

	{ AT(paths, tasks_dir, tasks_dir), PATH, ELSE("orchestrator_tasks") },
	{ AT(paths, logs_dir, logs_dir), PATH, ELSE("orchestrator_logs") },
	{ AT(paths, daily_dir, daily_dir), PATH, ELSE("daily_logs") },
	{ AT(paths, state_file, state_file), PATH, ELSE("state.json") },
	{ AT(paths, run_dir, run_dir), PATH, ELSE("run") },

	{ AT(logging, level, level), CHOICE(log_level_name), ELSE("INFO") },
	{ AT(logging, format, format), TEXT(rule_format),
	    ELSE("[%(asctime)s] %(levelname)s: %(message)s") },
	{ AT(logging, task_logs, task_logs), FLAG, ELSE("true") },
	{ AT(logging, keep_days, keep_days), NUMBER(0, 36500, " days"),
	    ELSE("90") },

	{ AT(telegram, chat_id, chat_ids), ANY(rule_chat), .drop_empty = true,
	    .split = true },
	{ AT(telegram, progress_seconds, progress_seconds),
	    NUMBER(0, 86400, " seconds"), ELSE("20") },
	{ AT(telegram, remind_minutes, remind_minutes),
	    NUMBER(0, 10080, " minutes"), ELSE("60") },
	{ AT(telegram, quiet, quiet), TEXT(rule_span) },
	{ AT(telegram, report, report), TEXT(rule_minute) },
	{ AT(telegram, commands, commands), .kind = VALUE_COMMANDS },
};
/* clang-format on */
_Static_assert(ARRAY_SIZE(config_key) == CONFIG_KEYS, "count every key");

const struct config_key *config_key_find(const char *section, const char *name)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (strcmp(config_key[i].section, section) == 0 &&
		    strcmp(config_key[i].name, name) == 0)
			return &config_key[i];
	return NULL;
}

bool config_section_exists(const char *section)
{
	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (strcmp(config_key[i].section, section) == 0)
			return true;
	return false;
}

/* Adds "a, b or c" of names, of which the last is known by being the last. */
static void name_all(struct buf *out, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%s%s",
		    i == 0       ? ""
		    : i + 1 == n ? " or "
				 : ", ",
		    names[i]);
}

void config_name_sections(struct buf *out)
{
	const char *names[CONFIG_KEYS + 1];
	size_t n = 0;

	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (n == 0 || strcmp(names[n - 1], config_key[i].section) != 0)
			names[n++] = config_key[i].section;
	names[n++] = VERIFY_SECTION;
	name_all(out, names, n);
}

void config_name_keys(struct buf *out, const char *section)
{
	const char *names[CONFIG_KEYS];
	size_t n = 0;

	for (size_t i = 0; i < CONFIG_KEYS; i++)
		if (strcmp(section, config_key[i].section) == 0)
			names[n++] = config_key[i].name;
	name_all(out, names, n);
}

void *config_slot(const struct config *c, const struct config_key *k)
{
	return (char *)(uintptr_t)c + k->offset;
}

void config_want(struct buf *out, const struct config_key *k)
{
	static const char *const shape[] = {
		[VALUE_TEXT] = "a text",
		[VALUE_PATH] = "a path",
		[VALUE_FLAG] = "true or false",
		[VALUE_WORDS] = "a command line or a list of words",
		[VALUE_LIST] = "a list",
		[VALUE_ANY] = "a text or a list",
		[VALUE_COMMANDS] = "a list of ",
	};
	const char *commands[COMMANDS];

	if (k->kind == VALUE_NUMBER)
		buf_addf(out, "%ld..%ld%s", k->low, k->high, k->unit);
	else if (k->kind == VALUE_CHOICE)
		name_all(out, k->names, k->n_names);
	else
		buf_adds(out, shape[k->kind]);
	for (size_t i = 0; i < COMMANDS; i++)
		commands[i] = command_info[i].name;
	if (k->kind == VALUE_COMMANDS)
		name_all(out, commands, COMMANDS);
}

int config_line(const struct config *c, const char *section, const char *name)
{
	const struct config_key *k = config_key_find(section, name);

	if (k == NULL)
		bug("there is no key %s.%s", section, name);
	return c->lines == NULL ? 1 : c->lines[k - config_key];
}
