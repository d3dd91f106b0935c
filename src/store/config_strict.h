/* config_strict.h - who else could change what we trust?
 *
 * OpenSSH's StrictModes: a configuration, a list or a program that another
 * account may write to is that account's word, not its owner's. */
#ifndef STORE_CONFIG_STRICT_H
#define STORE_CONFIG_STRICT_H

#include "base/faults.h"
#include "store/config.h"

/* Adds a fault, with its mend, for each of config.yaml, .env, their folder,
 * tasks_dir, run_dir, the state's folder and the program of claude.command
 * that others than its owner, root and the supervisor's account may write to,
 * or that belongs to claude.user. What is not there is no fault. name stands
 * for config.yaml. */
void strict_check(const struct config *c, const char *name, struct faults *f);

#endif
