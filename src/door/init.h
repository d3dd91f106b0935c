/* init.h - `orchestrator init`: a project that is ready to run. */
#ifndef DOOR_INIT_H
#define DOOR_INIT_H

#include "door/options.h"

/* Makes what is missing in a folder and
 * never changes what is there. Says its own errors on standard error. Returns
 * the exit code. */
int door_init(const struct given *g);

#endif
