/* session_stored_ask.c - "waiting_for" and "ask": what is asked, as it is
 * stored.
 *
 * Of what Claude asks the input is kept as the text that was shown, and its
 * hash beside it: one that does not fit was not written by us, and nobody is to
 * say yes to it. */
#include "core/session/session_fields.h"

#include <limits.h>

struct waiting {
	enum question kind;
	int task;
	char decision[DECISION_ID_SIZE];
	int64_t until;
};

#define T struct waiting
static const struct field waiting_rows[] = {
	ROW_ENUM(T, kind, "kind", FIELD_NEEDED, question_name, QUESTIONS),
	ROW_INT(T, task, "task", FIELD_NEEDED, 0, INT_MAX, 0),
	ROW_WORD(T, decision, "decision", 0),
	ROW_TIME(T, until, "until", FIELD_LEFT_OUT),
};
const struct fields waiting_fields = { FIELDS(waiting_rows, T) };
#undef T

struct json_object *waiting_to_json(const void *session)
{
	const struct session *s = session;
	const struct task_record *t = session_current(s);
	struct waiting w = { .kind = session_question(s) };

	if (w.kind == ASK_NOTHING || t == NULL)
		return NULL;
	w.task = t->task.number;
	memcpy(w.decision, session_decision(s), sizeof(w.decision));
	w.until = w.kind == ASK_LIMIT ? s->parked_until : 0;
	return fields_to_json(&waiting_fields, &w);
}

int read_waiting(struct json_object *o, const struct session *s,
    enum question *out, struct error *err)
{
	const struct task_record *t = session_current(s);
	struct error why = ERROR_INIT;
	struct json_object *inner;
	struct waiting w = { .kind = ASK_NOTHING };

	*out = ASK_NOTHING;
	if (json_get_object(o, "waiting_for", &inner, err) != 0)
		return -1;
	if (inner == NULL)
		return 0;
	if (fields_read(inner, &waiting_fields, &w, &why) != 0)
		return error_set(err, "waiting_for.%s", why.text);
	if (t == NULL || t->task.number != w.task)
		return error_set(err,
		    "waiting_for.task: want the current task's number, got %d",
		    w.task);
	if (strcmp(w.decision, s->asked) != 0)
		return error_set(err,
		    "waiting_for.decision: want that of 'decision', got \"%s\"",
		    w.decision);
	*out = w.kind;
	return 0;
}

/* As it is stored: the attempt has its id here, see read_ask(). */
struct stored_ask {
	char attempt[DECISION_ID_SIZE];
	char *tool, *input, *hash, *answers, *file, *diff;
	int64_t at;
};

#define T struct stored_ask
static const struct field ask_rows[] = {
	ROW_WORD(T, attempt, "attempt", FIELD_NEEDED),
	ROW_TEXT(T, tool, "tool", FIELD_NEEDED),
	ROW_TEXT(T, input, "input", FIELD_NEEDED),
	ROW_TEXT(T, hash, "hash", FIELD_NEEDED),
	ROW_TIME(T, at, "at", 0),
	ROW_TEXT(T, answers, "answers", FIELD_LEFT_OUT),
	ROW_TEXT(T, file, "file", FIELD_LEFT_OUT),
	ROW_TEXT(T, diff, "diff", FIELD_LEFT_OUT),
};
const struct fields ask_fields = { FIELDS(ask_rows, T) };
#undef T

struct json_object *ask_to_json(const void *session)
{
	const struct session *s = session;
	struct ask a = s->ask; /* lends its texts */
	struct stored_ask stored = { "", a.tool, a.input, a.hash, a.answers,
		a.file, a.diff, a.at };

	if (!session_is_asked(s))
		return NULL;
	memcpy(stored.attempt, s->asked, sizeof(stored.attempt));
	return fields_to_json(&ask_fields, &stored);
}

/* The answers to the questions before the one that is asked. */
static int check_answers(struct ask *a, struct error *err)
{
	struct json_object *said;
	int n;

	if (a->answers == NULL)
		return 0;
	said = json_parse(a->answers, strlen(a->answers), err);
	if (said == NULL)
		return -1;
	n = json_object_object_length(said);
	json_object_put(said);
	if (n < 1 || (size_t)n >= a->questions)
		return error_set(err,
		    "answers: want one for each question before this, got %d",
		    n);
	a->asking = (size_t)n;
	return 0;
}

static int restore(
    struct session *s, const struct stored_ask *stored, struct error *err)
{
	struct ask *a = &s->ask;

	memcpy(s->ask_id, s->asked, sizeof(s->ask_id));
	memcpy(s->asked, stored->attempt, sizeof(s->asked));
	if (ask_restore(a, stored->tool, stored->input, err) != 0)
		return -1;
	a->at = stored->at;
	a->answers = xstrdup(stored->answers);
	a->file = xstrdup(stored->file);
	a->diff = xstrdup(stored->diff);
	if (check_answers(a, err) != 0)
		return -1;
	if (strcmp(stored->hash, a->hash) != 0)
		return error_set(
		    err, "hash: want that of tool and input, %s", a->hash);
	if (s->ask_id[0] == '\0')
		return error_set(err, "want a decision with it, got none");
	return 0;
}

int read_ask(struct json_object *o, struct session *s, struct error *err)
{
	struct stored_ask stored = { .tool = NULL };
	struct error why = ERROR_INIT;
	struct json_object *inner;
	int rc;

	if (json_get_object(o, "ask", &inner, err) != 0)
		return -1;
	if (inner == NULL)
		return 0;
	rc = fields_read(inner, &ask_fields, &stored, &why);
	if (rc == 0)
		rc = restore(s, &stored, &why);
	fields_release(&ask_fields, &stored);
	return rc == 0 ? 0 : error_set(err, "ask.%s", why.text);
}
