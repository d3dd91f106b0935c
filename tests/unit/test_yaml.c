#include "unit.h"

#include "base/buf.h"
#include "base/clock.h"
#include "store/yaml.h"

static struct node *root;
static struct faults f;

static int parse(const char *text)
{
	return node_parse(&root, "c.yaml", text, strlen(text), &f);
}

static void release(void)
{
	node_free(root);
	faults_release(&f);
}

START_TEST(keeps_kinds_keys_and_lines)
{
	const struct node *list;

	ck_assert_int_eq(parse("# comment\n"
			       "a:\n"
			       "  b: 'x # y'\n"
			       "  c:\n"
			       "    - one\n"
			       "    - [two]\n"
			       "d: null\n"),
	    0);
	ck_assert_int_eq(root->kind, NODE_MAP);
	ck_assert_int_eq(node_get(root, "a")->line, 2);
	ck_assert_str_eq(node_get(node_get(root, "a"), "b")->text, "x # y");
	list = node_get(node_get(root, "a"), "c");
	ck_assert_int_eq(list->kind, NODE_LIST);
	ck_assert_int_eq(list->line, 4);
	ck_assert_str_eq(list->child->text, "one");
	ck_assert_int_eq(list->child->next->line, 6);
	ck_assert_int_eq(list->child->next->kind, NODE_LIST);
	ck_assert(node_is_null(node_get(root, "d")));
	ck_assert_ptr_null(node_get(root, "e"));
	release();
}
END_TEST

START_TEST(quoted_null_is_a_word)
{
	ck_assert_int_eq(parse("a: 'null'\nb: ~\nc:\nd: ''\n"), 0);
	ck_assert(!node_is_null(node_get(root, "a")));
	ck_assert(node_is_null(node_get(root, "b")));
	ck_assert(node_is_null(node_get(root, "c")));
	ck_assert(!node_is_null(node_get(root, "d")));
	release();
}
END_TEST

START_TEST(nothing_is_no_tree_and_no_fault)
{
	ck_assert_int_eq(parse("# only a comment\n"), 0);
	ck_assert_ptr_null(root);
	release();
}
END_TEST

#define PLAIN "want plain maps, lists and values"

/* clang-format off */
static const char *refused[][2] = {
	{ "a: &x 1\n", "c.yaml:1: an anchor (&), " PLAIN },
	{ "a: 1\nb: *x\n", "c.yaml:2: an alias (*), " PLAIN },
	{ "a: !!str 1\n", "c.yaml:1: a tag (!), " PLAIN },
	{ "a: 1\nb: 2\na: 3\n",
	    "c.yaml:3: a: twice, want it once (line 1 has it)" },
	{ "a: 1\n---\nb: 2\n", "c.yaml:2: a second document (---), want one" },
	{ "? [a]\n: 1\n",
	    "c.yaml:1: a key that is a list or a map, want a word" },
	{ "a: \"x\\0y\"\n", "c.yaml:1: a NUL, want text without it" },
	{ "a:\n\tb: 1\n", "c.yaml:2: indented by a tab, want blanks" },
	{ "a: [1\n",
	    "c.yaml:2: not valid YAML: did not find expected ',' or ']'" },
	{ "a: 1\nb: \xff\n", "c.yaml:2: not text, want UTF-8 without NUL" },
	{ "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]",
	    "c.yaml:1: nested over 16 levels deep" },
};
/* clang-format on */

START_TEST(refuses_what_a_configuration_does_not_need)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		ck_assert_int_eq(parse(refused[i][0]), -1);
		ck_assert_uint_eq(f.count, 1);
		ck_assert_str_eq(f.lines.v[0], refused[i][1]);
		release();
	}
}
END_TEST

START_TEST(goes_on_after_a_fault_that_is_not_syntax)
{
	ck_assert_int_eq(parse("a: &x 1\nb: *x\nc: !t 3\na: 4\n"), -1);
	ck_assert_uint_eq(f.count, 4);
	ck_assert_str_eq(node_get(root, "c")->text, "3");
	ck_assert_str_eq(node_get(root, "a")->text, "1");
	release();
}
END_TEST

static struct buf repeated(const char *what, size_t bytes)
{
	struct buf text = BUF_INIT;

	while (text.len < bytes)
		buf_adds(&text, what);
	buf_truncate(&text, bytes);
	return text;
}

START_TEST(is_quick_whatever_it_is_given)
{
	static const char *const nasty[] = { "[", "{", "- ", "? ", "[a,",
		"{a: ", "a: ", "\"", "x\n", "&a ", "!!a ", "|\n", "a: b\n" };

	for (size_t i = 0; i < ARRAY_SIZE(nasty); i++) {
		struct buf text = repeated(nasty[i], YAML_MAX_BYTES);
		int64_t start = clock_mono_ms();

		parse(text.data);
		ck_assert_int_lt(clock_mono_ms() - start, 5000);
		release();
		buf_release(&text);
	}
}
END_TEST

START_TEST(has_limits_and_names_them)
{
	struct buf text = repeated("- a\n", 4 * (YAML_MAX_ITEMS + 1));

	ck_assert_int_eq(parse(text.data), -1);
	ck_assert_str_eq(
	    f.lines.v[0], "c.yaml:1001: over 1000 items in one list");
	release();
	buf_release(&text);
	text = repeated("#", YAML_MAX_BYTES + 1);
	ck_assert_int_eq(parse(text.data), -1);
	ck_assert_str_eq(f.lines.v[0], "c.yaml:1: over 256 KiB, want less");
	release();
	buf_release(&text);
}
END_TEST

UNIT_MAIN("yaml", keeps_kinds_keys_and_lines, quoted_null_is_a_word,
    nothing_is_no_tree_and_no_fault, refuses_what_a_configuration_does_not_need,
    goes_on_after_a_fault_that_is_not_syntax, is_quick_whatever_it_is_given,
    has_limits_and_names_them)
