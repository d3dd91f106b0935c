/* sock.c - sockets for one machine. */
#include "base/sock.h"
#include "base/clock.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
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

int sock_listen_unix(const char *path, mode_t mode, struct error *err)
{
	int other = sock_connect_unix(path, NULL);
	bool taken = other >= 0 || errno == EAGAIN; /* its queue is full */
	struct sockaddr_un sun;
	struct stat st;
	mode_t old;
	int fd, dir, rc = -1;

	if (other >= 0)
		close(other);
	if (taken)
		return error_set(err,
		    "cannot listen on '%s': another process answers there",
		    path);
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_errno(err, "cannot make a socket");
	dir = address_of(path, &sun, err);
	if (dir >= 0) {
		old = umask(0177);
		rc = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
		if (rc != 0 || chmod(path, mode) != 0 ||
		    listen(fd, SOMAXCONN) != 0)
			rc = error_errno(err, "cannot listen on '%s'", path);
		umask(old);
		close(dir);
	}
	if (rc != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

int sock_connect_unix(const char *path, struct error *err)
{
	struct sockaddr_un sun;
	int dir = address_of(path, &sun, err), fd, saved;

	if (dir < 0)
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	saved = errno;
	if (fd >= 0 &&
	    (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) != 0 ||
		fcntl(fd, F_SETFL, 0) != 0)) {
		saved = errno;
		close(fd);
		fd = -1;
	}
	errno = saved;
	if (fd < 0)
		error_errno(err, "cannot connect to '%s'", path);
	close(dir);
	errno = saved;
	return fd;
}

static int abstract_socket(const char *name, int flags,
    int (*use)(int, const struct sockaddr *, socklen_t), struct error *err)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	size_t n = strlen(name),
	       before = offsetof(struct sockaddr_un, sun_path);
	int fd;

	if (n >= sizeof(sun.sun_path))
		return error_set(err, "the socket's name is too long");
	memcpy(sun.sun_path + 1, name, n);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
	if (fd < 0 || use(fd, (struct sockaddr *)&sun,
			  (socklen_t)(before + 1 + n)) != 0) {
		error_errno(err, "cannot use the socket '@%s'", name);
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

int sock_listen_abstract(const char *name, struct error *err)
{
	int fd = abstract_socket(name, SOCK_NONBLOCK, bind, err);

	if (fd >= 0 && listen(fd, SOMAXCONN) != 0) {
		error_errno(err, "cannot listen on '@%s'", name);
		close(fd);
		return -1;
	}
	return fd;
}

int sock_connect_abstract(const char *name, struct error *err)
{
	return abstract_socket(name, 0, connect, err);
}

static int listen_on(const struct addrinfo *ai)
{
	int one = 1;
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (ai->ai_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, ai->ai_addr, ai->ai_addrlen) != 0 ||
	    listen(fd, SOMAXCONN) != 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

/* /etc/hosts may name an address twice. */
static bool came_before(const struct addrinfo *list, const struct addrinfo *ai)
{
	for (; list != ai; list = list->ai_next)
		if (list->ai_addrlen == ai->ai_addrlen &&
		    memcmp(list->ai_addr, ai->ai_addr, ai->ai_addrlen) == 0)
			return true;
	return false;
}

size_t sock_listen_tcp(
    const char *host, int port, int *fds, size_t max, struct error *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = AI_PASSIVE | AI_NUMERICSERV };
	struct addrinfo *list;
	char service[16];
	size_t n = 0;
	int rc;

	snprintf(service, sizeof(service), "%d", port);
	rc = getaddrinfo(host, service, &hints, &list);
	if (rc != 0) {
		error_set(
		    err, "cannot resolve '%s': %s", host, gai_strerror(rc));
		return 0;
	}
	for (struct addrinfo *ai = list; ai != NULL && n < max;
	     ai = ai->ai_next) {
		if (came_before(list, ai))
			continue;
		fds[n] = listen_on(ai);
		if (fds[n] >= 0) {
			n++;
			continue;
		}
		error_errno(err, "cannot listen on %s:%d", host, port);
		/* No IPv6 here: the other family will do. A port in use will
		 * not, callers would reach two programs by one name. */
		if (errno == EAFNOSUPPORT || errno == EADDRNOTAVAIL)
			continue;
		while (n > 0)
			close(fds[--n]);
		break;
	}
	freeaddrinfo(list);
	return n;
}

pid_t sock_peer_pid(int fd)
{
	struct ucred peer;
	socklen_t n = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
		return -1;
	return peer.pid;
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

union fds_room {
	char room[CMSG_SPACE(SOCK_FDS_MAX * sizeof(int))];
	struct cmsghdr align;
};

int sock_send_with(
    int fd, const void *data, size_t len, const int *fds, size_t n)
{
	struct iovec iov = { .iov_base = (void *)(uintptr_t)data,
		.iov_len = len };
	union fds_room u = { .room = { 0 } };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (n > SOCK_FDS_MAX)
		bug("%zu descriptors in a message", n);
	if (n > 0) {
		m.msg_control = u.room;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	return sendmsg(fd, &m, MSG_NOSIGNAL) == (ssize_t)len ? 0 : -1;
}

int sock_receive_with(
    int fd, void *data, size_t len, int *fds, size_t max, size_t *n)
{
	struct iovec iov = { .iov_base = data, .iov_len = len };
	union fds_room u;
	struct msghdr m = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = u.room,
		/* Not CMSG_SPACE: its padding is room for one more. */
		.msg_controllen = CMSG_LEN(max * sizeof(int)) };
	ssize_t got;

	if (max > SOCK_FDS_MAX)
		bug("%zu descriptors in a message", max);
	*n = 0;
	do
		got = recvmsg(fd, &m, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return (int)got;
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c != NULL;
	     c = CMSG_NXTHDR(&m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		*n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(c), *n * sizeof(int));
	}
	if (got == (ssize_t)len &&
	    (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0)
		return 1;
	while (*n > 0)
		close(fds[--*n]);
	errno = EBADMSG;
	return -1;
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
