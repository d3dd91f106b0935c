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

static void add_ending(struct buf *out, const struct ending *e)
{
	const char *name;

	if (!WIFSIGNALED(e->wait_status)) {
		buf_addf(out, "exit status %d", exit_code(e->wait_status));
		return;
	}
	name = sigabbrev_np(WTERMSIG(e->wait_status));
	buf_addf(out, "killed by signal %d", WTERMSIG(e->wait_status));
	if (name != NULL)
		buf_addf(out, ", SIG%s", name);
}

static void add_stderr(struct buf *out, const struct ending *e)
{
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

static void explain_no_result(
    struct buf *out, const struct stream *s, const struct ending *e)
{
	buf_adds(out, "Claude ended without a result (");
	add_ending(out, e);
	buf_addc(out, ')');
	add_stderr(out, e);
	if (s->dropped > 0)
		buf_addf(out,
		    "; lines over %d MiB, or of too many values, were passed over: %zu",
		    STREAM_LINE_MAX >> 20, s->dropped);
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

/* Somebody else writes where only Claude should: nothing there is certain. */
static bool explain_forgery(struct buf *out, const struct stream *s)
{
	if (s->foreign != NULL) {
		buf_adds(out, "a result of another session (");
		stream_add_line(out, s->foreign, strlen(s->foreign), 60);
		buf_adds(out,
		    ") came on Claude's standard output: something else wrote there");
	} else if (s->after_end) {
		buf_adds(out,
		    "something wrote on Claude's standard output after Claude had ended");
	}
	return s->foreign != NULL || s->after_end;
}

static void set_result(
    struct outcome *out, const struct buf *why, bool is_timeout)
{
	out->result = is_timeout     ? RESULT_TIMEOUT
		      : why->len > 0 ? RESULT_ERROR
				     : RESULT_SUCCESS;
	out->error = why->len > 0 ? xstrdup(why->data) : NULL;
}

void stream_verdict(
    const struct stream *s, const struct ending *e, struct outcome *out)
{
	bool exited_well = e->hung || exit_code(e->wait_status) == 0;
	struct buf why = BUF_INIT;
	bool is_timeout = explain_timeout(&why, e);
	const char *words;

	if (is_timeout)
		; /* said */
	else if (explain_forgery(&why, s))
		; /* said */
	else if (!s->has_result)
		explain_no_result(&why, s, e);
	else if (!s->result_ok)
		buf_adds(&why, s->why);
	else if (!exited_well) {
		buf_adds(&why, "Claude reported success, but ended badly (");
		add_ending(&why, e);
		buf_addc(&why, ')');
		add_stderr(&why, e);
	} else
		background_explain(&why, &s->background);
	set_result(out, &why, is_timeout);
	out->limited = out->result == RESULT_ERROR && s->limited &&
		       s->foreign == NULL && !s->after_end;
	out->resets_at = out->limited ? s->resets_at : 0;
	if (out->result == RESULT_ERROR && s->foreign == NULL && !s->after_end)
		out->spent = s->spent;
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
		buf_adds(&why, "the program failed (");
		add_ending(&why, e);
		buf_addc(&why, ')');
		add_stderr(&why, e);
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
