#include "unit.h"

#include "core/json.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static bool accepts(const char *text)
{
	struct json_object *o = json_parse(text, strlen(text), NULL);

	json_object_put(o);
	return o != NULL;
}

static struct json_object *parsed(const char *text)
{
	struct json_object *o = json_parse(text, strlen(text), NULL);

	ck_assert_ptr_nonnull(o);
	return o;
}

START_TEST(takes_what_rfc_8259_allows)
{
	static const char *const good[] = {
		"{}",
		" \t\r\n{ \"a\" : [ 1 , -2.5e+3 , true , false , null ] } \n",
		"{\"\":0}",
		"{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83e\\udd16\"}",
		"{\"a\":{\"a\":{\"a\":1}},\"b\":[{\"a\":1},{\"a\":2}]}",
		"{\"a\":\"{:[,\\\"]}\"}",
		"{\"a\":-0,\"b\":0.0,\"c\":1E9,\"d\":\"gr\xc3\xbc\xc3\x9f\"}",
		"{\"gr\xc3\xbc\xc3\x9f\":\"\xf0\x9f\xa4\x96 \xe2\x9a\x99\"}",
	};

	for (size_t i = 0; i < ARRAY_SIZE(good); i++)
		ck_assert_msg(accepts(good[i]), "refused: %s", good[i]);
}
END_TEST

START_TEST(refuses_what_json_c_would_take)
{
	static const char *const bad[] = {
		"",
		" ",
		"{\"a\":NaN}",
		"{\"a\":Infinity}",
		"{\"a\":-Infinity}",
		"{\"a\":1,\"a\":2}",
		"{\"a\":1,\"\\u0061\":2}",
		"{\"o\":{\"a\":1,\"a\":1}}",
		"{\"a\":\"\\ud800\"}",
		"{\"a\":\"\\udc00\\ud800\"}",
		"{\"a\":\"\\ud800\\u0041\"}",
		"{\"k\\u0000z\":1}",
		"{\"a\":\"\n\"}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\xed\xa0\x80\"}",
		"{\"a\":1} x",
		"{\"a\":1}{}",
		"{\"a\":1,}",
		"{\"a\":[1,]}",
		"{a:1}",
		"{'a':1}",
		"{\"a\":01}",
		"{\"a\":1.}",
		"{\"a\":.5}",
		"{\"a\":+1}",
		"{\"a\":1e}",
		"{\"a\":0x10}",
		"{\"a\":True}",
		"{\"a\":truefalse}",
		"{\"a\":1 2}",
		"{\"a\":\"\\x\"}",
		"{\"a\":\"\\u12\"}",
		"{\"a\":/* c */1}",
		"{\"a\"}",
		"{\"a\":",
		"{\"a\":\"",
		"\"text\"",
		"[1]",
		"null",
		"12",
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		ck_assert_msg(!accepts(bad[i]), "taken: %s", bad[i]);
	ck_assert_ptr_null(json_parse("{}\0", 3, NULL));
}
END_TEST

START_TEST(nests_to_the_limit_and_no_further)
{
	struct buf b = BUF_INIT;

	for (int depth = JSON_DEPTH; depth <= JSON_DEPTH + 1; depth++) {
		buf_reset(&b);
		buf_adds(&b, "{\"a\":");
		for (int i = 1; i < depth; i++)
			buf_addc(&b, '[');
		buf_addc(&b, '1');
		for (int i = 1; i < depth; i++)
			buf_addc(&b, ']');
		buf_addc(&b, '}');
		ck_assert_int_eq(accepts(b.data), depth == JSON_DEPTH);
	}
	buf_release(&b);
}
END_TEST

START_TEST(says_why)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "", "not JSON: it ends too early" },
		{ " \n", "not JSON: it ends too early" },
		{ "{\"a\":1", "not JSON: it ends too early" },
		{ "{\"a\":", "not JSON: it ends too early" },
		{ "{\"a\"", "not JSON: it ends too early" },
		{ "{\"a\":1,", "not JSON: it ends too early" },
		{ "{\"a\":\"b", "not JSON: a string without its end" },
		{ "{\"a\":1,}", "not JSON: nothing follows a comma" },
		{ "{\"a\":[1, ]}", "not JSON: nothing follows a comma" },
		{ "{\"a\":[1 2]}", "not JSON: two values without a comma" },
		{ "{\"a\":[1}", "not JSON: two values without a comma" },
		{ "{a:1}", "not JSON: a key that is not in double quotes" },
		{ "{,}", "not JSON: a key that is not in double quotes" },
		{ "{\"a\" 1}", "not JSON: a key without a colon" },
		{ "{\"a\":1:2}", "not JSON: two values without a comma" },
		{ "{\"a\":}", "not JSON: something that is no value" },
		{ "{\"a\":[,1]}", "not JSON: something that is no value" },
		{ "}", "not JSON: something that is no value" },
		{ "{\"a\":1,\"a\":2}", "not JSON: a key is there twice" },
		{ "{} x", "not JSON: something follows its end" },
		{ "{}{}", "not JSON: something follows its end" },
		{ "[]", "want a JSON object, got an array" },
		{ " 12", "want a JSON object, got a single value" },
		{ "null", "want a JSON object, got a single value" },
	};
	struct error err;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		ck_assert_ptr_null(
		    json_parse(rows[i].text, strlen(rows[i].text), &err));
		ck_assert_str_eq(err.text, rows[i].why);
	}
}
END_TEST

START_TEST(whole_numbers_are_never_cut)
{
	struct json_object *o =
	    parsed("{\"max\":9223372036854775807,"
		   "\"over\":9223372036854775808,"
		   "\"far\":99999999999999999999999999,"
		   "\"under\":-9999999999999999999999,"
		   "\"double\":1.0,\"text\":\"1\",\"n\":7,\"null\":null}");
	struct error err;
	int64_t n;

	ck_assert_int_eq(json_get_int(o, "max", 0, INT64_MAX, 0, &n, NULL), 0);
	ck_assert_int_eq(n, INT64_MAX);
	ck_assert_int_ne(json_get_int(o, "over", 0, INT64_MAX, 0, &n, NULL), 0);
	ck_assert_int_ne(json_get_int(o, "far", 0, INT64_MAX, 0, &n, NULL), 0);
	ck_assert_int_ne(
	    json_get_int(o, "under", INT64_MIN, 0, 0, &n, NULL), 0);
	ck_assert_int_ne(json_get_int(o, "double", 0, 9, 0, &n, &err), 0);
	ck_assert_str_eq(err.text, "double: want a whole number, got a number");
	ck_assert_int_ne(json_get_int(o, "text", 0, 9, 0, &n, NULL), 0);
	ck_assert_int_ne(json_get_int(o, "n", 0, 5, 0, &n, &err), 0);
	ck_assert_str_eq(err.text, "n: want 0..5, got 7");
	ck_assert_int_eq(json_get_int(o, "null", 0, 9, -1, &n, NULL), 0);
	ck_assert_int_eq(n, -1);
	ck_assert_int_eq(json_get_int(o, "absent", 0, 9, -1, &n, NULL), 0);
	ck_assert_int_eq(n, -1);
	json_object_put(o);
}
END_TEST

START_TEST(reads_each_type_and_no_other)
{
	static const char *const colours[] = { NULL, "red", "blue" };
	struct json_object *o =
	    parsed("{\"s\":\"text\",\"b\":true,\"d\":0.5,\"i\":-3,"
		   "\"t\":\"2025-11-20T09:30:15Z\",\"v\":[\"x\",\"y\"],"
		   "\"e\":\"blue\",\"mixed\":[\"x\",1],\"o\":{}}");
	struct json_object *child;
	struct strvec v = STRVEC_INIT;
	struct error err;
	const char *s;
	char *id;
	int64_t when;
	double d;
	bool b;
	int e;

	ck_assert_int_eq(json_get_string(o, "s", &s, NULL), 0);
	ck_assert_str_eq(s, "text");
	ck_assert_int_ne(json_get_string(o, "i", &s, NULL), 0);
	ck_assert_int_eq(json_get_bool(o, "b", &b, NULL), 0);
	ck_assert(b);
	ck_assert_int_ne(json_get_bool(o, "s", &b, NULL), 0);
	ck_assert_int_eq(json_get_double(o, "d", &d, NULL), 0);
	ck_assert(d == 0.5);
	ck_assert_int_eq(json_get_double(o, "i", &d, NULL), 0);
	ck_assert(d == -3);
	ck_assert_int_eq(json_get_time(o, "t", &when, NULL), 0);
	ck_assert_int_eq(when, 1763631015);
	ck_assert_int_ne(json_get_time(o, "s", &when, NULL), 0);
	ck_assert_int_eq(json_get_strings(o, "v", &v, NULL), 0);
	ck_assert_uint_eq(v.n, 2);
	strvec_release(&v);
	ck_assert_int_ne(json_get_strings(o, "mixed", &v, NULL), 0);
	ck_assert_uint_eq(v.n, 0);
	ck_assert_int_eq(json_get_enum(o, "e", colours, 3, 0, &e, NULL), 0);
	ck_assert_int_eq(e, 2);
	ck_assert_int_ne(json_get_enum(o, "s", colours, 3, 0, &e, &err), 0);
	ck_assert_str_eq(err.text, "s: want one of red, blue, got 'text'");
	ck_assert_int_eq(json_get_id(o, "i", &id, NULL), 0);
	ck_assert_str_eq(id, "-3");
	free(id);
	ck_assert_int_ne(json_get_id(o, "d", &id, NULL), 0);
	ck_assert_int_eq(json_get_object(o, "o", &child, NULL), 0);
	ck_assert_ptr_nonnull(child);
	ck_assert_int_ne(json_get_object(o, "v", &child, NULL), 0);
	json_object_put(o);
}
END_TEST

START_TEST(prints_numbers_as_short_as_they_are)
{
	struct json_object *o = json_object_new_object();
	struct buf b = BUF_INIT;

	json_set_double(o, "a", 0.1);
	json_set_double(o, "b", 1.0 / 3);
	json_set_double(o, "c", 0);
	json_set_double(o, "d", (double)NAN);
	json_set_time(o, "e", 0);
	json_set_time(o, "f", 1763631015);
	json_set_string(o, "g", "a/b \xc3\xbc \xff");
	json_print(&b, o);
	ck_assert_str_eq(b.data,
	    "{\"a\":0.1,\"b\":0.3333333333333333,\"c\":0,\"d\":null,"
	    "\"e\":null,\"f\":\"2025-11-20T09:30:15Z\","
	    "\"g\":\"a/b \xc3\xbc \xef\xbf\xbd\"}");
	buf_release(&b);
	json_object_put(o);
}
END_TEST

/* json-c would leave out what it has no room for, and say nothing. A sanitizer
 * takes more room than can be forbidden. */
#ifndef __SANITIZE_ADDRESS__
static bool ends_without_memory(void (*use)(void *arg), void *arg)
{
	struct rlimit most = { 1, 1 }; /* we have more */
	int status;
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		setrlimit(RLIMIT_AS, &most);
		use(arg);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void print(void *arg)
{
	struct buf out = BUF_INIT;

	json_print(&out, arg);
}

static void parse(void *arg)
{
	json_parse(arg, strlen(arg), NULL);
}
#endif

START_TEST(what_there_is_no_memory_for_is_neither_printed_nor_read)
{
#ifndef __SANITIZE_ADDRESS__
	enum { LONG = 8 * 1024 * 1024 };
	struct json_object *o = json_object_new_object();
	struct buf value = BUF_INIT, text = BUF_INIT;

	memset(buf_reserve(&value, LONG), 'a', LONG);
	buf_grown(&value, LONG);
	buf_addf(&text, "{\"a\":\"%s\"}", value.data);
	json_set_string(o, "a", value.data);
	ck_assert(ends_without_memory(print, o));
	ck_assert(ends_without_memory(parse, text.data));
	json_object_put(o);
	buf_release(&value);
	buf_release(&text);
#endif
}
END_TEST

START_TEST(strings_are_measured_as_they_are_read)
{
	static const char all[] =
	    "{\"k\\u00e9y\":\"a\\n\\u0041\\u00e9\\u20ac\\ud83d\\ude00\xc3\xa9\\/\"}";
	struct json_object *o = parsed(all);
	const char *s;

	json_get_string(o, "k\xc3\xa9y", &s, NULL);
	ck_assert_str_eq(
	    s, "a\nA\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xc3\xa9/");
	json_object_put(o);
}
END_TEST

UNIT_MAIN("json", takes_what_rfc_8259_allows, refuses_what_json_c_would_take,
    nests_to_the_limit_and_no_further, says_why, whole_numbers_are_never_cut,
    reads_each_type_and_no_other, prints_numbers_as_short_as_they_are,
    what_there_is_no_memory_for_is_neither_printed_nor_read,
    strings_are_measured_as_they_are_read)
