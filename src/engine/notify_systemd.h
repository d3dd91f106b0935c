/* notify_systemd.h - what systemd is told, where it is there: sd_notify(3).
 *
 * Without $NOTIFY_SOCKET every call does nothing. */
#ifndef ENGINE_NOTIFY_SYSTEMD_H
#define ENGINE_NOTIFY_SYSTEMD_H

#include "base/base.h"

/* "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..."; lines may be joined
 * by newlines. */
void systemd_notify(const char *state);
/* RELOADING=1 with the time that Type=notify-reload wants; READY=1 ends it. */
void systemd_notify_reloading(void);
/* The end may take so many seconds from now, whatever TimeoutStopSec= says. */
void systemd_extend_timeout(int seconds);
/* How often to say WATCHDOG=1, half of what the unit allows; 0: never. */
int64_t systemd_watchdog_ms(void);

#endif
