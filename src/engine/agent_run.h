/* agent_run.h - one running attempt, shared by agent.c (its life),
 * agent_io.c (its three streams), agent_given.c and agent_outcome.c (how it
 * went). Nobody else comes in. */
#ifndef ENGINE_AGENT_RUN_H
#define ENGINE_AGENT_RUN_H

#include "core/claude/complaint.h"
#include "engine/agent.h"
#include "engine/keeper.h"

struct agent {
	struct loop *loop;
	struct agent_callbacks cb;
	struct task_log *log;

	/* What is started, again with a fresh conversation where need be. */
	struct strvec sandbox, command, flags, more, env;
	char *instruction, *prompt, *dir, *marker, *lock_path;
	char *conversation, *resume;
	struct account account;
	bool other_account;
	enum output_format format;
	bool one_stream;
	int timeout, idle_timeout, kill_grace; /* seconds */
	double budget;                         /* dollars; 0: no end */
	int max_processes, max_memory;         /* MiB */

	/* What runs. */
	struct keeper keeper;
	int in, out, err; /* our ends; -1: closed */
	size_t written;   /* of the prompt */
	struct stream stream;
	struct buf out_line, err_line; /* the last, unfinished line */
	struct buf tail;               /* of standard output, as text */
	struct complaint complaint;    /* of standard error */
	struct complaint remark;       /* of output that is no JSON */
	char *last_activity;
	char *cannot_start; /* the keeper's words; nothing ran */

	/* How it goes. */
	struct timer too_long, too_quiet, hanging, sweep, deaf;
	int64_t started, held_at, held_ms; /* held_at 0: it is not */
	int wait_status;
	bool exited, all_ended;
	bool timed_out, idle_timed_out, hung, overspent;
	enum task_result ended_as; /* RESULT_NONE: not asked to in time */
};

/* $ORCHESTRATOR_ASK, and no end of Claude's own to the wait for a person. */
void agent_env_ask(struct strvec *env, const char *ask);
/* Lets Claude wait for its background work as long as the task may take. */
void agent_env_wait(struct strvec *env, int seconds);

/* Streams for a new start; theirs are for the keeper. */
int agent_io_open(struct agent *a, int theirs[3], struct error *err);
void agent_io_watch(struct agent *a);
/* Claude has exited: what it wrote is there by now, and what comes after it is
 * from somebody else. */
void agent_io_ended(struct agent *a);
/* Takes what is still in the pipes when nobody is left to write, and the
 * unfinished lines; then closes. */
void agent_io_finish(struct agent *a);
void agent_io_close(struct agent *a);
/* It has said something: agent.c looks at its clocks. */
void agent_heard(struct agent *a);

/* o is fresh. */
void agent_fill_outcome(const struct agent *a, struct outcome *o);
void agent_log_outcome(struct agent *a, const struct outcome *o);
/* All of the closing text, to be freed. */
char *agent_closing(const struct agent *a);

#endif
