/* keeper_main.h - what the keeper process runs. */
#ifndef ENGINE_KEEPER_MAIN_H
#define ENGINE_KEEPER_MAIN_H

#include "engine/keeper.h"

enum { KEEPER_ORDER_END = 'E' };

/* Forks it: its pid, or -1 with errno. lock, orders and reports are its own
 * ends; the parent closes them. */
pid_t keeper_fork(
    const struct keeper_spec *spec, int lock, int orders, int reports);

#endif
