/* stream.c - bytes to lines, and lines to stream_line.c. */
#include "core/claude/stream.h"
#include "core/claude/stream_line.h"

/* Memory for lines of common size stays. */
enum { LINE_KEPT = 256 * 1024 };

void stream_init(struct stream *s, stream_handler *handler, void *arg)
{
	*s =
	    (struct stream){ .line = BUF_INIT, .handler = handler, .arg = arg };
}

void stream_release(struct stream *s)
{
	buf_release(&s->line);
	free(s->why);
	free(s->closing);
	free(s->structured);
	free(s->tool_error);
	free(s->last_text);
	free(s->api_error);
	free(s->foreign);
	denials_release(&s->denials);
	background_release(&s->background);
	stream_init(s, s->handler, s->arg);
}

bool stream_is_over(const struct stream *s)
{
	return s->has_result && !s->at_work && !background_runs(&s->background);
}

static void add_to_line(struct stream *s, const char *bytes, size_t n)
{
	if (s->skipping)
		return;
	if (s->line.len + n > STREAM_LINE_MAX) {
		s->skipping = true;
		s->dropped++;
		buf_release(&s->line);
		return;
	}
	buf_add(&s->line, bytes, n);
}

static void end_line(struct stream *s)
{
	if (!s->skipping)
		stream_read_line(s, s->line.data, s->line.len);
	s->skipping = false;
	if (s->line.cap > LINE_KEPT)
		buf_release(&s->line);
	buf_reset(&s->line);
}

void stream_feed(struct stream *s, const char *bytes, size_t n)
{
	while (n > 0) {
		const char *eol = memchr(bytes, '\n', n);
		size_t part = eol != NULL ? (size_t)(eol - bytes) : n;

		add_to_line(s, bytes, part);
		if (eol == NULL)
			return;
		end_line(s);
		bytes += part + 1;
		n -= part + 1;
	}
}

void stream_end(struct stream *s)
{
	if (s->line.len > 0 || s->skipping)
		end_line(s);
}
