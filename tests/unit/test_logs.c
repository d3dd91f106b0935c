#include "unit.h"
#include "scratch.h"

#include "base/buf.h"
#include "base/clock.h"
#include "store/logs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static void begin(void)
{
	scratch_make();
	clock_set_zone("UTC");
}

/* -- the main log ---------------------------------------------------------- */

static char *today(void)
{
	char name[CLOCK_TEXT];

	clock_local(clock_now(), "%Y-%m-%d.log", name);
	return xstrdup(name);
}

static void log_line(const char *format, const char *text)
{
	struct daily_log d;

	daily_log_init(&d, scratch, format);
	daily_log_sink(&d, LOG_WARNING, "supervisor", text);
	daily_log_release(&d);
}

START_TEST(a_message_is_one_line_as_formatted)
{
	char *name, *text, *want;

	begin();
	name = today();
	log_line("[%(levelname)s] %(name)s %(process)d 100%%: %(message)s",
	    "first\nfake line\x1b[0m\xff");
	text = scratch_read(name);
	want = xasprintf("[WARNING] supervisor %d 100%%: first fake line"
			 "\xef\xbf\xbd\n",
	    (int)getpid());
	ck_assert_str_eq(text, want);
	free(want);
	free(text);
	free(name);
	scratch_remove();
}
END_TEST

START_TEST(the_time_is_written_as_python_does)
{
	char *name, *text;
	int y, mo, d, h, mi, s, ms, n = 0;

	begin();
	name = today();
	log_line("%(asctime)s|", "x");
	text = scratch_read(name);
	ck_assert_int_eq(sscanf(text, "%4d-%2d-%2d %2d:%2d:%2d,%3d|%n", &y, &mo,
			     &d, &h, &mi, &s, &ms, &n),
	    7);
	ck_assert_int_eq(n, 24);
	free(text);
	free(name);
	scratch_remove();
}
END_TEST

START_TEST(the_log_is_private_and_opened_again)
{
	struct daily_log d;
	struct stat st;
	char *name, *path, *text;

	begin();
	name = today();
	path = scratch_path(name);
	daily_log_init(&d, scratch, "%(message)s");
	daily_log_sink(&d, LOG_INFO, "supervisor", "one");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	ck_assert_int_eq(unlink(path), 0);
	daily_log_reopen(&d, NULL);
	daily_log_sink(&d, LOG_INFO, "supervisor", "two");
	daily_log_sink(&d, LOG_INFO, "supervisor", "three");
	text = scratch_read(name);
	ck_assert_str_eq(text, "two\nthree\n");
	daily_log_release(&d);
	free(text);
	free(path);
	free(name);
	scratch_remove();
}
END_TEST

START_TEST(a_new_day_is_a_new_file)
{
	struct daily_log d;
	char *name, *text;

	begin();
	name = today();
	daily_log_init(&d, scratch, "%(message)s");
	daily_log_sink(&d, LOG_INFO, "supervisor", "yesterday");
	snprintf(d.date, sizeof(d.date), "2001-01-01");
	text = scratch_path(name);
	unlink(text);
	free(text);
	daily_log_sink(&d, LOG_INFO, "supervisor", "today");
	text = scratch_read(name);
	ck_assert_str_eq(text, "today\n");
	daily_log_release(&d);
	free(text);
	free(name);
	scratch_remove();
}
END_TEST

START_TEST(only_known_fields_are_a_format)
{
	static const struct {
		const char *format, *bad;
	} cases[] = {
		{ "[%(asctime)s] %(levelname)s: %(message)s", NULL },
		{ "%(name)s %(process)d 100%%", NULL },
		{ "%(message)s %(lineno)d", "%(lineno)d" },
		{ "%(process)s", "%(process)s" },
		{ "%(levelname)-8s", "%(levelname)-" },
		{ "50% done", "% " },
		{ "%", "%" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char *bad = NULL;
		bool ok = log_format_ok(cases[i].format, &bad);

		ck_assert_int_eq(ok, cases[i].bad == NULL);
		if (!ok)
			ck_assert_str_eq(bad, cases[i].bad);
		free(bad);
	}
}
END_TEST

/* -- the logs of a task ---------------------------------------------------- */

START_TEST(each_attempt_has_its_header_and_times)
{
	struct task_log t;
	char *text;

	begin();
	for (int i = 1; i <= 2; i++) {
		char *header = xasprintf("attempt %d", i);

		ck_assert_int_eq(
		    task_log_open(&t, scratch, "task-7", true, header, NULL),
		    0);
		task_log_text(&t, "one\ntwo\x1b");
		task_log_raw(&t, "{\"a\":1}", 7);
		task_log_release(&t);
		free(header);
	}
	text = scratch_read("task-7-stream.jsonl");
	ck_assert_str_eq(text, "{\"a\":1}\n{\"a\":1}\n");
	free(text);
	text = scratch_read("task-7-output.log");
	ck_assert(str_starts(text, TASK_LOG_HEADER "attempt 1\n["));
	ck_assert_ptr_nonnull(strstr(text, "] one\n["));
	ck_assert_ptr_nonnull(strstr(text, "] two \n" TASK_LOG_HEADER));
	ck_assert_ptr_nonnull(strstr(text, "\n" TASK_LOG_HEADER "attempt 2"));
	free(text);
	scratch_remove();
}
END_TEST

START_TEST(unwanted_logs_are_not_there)
{
	struct task_log t;

	begin();
	ck_assert_int_eq(
	    task_log_open(&t, scratch, "task-7", false, "x", NULL), 0);
	task_log_text(&t, "one");
	task_log_raw(&t, "{}", 2);
	task_log_reopen(&t);
	task_log_release(&t);
	ck_assert(!scratch_has("task-7-output.log"));
	ck_assert(!scratch_has("task-7-stream.jsonl"));
	scratch_remove();
}
END_TEST

START_TEST(a_log_that_cannot_be_opened_is_said)
{
	struct task_log t;
	struct error err = ERROR_INIT;

	ck_assert_int_eq(
	    task_log_open(&t, "/nowhere", "task-7", true, "x", &err), -1);
	ck_assert_str_eq(err.text, "cannot open '/nowhere/task-7-output.log': "
				   "No such file or directory");
	task_log_text(&t, "one");
	task_log_raw(&t, "{}", 2);
	task_log_release(&t);
}
END_TEST

START_TEST(an_attempt_fills_its_log_once)
{
	char *block = xcalloc(1, 1 << 20);
	struct task_log t;
	char *text;
	size_t n;

	begin();
	memset(block, 'x', (1 << 20) - 1);
	ck_assert_int_eq(
	    task_log_open(&t, scratch, "task-1", true, "x", NULL), 0);
	for (int i = 0; i < 66; i++)
		task_log_raw(&t, block, (1 << 20) - 1);
	task_log_release(&t);
	text = scratch_read("task-1-stream.jsonl");
	n = strlen(text);
	ck_assert_uint_gt(n, TASK_LOG_MAX);
	ck_assert_uint_lt(n, TASK_LOG_MAX + 200);
	ck_assert(str_starts(text + TASK_LOG_MAX, "{\"type\":"));
	ck_assert_ptr_eq(strchr(text + TASK_LOG_MAX, '\n'), text + n - 1);
	free(text);
	free(block);
	scratch_remove();
}
END_TEST

/* -- the access log -------------------------------------------------------- */

START_TEST(an_access_is_one_line_of_words)
{
	struct access_log a;
	char *text, *rest;

	begin();
	access_log_init(&a, scratch);
	access_log_write(
	    &a, &(struct access_entry){ "127.0.0.1", "POST", "/webhook/command",
		    "approve", "Anna \"A\"\n", 200, 812 });
	access_log_write(&a, &(struct access_entry){ .method = "G\nET",
				 .path = "/a b\"\xff",
				 .status = 404,
				 .microseconds = 5 });
	access_log_release(&a);
	text = scratch_read("webhook-access.log");
	rest = strchr(text, ' ');
	ck_assert_int_eq(rest - text, 20);
	ck_assert(str_starts(rest, " 127.0.0.1 POST /webhook/command approve "
				   "\"Anna \\\"A\\\" \" 200 812\n"));
	rest = strchr(strchr(rest, '\n'), ' ');
	ck_assert_str_eq(rest, " - G%0AET /a%20b%22%FF - - 404 5\n");
	free(text);
	scratch_remove();
}
END_TEST

static void *write_many(void *arg)
{
	struct access_entry e = { "10.0.0.1", "GET", "/health", NULL, NULL, 200,
		1 };

	for (int i = 0; i < 500; i++) {
		access_log_write(arg, &e);
		if (i % 50 == 0)
			access_log_reopen(arg);
	}
	return NULL;
}

START_TEST(threads_keep_lines_whole)
{
	struct access_log a[4];
	pthread_t threads[4];
	char *text;
	int n = 0;

	begin();
	for (int i = 0; i < 4; i++) {
		access_log_init(&a[i], scratch);
		ck_assert_int_eq(
		    pthread_create(&threads[i], NULL, write_many, &a[i]), 0);
	}
	for (int i = 0; i < 4; i++) {
		access_log_reopen(&a[i]);
		pthread_join(threads[i], NULL);
		access_log_release(&a[i]);
	}
	text = scratch_read("webhook-access.log");
	for (char *p = text; *p != '\0'; n++) {
		ck_assert(
		    str_starts(p + 20, " 10.0.0.1 GET /health - - 200 1\n"));
		p = strchr(p, '\n') + 1;
	}
	ck_assert_int_eq(n, 2000);
	free(text);
	scratch_remove();
}
END_TEST

/* -- how long they are kept ------------------------------------------------ */

static void write_aged(const char *name, int days)
{
	struct timespec times[2] = { { 0 }, { 0 } };
	char *path = scratch_path(name);

	scratch_write(name, "x\n");
	times[0].tv_sec = times[1].tv_sec = clock_now() - days * 86400;
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
}

static void age_folder(const char *name, int days)
{
	struct timespec times[2] = { { 0 }, { 0 } };
	char *path = scratch_path(name);

	times[0].tv_sec = times[1].tv_sec = clock_now() - days * 86400;
	ck_assert_int_eq(utimensat(AT_FDCWD, path, times, 0), 0);
	free(path);
}

static bool there(const char *name)
{
	char *path = scratch_path(name);
	bool is = access(path, F_OK) == 0;

	free(path);
	return is;
}

static void make_folder(const char *name)
{
	char *path = scratch_path(name);

	ck_assert_int_eq(mkdir(path, 0700), 0);
	free(path);
}

static const char *const old_logs[] = { "2020-01-01.log",
	"plan-2020-01-01-output.log", "plan-2020-01-01-stream.jsonl",
	"webhook-access.log.1", "webhook-access.log.2.gz", "task-1-output.log",
	"task-1-stream.jsonl", "20200101-093015/state.json",
	"20200101-093015/task-1-output.log" };
static const char *const not_ours[] = { "notes.md", "webhook-access.log",
	"2020-01-01.log.mine", "20200101-notes/task-1-output.log",
	"20200102-093015/notes.md" };

START_TEST(old_logs_and_archives_go_and_nothing_else)
{
	char today[CLOCK_TEXT], *current;

	begin();
	clock_local(clock_now(), "%Y-%m-%d", today);
	current = xasprintf("%s.log", today);
	make_folder("20200101-093015");
	make_folder("20200101-notes");
	make_folder("20200102-093015");
	for (size_t i = 0; i < ARRAY_SIZE(old_logs); i++)
		write_aged(old_logs[i], 91);
	for (size_t i = 0; i < ARRAY_SIZE(not_ours); i++)
		write_aged(not_ours[i], 91);
	write_aged(current, 91);
	write_aged("2020-01-02.log", 89);
	age_folder("20200101-093015", 91);
	age_folder("20200101-notes", 91);
	age_folder("20200102-093015", 91);

	logs_sweep(scratch, "/var/state.json", 0, false);
	for (size_t i = 0; i < ARRAY_SIZE(old_logs); i++)
		ck_assert_msg(there(old_logs[i]), "%s", old_logs[i]);
	logs_sweep(scratch, "/var/state.json", 90, true);
	ck_assert(there("task-1-output.log") && there("task-1-stream.jsonl"));
	ck_assert(!there("2020-01-01.log"));
	logs_sweep(scratch, "/var/state.json", 90, false);
	for (size_t i = 0; i < ARRAY_SIZE(old_logs); i++)
		ck_assert_msg(!there(old_logs[i]), "%s", old_logs[i]);
	ck_assert(!there("20200101-093015"));
	for (size_t i = 0; i < ARRAY_SIZE(not_ours); i++)
		ck_assert_msg(there(not_ours[i]), "%s", not_ours[i]);
	ck_assert(there(current) && there("2020-01-02.log"));
	free(current);
	scratch_remove();
}
END_TEST

UNIT_MAIN("logs", a_message_is_one_line_as_formatted,
    the_time_is_written_as_python_does, the_log_is_private_and_opened_again,
    a_new_day_is_a_new_file, only_known_fields_are_a_format,
    each_attempt_has_its_header_and_times, unwanted_logs_are_not_there,
    a_log_that_cannot_be_opened_is_said, an_attempt_fills_its_log_once,
    an_access_is_one_line_of_words, threads_keep_lines_whole,
    old_logs_and_archives_go_and_nothing_else)
