/* sock.h - listening and calling, Unix and TCP.
 *
 * A Unix path may have any length: it is reached through its folder's
 * descriptor, not through sun_path. Every descriptor is close-on-exec. All
 * return a descriptor, or -1 with the reason. */
#ifndef BASE_SOCK_H
#define BASE_SOCK_H

#include "base/error.h"

/* Replaces a dead socket file; one that answers is "in use". */
int sock_listen_unix(const char *path, mode_t mode, struct error *err);
int sock_listen_tcp(const char *host, int port, struct error *err);

/* Never waits. errno is ENOENT or ECONNREFUSED where nobody listens, EAGAIN
 * where so many wait already that no more are let in. */
int sock_connect_unix(const char *path, struct error *err);

/* The uid of the process at the other end (SO_PEERCRED). */
int sock_peer_uid(int fd, uid_t *uid);

/* Waits until fd is ready for events (poll's) or the deadline (monotonic ms,
 * clock.h) has passed: 1 ready, 0 too late, -1 on error. */
int sock_wait(int fd, short events, int64_t deadline);

#endif
