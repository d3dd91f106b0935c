/* init.h - `orchestrator init`: a project that is ready to run. */
#ifndef DOOR_INIT_H
#define DOOR_INIT_H

/* argv is what follows the subcommand. Makes what is missing in a folder and
 * never changes what is there. Says its own errors on standard error. Returns
 * the exit code. */
int door_init(int argc, char **argv);

#endif
