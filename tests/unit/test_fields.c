#include "unit.h"

#include "core/fields.h"

enum colour { GREY, RED, BLUE, COLOURS };
static const char *const colour_name[] = { NULL, "red", "blue" };

struct wheel {
	char *maker;
	int size;
};

struct thing {
	char *name;
	char word[8];
	struct strvec tags;
	int code, count;
	int64_t at;
	double usd;
	bool old;
	enum colour colour;
	struct wheel spare, wheels[3];
	struct wheel *more;
	size_t n_wheels, n_more;
	char *secret;
};

static int check_wheel(
    void *wheel, struct json_object *o UNUSED, struct error *err)
{
	return ((struct wheel *)wheel)->size == 13
		   ? error_set(err, "size: want none that is unlucky, got 13")
		   : 0;
}

static const struct field wheel_rows[] = {
	ROW_TEXT(struct wheel, maker, "maker", FIELD_NEEDED),
	ROW_INT(struct wheel, size, "size", FIELD_NEEDED, 1, 99, 1),
};
static const struct fields wheel_fields = { FIELDS(wheel_rows, struct wheel),
	FIELDS_THERE(struct wheel, maker), .check = check_wheel };

#define T struct thing
static const struct field thing_rows[] = {
	ROW_TEXT(T, name, "name", FIELD_NEEDED),
	ROW_WORD(T, word, "word", FIELD_LEFT_OUT),
	ROW_STRINGS(T, tags, "tags"),
	ROW_INT(T, code, "code", 0, 0, 255, -1),
	ROW_INT(T, count, "count", 0, 0, 9, 0),
	ROW_TIME(T, at, "at", 0),
	ROW_USD(T, usd, "usd"),
	ROW_BOOL(T, old, "old"),
	ROW_ENUM(T, colour, "colour", 0, colour_name, COLOURS),
	ROW_OBJECT(T, spare, "spare", &wheel_fields),
	ROW_ARRAY(T, wheels, "wheels", n_wheels, &wheel_fields, 3),
	ROW_LIST(T, more, "more", n_more, &wheel_fields, 2),
	ROW_TEXT(T, secret, NULL, 0),
};
static const struct fields thing_fields = { FIELDS(thing_rows, T) };
#undef T

static const char whole[] =
    "{\"name\":\"a/b\",\"word\":\"k3f9\",\"tags\":[\"x\",\"y\"],\"code\":7,"
    "\"count\":2,\"at\":\"2025-11-20T09:30:15Z\",\"usd\":0.5,\"old\":true,"
    "\"colour\":\"blue\",\"spare\":{\"maker\":\"A\",\"size\":12},"
    "\"wheels\":[{\"maker\":\"B\",\"size\":1}],"
    "\"more\":[{\"maker\":\"C\",\"size\":2},{\"maker\":\"D\",\"size\":3}]}";

/* Whether it is taken; what was said is in err. */
static bool reads(const char *text, struct thing *t, struct error *err)
{
	struct json_object *o = json_parse(text, strlen(text), err);
	int rc;

	ck_assert_ptr_nonnull(o);
	*t = (struct thing){ .name = NULL };
	rc = fields_read(o, &thing_fields, t, err);
	json_object_put(o);
	return rc == 0;
}

static void check_printed(const struct thing *t, const char *want)
{
	struct json_object *o = fields_to_json(&thing_fields, t);
	struct buf b = BUF_INIT;

	json_print(&b, o);
	ck_assert_str_eq(b.data, want);
	buf_release(&b);
	json_object_put(o);
}

START_TEST(what_was_read_is_printed_the_same)
{
	struct error err = ERROR_INIT;
	struct thing t;

	ck_assert_msg(reads(whole, &t, &err), "%s", err.text);
	check_printed(&t, whole);
	fields_release(&thing_fields, &t);
	ck_assert_ptr_null(t.name);
	ck_assert_uint_eq(t.n_more, 0);
}
END_TEST

START_TEST(what_is_absent_is_none)
{
	struct error err = ERROR_INIT;
	struct thing t;

	ck_assert_msg(reads("{\"name\":\"a\"}", &t, &err), "%s", err.text);
	ck_assert_int_eq(t.code, -1);
	check_printed(&t,
	    "{\"name\":\"a\",\"tags\":[],\"code\":null,\"count\":0,\"at\":null,"
	    "\"usd\":0,\"old\":false,\"colour\":null,\"spare\":null,"
	    "\"wheels\":[],\"more\":[]}");
	fields_release(&thing_fields, &t);
}
END_TEST

START_TEST(a_copy_owns_what_it_holds)
{
	struct error err = ERROR_INIT;
	struct thing t, copy;

	ck_assert(reads(whole, &t, &err));
	t.secret = xstrdup("kept");
	fields_copy(&thing_fields, &copy, &t);
	fields_release(&thing_fields, &t);
	check_printed(&copy, whole);
	ck_assert_str_eq(copy.secret, "kept");
	fields_release(&thing_fields, &copy);
}
END_TEST

START_TEST(what_makes_no_sense_is_printed_as_what_does)
{
	struct thing t = { .code = 300, .count = -4, .usd = -1 };

	check_printed(&t,
	    "{\"name\":null,\"tags\":[],\"code\":255,\"count\":0,\"at\":null,"
	    "\"usd\":0,\"old\":false,\"colour\":null,\"spare\":null,"
	    "\"wheels\":[],\"more\":[]}");
}
END_TEST

START_TEST(says_where_what_is_wrong)
{
	static const char *const cases[][2] = {
		{ "{}", "name: want a text, got none" },
		{ "{\"name\":null}", "name: want a text, got none" },
		{ "{\"name\":\"a\",\"word\":\"\"}",
		    "word: want 1..7 letters and digits, got 0 bytes" },
		{ "{\"name\":\"a\",\"word\":\"12345678\"}",
		    "word: want 1..7 letters and digits, got 8 bytes" },
		{ "{\"name\":\"a\",\"word\":\"K\"}",
		    "word: want letters and digits, got \"K\"" },
		{ "{\"name\":\"a\",\"count\":10}", "count: want 0..9, got 10" },
		{ "{\"name\":\"a\",\"usd\":-1}",
		    "usd: want 0..1000000, got -1" },
		{ "{\"name\":\"a\",\"spare\":{\"maker\":\"A\"}}",
		    "spare.size: want 1..99, got none" },
		{ "{\"name\":\"a\",\"spare\":{\"maker\":\"A\",\"size\":13}}",
		    "spare.size: want none that is unlucky, got 13" },
		{ "{\"name\":\"a\",\"more\":[{\"maker\":\"A\",\"size\":1},"
		  "{\"size\":1}]}",
		    "more[1].maker: want a text, got none" },
		{ "{\"name\":\"a\",\"more\":[{},{},{}]}",
		    "more: want at most 2, got 3" },
		{ "{\"name\":\"a\",\"wheels\":[1]}",
		    "wheels[0]: want an object" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct error err = ERROR_INIT;
		struct thing t;

		ck_assert_msg(
		    !reads(cases[i][0], &t, &err), "%s passed", cases[i][0]);
		ck_assert_str_eq(err.text, cases[i][1]);
		fields_release(&thing_fields, &t);
	}
}
END_TEST

UNIT_MAIN("fields", what_was_read_is_printed_the_same, what_is_absent_is_none,
    a_copy_owns_what_it_holds, what_makes_no_sense_is_printed_as_what_does,
    says_where_what_is_wrong)
