/* verdict.c - did the task succeed?
 *
 * No single sign is to be trusted: a result that says success may come with
 * exit status 1, exit status 0 without any result. All must agree. */
#include "core/claude/stream_parts.h"

#include <signal.h>
#include <sys/wait.h>

enum { LAST_WORDS_MAX = 300 };

static int exit_code(int wait_status)
{
	if (WIFEXITED(wait_status))
		return WEXITSTATUS(wait_status);
	return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status)
					: NO_EXIT_CODE;
}

/* "(exit status 1): what it said of that" */
static void add_ending(struct buf *out, const struct ending *e)
{
	int status = e->wait_status;
	const char *name = NULL;

	if (WIFSIGNALED(status)) {
		name = sigabbrev_np(WTERMSIG(status));
		buf_addf(out, "(killed by signal %d%s%s)", WTERMSIG(status),
		    name != NULL ? ", SIG" : "", name != NULL ? name : "");
	} else {
		buf_addf(out, "(exit status %d)", exit_code(status));
	}
	if (e->complaint == NULL || *e->complaint == '\0')
		return;
	buf_adds(out, ": ");
	stream_add_line(
	    out, e->complaint, strlen(e->complaint), LAST_WORDS_MAX);
}

/* Ended by us for its time? The sentence is in out then. */
static bool explain_timeout(struct buf *out, const struct ending *e)
{
	if (e->timed_out)
		buf_addf(out, "timed out after %d s", e->timeout);
	else if (e->idle_timed_out)
		buf_addf(out, "no output for %d s", e->timeout);
	return e->timed_out || e->idle_timed_out;
}

/* SUMMARY_MAX bytes of text: its beginning, or its end. */
static char *cut(const char *text, bool from_end)
{
	size_t len = strlen(text);

	if (from_end && len > SUMMARY_MAX) {
		text += len - SUMMARY_MAX;
		while (((unsigned char)*text & 0xc0) == 0x80)
			text++;
	}
	len = strlen(text);
	return xstrndup(text, utf8_cut(text, len, SUMMARY_MAX));
}

static void set_result(
    struct outcome *out, const struct buf *why, bool is_timeout)
{
	out->result = is_timeout     ? RESULT_TIMEOUT
		      : why->len > 0 ? RESULT_ERROR
				     : RESULT_SUCCESS;
	out->error = why->len > 0 ? xstrdup(why->data) : NULL;
}

/* Nothing where all signs are good. */
static void explain(
    struct buf *out, const struct stream *s, const struct ending *e)
{
	if (s->foreign != NULL) {
		/* Somebody else writes where only Claude should: nothing there
		 * is certain. */
		buf_adds(out, "a result of another session (");
		stream_add_line(out, s->foreign, strlen(s->foreign), 60);
		buf_adds(out,
		    ") came on Claude's standard output: something else wrote there");
	} else if (s->after_end) {
		buf_adds(out,
		    "something wrote on Claude's standard output after Claude had ended");
	} else if (!s->has_result) {
		buf_adds(out, "Claude ended without a result ");
		add_ending(out, e);
		if (s->dropped > 0)
			buf_addf(out,
			    "; lines over %d MiB, or of too many values, were passed over: %zu",
			    STREAM_LINE_MAX >> 20, s->dropped);
	} else if (!s->result_ok) {
		buf_adds(out, s->why);
	} else if (!e->hung && exit_code(e->wait_status) != 0) {
		buf_adds(out, "Claude reported success, but ended badly ");
		add_ending(out, e);
	} else {
		background_explain(out, &s->background);
	}
}

void stream_verdict(
    const struct stream *s, const struct ending *e, struct outcome *out)
{
	struct buf why = BUF_INIT;
	bool is_timeout = explain_timeout(&why, e);
	bool is_certain = s->foreign == NULL && !s->after_end;
	const char *words;

	if (!is_timeout)
		explain(&why, s, e);
	set_result(out, &why, is_timeout);
	if (out->result == RESULT_ERROR && is_certain) {
		out->limited = s->limited;
		out->resets_at = s->limited ? s->resets_at : 0;
		out->spent = s->spent;
	}
	words = s->result_ok && s->closing != NULL ? s->closing : s->last_text;
	out->summary = words != NULL ? cut(words, false) : NULL;
	out->exit_code = exit_code(e->wait_status);
	out->cost_usd = s->cost_usd;
	out->num_turns = s->num_turns;
	out->denials = s->denials.n;
	strvec_extend(&out->denied, &s->denials.named);
	out->duration_ms = e->duration_ms;
	buf_release(&why);
}

void text_verdict(
    const char *closing, const struct ending *e, struct outcome *out)
{
	struct buf why = BUF_INIT, clean = BUF_INIT;
	bool is_timeout = explain_timeout(&why, e);

	if (!is_timeout && exit_code(e->wait_status) != 0) {
		buf_adds(&why, "the program failed ");
		add_ending(&why, e);
	}
	set_result(out, &why, is_timeout);
	if (closing != NULL)
		buf_add_clean(&clean, closing, strlen(closing));
	while (clean.len > 0 && strchr(" \n", clean.data[clean.len - 1]))
		buf_truncate(&clean, clean.len - 1);
	out->summary = clean.len > 0 ? cut(clean.data, true) : NULL;
	out->exit_code = exit_code(e->wait_status);
	out->duration_ms = e->duration_ms;
	buf_release(&clean);
	buf_release(&why);
}
