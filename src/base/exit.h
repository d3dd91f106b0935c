/* exit.h - what the program's exit status says, orchestrator(1). */
#ifndef BASE_EXIT_H
#define BASE_EXIT_H

enum exit_code {
	CODE_DONE,
	CODE_REFUSED, /* or failed */
	CODE_USAGE,
	CODE_WAITING,       /* for a human */
	CODE_CONFIGURATION, /* or a state that cannot be read */
	CODE_NO_SUPERVISOR
};

#endif
