/* run_parts.h - what the files of `run` share. Nobody else comes in.
 *
 *   run_terminal.c  arguments, the loop, the end
 *   run_begin.c     which list, begun or gone on with
 *   run_show.c      what has happened since the last look
 *   run_ask.c       what is asked, and who answers it */
#ifndef DOOR_RUN_PARTS_H
#define DOOR_RUN_PARTS_H

#include "door/cli_parts.h"
#include "door/follow.h"
#include "door/terminal.h"
#include "store/snapshot.h"

enum { LOOK_EVERY_MS = 200, GO_ON = -1 };

/* What was shown of a task last. */
struct seen {
	enum task_status status;
	int attempt;
};

struct run {
	struct config config;
	const char *list; /* --task-file, or NULL */
	bool yes, json;
	bool printed;     /* with json: the body is out */
	pid_t supervisor; /* ours; -1: it was there before us */
	struct terminal terminal;
	struct snapshot snapshot;

	/* run_show.c */
	char *session_id;
	struct seen *seen;
	size_t n;
	struct follow log;
	size_t log_of; /* position of the task whose log that is; 0: none */
	bool was_paused;

	/* run_ask.c */
	size_t entry_at;                    /* the current task when we came */
	struct seen entry;                  /* and how it stood */
	char answered[DECISION_ID_SIZE];    /* by us: not asked again */
	char asking[DECISION_ID_SIZE];      /* the prompt that is there */
	char shown[DECISION_ID_SIZE];       /* the question shown whole */
	char feedback_on[DECISION_ID_SIZE]; /* the question retry is due on */
	char *refusal;                      /* said last */
	int refused;                        /* times in a row */
};

/* Has a signal asked us to end? */
bool run_is_caught(void);

/* Before anything is started: the state, and which list it is about. 0, or
 * the exit code; another list that is unfinished is refused, one that is
 * completed is begun again only where a person says so. */
int run_look_before(struct run *r, bool *unfinished);
/* Begins the list; says its warnings, or why not. 0, or the exit code. */
int run_start_list(struct run *r);
/* Goes on with the session that is there, a pause ended. */
int run_go_on(struct run *r);

/* Everything that has changed; the live line where something runs. */
void run_show(struct run *r, const struct session *s);
/* Takes what is there as known: only what comes is shown. */
void run_show_from(struct run *r, const struct session *s);
/* "Session completed: 2 completed, 1 skipped, in 3 m 2 s, $0.12" and where
 * the rest is to be read. */
void run_show_end(struct run *r, const struct session *s);
void run_show_release(struct run *r);

/* The session waits, or goes on by itself unless it is answered, or Claude asks
 * in the middle of a task: answers, or asks, for at most LOOK_EVERY_MS. Returns
 * GO_ON, or the exit code with which run is to end. */
int run_ask(struct run *r, const struct session *s);
/* Sends a command about the open question (decision may be NULL). Says a
 * refusal. */
int run_send(struct run *r, enum command command, const char *decision,
    const char *feedback);

#endif
