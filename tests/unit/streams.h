/* streams.h - lines of Claude Code to read, and what was seen in them. */
#ifndef TESTS_UNIT_STREAMS_H
#define TESTS_UNIT_STREAMS_H

#include "unit.h"

#include "fixture.h"
#include "core/claude/stream.h"

static struct stream stream;
static struct buf seen = BUF_INIT; /* one line an event */
static size_t raw_lines;

static void record(void *arg UNUSED, const char *raw, size_t n UNUSED,
    const struct stream_event *e)
{
	static const char *const kind[] = { "init", "text", "tool", "result-of",
		"retry", "limit", "result", "other" };

	raw_lines += raw != NULL;
	if (e == NULL)
		return;
	ck_assert(utf8_valid(e->text, strlen(e->text)));
	buf_addf(&seen, "%s%s", kind[e->kind], e->is_error ? "!" : "");
	if (e->tool != NULL)
		buf_addf(&seen, " %s", e->tool);
	buf_addf(&seen, " <%s>\n", e->text);
}

static void fresh(void)
{
	stream_release(&stream);
	stream_init(&stream, record, NULL);
	buf_reset(&seen);
	raw_lines = 0;
}

static void done(void)
{
	stream_release(&stream);
	buf_release(&seen);
}

static void feed(const char *text)
{
	fresh();
	stream_feed(&stream, text, strlen(text));
	stream_end(&stream);
}

static void feed_fixture(const char *name)
{
	char *path = xasprintf("stream/%s.jsonl", name);
	size_t n;
	char *text = fixture(path, &n);

	fresh();
	stream_feed(&stream, text, n);
	stream_end(&stream);
	free(text);
	free(path);
}

static void check_verdict(const struct ending *e, enum task_result result,
    const char *error, const char *summary)
{
	struct outcome out = OUTCOME_INIT;

	stream_verdict(&stream, e, &out);
	ck_assert_pstr_eq(out.error, error);
	ck_assert_pstr_eq(out.summary, summary);
	ck_assert_int_eq(out.result, result);
	outcome_release(&out);
}

#define RESULT(fields) "{\"type\":\"result\",\"subtype\":" fields "}\n"
#define GOOD(fields) \
	RESULT("\"success\",\"is_error\":false,\"num_turns\":1," fields)
#define TOOL_USE                                                       \
	"{\"type\":\"assistant\",\"message\":{\"content\":[{\"type\":" \
	"\"tool_use\",\"id\":\"t1\",\"name\":\"Read\",\"input\":"      \
	"{\"file_path\":\"a.key\"}}]}}\n"
#define TOOL_FAILED(text)                                           \
	"{\"type\":\"user\",\"message\":{\"content\":[{\"type\":"   \
	"\"tool_result\",\"tool_use_id\":\"t1\",\"is_error\":true," \
	"\"content\":\"" text "\"}]}}\n"
#define TOLD(id)                                                               \
	"{\"type\":\"system\",\"subtype\":\"permission_denied\",\"tool_name\"" \
	":\"Read\"" id "}\n"
#define LISTED(id) \
	GOOD("\"permission_denials\":[{\"tool_name\":\"Read\"" id "}]")
#define ID ",\"tool_use_id\":\"t1\""
#define BY_RULE                                                          \
	"<tool_use_error>File is in a directory that is denied by your " \
	"permission settings.</tool_use_error>"

#endif
