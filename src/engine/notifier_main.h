/* notifier_main.h - what the sending process runs, and what its call is. */
#ifndef ENGINE_NOTIFIER_MAIN_H
#define ENGINE_NOTIFIER_MAIN_H

#include "engine/notifier.h"

/* In the fresh child of fork(2). fd: our end of the socket pair. */
_Noreturn void notifier_main(int fd, pid_t parent);

#endif
