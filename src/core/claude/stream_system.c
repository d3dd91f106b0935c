/* stream_system.c - what Claude Code tells of itself: the model, a retry, a
 * limit, a denial, and the work that it does in the background. */
#include "core/claude/stream_parts.h"

static void read_retry(struct stream_emitter *e, struct json_object *line)
{
	int64_t status = stream_number(line, "error_status", 0);
	int64_t attempt = stream_number(line, "attempt", 0);
	int64_t delay = stream_number(line, "retry_delay_ms", 0);
	struct buf text = BUF_INIT;

	if (status > 0)
		buf_addf(&text, "API error %lld", (long long)status);
	else
		buf_adds(&text, "no connection to the API");
	if (attempt > 0 && attempt < 1000)
		buf_addf(&text, ", try %d in %lld s", (int)attempt + 1,
		    (long long)(delay > 0 ? delay / 1000 + 1 : 1));
	stream_emit_text(e, STREAM_RETRY, NULL, &text, true);
	buf_release(&text);
}

static void read_work_list(struct stream *s, struct json_object *line)
{
	struct json_object *list =
	    stream_member(line, "tasks", json_type_array);

	if (list == NULL)
		return;
	background_list_begin(&s->background);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *o = json_object_array_get_idx(list, i);

		if (!stream_flag(o, "ambient", false))
			background_started(&s->background,
			    stream_text(o, "task_id"),
			    stream_text(o, "description"));
	}
}

/* Returns false where the line is of something else. */
static bool read_work(
    struct stream *s, const char *subtype, struct json_object *line)
{
	const char *id = stream_text(line, "task_id");
	struct json_object *patch =
	    stream_member(line, "patch", json_type_object);
	const char *name = stream_text(line, "description");

	/* Work in the foreground is announced as well, as such. */
	if (str_equal(subtype, "task_started") &&
	    stream_flag(line, "is_backgrounded", true))
		background_started(&s->background, id, name);
	else if (str_equal(subtype, "task_updated") &&
		 stream_flag(patch, "is_backgrounded", false))
		background_started(&s->background, id, name);
	else if (str_equal(subtype, "task_updated"))
		background_ended(
		    &s->background, id, stream_text(patch, "status"));
	else if (str_equal(subtype, "task_notification"))
		background_ended(
		    &s->background, id, stream_text(line, "status"));
	else if (str_equal(subtype, "background_tasks_changed"))
		read_work_list(s, line);
	else
		return false;
	return true;
}

void stream_read_system(struct stream_emitter *e, struct json_object *line)
{
	const char *subtype = stream_text(line, "subtype");
	struct buf text = BUF_INIT;

	if (read_work(e->s, subtype, line))
		return;

	if (str_equal(subtype, "api_retry")) {
		read_retry(e, line);
	} else if (str_equal(subtype, "permission_denied")) {
		const char *tool = stream_text(line, "tool_name");

		stream_add_tool(&text, tool, NULL);
		denials_told(&e->s->denials, stream_text(line, "tool_use_id"),
		    text.data);
	} else if (str_equal(subtype, "session_writes_lost")) {
		buf_adds(&text,
		    "Claude could not keep this conversation: a retry may have to begin a fresh one");
		stream_emit_text(e, STREAM_OTHER, NULL, &text, true);
	} else if (str_equal(subtype, "init")) {
		const char *model = stream_text(line, "model");

		e->s->at_work = true;
		stream_add_line(
		    &text, model, strlen(model), STREAM_ARGUMENT_MAX);
		stream_emit_text(e, STREAM_INIT, NULL, &text, false);
	}
	buf_release(&text);
}

/* Comes with every start, mostly to say that all is well. */
void stream_read_limit(struct stream_emitter *e, struct json_object *line)
{
	struct json_object *info =
	    stream_member(line, "rate_limit_info", json_type_object);
	const char *status = stream_text(info != NULL ? info : line, "status");
	int64_t when = stream_number(info != NULL ? info : line, "resetsAt", 0);
	/* Beyond the limit work goes on where it is paid for. */
	bool reached =
	    str_equal(status, "rejected") &&
	    !stream_flag(info, "isUsingOverage", false) &&
	    !str_starts(stream_text(info, "overageStatus"), "allowed");
	struct buf text = BUF_INIT;

	if (when < 0 || when > 100000000000)
		when = 0;
	if (reached)
		e->s->resets_at = when;
	if (reached || str_equal(status, "allowed_warning")) {
		buf_adds(&text,
		    reached ? "rate limit reached" : "close to the rate limit");
		stream_add_reset(&text, when);
		stream_emit_text(e, STREAM_LIMIT, NULL, &text, reached);
	}
	buf_release(&text);
}
