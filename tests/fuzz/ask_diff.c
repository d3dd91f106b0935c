/* A call that changes a file, a line of JSON, and behind it the file: every
 * line that the diff says stays or goes is the file's, where it says. */
#include "core/claude/ask_diff.h"
#include "core/json.h"
#include "fuzz.h"

static void check_lines(const char *diff, const char *at, const char *end)
{
	size_t len;
	long line = 1; /* the number of at */

	for (const char *p = diff; *p != '\0'; p += len + 1) {
		len = strcspn(p, "\n");
		for (; *p == '@' && line < strtol(p + 4, NULL, 10); line++)
			at += strcspn(at, "\n") + 1;
		if (*p != ' ' && *p != '-')
			continue;
		MUST(at + len - 1 <= end && memcmp(at, p + 1, len - 1) == 0);
		at += len;
		line++;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	char *text = xstrndup((const char *)bytes, n);
	size_t all = strlen(text), line = strcspn(text, "\n");
	const char *file = text + line + (line < all), *end = text + all;
	struct json_object *o = json_parse(text, line, NULL);
	struct ask a = ASK_INIT;
	struct buf diff = BUF_INIT;

	if (o != NULL && ask_read(&a, o, NULL) == 0 && ask_has_diff(&a) &&
	    ask_diff(&diff, &a, file, (size_t)(end - file)))
		check_lines(diff.data, file, end);
	buf_release(&diff);
	ask_release(&a);
	json_object_put(o);
	free(text);
	return 0;
}
