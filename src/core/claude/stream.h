/* stream.h - Claude Code's stream-json, line by line, to what it means.
 *
 * Lines as measured with Claude Code 2.1.197 and 2.1.332. A `result` ends a
 * turn, not the run: numbers are added up, the last one's words count. Unknown
 * types and fields come with every release and are passed over, a line that is
 * no JSON object is passed on as text, and so is what stands around one. Feed
 * bytes as they come: any cut, any size; a line over STREAM_LINE_MAX, or an
 * object of too many values, is dropped and counted. */
#ifndef CORE_STREAM_H
#define CORE_STREAM_H

#include "base/buf.h"
#include "core/claude/background.h"
#include "core/claude/denials.h"
#include "core/session/session.h"

enum { STREAM_LINE_MAX = 8 * 1024 * 1024 };

enum stream_kind {
	STREAM_INIT, /* text: model */
	STREAM_TEXT, /* text: what Claude says */
	STREAM_TOOL, /* tool, text: its one-line argument (command, file) */
	STREAM_TOOL_RESULT, /* text: what the tool printed; is_error */
	STREAM_RETRY,       /* text: "API error 529, try 2 in 4 s" */
	STREAM_LIMIT,       /* text: "rate limit reached, resets at ..." */
	STREAM_RESULT,      /* the result line; text: Claude's closing words */
	STREAM_OTHER,       /* text: a line that is no JSON */
};

/* text is valid UTF-8, borrowed, valid during the call only. */
struct stream_event {
	enum stream_kind kind;
	const char *tool;
	const char *text;
	bool is_error;
};

/* raw: the line without its newline. Called for each line, with one event or
 * several (an assistant line may hold text and tools), at least once with
 * event NULL for a line that means nothing to us; raw is given in the first
 * call for a line and NULL in the others. */
typedef void stream_handler(
    void *arg, const char *raw, size_t n, const struct stream_event *event);

struct stream {
	struct buf line;
	bool skipping;       /* the rest of an overlong line */
	size_t dropped;      /* overlong lines, objects of too many values */
	const char *session; /* the id that results must name; NULL: any */
	bool has_result;
	bool at_work;         /* lines of a next turn followed the result */
	char *foreign;        /* another session's id in a result, or NULL */
	bool after_end;       /* something was written after the end */
	bool no_conversation; /* "No conversation found with session ID" */
	bool result_ok;       /* the last: subtype success, not is_error */
	char *why;            /* one line: why the result is no success */
	char *closing;        /* the result's text */
	char *structured;     /* its structured_output as JSON, or NULL */
	char *tool_error;     /* what the last tool that failed said, or NULL */
	char *last_text;      /* last thing said, for a death without result */
	char *api_error;      /* the kind that Claude Code gives it, or NULL */
	int64_t resets_at;    /* of a rate limit that was reached; 0: unknown */
	bool limited;         /* the last result: it was, and ended the run */
	enum spent spent;     /* the last result: that ended the run */
	double cost_usd, total_seen; /* the last total_cost_usd */
	int num_turns;
	struct background background;
	struct denials denials;
	stream_handler *handler;
	void *arg;
};

void stream_init(struct stream *s, stream_handler *handler, void *arg);
void stream_release(struct stream *s);
void stream_feed(struct stream *s, const char *bytes, size_t n);
/* No more will come: a last line without a newline counts. */
void stream_end(struct stream *s);

/* A result is in, and nothing goes on behind it. */
bool stream_is_over(const struct stream *s);

/* How the program itself ended. */
struct ending {
	int wait_status;                /* of waitpid(2) */
	bool timed_out, idle_timed_out; /* ended by us, before its result */
	bool hung;                      /* ended by us, after its result */
	int timeout;                    /* seconds, for the sentence */
	int64_t duration_ms;
	const char
	    *complaint; /* core/claude/complaint.h's of standard error, else of
			 * what is no JSON on its output, or NULL */
};

/* Did the task succeed, and if not, why? out is fresh. */
void stream_verdict(
    const struct stream *s, const struct ending *e, struct outcome *out);
/* The same for output_format: text, where only the exit status counts.
 * closing: the tail of standard output. */
void text_verdict(
    const char *closing, const struct ending *e, struct outcome *out);

#endif
