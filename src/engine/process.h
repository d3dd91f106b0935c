/* process.h - who is running, as /proc tells it. */
#ifndef ENGINE_PROCESS_H
#define ENGINE_PROCESS_H

#include "base/base.h"

struct process {
	pid_t pid, ppid;
	char state; /* R S D Z T ... of proc(5): of its first thread */
	long threads;
	unsigned long long started;
	enum { KIN_UNKNOWN, KIN_YES, KIN_NO } kin; /* while being sorted out */
};

struct process_list {
	struct process *v; /* by pid, upwards */
	size_t n, cap;
};

#define PROCESS_LIST_INIT  \
	{                  \
		NULL, 0, 0 \
	}

/* -1: there is none. */
int process_find(struct process *p, pid_t pid);

/* Of all processes of an account, as far as /proc tells whose they are. */
int process_count_threads(uid_t uid);

void process_list_release(struct process_list *l);
/* Everybody that /proc shows. */
void process_list_all(struct process_list *l);
/* Nothing of it runs any more. A process shows as a zombie as soon as its
 * first thread has ended, while another goes on. */
bool process_is_dead(const struct process *p);
/* By a signal or a tracer. */
bool process_is_stopped(const struct process *p);
/* Keeps the living descendants of root: nobody who is dead, not root itself,
 * and nobody at or below a process of which spare (may be NULL) holds. */
void process_list_descendants(
    struct process_list *l, pid_t root, bool (*spare)(pid_t));

/* Does pid descend from root? So it is where it is gone: its parents cannot
 * be told any more. */
bool process_descends(pid_t pid, pid_t root);

/* Sends sig if that very process is still there, however quickly its number
 * was given to another. Returns whether it was sent. */
bool process_signal(const struct process *p, int sig);
/* Has it name=value in the environment it was started with? Where that
 * cannot be read (another account's): false. */
bool process_has_env(
    const struct process *p, const char *name, const char *value);

#endif
