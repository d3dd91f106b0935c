/* help.h - what the program says of itself at the command line. */
#ifndef DOOR_HELP_H
#define DOOR_HELP_H

#include "base/base.h"

/* The whole of --help. */
extern const char help_all[];
/* COMMAND --help, or NULL where there is no such command. */
const char *help_for(const char *command);

#endif
