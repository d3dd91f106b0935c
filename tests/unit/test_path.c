#include "unit.h"
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>

static void check_freed(char *got, const char *expected)
{
	ck_assert_str_eq(got, expected);
	free(got);
}

START_TEST(joins_and_takes_apart)
{
	check_freed(path_join("/a", "b"), "/a/b");
	check_freed(path_join("/a/", "b"), "/a/b");
	check_freed(path_join("/a", "/b"), "/b");
	check_freed(path_join(".", "b"), "b");
	check_freed(path_folder("/a/b"), "/a");
	check_freed(path_folder("/a"), "/");
	check_freed(path_folder("a"), ".");
	check_freed(path_folder("a//b"), "a");
	ck_assert_str_eq(path_name("/a/b"), "b");
	ck_assert_str_eq(path_name("b"), "b");
}
END_TEST

START_TEST(a_plain_name_leads_nowhere_else)
{
	char longest[257];

	memset(longest, 'x', 256);
	longest[256] = '\0';
	ck_assert(path_is_plain("2025-11-20-tasks.md"));
	ck_assert(path_is_plain("..."));
	ck_assert(path_is_plain(longest + 1));
	ck_assert(!path_is_plain(longest));
	ck_assert(!path_is_plain(""));
	ck_assert(!path_is_plain("."));
	ck_assert(!path_is_plain(".."));
	ck_assert(!path_is_plain("a/b"));
	ck_assert(!path_is_plain("a\nb"));
	ck_assert(!path_is_plain("a\x7f"));
}
END_TEST

static int open_inside(const char *name)
{
	char *folder = scratch_path("in");
	int fd = path_open_inside(folder, name);

	free(folder);
	return fd;
}

/* scratch: in/, in/file, out, and in/LINK -> target. */
static void make_folder(void)
{
	char *folder;

	scratch_make();
	folder = scratch_path("in");
	ck_assert_int_eq(durable_mkdir(folder, 0700, NULL), 0);
	free(folder);
	scratch_write("in/file", "x");
	scratch_write("out", "secret");
}

static void make_link(const char *target, const char *name)
{
	char *path = scratch_path(name);

	ck_assert_int_eq(symlink(target, path), 0);
	free(path);
}

START_TEST(opens_what_is_inside_and_nothing_else)
{
	int fd;

	make_folder();
	make_link("file", "in/good");
	make_link("../out", "in/bad");
	make_link("nothing", "in/dangling");
	make_link(".", "in/folder");
	fd = open_inside("file");
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	fd = open_inside("good");
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(open_inside("bad"), -1);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(open_inside("dangling"), -1);
	ck_assert_int_eq(errno, ENOENT);
	ck_assert_int_eq(open_inside("folder"), -1);
	ck_assert_int_eq(open_inside("../out"), -1);
	ck_assert_int_eq(errno, EINVAL);
	scratch_remove();
}
END_TEST

/* Nobody is at the other end of the FIFO: an open(2) of it would wait. */
START_TEST(waits_for_nobody)
{
	static const int how[] = { O_RDONLY, O_WRONLY | O_APPEND | O_CREAT,
		O_RDWR };
	char *fifo, *file;
	int fd;

	make_folder();
	fifo = scratch_path("in/fifo");
	file = scratch_path("in/file");
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	for (size_t i = 0; i < ARRAY_SIZE(how); i++) {
		const char *const odd[] = { fifo, scratch, "/dev/zero" };

		for (size_t k = 0; k < ARRAY_SIZE(odd); k++) {
			errno = 0;
			ck_assert_int_eq(
			    path_open_regular(odd[k], how[i], 0600), -1);
			ck_assert_int_eq(errno, EINVAL);
		}
		fd = path_open_regular(file, how[i], 0600);
		ck_assert_int_ge(fd, 0);
		close(fd);
	}
	free(fifo);
	free(file);
	scratch_remove();
}
END_TEST

START_TEST(inside_is_judged_after_links)
{
	char *in, *other, *link;

	make_folder();
	make_link("..", "in/up");
	in = scratch_path("in");
	other = scratch_path("in-other");
	link = scratch_path("in/up/out");
	ck_assert(path_is_inside(in, in));
	ck_assert(path_is_inside("/", in));
	ck_assert(!path_is_inside(in, other));
	ck_assert(!path_is_inside(in, link));
	check_freed(path_relative(scratch, in), "in");
	check_freed(path_relative(in, "/"), "/");
	free(in);
	free(other);
	free(link);
	scratch_remove();
}
END_TEST

START_TEST(a_path_is_settled_where_it_can_lead_one_way_only)
{
	static const struct {
		const char *path, *real; /* NULL: nobody can say */
	} rows[] = {
		{ "in/a.txt", "in/a.txt" },
		{ "in/new/deep.txt", "in/new/deep.txt" },
		{ "in/up/in/./b.txt", "in/b.txt" },
		{ "in/nowhere", NULL },
		{ "in/nowhere/c.txt", NULL },
		{ "in/new/../../d.txt", NULL },
	};
	char *real;

	make_folder();
	make_link("..", "in/up");
	make_link("not-there", "in/nowhere");
	real = path_real(scratch);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char *path = scratch_path(rows[i].path);
		char *settled = path_settled(path);
		char *want =
		    rows[i].real == NULL ? NULL : path_join(real, rows[i].real);

		ck_assert_pstr_eq(settled, want);
		free(want);
		free(settled);
		free(path);
	}
	ck_assert_ptr_null(path_settled("in/a.txt"));
	ck_assert_ptr_null(path_settled("/"));
	free(real);
	scratch_remove();
}
END_TEST

START_TEST(our_own_program_has_a_name)
{
	bool replaced = true;
	char *name = path_own_program(&replaced);

	ck_assert_str_eq(path_name(name), "test_path");
	ck_assert(!replaced);
	free(name);
}
END_TEST

UNIT_MAIN("path", joins_and_takes_apart, a_plain_name_leads_nowhere_else,
    opens_what_is_inside_and_nothing_else, waits_for_nobody,
    inside_is_judged_after_links,
    a_path_is_settled_where_it_can_lead_one_way_only,
    our_own_program_has_a_name)
