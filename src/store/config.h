/* config.h - config.yaml and .env as one struct, or all that is wrong.
 *
 * Read whole into a fresh struct, every fault counted with file:line; nobody
 * ever sees a half-right configuration. Keys, defaults and ranges are those
 * of orchestrator.yaml(5); they live in one table in config_schema.c. */
#ifndef STORE_CONFIG_H
#define STORE_CONFIG_H

#include "base/faults.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/log.h"
#include "core/session/command.h"
#include "core/session/policy.h"
#include "store/permissions.h"

enum supervisor_mode { SUPERVISOR_AUTO, SUPERVISOR_EXTERNAL, SUPERVISOR_MODES };
enum on_interrupted { INTERRUPTED_ASK, INTERRUPTED_RESUME, INTERRUPTED_MODES };
enum output_format { OUTPUT_STREAM_JSON, OUTPUT_TEXT, OUTPUT_FORMATS };

/* `verify:`: a type of task, and the command that tries what one has made. */
struct verify_rule {
	char *type;
	struct strvec command;
	int line;
};

struct verify_rules {
	struct verify_rule *v;
	size_t n;
	struct strvec reading; /* of the one being read */
};

/* Strings are NULL where the key is absent or empty. Paths are absolute. */
struct config {
	char *path; /* of config.yaml; NULL: none, defaults */
	char *dir;  /* its folder, absolute */
	struct {
		char *host;
		int port;
		char *socket;
		int threads;
		enum supervisor_mode supervisor;
		bool debug;
	} server;
	struct {
		enum approval_mode approval_mode;
		struct strvec checkpoint_after, auto_approve;
		enum on_interrupted on_interrupted;
		char *timezone;
	} orchestrator;
	struct {
		bool enabled;
		struct strvec secrets; /* the first one signs */
		char *n8n_notify_url;
		char *notify_header; /* "Name: value" */
		int notify_retry_hours;
	} webhooks;
	struct claude_config {
		struct strvec command, flags; /* words */
		struct strvec allow, deny;    /* rules of Claude Code */
		enum output_format output_format;
		enum permissions permissions; /* the one that holds */
		char *workdir;
		char *user;
		struct strvec env;                     /* NAME or NAME=value */
		int timeout, idle_timeout, kill_grace; /* seconds */
		int verify_timeout;                    /* seconds */
		int ask_timeout;                       /* seconds */
		bool sandbox;
		int max_processes, max_memory; /* MiB; 0: no limit */
	} claude;
	struct {
		char *tasks_dir, *logs_dir, *daily_dir, *state_file, *run_dir;
	} paths;
	struct {
		enum log_level level;
		char *format;
		bool task_logs;
		int keep_days; /* 0: for good */
	} logging;
	struct {
		struct strvec chat_ids;
		int progress_seconds; /* 0: never */
		int remind_minutes;   /* 0: never */
		char *quiet;          /* "22:00-07:00"; NULL: never */
		char *report;         /* "07:30"; NULL: never */
		command_set commands;
	} telegram;
	struct {
		char *task_usd, *session_usd, *day_usd; /* dollars */
		int task_turns;                         /* 0: no limit */
	} limits;
	struct verify_rules verify;
	struct strvec dotenv; /* NAME=value, all of .env */
	int *lines;           /* config_line()'s own */
};

#define CONFIG_INIT          \
	{                    \
		.path = NULL \
	}

enum config_result { CONFIG_OK, CONFIG_FAULTY, CONFIG_UNREADABLE };

/* Reads path (with .env beside it) into *c, which is fresh. FAULTY: f has
 * the faults, *c is empty. UNREADABLE: config.yaml cannot be opened, err
 * says why. Warnings are in f in any case. */
enum config_result config_load(
    struct config *c, const char *path, struct faults *f, struct error *err);

/* No config.yaml: the defaults, webhooks off, everything in dir. */
void config_defaults(struct config *c, const char *dir);

void config_release(struct config *c);

/* Do both keep state, logs and locks in the same places? These change only at
 * a restart. */
bool config_same_places(const struct config *a, const struct config *b);

/* The command that verifies tasks of this type, or NULL. */
const struct strvec *config_verify(const struct config *c, const char *type);
/* Is there a type that fresh does not verify as old does? */
bool config_verifies_less(const struct config *fresh, const struct config *old);

/* -c, else $ORCHESTRATOR_CONFIG, else ./config.yaml, else
 * /etc/orchestrator/config.yaml; NULL where none of them is there. option is
 * -c's argument or NULL. To be freed. */
char *config_find(const char *option);

/* The effective configuration as YAML, secrets masked (check --print). */
void config_print(struct buf *out, const struct config *c);

/* Where the file speaks of section.name, for a message: its line, else its
 * section's, else 1. */
int config_line(const struct config *c, const char *section, const char *name);

/* The views that the core wants. */
struct policy config_policy(const struct config *c);
/* run_dir/NAME; to be freed. */
char *config_run_path(const struct config *c, const char *name);
/* The value of an environment variable of claude.env's kind: process
 * environment, then .env. NULL: not set. Borrowed. */
const char *config_getenv(const struct config *c, const char *name);

#endif
