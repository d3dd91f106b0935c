#include "unit.h"
#include "scratch.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void write_file(const char *name, const char *text, mode_t mode)
{
	char *path = scratch_path(name);
	struct error err;

	ck_assert_msg(durable_write(path, text, strlen(text), mode, &err) == 0,
	    "%s", err.text);
	free(path);
}

static void check_file(const char *name, const char *expected)
{
	char *text = scratch_read(name);

	ck_assert_pstr_eq(text, expected);
	free(text);
}

START_TEST(replaces_a_file_whole_with_its_mode)
{
	struct stat st;
	char *path;

	scratch_make();
	path = scratch_path("a");
	umask(0077);
	write_file("a", "a longer text", 0600);
	write_file("a", "short", 0644);
	check_file("a", "short");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0644);
	ck_assert(!scratch_has(".a.new"));
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(what_a_killed_writer_left_is_no_obstacle)
{
	scratch_make();
	scratch_write(".a.new", "half a fi");
	write_file("a", "whole", 0600);
	check_file("a", "whole");
	ck_assert(!scratch_has(".a.new"));
	scratch_remove();
}
END_TEST

START_TEST(never_creates_over_a_file)
{
	struct error err;
	char *path;

	scratch_make();
	path = scratch_path("a");
	ck_assert_int_eq(durable_create(path, "1", 1, 0600, &err), 0);
	ck_assert_int_eq(durable_create(path, "2", 1, 0600, &err), -1);
	ck_assert_int_eq(errno, EEXIST);
	check_file("a", "1");
	ck_assert(!scratch_has(".a.new"));
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(a_failure_says_what_and_why)
{
	struct error err;

	ck_assert_int_eq(
	    durable_write("/nowhere/at/all", "x", 1, 0600, &err), -1);
	ck_assert_str_eq(err.text, "cannot create a file beside "
				   "'/nowhere/at/all': No such file or "
				   "directory");
}
END_TEST

/* Check itself writes to a file: the limit is off before anything is said. */
static int write_with_room_for(rlim_t bytes, const char *path, const char *text)
{
	struct rlimit before, now;
	int rc, saved;

	signal(SIGXFSZ, SIG_IGN);
	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	now = before;
	now.rlim_cur = bytes;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &now), 0);
	rc = durable_write(path, text, strlen(text), 0600, NULL);
	saved = errno;
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	errno = saved;
	return rc;
}

START_TEST(what_does_not_fit_leaves_the_old_file)
{
	char *path;

	scratch_make();
	path = scratch_path("a");
	write_file("a", "old", 0600);
	ck_assert_int_eq(write_with_room_for(4, path, "a longer text"), -1);
	ck_assert_int_eq(errno, EFBIG);
	check_file("a", "old");
	ck_assert(!scratch_has(".a.new"));
	ck_assert_int_eq(write_with_room_for(4, path, "new"), 0);
	check_file("a", "new");
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(makes_a_folder_with_its_parents)
{
	struct error err;
	char *path;

	scratch_make();
	path = scratch_path("a/b/c");
	ck_assert_int_eq(durable_mkdir(path, 0700, &err), 0);
	ck_assert_int_eq(durable_mkdir(path, 0700, &err), 0);
	write_file("a/b/c/d", "x", 0600);
	free(path);
	path = scratch_path("a/b/c/d/e");
	ck_assert_int_eq(durable_mkdir(path, 0700, &err), -1);
	free(path);
	path = scratch_path("a/b/c/d");
	ck_assert_int_eq(durable_mkdir(path, 0700, &err), -1);
	ck_assert_int_eq(errno, ENOTDIR);
	free(path);
	path = scratch_path("a/link");
	ck_assert_int_eq(symlink("nowhere", path), 0);
	ck_assert_int_eq(durable_mkdir(path, 0700, &err), -1);
	ck_assert_int_eq(durable_mkdir("", 0700, &err), -1);
	free(path);
	path = scratch_path("a/link/c");
	ck_assert_int_eq(durable_mkdir(path, 0700, &err), -1);
	free(path);
	path = scratch_path("a/b/./f/../g"); /* f on the way */
	ck_assert_int_eq(durable_mkdir(path, 0700, &err), 0);
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(moves_a_file)
{
	char *from, *to;
	struct error err;

	scratch_make();
	scratch_write("a", "text");
	from = scratch_path("a");
	to = scratch_path("b");
	ck_assert_int_eq(durable_rename(from, to, &err), 0);
	ck_assert(!scratch_has("a"));
	check_file("b", "text");
	ck_assert_int_eq(durable_rename(from, to, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	free(from);
	free(to);
	scratch_remove();
}
END_TEST

START_TEST(reads_a_file_up_to_its_limit)
{
	char *text = NULL, *path;
	struct error err;
	size_t n;

	scratch_make();
	scratch_write("a", "12345");
	path = scratch_path("a");
	ck_assert_int_eq(read_file(path, 5, &text, &n, &err), 0);
	ck_assert_uint_eq(n, 5);
	ck_assert_str_eq(text, "12345");
	free(text);
	ck_assert_int_eq(read_file(path, 4, &text, &n, &err), -1);
	ck_assert_int_eq(errno, EFBIG);
	free(path);
	scratch_remove();
}
END_TEST

UNIT_MAIN("durable", replaces_a_file_whole_with_its_mode,
    what_a_killed_writer_left_is_no_obstacle, never_creates_over_a_file,
    a_failure_says_what_and_why, what_does_not_fit_leaves_the_old_file,
    makes_a_folder_with_its_parents, moves_a_file, reads_a_file_up_to_its_limit)
