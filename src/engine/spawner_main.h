/* spawner_main.h - what the spawner process runs, and what it is told.
 *
 * An order is one struct with its descriptors beside it; the words are in a
 * file in memory, NUL-terminated: marker, folder, argv, environment. Each
 * order is answered with one struct. */
#ifndef ENGINE_SPAWNER_MAIN_H
#define ENGINE_SPAWNER_MAIN_H

#include "engine/keeper_main.h"

enum { SPAWNER_WORDS_MAX = 8 * 1024 * 1024 };

struct spawner_order {
	enum { SPAWNER_KEEP, SPAWNER_SWEEP } what;
	size_t n_argv, n_env;
	int grace, max_processes, max_memory;
};

/* In this order; a sweep has the words alone. */
enum spawner_fd {
	SPAWNER_WORDS,
	SPAWNER_LOCK,
	SPAWNER_ORDERS,
	SPAWNER_REPORTS,
	SPAWNER_IN,
	SPAWNER_OUT,
	SPAWNER_ERR,
	SPAWNER_FDS
};

struct spawner_reply {
	pid_t pid;      /* -1: text says why */
	int found;      /* by the sweep */
	char text[256]; /* the pidfd is beside it */
};

/* In the fresh child of fork(2), with all signals blocked. */
_Noreturn void spawner_main(int fd, const struct account *as);

#endif
