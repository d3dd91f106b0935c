/* What a keeper reports, were it not ours any more: whole reports with an
 * end to their text, or none. */
#include "engine/keeper.h"
#include "fuzz.h"

#include <fcntl.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct keeper k = KEEPER_INIT;
	struct keeper_report r;
	int ends[2];
	size_t whole = 0;

	if (n > 60000)
		return 0; /* more than the pipe holds */
	MUST(pipe2(ends, O_CLOEXEC) == 0);
	MUST(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0);
	MUST(write(ends[1], bytes, n) == (ssize_t)n);
	k.reports = ends[0];
	while (keeper_read(&k, &r) > 0) {
		MUST(strlen(r.text) < sizeof(r.text));
		whole++;
	}
	MUST(whole == n / sizeof(r));
	close(ends[1]);
	keeper_release(&k);
	return 0;
}
