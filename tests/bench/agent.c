/* agent.c - a stand-in that costs nothing. Says when it was started, in ns, in
 * the file `started`; then prints `$BENCH_BYTES` bytes: text, lines as
 * Claude's or, with BENCH_TEXT, text. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define INIT                                                               \
	"{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"%s\"," \
	"\"model\":\"m\",\"tools\":[]}\n"
#define RESULT                                                             \
	"{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false," \
	"\"num_turns\":1,\"result\":\"Done.\",\"session_id\":\"%s\","      \
	"\"total_cost_usd\":0,\"permission_denials\":[]}\n"

static const char *session_id(int argc, char **argv)
{
	for (int i = 1; i + 1 < argc; i++)
		if (strcmp(argv[i], "--session-id") == 0)
			return argv[i + 1];
	return "none";
}

int main(int argc, char **argv)
{
	const char *bytes = getenv("BENCH_BYTES");
	bool json = getenv("BENCH_TEXT") == NULL;
	long left = bytes ? strtol(bytes, NULL, 10) : 0;
	char line[1024], text[901];
	struct timespec now;
	FILE *started;
	int n;

	clock_gettime(CLOCK_REALTIME, &now);
	if (argc > 1 && strcmp(argv[argc - 1], "--version") == 0)
		return puts("2.1.197 (bench)") < 0;
	started = fopen("started", "w");
	if (started != NULL) {
		fprintf(
		    started, "%lld%09ld\n", (long long)now.tv_sec, now.tv_nsec);
		fclose(started);
	}
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	n = snprintf(line, sizeof(line),
	    json
		? "{\"type\":\"assistant\",\"message\":{\"role\":\"assistant\","
		  "\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]}}\n"
		: "%s\n",
	    text);
	if (json)
		printf(INIT, session_id(argc, argv));
	for (; left > 0; left -= n)
		fwrite(line, 1, (size_t)n, stdout);
	if (json)
		printf(RESULT, session_id(argc, argv));
	return 0;
}
