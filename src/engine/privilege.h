/* privilege.h - what a process of ours gives up before it touches foreign
 * bytes.
 *
 *   all              no core file, no tracer of the same account
 *   notifier         the network, TLS: no capability, no way back, the filter
 *   responder        FastCGI: the same; what starts a supervisor for it is a
 *                    process of its own, forked before (door/watcher)
 *
 * The filter lets pass all but what runs another program, looks into another
 * process, changes the account or reaches into the kernel; those fail with
 * EPERM. It names what is refused, not what is allowed: libcurl, the resolver
 * and libc use other calls with each release. */
#ifndef ENGINE_PRIVILEGE_H
#define ENGINE_PRIVILEGE_H

#include "base/error.h"

/* First of all, in main(). */
void privilege_harden(void);

/* For good, in a process without threads. -1 with the reason where part of
 * it could not be had (a kernel without filters): the rest holds. */
int privilege_confine(struct error *err);

/* Both async-signal-safe. The first works only as long as CAP_SETPCAP is
 * there; no_new_privs does the same job where it is not. */
void privilege_empty_bounding_set(void);
/* All sets, the ambient one too: a child that starts with ambient CAP_SETUID
 * would keep it across setresuid(2) and exec. */
int privilege_drop_capabilities(void);

#endif
