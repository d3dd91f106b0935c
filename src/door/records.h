/* records.h - what of a FastCGI request has come, by its records' heads. */
#ifndef DOOR_RECORDS_H
#define DOOR_RECORDS_H

#include <stddef.h>

enum found {
	FOUND_UNFINISHED,
	FOUND_IN_BODY,   /* all but the body's end */
	FOUND_LONG_BODY, /* that, and more of it than we look at: files */
	FOUND_WHOLE,
	/* Whole and nothing beside it, and its peer keeps the connection: to
	 * read it never waits, and the next may come after it. */
	FOUND_KEEPS,
	/* No FastCGI; or parameters that do not end where a request's do, or
	 * say that they are longer: libfcgi would believe it. */
	FOUND_FOREIGN
};

/* What was looked at fills this: there may be more. */
enum { RECORDS_LOOK = 96 * 1024 };

enum found records_look(const char *bytes, size_t n);

#endif
