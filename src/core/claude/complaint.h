/* complaint.h - which line of a program's last words names the error.
 *
 * Programs say what went wrong and go on: a trace, a version, how they are
 * used, that something is deprecated. Of the lines given one by one, the one
 * that reads most like the error is kept, the later of two alike. */
#ifndef CORE_COMPLAINT_H
#define CORE_COMPLAINT_H

#include "base/buf.h"

struct complaint {
	char *line; /* clean, one line; NULL: none yet */
	int weight;
	int age; /* lines since */
};

void complaint_add(struct complaint *c, const char *line);
void complaint_release(struct complaint *c);

#endif
