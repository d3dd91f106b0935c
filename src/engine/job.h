/* job.h - what runs: one thing at a time, of one kind or another.
 *
 * A job owns the agent and its log, the outcome that is not in the state yet,
 * and what a crash has left. What is particular to a kind - when it runs,
 * what it is called, what Claude is given, what becomes of it - is its row,
 * in a file of its own (attempt.c, planning.c, undoing.c).
 *
 * Order: the record says that it runs (a kind's runs()), then job_start();
 * conclude() puts its end into the record, in a turn of the loop of its own.
 * An outcome that cannot be stored (a full disk) is kept and concluded again
 * later: nothing else begins before. */
#ifndef ENGINE_JOB_H
#define ENGINE_JOB_H

#include "engine/agent.h"
#include "engine/evidence.h"
#include "store/state.h"

struct instance;
struct job_kind;

/* How it ended. */
struct job_end {
	const struct job_kind *of; /* NULL: nothing has ended */
	struct outcome outcome;
	char *closing; /* all of Claude's answer */
	bool cut_off;  /* by a crash: this is another supervisor */
};

struct job_kind {
	const char *cut_off; /* the error of one that a crash ended */
	/* Does the record say that one is under way? Only then the others but
	 * conclude() are called. */
	bool (*runs)(const struct state *s);
	/* ORCHESTRATOR_ATTEMPT: names it among all that ever ran here, so that
	 * what is left of it after a crash is found. To be freed. */
	char *(*marker)(const struct state *s);
	/* The id that what it is doing goes by. */
	const char *(*id)(const struct state *s);
	/* The name of its log and the line it begins with, to be freed. */
	void (*describe)(const struct state *s, char **log, char **header);
	/* Has a crash left more to be done than to say that it was cut off?
	 * NULL: it never has. */
	bool (*goes_on)(const struct instance *in);
	/* The step that comes first; NULL: 0. */
	int (*first)(struct instance *in);
	/* What this kind gives its agent, for the step that job.step is; words
	 * is there to be filled, as argv or more. */
	void (*prepare)(
	    struct instance *in, struct agent_job *job, struct strvec *words);
	/* A step has ended, by itself or otherwise: takes into job.ended what
	 * counts of it. Returns true where another follows, that job.step is
	 * set to. NULL: there is one step, and its end is the end. */
	bool (*then)(
	    struct instance *in, const struct outcome *o, const char *closing);
	/* What a step that is not Claude says; see agent_callbacks.output. */
	void (*output)(struct instance *in, const char *bytes, size_t n);
	/* agent_callbacks.fresh_conversation; NULL: it resumes none. */
	int (*fresh_conversation)(struct instance *in, const char *uuid);
	/* The end into the record, and what follows from it, at most the next
	 * job. Returns 0, or -1: not stored, it is called again. */
	int (*conclude)(struct instance *in, const struct job_end *end);
	/* After a start, when nothing of the last job is left: what was held
	 * back goes on. NULL: nothing is. */
	void (*go_on)(struct instance *in);
};

struct job {
	const struct job_kind *const *kinds; /* all, up to a NULL */
	const struct job_kind *kind;         /* of what runs */
	int step;                            /* the kind's own count */
	char *prompt;
	struct agent *agent;         /* NULL: nothing runs */
	bool is_claude;              /* that is it, and not a step beside it */
	bool result_is_in;           /* Claude's, while further steps run */
	enum task_result stopped_as; /* RESULT_NONE: it was not */
	bool has_checkpoint;         /* of the attempt that runs */
	struct evidence evidence;
	struct task_log log;
	struct job_end ended;
	bool clearing; /* a former job is still being ended */
	struct timer settle, clear;
	char *lock_path; /* run_dir/attempt.lock */
	char *activity_path;
	char *activity; /* shown when the timer fires, if not sooner */
	struct timer show;
};

/* kinds: all that there are, and a NULL; stays. */
void job_init(struct instance *in, const struct job_kind *const *kinds);
/* Starts what the record says is running; prompt is for standard input. What
 * cannot be started ends at once, with the reason as its error. */
void job_start(
    struct instance *in, const struct job_kind *kind, const char *prompt);
/* For a kind's prepare(): job is one of the programs of evidence.h; what it
 * says goes to the kind's output() and into no log. */
void job_prepare_git(struct agent_job *job, const struct strvec *argv);
/* What counts of a step; closing may be NULL. */
void job_take(struct job *j, const struct outcome *o, const char *closing);
/* Ends it; result as in agent_end(). */
void job_stop(struct instance *in, enum task_result result);
/* Does nothing run? (A session may be open all the same.) */
bool job_is_idle(const struct instance *in);
/* Is its result in, so that nothing is left to be cancelled? */
bool job_has_result(const struct instance *in);
/* Has one ended that is not in the state yet? */
bool job_is_unsettled(const struct instance *in);
/* Tries again at once to store that. */
void job_settle_now(struct instance *in);
/* What the last supervisor left: ends it, then says what became of it. */
void job_recover(struct instance *in);
void job_release(struct instance *in);

#endif
