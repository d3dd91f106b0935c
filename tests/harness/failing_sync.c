/* failing_sync.c - preloaded: fsync(2) of a folder fails while the file named
 * by FAILING_SYNC is there. A file's own fsync is left alone. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int fsync(int fd)
{
	static int (*real)(int);
	const char *sign = getenv("FAILING_SYNC");
	struct stat st;

	if (real == NULL)
		real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	if (sign != NULL && access(sign, F_OK) == 0 && fstat(fd, &st) == 0 &&
	    S_ISDIR(st.st_mode)) {
		errno = EIO;
		return -1;
	}
	return real(fd);
}
