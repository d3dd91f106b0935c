/* What one yes for the session covers, and what it does not. */
#include "unit.h"

#include "core/session/session_grant.h"

static void ask_of(struct ask *a, const char *tool, const char *file)
{
	char *input = xasprintf("{\"file_path\":\"%s\"}", file);

	*a = (struct ask)ASK_INIT;
	ck_assert_int_eq(ask_restore(a, tool, input, NULL), 0);
	a->file = xstrdup(file); /* as the engine has settled it */
	free(input);
}

static bool covered(const struct session *s, const char *tool, const char *file)
{
	struct ask a;
	bool so;

	ask_of(&a, tool, file);
	so = session_find_grant(s, &a) != NULL;
	ask_release(&a);
	return so;
}

static void grant(struct session *s, const char *tool, const char *file)
{
	ask_release(&s->ask);
	ask_of(&s->ask, tool, file);
	grant_remember(s, 1763631015, "anna");
}

START_TEST(a_file_s_folder_is_granted_and_what_is_below)
{
	static const struct {
		const char *tool, *file;
		bool covered;
	} rows[] = {
		{ "Edit", "/srv/app/src/a.c", true },
		{ "Edit", "/srv/app/src/deep/er/b.c", true },
		{ "Write", "/srv/app/src/a.c", false },
		{ "Edit", "/srv/app/src", false },
		{ "Edit", "/srv/app/srcs/a.c", false },
		{ "Edit", "/srv/app/a.c", false },
		{ "Edit", "/srv/app/src/.env", false },
		{ "Edit", "/srv/app/src/.git/hooks/pre-commit", false },
		{ "Edit", "/srv/app/src/deep/.claude/settings.json", false },
	};
	struct session s = SESSION_INIT;

	grant(&s, "Edit", "/srv/app/src/main.c");
	ck_assert_str_eq(s.grants[0].what, "Edit in /srv/app/src");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		ck_assert_msg(
		    covered(&s, rows[i].tool, rows[i].file) == rows[i].covered,
		    "%s %s", rows[i].tool, rows[i].file);
	grant(&s, "Write", "/top.c");
	ck_assert(covered(&s, "Write", "/any/where.c"));
	ck_assert(!covered(&s, "Write", "/.hidden"));
	session_release(&s);
}
END_TEST

START_TEST(a_hidden_file_grants_itself_alone)
{
	struct session s = SESSION_INIT;

	grant(&s, "Edit", "/srv/app/.env");
	ck_assert_ptr_null(s.grants[0].folder);
	ck_assert(covered(&s, "Edit", "/srv/app/.env"));
	ck_assert(!covered(&s, "Edit", "/srv/app/a.c"));
	session_release(&s);
}
END_TEST

START_TEST(a_file_that_nobody_can_place_is_asked_about)
{
	struct session s = SESSION_INIT;
	struct ask a;

	grant(&s, "Edit", "/srv/app/a.c");
	ask_of(&a, "Edit", "/srv/app/link/../b.c");
	free(a.file);
	a.file = NULL;
	ck_assert_ptr_null(session_find_grant(&s, &a));
	ask_release(&a);
	session_release(&s);
}
END_TEST

START_TEST(the_oldest_is_asked_about_again)
{
	struct session s = SESSION_INIT;

	for (int i = 0; i <= GRANTS_KEPT; i++) {
		char *file = xasprintf("/srv/%d/a.c", i);

		grant(&s, "Edit", file);
		free(file);
	}
	ck_assert_uint_eq(s.n_grants, GRANTS_KEPT);
	ck_assert(!covered(&s, "Edit", "/srv/0/a.c"));
	ck_assert(covered(&s, "Edit", "/srv/1/a.c"));
	session_release(&s);
}
END_TEST

UNIT_MAIN("grant", a_file_s_folder_is_granted_and_what_is_below,
    a_hidden_file_grants_itself_alone,
    a_file_that_nobody_can_place_is_asked_about,
    the_oldest_is_asked_about_again)
