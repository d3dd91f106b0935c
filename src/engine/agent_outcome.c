/* agent_outcome.c - how an attempt went: the core's verdict on what the
 * program did, and ours where it was we who ended it. */
#include "base/clock.h"
#include "engine/agent_run.h"

#include <signal.h>

static const char *const cut_short[TASK_RESULTS] = {
	[RESULT_CANCELLED] = "cancelled",
	[RESULT_INTERRUPTED] = "interrupted",
};

void agent_fill_outcome(const struct agent *a, struct outcome *o)
{
	bool seen_off = a->exited || !agent_has_result(a);
	struct ending e = {
		.wait_status = a->exited ? a->wait_status : SIGKILL,
		.timed_out = a->timed_out,
		.idle_timed_out = a->idle_timed_out,
		.hung = a->hung || !seen_off,
		.timeout = a->idle_timed_out ? a->idle_timeout : a->timeout,
		.duration_ms = clock_mono_ms() - a->started,
		.complaint = a->complaint.line != NULL ? a->complaint.line
						       : a->remark.line,
	};
	char *said;

	if (a->format == OUTPUT_STREAM_JSON) {
		stream_verdict(&a->stream, &e, o);
	} else {
		said = agent_closing(a);
		text_verdict(said, &e, o);
		free(said);
	}
	if (a->cannot_start != NULL) {
		o->result = RESULT_ERROR;
		o->exit_code = NO_EXIT_CODE;
		xreplace(&o->error, a->cannot_start);
	} else if (a->ended_as != RESULT_NONE) {
		o->result = a->ended_as;
		xreplace(&o->error, cut_short[a->ended_as]);
	} else if (a->overspent) {
		o->result = RESULT_ERROR;
		o->spent = SPENT_USD;
		xreplace(&o->error, "ended: its budget is spent");
	} else if (!a->all_ended && !agent_has_result(a) && !a->timed_out &&
		   !a->idle_timed_out) {
		o->result = RESULT_INTERRUPTED;
		xreplace(&o->error,
		    "interrupted: the process that looked after it was killed");
	}
}

char *agent_closing(const struct agent *a)
{
	struct buf text = BUF_INIT;

	if (a->format == OUTPUT_TEXT)
		buf_add_clean(&text, a->tail.data, a->tail.len);
	else if (a->stream.structured != NULL)
		buf_adds(&text, a->stream.structured);
	else if (a->stream.closing != NULL)
		buf_adds(&text, a->stream.closing);
	return buf_detach(&text);
}

void agent_log_outcome(struct agent *a, const struct outcome *o)
{
	struct buf line = BUF_INIT;

	buf_addf(&line, "■ %s after %lld s", task_result_name[o->result],
	    (long long)(o->duration_ms / 1000));
	if (o->error != NULL)
		buf_addf(&line, ": %s", o->error);
	task_log_text(a->log, line.data);
	buf_release(&line);
}
