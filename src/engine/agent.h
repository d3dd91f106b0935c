/* agent.h - one attempt: a program, its streams, its time, its verdict.
 *
 * Starts Claude (or any program, output_format: text) under a keeper, writes
 * the prompt to its standard input, reads its standard output as it comes,
 * ends it when its time is up, and says once how it went. Everything runs in
 * the loop; nothing here knows of sessions. SIGPIPE must be ignored. */
#ifndef ENGINE_AGENT_H
#define ENGINE_AGENT_H

#include "core/claude/stream.h"
#include "engine/loop.h"
#include "store/config.h"
#include "store/logs.h"

struct agent_job {
	const struct config *config;
	/* A program that is not Claude, without arguments of ours and as
	 * text; NULL: Claude. */
	const struct strvec *argv;
	const char *marker;       /* ORCHESTRATOR_ATTEMPT */
	const char *conversation; /* --session-id */
	const char *resume;       /* --resume ... --fork-session; NULL: fresh */
	const struct strvec *more; /* further arguments of ours, or NULL */
	const char *instruction;   /* the one sentence */
	const char *prompt;        /* standard input; copied */
	const char *doing;         /* until it says what itself, or NULL */
	bool one_stream;           /* standard error is standard output */
	bool unheard;              /* what it says goes to callbacks.output */
	int timeout;               /* seconds */
	double budget;             /* dollars; 0: as many as it likes */
	const char *ask;           /* $ORCHESTRATOR_ASK; NULL: it asks nobody */
	struct task_log *log;      /* lent until done */
};

struct agent_callbacks {
	/* What it is doing now, one line, clean. */
	void (*activity)(void *arg, const char *what);
	/* Of text, its bytes as they come, instead of the log, the activity
	 * and closing; NULL: those. */
	void (*output)(void *arg, const char *bytes, size_t n);
	/* The conversation to resume is gone: a fresh one with this id is due
	 * within the same attempt. Store it and return 0; -1: give up. */
	int (*fresh_conversation)(void *arg, const char *uuid);
	/* Once, the last call, when no process of the attempt is left. The
	 * agent may be released in it, and only in this one. closing: all of
	 * Claude's closing text (result.result or, structured,
	 * result.structured_output). */
	void (*done)(void *arg, const struct outcome *o, const char *closing);
	void *arg;
};

struct agent;

/* Starts and returns at once. NULL with the reason where nothing could even
 * be tried (no such account, a former attempt is still alive). A program that
 * cannot be executed is told by done(), with "cannot start 'x': ...". */
struct agent *agent_start(struct loop *l, const struct agent_job *job,
    const struct agent_callbacks *cb, struct error *err);
/* Ends it in order: TERM, CONT, KILL after kill_grace. result says what the
 * outcome will be (RESULT_CANCELLED, RESULT_INTERRUPTED); it holds unless
 * the result was in already. */
void agent_end(struct agent *a, enum task_result result);
/* Its clocks stand still while it waits for a person, and then go on. */
void agent_hold(struct agent *a, bool hold);
/* It did not wait for the answer: the time counts for which it has been held,
 * and where that was all of it, it is ended. */
void agent_waited_in_vain(struct agent *a);
/* Is the result line in, and the rest only clearing up? */
bool agent_has_result(const struct agent *a);
/* What the turns that have ended have cost; 0 where none has. */
void agent_spent(const struct agent *a, double *cost_usd, int *num_turns);
/* Lets go; what still runs is ended by its keeper at once. */
void agent_release(struct agent *a);

/* claude.flags with the one permission mode that holds. */
void agent_flags(struct strvec *out, const struct config *c);

/* Adds what makes Claude ask us, with `orchestrator mcp` between. */
void agent_ask_words(struct strvec *out);

/* What Claude is started with; everything is borrowed. flags: those of
 * agent_flags(). conversation, resume and more may be NULL. */
struct agent_words {
	const struct strvec *command, *flags, *more;
	enum output_format format; /* text: no argument of ours */
	const char *instruction, *conversation, *resume;
};
void agent_argv(struct strvec *argv, const struct agent_words *w);

/* Is "NAME=value" of the supervisor's environment among what Claude gets? */
bool agent_env_wants(const struct config *c, const char *entry);
/* The environment that Claude gets, see claude.env. marker NULL:
 * none (a trial). */
void agent_environment(
    struct strvec *out, const struct config *c, const char *marker);

#endif
