/* spawner.h - the one process that may become another account.
 *
 * Where claude.user is set the supervisor forks it first of all and then gives
 * up every capability: what parses Claude's stream has none. The spawner reads
 * nothing but orders (spawner_main.h): start a keeper, sweep. Whose account
 * they are carried out with it was told at its birth, not by an order, so that
 * whoever has taken over the supervisor can still become nobody else. It ends
 * with the supervisor. */
#ifndef ENGINE_SPAWNER_H
#define ENGINE_SPAWNER_H

#include "engine/keeper.h"

/* Forks it, and confines this process (privilege.h) for good. Once. */
int spawner_start(const struct account *as, struct error *err);
/* Here, where it was started, and for good: one that has died leaves us with
 * nobody who can switch, which only a new supervisor mends. */
bool spawner_is_used(void);
/* Readable when it has died; -1: none. */
int spawner_fd(void);
void spawner_stop(void);

/* A keeper for spec, with child.as left out of account; fills k's pid and
 * pidfd. */
int spawner_keep(struct keeper *k, const struct keeper_spec *spec, int lock,
    int orders, int reports, struct error *err);
/* A sweep (family.h), there. 1 where it does not answer: it is not known to be
 * clean. */
int spawner_sweep(const char *marker);

#endif
