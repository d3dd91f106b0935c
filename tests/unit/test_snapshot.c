#include "unit.h"
#include "scratch.h"

#include "store/snapshot.h"

static void store(const char *path, int64_t mark)
{
	struct state s = STATE_INIT;

	s.notices_dropped = mark;
	ck_assert_int_eq(state_store(path, &s, NULL), 0);
}

START_TEST(sees_each_new_state)
{
	struct snapshot snap;
	char *path;

	scratch_make();
	path = scratch_path("state.json");
	snapshot_init(&snap, path);
	ck_assert_int_eq(snapshot_get(&snap, NULL)->session.phase, PHASE_IDLE);
	for (int i = 1; i <= 9; i++) { /* same size, maybe the same mtime */
		store(path, i);
		ck_assert_int_eq(snapshot_get(&snap, NULL)->notices_dropped, i);
	}
	unlink(path);
	ck_assert_int_eq(snapshot_get(&snap, NULL)->notices_dropped, 0);
	snapshot_release(&snap);
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(reads_only_what_has_changed)
{
	struct snapshot snap;
	struct session *seen;
	const struct state *s;
	char *path;

	scratch_make();
	path = scratch_path("state.json");
	store(path, 1);
	snapshot_init(&snap, path);
	s = snapshot_get(&snap, NULL);
	ck_assert_ptr_nonnull(s);
	seen = (struct session *)&s->session;
	seen->last_activity = 4711; /* a mark that reading again would lose */
	s = snapshot_get(&snap, NULL);
	ck_assert_int_eq(s->session.last_activity, 4711);
	store(path, 1);
	s = snapshot_get(&snap, NULL);
	ck_assert_int_eq(s->session.last_activity, 0);
	snapshot_release(&snap);
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(says_what_is_wrong_until_it_is_mended)
{
	struct error err = ERROR_INIT;
	struct snapshot snap;
	char *path;

	scratch_make();
	path = scratch_path("state.json");
	store(path, 1);
	snapshot_init(&snap, path);
	ck_assert_ptr_nonnull(snapshot_get(&snap, &err));
	scratch_write("state.json", "{}");
	for (int i = 0; i < 2; i++) {
		err.text[0] = '\0';
		ck_assert_ptr_null(snapshot_get(&snap, &err));
		ck_assert_ptr_nonnull(strstr(err.text, "version: "));
	}
	store(path, 2);
	ck_assert_int_eq(snapshot_get(&snap, &err)->notices_dropped, 2);
	snapshot_release(&snap);
	free(path);
	scratch_remove();
}
END_TEST

UNIT_MAIN("snapshot", sees_each_new_state, reads_only_what_has_changed,
    says_what_is_wrong_until_it_is_mended)
