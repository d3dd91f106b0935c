/* state_ask.c - the member "ask": what Claude asks while it runs.
 *
 * The input is kept as the text that was shown, and its hash beside it: one
 * that does not fit was not written by us, and nobody is to say yes to it. */
#include "store/state_read.h"

struct json_object *ask_to_json(const struct session *s)
{
	struct json_object *o;

	if (!session_is_asked(s))
		return NULL;
	o = json_object_new_object();
	json_set_string(o, "attempt", s->asked);
	json_set_string(o, "tool", s->ask.tool);
	json_set_string(o, "input", s->ask.input);
	json_set_string(o, "hash", s->ask.hash);
	json_set_time(o, "at", s->ask.at);
	if (s->ask.answers != NULL)
		json_set_string(o, "answers", s->ask.answers);
	return o;
}

/* The answers to the questions before the one that is asked. */
static int get_answers(struct json_object *o, struct ask *a, struct error *err)
{
	struct json_object *said;
	int n;

	if (read_text(o, "answers", false, &a->answers, err) != 0)
		return -1;
	if (a->answers == NULL)
		return 0;
	said = json_parse(a->answers, strlen(a->answers), err);
	if (said == NULL)
		return -1;
	n = json_object_is_type(said, json_type_object)
		? json_object_object_length(said)
		: 0;
	json_object_put(said);
	if (n < 1 || (size_t)n >= a->questions)
		return error_set(err,
		    "answers: want one for each question before this, got %d",
		    n);
	a->asking = (size_t)n;
	return 0;
}

static int get_ask(struct json_object *o, struct session *s, struct error *err)
{
	char *tool = NULL, *input = NULL, *hash = NULL;
	int rc = -1;

	memcpy(s->ask_id, s->asked, sizeof(s->ask_id));
	if (read_text(o, "tool", true, &tool, err) == 0 &&
	    read_text(o, "input", true, &input, err) == 0 &&
	    read_text(o, "hash", true, &hash, err) == 0 &&
	    read_word(o, "attempt", true, s->asked, sizeof(s->asked), err) == 0)
		rc = ask_restore(&s->ask, tool, input, err);
	if (rc == 0)
		rc = json_get_time(o, "at", &s->ask.at, err);
	if (rc == 0)
		rc = get_answers(o, &s->ask, err);
	if (rc == 0 && strcmp(hash, s->ask.hash) != 0)
		rc = error_set(
		    err, "hash: want that of tool and input, %s", s->ask.hash);
	if (rc == 0 && s->ask_id[0] == '\0')
		rc = error_set(err, "want a decision with it, got none");
	free(hash);
	free(input);
	free(tool);
	return rc;
}

int read_ask(struct json_object *o, struct session *s, struct error *err)
{
	struct json_object *ask;

	if (json_get_object(o, "ask", &ask, err) != 0)
		return -1;
	if (ask != NULL && get_ask(ask, s, err) != 0)
		return read_below(err, "ask");
	return 0;
}
