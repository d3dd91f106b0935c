/* sock.h - listening and calling, Unix and TCP.
 *
 * A Unix path may have any length: it is reached through its folder's
 * descriptor, not through sun_path. Every descriptor is close-on-exec. All
 * return a descriptor, or -1 with the reason. */
#ifndef BASE_SOCK_H
#define BASE_SOCK_H

#include "base/error.h"

/* Replaces a dead socket file; one that answers is "in use", also where so many
 * wait already that no more are let in. */
int sock_listen_unix(const char *path, mode_t mode, struct error *err);

/* On every address that host has, as "localhost" has one of each family: up to
 * max descriptors into fds, returns how many; 0 with the reason. An address of
 * a family that this machine lacks is left out; one that is taken is a fault.
 */
size_t sock_listen_tcp(
    const char *host, int port, int *fds, size_t max, struct error *err);

/* Never waits. errno is ENOENT or ECONNREFUSED where nobody listens, EAGAIN
 * where so many wait already that no more are let in. */
int sock_connect_unix(const char *path, struct error *err);

/* The same by a name of no file, that whoever is in this network namespace can
 * call: the caller has to say who he is. The listener does not wait. */
int sock_listen_abstract(const char *name, struct error *err);
int sock_connect_abstract(const char *name, struct error *err);

/* The uid of the process at the other end (SO_PEERCRED). */
int sock_peer_uid(int fd, uid_t *uid);
/* Its pid, as it was when it called; -1: not to be told. */
pid_t sock_peer_pid(int fd);

enum { SOCK_FDS_MAX = 8 };

/* One message of a SOCK_SEQPACKET socket with n descriptors beside it. */
int sock_send_with(
    int fd, const void *data, size_t len, const int *fds, size_t n);
/* At most max descriptors come into fds, *n tells how many; they are the
 * caller's. 1, 0 at the end, -1 where the message was not that long; nothing
 * is kept of it then. */
int sock_receive_with(
    int fd, void *data, size_t len, int *fds, size_t max, size_t *n);

/* Waits until fd is ready for events (poll's) or the deadline (monotonic ms,
 * clock.h) has passed: 1 ready, 0 too late, -1 on error. */
int sock_wait(int fd, short events, int64_t deadline);

#endif
