/* answer_text.c - the answers that are texts of any length: the message holds
 * what fits, a member of the answer all of it. */
#include "core/talk/answer.h"
#include "core/talk/message_parts.h"
#include "core/session/session_fields.h"
#include "base/path.h"

enum { LOGS_IN_MESSAGE = 3500 };

void answer_document(struct answer *a, const char *member, const char *name)
{
	struct json_object *o = json_object_new_object();

	json_set_string(o, "name", name);
	json_set_string(o, "member", member);
	json_set(a->body, "document", o);
}

/* Where logs must be cut to fit a message: the newest, whole lines where the
 * last one is not too long. */
static const char *newest_lines(const char *logs)
{
	size_t n = strlen(logs);
	const char *from;

	if (n <= LOGS_IN_MESSAGE)
		return logs;
	logs += n - LOGS_IN_MESSAGE;
	while (((unsigned char)*logs & 0xc0) == 0x80)
		logs++;
	from = strchr(logs, '\n');
	return from == NULL || from[1] == '\0' ? logs : from + 1;
}

/* log, from the file what, under a title and as the member key; or that there
 * is none. */
static void answer_tail(struct answer *a, const char *key, const char *title,
    const char *log, const char *what, const char *none)
{
	const char *from = newest_lines(log);
	struct buf text = BUF_INIT;

	if (log[0] == '\0')
		buf_adds(&text, none);
	else
		buf_addf(&text, "📜 %s%s\n\n%s%s\nFull logs: %s", title,
		    from == log ? "" : " (cut to the newest)", from,
		    log[strlen(log) - 1] == '\n' ? "" : "\n", what);
	answer_ok(a, text.data, NULL);
	json_set_string(a->body, key, log);
	if (from != log) {
		/* A phone opens a file that it takes for a text:
		 * task-1-output.log is task-1-output.txt there. */
		const char *file = path_name(what);
		size_t n = strlen(file) -
			   (str_ends(file, ".log") ? strlen(".log") : 0);
		char *name = xasprintf("%.*s.txt", (int)n, file);

		answer_document(a, key, name);
		free(name);
	}
	buf_release(&text);
}

void answer_logs(struct answer *a, const char *logs, const char *what)
{
	answer_tail(
	    a, "logs", "Recent logs", logs, what, "There is no log yet.");
}

void answer_output(struct answer *a, const struct task_record *t,
    const char *output, const char *what)
{
	char *title = xasprintf("Output of task %d", t->task.number);
	char *none = xasprintf("Task %d %s", t->task.number,
	    t->attempt == 0 ? "has not run yet."
			    : "has no output: logging.task_logs is off.");

	answer_tail(a, "output", title, output, what, none);
	free(none);
	free(title);
}

void answer_diff(struct answer *a, const struct task_record *t,
    const char *diff, bool cut, command_set enabled)
{
	struct buf text = BUF_INIT;

	if (t->attempt == 0)
		buf_addf(&text, "Task %d has not run yet.", t->task.number);
	else if (t->status == TASK_RUNNING)
		buf_addf(&text,
		    "Task %d is running: what it changes is known when it has ended.",
		    t->task.number);
	else if (!t->outcome.changes.known)
		buf_addf(&text,
		    "What task %d changed is not known: claude.workdir is in no git repository, or git could not keep it (%s).",
		    t->task.number,
		    enabled & AT_TERMINAL ? "orchestrator logs" : "/logs");
	else
		message_diff(&text, t, diff);
	answer_ok(a, text.data, NULL);
	json_set_string(a->body, "diff", t->outcome.changes.known ? diff : "");
	if (message_length(&text) > MESSAGE_MAX) {
		char *name = xasprintf("task-%d-diff.txt", t->task.number);

		answer_document(a, "diff", name);
		free(name);
	}
	json_set_bool(a->body, "cut", cut);
	json_set(a->body, "changes",
	    fields_to_json(&changes_fields, &t->outcome.changes));
	buf_release(&text);
}
