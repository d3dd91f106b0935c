#include "unit.h"

#include "core/talk/route.h"

static int check(const char *method, const char *path, const char *type,
    const char *length, const char **why)
{
	struct route_head head = { method, path, type, length };
	struct route route;
	size_t n;

	return route_check(&head, &route, &n, why);
}

static int code(
    const char *method, const char *path, const char *type, const char *length)
{
	const char *why = NULL;
	int c = check(method, path, type, length, &why);

	ck_assert((c == 0) == (why == NULL));
	return c;
}

START_TEST(every_command_has_its_path)
{
	char path[64];

	for (int i = 0; i < COMMANDS; i++) {
		struct route r;

		snprintf(
		    path, sizeof(path), "/webhook/%s", command_info[i].name);
		r = route_find(path);
		ck_assert_int_eq(r.kind, ROUTE_COMMAND);
		ck_assert_int_eq((int)r.command, i);
	}
	ck_assert_int_eq(route_find("/health").kind, ROUTE_HEALTH);
	ck_assert_int_eq(route_find("/webhook/command").kind, ROUTE_TEXT);
}
END_TEST

START_TEST(paths_are_exact)
{
	ck_assert_int_eq(route_find("/webhook/start/").kind, ROUTE_NONE);
	ck_assert_int_eq(route_find("/webhook/").kind, ROUTE_NONE);
	ck_assert_int_eq(route_find("/WEBHOOK/start").kind, ROUTE_NONE);
	ck_assert_int_eq(route_find("//webhook/start").kind, ROUTE_NONE);
	ck_assert_int_eq(route_find("/").kind, ROUTE_NONE);
	ck_assert_int_eq(route_find("").kind, ROUTE_NONE);
	ck_assert_int_eq(code("POST", NULL, "application/json", "2"), 404);
}
END_TEST

START_TEST(refusals_come_in_their_order)
{
	const char *p = "/webhook/status", *json = "application/json";

	ck_assert_int_eq(code("GET", "/nowhere", "text/plain", "99999"), 404);
	ck_assert_int_eq(code("GET", p, "text/plain", "99999"), 405);
	ck_assert_int_eq(code("POST", p, "text/plain", "99999"), 413);
	ck_assert_int_eq(code("POST", p, "text/plain", "12x"), 415);
	ck_assert_int_eq(code("POST", p, json, "12x"), 400);
	ck_assert_int_eq(code("POST", p, json, "12"), 0);
}
END_TEST

START_TEST(bodies_have_a_limit)
{
	const char *p = "/webhook/status", *json = "application/json";

	ck_assert_int_eq(code("POST", p, json, "65536"), 0);
	ck_assert_int_eq(code("POST", p, json, "65537"), 413);
	ck_assert_int_eq(
	    code("POST", p, json, "99999999999999999999999999"), 413);
	ck_assert_int_eq(code("POST", p, json, "-2"), 400);
	ck_assert_int_eq(code("POST", p, json, " 1"), 400);
	ck_assert_int_eq(code("POST", p, json, ""), 0);
	ck_assert_int_eq(code("POST", p, json, NULL), 0);
}
END_TEST

/* A body in chunks: nginx counts it, Caddy says nothing or -1. */
START_TEST(a_length_may_be_unknown)
{
	static const char *const said[] = { NULL, "", "-1" };

	for (size_t i = 0; i < ARRAY_SIZE(said); i++) {
		struct route_head head = { "POST", "/webhook/status",
			"application/json", said[i] };
		struct route route;
		const char *why;
		size_t n;

		ck_assert_int_eq(route_check(&head, &route, &n, &why), 0);
		ck_assert_uint_eq(n, LENGTH_UNKNOWN);
	}
}
END_TEST

START_TEST(content_type_parameters_are_ignored)
{
	const char *p = "/webhook/status";

	ck_assert_int_eq(
	    code("POST", p, "Application/JSON; charset=utf-8", "2"), 0);
	ck_assert_int_eq(code("POST", p, "application/json ;x", "2"), 0);
	ck_assert_int_eq(code("POST", p, "application/jsonp", "2"), 415);
	ck_assert_int_eq(code("POST", p, "text/json", "2"), 415);
	ck_assert_int_eq(code("POST", p, NULL, "2"), 415);
}
END_TEST

START_TEST(health_is_only_read)
{
	ck_assert_int_eq(code("GET", "/health", NULL, NULL), 0);
	ck_assert_int_eq(code("HEAD", "/health", NULL, ""), 0);
	ck_assert_int_eq(code("POST", "/health", NULL, NULL), 405);
	ck_assert_int_eq(code(NULL, "/health", NULL, NULL), 405);
	ck_assert_str_eq(route_allow(route_find("/health")), "GET, HEAD");
	ck_assert_str_eq(route_allow(route_find("/webhook/stop")), "POST");
}
END_TEST

UNIT_MAIN("route", every_command_has_its_path, paths_are_exact,
    refusals_come_in_their_order, bodies_have_a_limit, a_length_may_be_unknown,
    content_type_parameters_are_ignored, health_is_only_read)
