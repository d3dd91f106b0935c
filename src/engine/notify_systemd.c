/* notify_systemd.c - one datagram to $NOTIFY_SOCKET. */
#include "engine/notify_systemd.h"
#include "base/clock.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void systemd_notify(const char *state)
{
	/* A path, or an abstract name that starts with '@'. */
	const char *name = getenv("NOTIFY_SOCKET");
	size_t n = name != NULL ? strlen(name) : 0;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	if (n < 2 || n >= sizeof(sun.sun_path) ||
	    (name[0] != '/' && name[0] != '@'))
		return;
	memcpy(sun.sun_path, name, n);
	if (name[0] == '@')
		sun.sun_path[0] = '\0';
	else
		n++;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* Nobody there any more: nothing that could be done about it. */
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL | MSG_DONTWAIT,
	    (struct sockaddr *)&sun,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
	close(fd);
}

void systemd_notify_reloading(void)
{
	char *state = xasprintf(
	    "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_mono_us());

	systemd_notify(state);
	free(state);
}

void systemd_extend_timeout(int seconds)
{
	char *state = xasprintf("EXTEND_TIMEOUT_USEC=%d000000", seconds);

	systemd_notify(state);
	free(state);
}

int64_t systemd_watchdog_ms(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	long n;

	if (usec == NULL || parse_number(usec, 2000, INT64_MAX, &n) != 0)
		return 0;
	if (pid != NULL) {
		long whose;

		if (parse_number(pid, 1, INT32_MAX, &whose) != 0 ||
		    whose != getpid())
			return 0;
	}
	return n / 2000;
}
