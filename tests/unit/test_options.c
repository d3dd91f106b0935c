#include "unit.h"

#include "core/session/command.h"
#include "door/options.h"

enum { WORDS_MAX = 8 };

/* What a command makes of the words of a line; *g is the last one's. */
static int parse(struct given *g, const char *command, const char *line)
{
	static char words[128];
	char *argv[WORDS_MAX], *rest = words;
	int argc = 0;

	memset(argv, 0, sizeof(argv));
	snprintf(words, sizeof(words), "%s", line);
	while (rest != NULL && *rest != '\0')
		argv[argc++] = strsep(&rest, " ");
	strvec_release(&g->words);
	*g = (struct given){ .words = STRVEC_INIT };
	/* What is said of a wrong one goes elsewhere. */
	ck_assert_ptr_nonnull(freopen("/dev/null", "w", stderr));
	return options_parse(g, command, argc, argv);
}

START_TEST(values_stand_behind_an_option_or_its_equals_sign)
{
	struct given g = { .words = STRVEC_INIT };

	ck_assert_int_eq(
	    parse(&g, "retry", "--task 3 --decision=#x --fresh"), 0);
	ck_assert_str_eq(g.value[OPT_TASK], "3");
	ck_assert_str_eq(g.value[OPT_DECISION], "#x");
	ck_assert_str_eq(g.value[OPT_FRESH], "");
	ck_assert_ptr_null(g.value[OPT_FORCE]);
	ck_assert_int_eq(parse(&g, "retry", "--task="), 0);
	ck_assert_str_eq(g.value[OPT_TASK], "");
	ck_assert_int_eq(parse(&g, "retry", "--task 1 --task 2"), 0);
	ck_assert_str_eq(g.value[OPT_TASK], "2");
	ck_assert_int_eq(parse(&g, "logs", "-f 5 --task 1"), 0);
	ck_assert_ptr_nonnull(g.value[OPT_FOLLOW]);
	ck_assert_str_eq(g.words.v[0], "5");
	ck_assert_int_eq(parse(&g, "logs", "--follow"), 0);
	ck_assert_ptr_nonnull(g.value[OPT_FOLLOW]);
	strvec_release(&g.words);
}
END_TEST

START_TEST(what_a_command_does_not_take_is_refused)
{
	static const char *const wrong[][2] = {
		{ "retry", "--force" },
		{ "retry", "--task" },
		{ "retry", "--fresh=1" },
		{ "retry", "--tas 1" },
		{ "retry", "--taskx=1" },
		{ "retry", "-f" },
		{ "add", "--task 1" },
		{ "status", "--decision 1" },
		{ "doctor", "--json" },
		{ "doctor", "--url" },
		{ "run", "list.md" },
		{ "run", "--" },
		{ "mcp", "--help" },
		{ "supervise", "--yes" },
		{ "nonsense", "" },
	};
	struct given g = { .words = STRVEC_INIT };

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++)
		ck_assert_msg(parse(&g, wrong[i][0], wrong[i][1]) == 2, "%s %s",
		    wrong[i][0], wrong[i][1]);
	strvec_release(&g.words);
}
END_TEST

START_TEST(behind_the_first_word_of_a_sentence_there_are_no_options)
{
	static const char *const sentences[] = { "retry", "plan", "deny",
		"answer", "raise", "add", "note" };
	struct given g = { .words = STRVEC_INIT };

	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++) {
		ck_assert_int_eq(
		    parse(&g, sentences[i], "--json say --json - --"), 0);
		ck_assert_ptr_nonnull(g.value[OPT_JSON]);
		ck_assert_uint_eq(g.words.n, 4);
	}
	ck_assert_int_eq(parse(&g, "start", "a --json - -- --json"), 0);
	ck_assert_uint_eq(g.words.n, 3);
	ck_assert_str_eq(g.words.v[1], "-");
	ck_assert_str_eq(g.words.v[2], "--json");
	strvec_release(&g.words);
}
END_TEST

START_TEST(every_command_takes_what_it_tells)
{
	struct given g = { .words = STRVEC_INIT };

	for (int c = 0; c < COMMANDS; c++) {
		const struct usage *u = &command_info[c].usage;

		ck_assert_ptr_nonnull(u->text);
		ck_assert_int_eq(parse(&g, command_info[c].name, "--json"), 0);
		for (int o = 0; o < OPTIONS; o++) {
			char line[64];

			snprintf(line, sizeof(line), "%s%s",
			    option_info[o].name,
			    option_info[o].arg != NULL ? "=1" : "");
			ck_assert_int_eq(
			    parse(&g, command_info[c].name, line) == 0,
			    o == OPT_JSON ||
				((u->told | u->offered) & 1u << o) != 0);
		}
	}
	strvec_release(&g.words);
}
END_TEST

UNIT_MAIN("options", values_stand_behind_an_option_or_its_equals_sign,
    what_a_command_does_not_take_is_refused,
    behind_the_first_word_of_a_sentence_there_are_no_options,
    every_command_takes_what_it_tells)
