/* bare.c - the peer that does nothing: libfcgi's threads as its own example has
 * them, one answer of so many bytes. usage: bare THREADS BYTES */
#include <fcgiapp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static char *answer;
static int length;

static void *work(void *unused)
{
	FCGX_Request q;
	char body[65536];

	(void)unused;
	FCGX_InitRequest(&q, 0, 0);
	while (FCGX_Accept_r(&q) == 0) {
		FCGX_GetStr(body, sizeof(body), q.in);
		FCGX_FPrintF(q.out,
		    "Status: 200 OK\r\n"
		    "Content-Type: application/json\r\n"
		    "Cache-Control: no-store\r\n"
		    "Content-Length: %d\r\n\r\n",
		    length);
		FCGX_PutStr(answer, length, q.out);
		FCGX_Finish_r(&q);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc != 3)
		return 2;
	length = (int)strtol(argv[2], NULL, 10);
	answer = malloc((size_t)length + 1);
	memset(answer, 'x', (size_t)length);
	signal(SIGPIPE, SIG_IGN);
	FCGX_Init();
	for (long n = strtol(argv[1], NULL, 10); n > 1; n--)
		pthread_create(&thread, NULL, work, NULL);
	work(NULL);
	return 0;
}
