#include "unit.h"
#include "scratch.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/sock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>

/* A socket's path; longer than sun_path where deep. */
static char *socket_path(bool deep)
{
	struct buf name = BUF_INIT;
	char *folder, *path;

	for (int i = 0; deep && i < 40; i++)
		buf_adds(&name, "a-long-name/");
	folder = scratch_path(name.data);
	if (deep)
		ck_assert_int_eq(durable_mkdir(folder, 0700, NULL), 0);
	path = path_join(folder, "socket");
	free(folder);
	buf_release(&name);
	return path;
}

static void check_call(const char *path)
{
	struct error err;
	struct stat st;
	uid_t uid;
	int server = sock_listen_unix(path, 0600, &err);
	int client = sock_connect_unix(path, &err);
	int accepted = accept(server, NULL, NULL);

	ck_assert_msg(client >= 0, "%s", err.text);
	ck_assert_int_eq(fcntl(server, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(client, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(sock_peer_uid(accepted, &uid), 0);
	ck_assert_uint_eq(uid, getuid());
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	close(accepted);
	close(client);
	close(server);
}

START_TEST(a_path_of_any_length_can_be_called)
{
	char *path;

	scratch_make();
	path = socket_path(false);
	check_call(path);
	free(path);
	path = socket_path(true);
	ck_assert_uint_gt(strlen(path), 400);
	check_call(path);
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(a_dead_socket_is_replaced_a_living_one_is_not)
{
	struct error err;
	char *path;
	int first, second;

	scratch_make();
	path = socket_path(false);
	ck_assert_int_eq(sock_connect_unix(path, &err), -1);
	ck_assert_int_eq(errno, ENOENT);
	first = sock_listen_unix(path, 0600, &err);
	ck_assert_int_ge(first, 0);
	ck_assert_int_eq(sock_listen_unix(path, 0600, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "another process answers"));
	close(first);
	ck_assert_int_eq(sock_connect_unix(path, &err), -1);
	ck_assert_int_eq(errno, ECONNREFUSED);
	second = sock_listen_unix(path, 0600, &err);
	ck_assert_int_ge(second, 0);
	close(second);
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(a_full_queue_is_said_at_once)
{
	struct error err;
	char *path;
	int server, waiting[8], n = 0;

	scratch_make();
	path = socket_path(false);
	server = sock_listen_unix(path, 0600, &err);
	ck_assert_int_eq(listen(server, 1), 0);
	while (n < 8 && (waiting[n] = sock_connect_unix(path, &err)) >= 0)
		n++;
	ck_assert_int_lt(n, 8);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(fcntl(waiting[0], F_GETFL) & O_NONBLOCK, 0);
	ck_assert_int_eq(sock_listen_unix(path, 0600, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "another process answers"));
	while (n > 0)
		close(waiting[--n]);
	close(server);
	free(path);
	scratch_remove();
}
END_TEST

START_TEST(a_file_that_is_no_socket_is_left_alone)
{
	struct error err;
	char *path;

	scratch_make();
	scratch_write("socket", "precious");
	path = socket_path(false);
	ck_assert_int_eq(sock_listen_unix(path, 0600, &err), -1);
	free(path);
	path = scratch_read("socket");
	ck_assert_str_eq(path, "precious");
	free(path);
	scratch_remove();
}
END_TEST

/* The port that fd listens on. */
static int port_of(int fd)
{
	struct sockaddr_storage a;
	socklen_t n = sizeof(a);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	return ntohs(a.ss_family == AF_INET6
			 ? ((struct sockaddr_in6 *)&a)->sin6_port
			 : ((struct sockaddr_in *)&a)->sin_port);
}

START_TEST(tcp_listens_on_loopback)
{
	struct error err;
	int fd[4];

	ck_assert_msg(
	    sock_listen_tcp("127.0.0.1", 0, fd, 4, &err) == 1, "%s", err.text);
	ck_assert_uint_eq(
	    sock_listen_tcp("127.0.0.1", port_of(fd[0]), fd + 1, 3, &err), 0);
	ck_assert(str_starts(err.text, "cannot listen on 127.0.0.1:"));
	close(fd[0]);
	ck_assert_uint_eq(sock_listen_tcp("no such host", 1, fd, 4, &err), 0);
	ck_assert(str_starts(err.text, "cannot resolve 'no such host': "));
}
END_TEST

static bool has_ipv6(void)
{
	int fd;
	bool has = sock_listen_tcp("::1", 0, &fd, 1, NULL) == 1;

	if (has)
		close(fd);
	return has;
}

/* Every address of a name is listened on, each by a socket of its own. */
START_TEST(a_name_is_listened_on_in_both_families)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE },
			*list;
	bool v4 = false, v6 = false;
	struct error err;
	int fd[8];
	size_t n;

	ck_assert_int_eq(getaddrinfo("localhost", "0", &hints, &list), 0);
	for (struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		v4 = v4 || ai->ai_family == AF_INET;
		v6 = v6 || (ai->ai_family == AF_INET6 && has_ipv6());
	}
	freeaddrinfo(list);
	n = sock_listen_tcp("localhost", 0, fd, 8, &err);
	ck_assert_msg(n == (size_t)v4 + (size_t)v6, "%zu: %s", n, err.text);
	while (n > 0)
		close(fd[--n]);
}
END_TEST

START_TEST(waits_until_ready_or_too_late)
{
	int pair[2];

	ck_assert_int_eq(
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
	ck_assert_int_eq(sock_wait(pair[0], POLLIN, clock_mono_ms() + 20), 0);
	ck_assert_int_eq(write(pair[1], "x", 1), 1);
	ck_assert_int_eq(
	    sock_wait(pair[0], POLLIN, clock_mono_ms() + 10000), 1);
	ck_assert_int_eq(sock_wait(pair[0], POLLIN, 0), 1);
	close(pair[0]);
	close(pair[1]);
}
END_TEST

UNIT_MAIN("sock", a_path_of_any_length_can_be_called,
    a_dead_socket_is_replaced_a_living_one_is_not, a_full_queue_is_said_at_once,
    a_file_that_is_no_socket_is_left_alone, tcp_listens_on_loopback,
    a_name_is_listened_on_in_both_families, waits_until_ready_or_too_late)
