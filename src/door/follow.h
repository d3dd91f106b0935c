/* follow.h - a log as it grows: whole lines, one after the other.
 *
 * A client waiting on a file: call follow_read() every now and then. It goes
 * on with the new file when the old one was moved away, and waits for one
 * that is not there yet. */
#ifndef DOOR_FOLLOW_H
#define DOOR_FOLLOW_H

#include "base/buf.h"

struct follow {
	char *path; /* NULL: nothing is followed */
	int fd;
	off_t at;
	struct buf line; /* the part of one that is there */
};

#define FOLLOW_INIT                   \
	{                             \
		NULL, -1, 0, BUF_INIT \
	}

enum follow_from {
	FOLLOW_ALL,
	FOLLOW_NEW,     /* what is added from now on */
	FOLLOW_ATTEMPT, /* of a task's log: from its last header */
};

/* Lets go of the former file, if any. */
void follow_open(struct follow *f, const char *path, enum follow_from from);
void follow_release(struct follow *f);

/* Calls line for each whole line that is new, without its newline. */
void follow_read(
    struct follow *f, void (*line)(void *arg, const char *text), void *arg);

#endif
