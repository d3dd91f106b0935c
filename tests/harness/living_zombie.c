/* A process that shows as a zombie and lives: its first thread has ended,
 * another goes on. Build with -pthread; an agent runs it and exits; nothing of
 * it may be left after the task. */
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static void *rest(void *arg)
{
	(void)arg;
	for (;;)
		sleep(1);
}

int main(void)
{
	pthread_t thread;

	if (fork() != 0)
		_exit(0);
	setsid();
	if (fork() != 0)
		_exit(0);
	signal(SIGTERM, SIG_IGN);
	for (int fd = 0; fd < 4; fd++)
		close(fd);
	pthread_create(&thread, NULL, rest, NULL);
	pthread_exit(NULL);
}
