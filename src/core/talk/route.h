/* route.h - which request a method and a path are, before its body is read. */
#ifndef CORE_ROUTE_H
#define CORE_ROUTE_H

#include "core/session/command.h"

enum route_kind { ROUTE_NONE, ROUTE_HEALTH, ROUTE_TEXT, ROUTE_COMMAND };

struct route {
	enum route_kind kind;
	enum command
	    command; /* of ROUTE_COMMAND; else the body's text says it */
};

/* As they came; NULL: absent. */
struct route_head {
	const char *method, *path, *content_type, *content_length;
};

/* The route of an exact path: /webhook/ and the name of any command. */
struct route route_find(const char *path);
bool route_is_webhook(const char *path);
/* The methods, as 405 says them. */
const char *route_allow(struct route r);

/* The proxy did not say how long the body is: it ends where it ends. */
#define LENGTH_UNKNOWN SIZE_MAX

/* What the head alone is refused for, first 404, then 405, 413, 415, 400: the
 * code and, in *why, what would be right; 0: go on, and *length is the body's.
 * *route is set, of 404 to ROUTE_NONE. */
int route_check(const struct route_head *head, struct route *route,
    size_t *length, const char **why);

#endif
