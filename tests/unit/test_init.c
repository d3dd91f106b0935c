#include "unit.h"
#include "scratch.h"

#include "door/door.h"
#include "door/init_parts.h"

/* What init sets is there to be set, in each of the texts that it is made of;
 * an example that has lost a line is a bug(). */
START_TEST(every_line_that_is_set_is_in_the_examples)
{
	struct given g = { .words = STRVEC_INIT };

	scratch_make();
	strvec_take(&g.words, scratch_path("services"));
	g.value[OPT_SYSTEMD] = "";
	ck_assert_int_eq(door_init(&g), 0);
	ck_assert(scratch_has("services/.env"));
	ck_assert(scratch_has("services/nginx/orchestrator.conf"));
	strvec_release(&g.words);
	scratch_remove();
}
END_TEST

START_TEST(a_line_is_found_by_its_beginning_and_keeps_its_place)
{
	char *text = xstrdup("# key: no\n\tkey: 1\nother key: 2\n  key: 3");

	init_set(&text, "key:", "key: new");
	ck_assert_str_eq(
	    text, "# key: no\n\tkey: new\nother key: 2\n  key: new");
	init_set(&text, "# key", "");
	ck_assert_str_eq(text, "\n\tkey: new\nother key: 2\n  key: new");
	free(text);
}
END_TEST

UNIT_MAIN("init", every_line_that_is_set_is_in_the_examples,
    a_line_is_found_by_its_beginning_and_keeps_its_place)
