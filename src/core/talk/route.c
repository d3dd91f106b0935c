/* route.c - the paths of orchestrator-http(7). */
#include "core/talk/route.h"
#include "core/talk/request.h"

#include <strings.h>

static const char webhook[] = "/webhook/";

struct route route_find(const char *path)
{
	struct route none = { ROUTE_NONE, 0 };
	const char *name;
	int c;

	if (strcmp(path, "/health") == 0)
		return (struct route){ ROUTE_HEALTH, 0 };
	if (!route_is_webhook(path))
		return none;
	name = path + strlen(webhook);
	if (strcmp(name, "command") == 0)
		return (struct route){ ROUTE_TEXT, 0 };
	c = command_find(name);
	return c < 0 ? none : (struct route){ ROUTE_COMMAND, (enum command)c };
}

bool route_is_webhook(const char *path)
{
	return str_starts(path, webhook);
}

const char *route_allow(struct route r)
{
	return r.kind == ROUTE_HEALTH ? "GET, HEAD" : "POST";
}

static bool allows(struct route r, const char *method)
{
	if (r.kind == ROUTE_HEALTH)
		return strcmp(method, "GET") == 0 ||
		       strcmp(method, "HEAD") == 0;
	return strcmp(method, "POST") == 0;
}

/* Parameters are ignored. */
static bool is_json(const char *content_type)
{
	static const char want[] = "application/json";
	const char *p = content_type;

	if (p == NULL)
		return false;
	p += strspn(p, " \t");
	if (strncasecmp(p, want, strlen(want)) != 0)
		return false;
	p += strlen(want);
	p += strspn(p, " \t");
	return *p == '\0' || *p == ';';
}

/* 0, or the code of the refusal. Digits only. None, or Caddy's -1, is a body
 * that came in chunks: as long as it turns out to be. */
static int read_length(
    const char *text, size_t most, size_t *length, const char **why)
{
	size_t n = 0;

	if (text == NULL || *text == '\0' || strcmp(text, "-1") == 0) {
		*length = LENGTH_UNKNOWN;
		return 0;
	}
	for (; text != NULL && *text != '\0'; text++) {
		if (*text < '0' || *text > '9') {
			*why = "Content-Length is not a number";
			return 400;
		}
		if (n <= most)
			n = n * 10 + (size_t)(*text - '0');
	}
	*length = n;
	if (n <= most)
		return 0;
	*why = most == REQUEST_MAX ? "the body may have at most 64 KiB"
				   : "the body may have at most 14 MiB";
	return 413;
}

int route_check(const struct route_head *head, struct route *route,
    size_t *length, const char **why)
{
	size_t most = REQUEST_MAX;
	int code;

	*length = 0;
	*route = route_find(head->path ? head->path : "");
	if (route->kind == ROUTE_NONE) {
		*why = "there is nothing at this path";
		return 404;
	}
	if (!allows(*route, head->method ? head->method : "")) {
		*why = "this path takes another method (see Allow)";
		return 405;
	}
	if (route->kind == ROUTE_HEALTH)
		return 0;
	/* Files come with these two, by their own paths alone. */
	if (route->kind == ROUTE_COMMAND && command_takes_text(route->command))
		most = REQUEST_FILES_MAX;
	code = read_length(head->content_length, most, length, why);
	if (code == 413)
		return 413;
	if (!is_json(head->content_type)) {
		*why = "want Content-Type: application/json";
		return 415;
	}
	return code;
}
