/* driver.c - runs a target without libFuzzer: SECONDS INPUT SEED FILE...
 *
 * Every file as it is, then changed ones until the time is up. The one that
 * is being tried is in the file INPUT, whatever becomes of us. It sees no
 * edges; it is for machines without clang. */
#include "base/clock.h"
#include "base/durable.h"
#include "fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { INPUT_MAX = 256 * 1024 };

struct seed {
	char *data;
	size_t n;
};

static uint8_t *input; /* shared with the file */
static size_t input_n;
static int input_fd;
static long executions;

static void try_input(void)
{
	uint8_t *copy = xcalloc(1, input_n + 1);

	memcpy(copy, input, input_n);
	MUST(ftruncate(input_fd, (off_t)input_n) == 0);
	LLVMFuzzerTestOneInput(copy, input_n);
	MUST(ftruncate(input_fd, INPUT_MAX) == 0);
	executions++;
	free(copy);
}

static size_t below(size_t n)
{
	return n == 0 ? 0 : (size_t)random() % n;
}

static void insert(const char *p, size_t n)
{
	size_t at = below(input_n + 1);

	if (input_n + n > INPUT_MAX)
		return;
	memmove(input + at + n, input + at, input_n - at);
	memcpy(input + at, p, n);
	input_n += n;
}

static void change(const struct seed *other)
{
	static const char odd[] = "\0\n\r\t\"'\\`#:-*{}[]<>$ \xff\xc3\xe2"
				  "019eE.,|&~";
	size_t from = below(other->n), n = below(32), at = below(input_n);

	switch (below(5)) {
	case 0:
		if (input_n > 0)
			input[at] = (uint8_t)(input[at] ^ 1 << below(8));
		break;
	case 1:
		insert(&odd[below(sizeof(odd) - 1)], 1);
		break;
	case 2:
		insert(other->data + from,
		    n < other->n - from ? n : other->n - from);
		break;
	case 3:
		n = n < input_n - at ? n : input_n - at;
		memmove(input + at, input + at + n, input_n - at - n);
		input_n -= n;
		break;
	default:
		if (input_n > 0)
			input[at] = (uint8_t)odd[below(sizeof(odd) - 1)];
	}
}

int main(int argc, char **argv)
{
	int n = argc - 4;
	struct seed *seeds = xcalloc((size_t)argc, sizeof(*seeds));
	int64_t end;

	MUST(n > 0);
	end = clock_mono_ms() + strtol(argv[1], NULL, 10) * 1000;
	input_fd = open(argv[2], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	MUST(input_fd >= 0 && ftruncate(input_fd, INPUT_MAX) == 0);
	input = mmap(
	    NULL, INPUT_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, input_fd, 0);
	MUST(input != MAP_FAILED);
	srandom((unsigned)strtoul(argv[3], NULL, 10));
	for (int i = 0; i < n; i++) {
		MUST(read_file(argv[4 + i], INPUT_MAX, &seeds[i].data,
			 &seeds[i].n, NULL) == 0);
		memcpy(input, seeds[i].data, input_n = seeds[i].n);
		try_input();
	}
	while (clock_mono_ms() < end) {
		const struct seed *s = &seeds[below((size_t)n)];

		memcpy(input, s->data, input_n = s->n);
		for (size_t left = 1 + below(6); left > 0; left--)
			change(&seeds[below((size_t)n)]);
		try_input();
	}
	printf("executions %ld\n", executions);
	for (int i = 0; i < n; i++)
		free(seeds[i].data);
	free(seeds);
	return 0;
}
