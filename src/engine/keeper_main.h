/* keeper_main.h - what the keeper process runs. */
#ifndef ENGINE_KEEPER_MAIN_H
#define ENGINE_KEEPER_MAIN_H

#include "engine/keeper.h"

enum { KEEPER_ORDER_END = 'E' };

/* Its pid, -1 with errno. */
pid_t keeper_fork(
    const struct keeper_spec *spec, int lock, int orders, int reports);

/* In the fresh child of fork(2), with all signals blocked. */
_Noreturn void keeper_main(
    const struct keeper_spec *spec, int lock, int orders, int reports);

#endif
