/* process.h - who is running, as /proc tells it. */
#ifndef ENGINE_PROCESS_H
#define ENGINE_PROCESS_H

#include "base/base.h"

struct process {
	pid_t pid, ppid;
	char state; /* R S D Z T ... of proc(5) */
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

void process_list_release(struct process_list *l);
/* Everybody that /proc shows. */
void process_list_all(struct process_list *l);
/* Keeps the living descendants of root: no zombies, not root itself, and
 * nobody at or below a process of which spare (which may be NULL) holds. */
void process_list_descendants(
    struct process_list *l, pid_t root, bool (*spare)(pid_t));

/* Sends sig if that very process is still there, however quickly its number
 * was given to another. Returns whether it was sent. */
bool process_signal(const struct process *p, int sig);
/* Has it name=value in the environment it was started with? Where that
 * cannot be read (another account's): false. */
bool process_has_env(
    const struct process *p, const char *name, const char *value);

#endif
