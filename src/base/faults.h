/* faults.h - everything wrong with a file, in one run.
 *
 * Each fault is a line "file:line: what is wrong, what is wanted". Past
 * FAULTS_SHOWN they are only counted. */
#ifndef BASE_FAULTS_H
#define BASE_FAULTS_H

#include "base/strvec.h"

enum { FAULTS_SHOWN = 100 };

struct faults {
	struct strvec lines; /* warnings are not in here */
	size_t count;        /* all of them, shown or not */
	struct strvec warnings;
};

#define FAULTS_INIT                         \
	{                                   \
		STRVEC_INIT, 0, STRVEC_INIT \
	}

void faults_release(struct faults *f);
/* line 0: the file as a whole, written without a number. */
void faults_add(struct faults *f, const char *file, int line, const char *fmt,
    ...) PRINTF_LIKE(4, 5);
/* Something to know that stops nothing. */
void faults_warn(struct faults *f, const char *file, int line, const char *fmt,
    ...) PRINTF_LIKE(4, 5);

#endif
