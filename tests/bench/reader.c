/* reader.c - the median time in ms to read a list, and that of libcmark alone.
 * usage: reader FILE */
#include "base/clock.h"
#include "core/list/task.h"

#include <cmark.h>

enum { TIMES = 15 };

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static double middle(int64_t *us)
{
	qsort(us, TIMES, sizeof(*us), by_size);
	return (double)us[TIMES / 2] / 1000;
}

int main(int argc, char **argv)
{
	static char text[8 << 20];
	int64_t ours[TIMES], theirs[TIMES];
	FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
	size_t n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;

	for (int i = 0; i < TIMES; i++) {
		struct task_list l = TASK_LIST_INIT;
		struct faults faults = FAULTS_INIT;
		int64_t began = clock_mono_us();

		if (task_list_parse(&l, "long.md", text, n, &faults) != 0)
			return 1;
		ours[i] = clock_mono_us() - began;
		task_list_release(&l);
		faults_release(&faults);
		began = clock_mono_us();
		free(cmark_markdown_to_html(text, n, CMARK_OPT_DEFAULT));
		theirs[i] = clock_mono_us() - began;
	}
	printf("%.3f %.3f\n", middle(ours), middle(theirs));
	return 0;
}
