/* agent_view.c - stream events as lines for people. */
#include "engine/agent_view.h"
#include "store/activity.h"

enum { SHOWN_OF_RESULT = 600, SHOWN_OF_TOOL = 1000, LOOKED_AT_MAX = 4096 };

static void add_shortened(struct buf *out, const char *text, size_t max)
{
	size_t len = strlen(text), n = utf8_cut(text, len, max);

	while (n > 0 && text[n - 1] == '\n')
		n--;
	buf_add(out, text, n);
	if (n < len && n + 1 < len)
		buf_addf(out, " … (%zu bytes in all)", len);
}

void agent_view_log(struct buf *out, const struct stream_event *e)
{
	switch (e->kind) {
	case STREAM_INIT:
		buf_addf(out, "▶ %s", e->text);
		break;
	case STREAM_TEXT:
		buf_addf(out, "💬 %s", e->text);
		break;
	case STREAM_TOOL:
		buf_addf(out, "🔧 %s: ", e->tool);
		add_shortened(out, e->text, SHOWN_OF_TOOL);
		break;
	case STREAM_TOOL_RESULT:
		buf_adds(out, e->is_error ? "   ✗ " : "   → ");
		add_shortened(out, e->text, SHOWN_OF_RESULT);
		break;
	case STREAM_RETRY:
	case STREAM_LIMIT:
		buf_addf(out, "⏳ %s", e->text);
		break;
	case STREAM_RESULT:
		buf_addf(out, "%s %s", e->is_error ? "❌" : "🏁", e->text);
		break;
	case STREAM_OTHER:
		buf_adds(out, e->text);
		break;
	}
}

void agent_view_line(struct buf *out, const char *text)
{
	struct buf clean = BUF_INIT;
	const char *start;
	size_t n;

	/* Of a long text no more than may come to be shown. */
	text += strspn(text, " \t\n");
	buf_add_clean(
	    &clean, text, utf8_cut(text, strlen(text), LOOKED_AT_MAX));
	start = clean.data + strspn(clean.data, " \t\n");
	n = strcspn(start, "\n");
	buf_add_line(out, start, utf8_cut(start, n, ACTIVITY_MAX));
	buf_release(&clean);
}

void agent_view_activity(struct buf *out, const struct stream_event *e)
{
	struct buf line = BUF_INIT;

	switch (e->kind) {
	case STREAM_INIT:
	case STREAM_TOOL_RESULT:
		buf_adds(&line, "thinking");
		break;
	case STREAM_TEXT:
		buf_adds(&line, "writing");
		break;
	case STREAM_TOOL:
		buf_addf(&line, "%s: %s", e->tool, e->text);
		if (e->text[0] == '\0')
			buf_truncate(&line, line.len - 2);
		break;
	case STREAM_RETRY:
		buf_addf(&line, "waiting for the API: %s", e->text);
		break;
	case STREAM_LIMIT:
		buf_adds(&line, e->text);
		break;
	case STREAM_RESULT:
		buf_adds(&line, "finishing");
		break;
	case STREAM_OTHER:
		break;
	}
	agent_view_line(out, line.data);
	buf_release(&line);
}
