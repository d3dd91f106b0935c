/* route.h - which request a method and a path are, before its body is read. */
#ifndef CORE_ROUTE_H
#define CORE_ROUTE_H

#include "core/session/command.h"

struct route {
	const char *path;
	const char *allow; /* the methods, as 405 says them */
	int command;       /* -1: /health, or the body's text says it */
	bool is_text;      /* /webhook/command */
};

/* As they came; NULL: absent. */
struct route_head {
	const char *method, *path, *content_type, *content_length;
};

/* The route of an exact path, or NULL. */
const struct route *route_find(const char *path);
bool route_is_webhook(const char *path);
bool route_is_health(const struct route *r);

/* The proxy did not say how long the body is: it ends where it ends. */
#define LENGTH_UNKNOWN SIZE_MAX

/* SPEC section 5, "Order of refusals", as far as the head goes: the code
 * (404, 405, 413, 415, 400) and, in *why, what would be right; 0: go on, and
 * *length is the body's. *route is set but for 404. */
int route_check(const struct route_head *head, const struct route **route,
    size_t *length, const char **why);

#endif
