/* sock.c - sockets for one machine. */
#include "base/sock.h"
#include "base/clock.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* Names path as /proc/self/fd/N/NAME, which fits whatever the folder's
 * length. The folder's descriptor must stay open until the call is made. */
static int address_of(
    const char *path, struct sockaddr_un *sun, struct error *err)
{
	char *folder = path_folder(path);
	int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int n;

	free(folder);
	if (dir < 0)
		return error_errno(err, "cannot open the folder of '%s'", path);
	*sun = (struct sockaddr_un){ .sun_family = AF_UNIX };
	n = snprintf(sun->sun_path, sizeof(sun->sun_path),
	    "/proc/self/fd/%d/%s", dir, path_name(path));
	if (n < 0 || (size_t)n >= sizeof(sun->sun_path)) {
		close(dir);
		errno = ENAMETOOLONG;
		return error_set(
		    err, "the socket's name is too long: '%s'", path);
	}
	return dir;
}

static int bind_unix(int fd, const char *path, mode_t mode, struct error *err)
{
	struct sockaddr_un sun;
	int dir = address_of(path, &sun, err);
	int rc = 0;
	mode_t old;

	if (dir < 0)
		return -1;
	old = umask(0177);
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
	    chmod(path, mode) != 0 || listen(fd, SOMAXCONN) != 0)
		rc = error_errno(err, "cannot listen on '%s'", path);
	umask(old);
	close(dir);
	return rc;
}

int sock_listen_unix(const char *path, mode_t mode, struct error *err)
{
	int other = sock_connect_unix(path, NULL);
	struct stat st;
	int fd;

	if (other >= 0) {
		close(other);
		return error_set(err,
		    "cannot listen on '%s': another process "
		    "answers there",
		    path);
	}
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_errno(err, "cannot make a socket");
	if (bind_unix(fd, path, mode, err) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int sock_connect_unix(const char *path, struct error *err)
{
	struct sockaddr_un sun;
	int dir, fd, saved;

	dir = address_of(path, &sun, err);
	if (dir < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 &&
	    (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
		fcntl(fd, F_SETFL, 0) != 0)) {
		saved = errno;
		close(fd);
		errno = saved;
		fd = -1;
	}
	saved = errno;
	if (fd < 0)
		error_errno(err, "cannot connect to '%s'", path);
	close(dir);
	errno = saved;
	return fd;
}

static int listen_on(const struct addrinfo *ai)
{
	int one = 1;
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

int sock_listen_tcp(const char *host, int port, struct error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *list;
	char service[16];
	int fd, rc;

	snprintf(service, sizeof(service), "%d", port);
	rc = getaddrinfo(host, service, &hints, &list);
	if (rc != 0)
		return error_set(
		    err, "cannot resolve '%s': %s", host, gai_strerror(rc));
	fd = listen_on(list);
	if (fd < 0)
		error_errno(err, "cannot listen on %s:%d", host, port);
	freeaddrinfo(list);
	return fd;
}

int sock_peer_uid(int fd, uid_t *uid)
{
	struct ucred cred;
	socklen_t n = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) != 0)
		return -1;
	*uid = cred.uid;
	return 0;
}

int sock_wait(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };

	for (;;) {
		int64_t left = deadline - clock_mono_ms();
		int n = poll(&p, 1, left > 0 ? (int)left : 0);

		if (n >= 0)
			return n;
		if (errno != EINTR)
			return -1;
	}
}
