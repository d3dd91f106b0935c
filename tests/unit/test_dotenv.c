#include "unit.h"

#include "store/dotenv.h"

static int parse(struct strvec *out, const char *text, struct faults *f)
{
	return dotenv_parse(out, ".env", text, strlen(text), f);
}

/* clang-format off */
static const char *values[][2] = {
	{ "A=b", "b" },
	{ "A=", "" },
	{ "A", NULL },
	{ "export A=b", "b" },
	{ " A = b c ", "b c" },
	{ "A=b # comment", "b" },
	{ "A=b#c", "b#c" },
	{ "A=#c", "" },
	{ "A=a=b", "a=b" },
	{ "A='b # \"c\\n' # comment", "b # \"c\\n" },
	{ "A=\"b \\\"c\\\" \\\\ \\$d \\n\\t\\x\"", "b \"c\" \\ $d \n\t\\x" },
	{ "A=${B}$C", "${B}$C" },
	/* what npm's dotenv makes of it, too */
	{ "A=\"a\\rb\"", "a\rb" },
	{ "A=`b 'c' \"d\" \\n`", "b 'c' \"d\" \\n" },
	{ "A='one\ntwo'", "one\ntwo" },
	{ "A=\"one\r\ntwo\" # x\nB=c", "one\ntwo" },
	{ "A=`one\n#two\n`\nB=c", "one\n#two\n" },
	{ "A='it\\'s'", "it\\'s" },
	{ "A=' b '", " b " },
	{ "A=  ", "" },
	{ "A=b\t#c", "b" },
	{ "A=\"b\"#c", "b" },
	{ "A=\"\"", "" },
	{ "A=b'c", "b'c" },
	{ "A=\\n", "\\n" },
	{ "A = 'b'", "b" },
	/* and what it guesses at */
	{ "A='b", NULL },
	{ "A='b'c", NULL },
	{ "A: b", NULL },
	{ "\xef\xbb\xbf# a BOM, CRLF\r\n\r\nA=b\r\n", "b" },
	{ "B=1\nexported=2\nA=b\nAB=c", "b" },
};
/* clang-format on */

START_TEST(reads_a_value_in_every_way_to_write_it)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct strvec out = STRVEC_INIT;
		struct faults f = FAULTS_INIT;
		int rc = parse(&out, values[i][0], &f);

		ck_assert_int_eq(rc, values[i][1] != NULL ? 0 : -1);
		ck_assert_pstr_eq(dotenv_get(&out, "A"), values[i][1]);
		faults_release(&f);
		strvec_release(&out);
	}
}
END_TEST

#define NO_VARIABLE                                                    \
	"no variable, want NAME=value with a name of letters, digits " \
	"and _"

START_TEST(tells_every_fault_and_no_value)
{
	static const char *const wanted[] = {
		".env:1: " NO_VARIABLE,
		".env:2: " NO_VARIABLE,
		".env:3: C: a quote that is not closed, want it at the end of "
		"the value",
		".env:4: D: text behind the closing quote, want nothing there",
		".env:6: E: twice, want it once",
		".env:7: not text, want UTF-8 without NUL",
		".env:10: H: not text, want UTF-8 without NUL",
		".env:13: E: twice, want it once",
	};
	struct strvec out = STRVEC_INIT;
	struct faults f = FAULTS_INIT;

	ck_assert_int_eq(parse(&out,
			     "hunter2\n1A=hunter2\nC=\"hunter2\n"
			     "D='hunter2'hunter2\nE=1\nE=hunter2\n"
			     "F=hunter2\xff\n"
			     "G='hunter2\nhunter2'\n"
			     "H='\n\xff\n'\nE=hunter2",
			     &f),
	    -1);
	ck_assert_uint_eq(f.count, ARRAY_SIZE(wanted));
	for (size_t i = 0; i < f.count; i++)
		ck_assert_str_eq(f.lines.v[i], wanted[i]);
	faults_release(&f);
	strvec_release(&out);
}
END_TEST

UNIT_MAIN("dotenv", reads_a_value_in_every_way_to_write_it,
    tells_every_fault_and_no_value)
