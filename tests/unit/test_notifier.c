#include "unit.h"
#include "peers.h"
#include "procs.h"

#include "base/sock.h"
#include "engine/family.h"
#include "engine/notifier.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>

/* A web server with one visitor at a time, in the same loop. */
static struct loop loop = LOOP_INIT;
static int listener, visitor = -1;
static struct buf request = BUF_INIT;
static const char *response; /* NULL: none, ever */
static char url[64];

static struct notifier *notifier;
static struct delivery_result result;
static struct strvec headers;

static void on_request(void *arg, short revents)
{
	size_t n = response != NULL ? strlen(response) : 0;

	(void)arg;
	(void)revents;
	if (!read_more(visitor, &request)) {
		loop_unwatch(&loop, visitor);
		close(visitor);
		visitor = -1;
		return;
	}
	if (strstr(request.data, "}") == NULL) /* the end of our bodies */
		return;
	if (response == NULL)
		loop_stop(&loop);
	else
		ck_assert_int_eq(send(visitor, response, n, 0), (ssize_t)n);
}

static void on_visitor(void *arg, short revents)
{
	(void)arg;
	(void)revents;
	visitor = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(visitor, 0);
	loop_watch(&loop, visitor, POLLIN, on_request, NULL);
}

static void on_done(void *arg, const struct delivery_result *r)
{
	(void)arg;
	result = *r;
	loop_stop(&loop);
}

static void begin(void)
{
	struct sockaddr_in sin;
	socklen_t n = sizeof(sin);

	unsetenv("http_proxy");
	sock_listen_tcp("127.0.0.1", 0, &listener, 1, NULL);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&sin, &n), 0);
	snprintf(
	    url, sizeof(url), "http://127.0.0.1:%d/hook", ntohs(sin.sin_port));
	loop_watch(&loop, listener, POLLIN, on_visitor, NULL);
	notifier = notifier_new(&loop, on_done, NULL);
	strvec_add(&headers, "webhook-id: msg_1");
}

static void finish(void)
{
	notifier_release(notifier);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	loop_release(&loop);
	strvec_release(&headers);
	buf_release(&request);
}

static void post(const char *to)
{
	struct error err = ERROR_INIT;

	buf_reset(&request);
	ck_assert_msg(
	    notifier_post(notifier, to, &headers, "{\"a\":\"ü\"}", &err) == 0,
	    "%s", err.text);
	ck_assert(notifier_is_busy(notifier));
	run_loop(&loop);
}

static pid_t child_of_notifier(void)
{
	struct process_list l = PROCESS_LIST_INIT;
	pid_t pid = 0;

	process_list_all(&l);
	for (size_t i = 0; i < l.n; i++)
		if (family_has(l.v[i].pid))
			pid = l.v[i].pid;
	process_list_release(&l);
	ck_assert_int_gt(pid, 0);
	return pid;
}

START_TEST(delivers_what_it_is_given)
{
	begin();
	response = "HTTP/1.1 204 No Content\r\n\r\n";
	post(url);
	ck_assert_int_eq(result.status, 204);
	ck_assert_int_eq(result.retry_after_ms, 0);
	ck_assert(!notifier_is_busy(notifier));
	ck_assert(str_starts(request.data, "POST /hook HTTP/1.1\r\n"));
	ck_assert_ptr_nonnull(strstr(request.data, "webhook-id: msg_1\r\n"));
	ck_assert_ptr_nonnull(
	    strstr(request.data, "Content-Type: application/json\r\n"));
	ck_assert_ptr_nonnull(strstr(request.data, "\r\n\r\n{\"a\":\"ü\"}"));
	post(url); /* the same child, the same connection */
	ck_assert_int_eq(result.status, 204);
	finish();
}
END_TEST

START_TEST(reports_refusals_and_follows_nobody)
{
	begin();
	response = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\n"
		   "Content-Length: 0\r\n\r\n";
	post(url);
	ck_assert_int_eq(result.status, 503);
	ck_assert_int_eq(result.retry_after_ms, 7000);
	response = "HTTP/1.1 302 Elsewhere\r\nLocation: /other\r\n"
		   "Content-Length: 0\r\n\r\n";
	post(url);
	ck_assert_int_eq(result.status, 302);
	ck_assert_ptr_null(strstr(request.data, "/other"));
	finish();
}
END_TEST

START_TEST(an_answer_without_end_counts_by_its_status)
{
	struct buf endless = BUF_INIT;

	begin();
	buf_adds(
	    &endless, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
	for (int i = 0; i < 70000; i++)
		buf_addc(&endless, 'x');
	response = endless.data;
	post(url);
	ck_assert_int_eq(result.status, 200);
	buf_release(&endless);
	finish();
}
END_TEST

START_TEST(says_why_there_was_no_answer)
{
	begin();
	post("ftp://127.0.0.1/hook");
	ck_assert_int_eq(result.status, 0);
	ck_assert_ptr_nonnull(strstr(result.text, "ftp"));
	loop_unwatch(&loop, listener);
	close(listener);
	post(url);
	ck_assert_int_eq(result.status, 0);
	ck_assert_ptr_nonnull(strstr(result.text, "127.0.0.1"));
	finish();
}
END_TEST

START_TEST(refuses_a_header_of_two_lines)
{
	struct error err = ERROR_INIT;

	begin();
	strvec_add(&headers, "X-Token: a\r\nX-Other: b");
	ck_assert_int_eq(
	    notifier_post(notifier, url, &headers, "{}", &err), -1);
	ck_assert(!notifier_is_busy(notifier));
	finish();
}
END_TEST

START_TEST(a_killed_child_is_a_failed_delivery_and_no_more)
{
	begin();
	post(url); /* returns once the request is there, unanswered */
	kill(child_of_notifier(), SIGKILL);
	run_loop(&loop);
	ck_assert_int_eq(result.status, 0);
	ck_assert_str_eq(result.text, "the sending process died");
	response = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
	post(url);
	ck_assert_int_eq(result.status, 200);
	kill(child_of_notifier(), SIGKILL); /* while it has nothing to do */
	post(url);
	finish();
}
END_TEST

static int count_descriptors(pid_t pid, const char *what)
{
	char folder[64], target[256];
	struct dirent *e;
	int n = 0;
	DIR *dir;

	snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
	dir = opendir(folder);
	ck_assert_ptr_nonnull(dir);
	while ((e = readdir(dir)) != NULL) {
		ssize_t len = readlinkat(
		    dirfd(dir), e->d_name, target, sizeof(target) - 1);

		target[len > 0 ? len : 0] = '\0';
		n += strstr(target, what) != NULL;
	}
	closedir(dir);
	return n;
}

START_TEST(its_child_holds_nothing_of_ours)
{
	int lock = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	char ours[64] = "", path[64];

	begin();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", listener);
	ck_assert_int_gt(readlink(path, ours, sizeof(ours) - 1), 0);
	ck_assert_int_ge(lock, 0);
	post(url);
	ck_assert_int_eq(count_descriptors(getpid(), "passwd"), 1);
	ck_assert_int_eq(count_descriptors(child_of_notifier(), "passwd"), 0);
	ck_assert_int_eq(count_descriptors(getpid(), ours), 1);
	ck_assert_int_eq(count_descriptors(child_of_notifier(), ours), 0);
	finish();
}
END_TEST

START_TEST(its_child_goes_when_we_are_killed)
{
	int fds[2];
	pid_t us, child;

	begin();
	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	us = fork();
	if (us == 0) {
		post(url);
		child = child_of_notifier();
		if (write(fds[1], &child, sizeof(child)) > 0)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(fds[0], &child, sizeof(child)), sizeof(child));
	ck_assert(is_alive(child));
	kill(us, SIGKILL);
	waitpid(us, NULL, 0);
	WAIT_UNTIL(!is_alive(child));
	finish();
}
END_TEST

UNIT_MAIN("notifier", delivers_what_it_is_given,
    reports_refusals_and_follows_nobody,
    an_answer_without_end_counts_by_its_status, says_why_there_was_no_answer,
    refuses_a_header_of_two_lines,
    a_killed_child_is_a_failed_delivery_and_no_more,
    its_child_holds_nothing_of_ours, its_child_goes_when_we_are_killed)
