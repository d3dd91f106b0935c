/* route.c - the paths of SPEC section 5. */
#include "core/talk/route.h"
#include "core/talk/request.h"

#include <strings.h>

static const struct route routes[] = {
	{ "/health", "GET, HEAD", -1, false },
	{ "/webhook/command", "POST", -1, true },
	{ "/webhook/start", "POST", CMD_START, false },
	{ "/webhook/status", "POST", CMD_STATUS, false },
	{ "/webhook/approve", "POST", CMD_APPROVE, false },
	{ "/webhook/pause", "POST", CMD_PAUSE, false },
	{ "/webhook/resume", "POST", CMD_RESUME, false },
	{ "/webhook/skip", "POST", CMD_SKIP, false },
	{ "/webhook/retry", "POST", CMD_RETRY, false },
	{ "/webhook/cancel", "POST", CMD_CANCEL, false },
	{ "/webhook/stop", "POST", CMD_STOP, false },
	{ "/webhook/allow", "POST", CMD_ALLOW, false },
	{ "/webhook/deny", "POST", CMD_DENY, false },
	{ "/webhook/answer", "POST", CMD_ANSWER, false },
	{ "/webhook/rollback", "POST", CMD_ROLLBACK, false },
	{ "/webhook/raise", "POST", CMD_RAISE, false },
	{ "/webhook/tasks", "POST", CMD_TASKS, false },
	{ "/webhook/show", "POST", CMD_SHOW, false },
	{ "/webhook/output", "POST", CMD_OUTPUT, false },
	{ "/webhook/diff", "POST", CMD_DIFF, false },
	{ "/webhook/logs", "POST", CMD_LOGS, false },
	{ "/webhook/plan", "POST", CMD_PLAN, false },
	{ "/webhook/add", "POST", CMD_ADD, false },
	{ "/webhook/note", "POST", CMD_NOTE, false },
	{ "/webhook/help", "POST", CMD_HELP, false },
};
_Static_assert(ARRAY_SIZE(routes) == COMMANDS + 2, "a path for every command");

const struct route *route_find(const char *path)
{
	for (size_t i = 0; i < ARRAY_SIZE(routes); i++)
		if (strcmp(routes[i].path, path) == 0)
			return &routes[i];
	return NULL;
}

bool route_is_webhook(const char *path)
{
	return str_starts(path, "/webhook/");
}

bool route_is_health(const struct route *r)
{
	return r->command < 0 && !r->is_text;
}

static bool allows(const struct route *r, const char *method)
{
	if (route_is_health(r))
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

/* Files come with these two, by their own paths alone. */
static size_t body_max(const struct route *r)
{
	return r->command >= 0 && command_takes_text((enum command)r->command)
		   ? REQUEST_FILES_MAX
		   : REQUEST_MAX;
}

int route_check(const struct route_head *head, const struct route **route,
    size_t *length, const char **why)
{
	int code;

	*length = 0;
	*route = route_find(head->path ? head->path : "");
	if (*route == NULL) {
		*why = "there is nothing at this path";
		return 404;
	}
	if (!allows(*route, head->method ? head->method : "")) {
		*why = "this path takes another method (see Allow)";
		return 405;
	}
	if (route_is_health(*route))
		return 0;
	code = read_length(head->content_length, body_max(*route), length, why);
	if (code == 413)
		return 413;
	if (!is_json(head->content_type)) {
		*why = "want Content-Type: application/json";
		return 415;
	}
	return code;
}
