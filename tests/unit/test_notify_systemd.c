#include "unit.h"

#include "base/base.h"
#include "engine/notify_systemd.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* A socket as systemd has one; its address becomes $NOTIFY_SOCKET. */
static int listen_as_systemd(bool abstract)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char *name = xasprintf("%s/tmp/orchestrator-unit-notify-%d",
	    abstract ? "@" : "", (int)getpid());
	size_t n = strlen(name);

	setenv("NOTIFY_SOCKET", name, 1);
	memcpy(sun.sun_path, name, n + 1);
	if (abstract)
		sun.sun_path[0] = '\0';
	ck_assert_int_eq(
	    bind(fd, (struct sockaddr *)&sun,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + n +
			    !abstract)),
	    0);
	free(name);
	return fd;
}

static void assert_hears(int fd, const char *want)
{
	char text[128] = "";

	ck_assert_int_gt(recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT), 0);
	ck_assert_msg(str_starts(text, want), "%s", text);
}

START_TEST(tells_systemd_by_path_and_by_abstract_name)
{
	int fd = listen_as_systemd(false);

	systemd_notify("READY=1");
	assert_hears(fd, "READY=1");
	unlink(getenv("NOTIFY_SOCKET"));
	systemd_notify("nobody hears this");
	close(fd);
	fd = listen_as_systemd(true);
	systemd_notify("STOPPING=1");
	assert_hears(fd, "STOPPING=1");
	systemd_notify_reloading();
	assert_hears(fd, "RELOADING=1\nMONOTONIC_USEC=");
	systemd_extend_timeout(3610);
	assert_hears(fd, "EXTEND_TIMEOUT_USEC=3610000000");
	unsetenv("NOTIFY_SOCKET");
	systemd_notify("nobody hears this");
	ck_assert_int_eq(recv(fd, &(char){ 0 }, 1, MSG_DONTWAIT), -1);
	close(fd);
}
END_TEST

START_TEST(knows_how_often_to_feed_the_watchdog)
{
	char pid[16];

	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
	ck_assert_int_eq(systemd_watchdog_ms(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	ck_assert_int_eq(systemd_watchdog_ms(), 15000);
	setenv("WATCHDOG_PID", "1", 1); /* meant for another */
	ck_assert_int_eq(systemd_watchdog_ms(), 0);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	ck_assert_int_eq(systemd_watchdog_ms(), 15000);
}
END_TEST

UNIT_MAIN("notify_systemd", tells_systemd_by_path_and_by_abstract_name,
    knows_how_often_to_feed_the_watchdog)
