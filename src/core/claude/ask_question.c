/* ask_question.c - AskUserQuestion: Claude's questions, one after the other,
 * each with options or to be answered in a person's own words. */
#include "core/claude/ask_question.h"

bool ask_is_of_questions(const char *tool)
{
	return strcmp(tool, "AskUserQuestion") == 0;
}

void ask_question_release(struct ask_question *q)
{
	free(q->text);
	strvec_release(&q->labels);
	strvec_release(&q->descriptions);
	*q = (struct ask_question){ 0 };
}

static int read_option(
    struct ask_question *q, struct json_object *o, struct error *err)
{
	const char *label, *description = NULL;

	if (!json_object_is_type(o, json_type_object))
		return error_set(err, "options: want objects");
	if (json_get_string(o, "label", &label, err) != 0 ||
	    json_get_string(o, "description", &description, err) != 0)
		return -1;
	if (label == NULL || label[0] == '\0')
		return error_set(err, "label: want a text");
	strvec_add(&q->labels, label);
	strvec_add(&q->descriptions, description == NULL ? "" : description);
	return 0;
}

/* q is fresh, and to be released either way. */
static int read_question(
    struct ask_question *q, struct json_object *o, struct error *err)
{
	struct json_object *options = NULL;
	const char *text, *header = NULL;
	int rc = 0;

	if (!json_object_is_type(o, json_type_object))
		return error_set(err, "questions: want objects");
	if (json_get_string(o, "question", &text, err) != 0 ||
	    json_get_string(o, "header", &header, err) != 0 ||
	    json_get_bool(o, "multiSelect", &q->several, err) != 0 ||
	    json_get_array(o, "options", &options, err) != 0)
		return -1;
	if (text == NULL || text[0] == '\0')
		return error_set(err, "question: want a text");
	if (options != NULL &&
	    json_object_array_length(options) > ASK_QUESTIONS_MAX)
		return error_set(
		    err, "options: want at most %d", ASK_QUESTIONS_MAX);
	q->text = xstrdup(text);
	for (size_t i = 0; rc == 0 && options != NULL &&
			   i < json_object_array_length(options);
	     i++)
		rc = read_option(q, json_object_array_get_idx(options, i), err);
	return rc;
}

int ask_questions_read(size_t *n, struct json_object *input, struct error *err)
{
	struct json_object *list;
	int rc = 0;

	if (json_get_array(input, "questions", &list, err) != 0)
		return -1;
	*n = list == NULL ? 0 : json_object_array_length(list);
	if (*n == 0 || *n > ASK_QUESTIONS_MAX)
		return error_set(
		    err, "questions: want 1..%d", ASK_QUESTIONS_MAX);
	for (size_t i = 0; rc == 0 && i < *n; i++) {
		struct ask_question q = { 0 };

		rc = read_question(&q, json_object_array_get_idx(list, i), err);
		ask_question_release(&q);
	}
	return rc;
}

void ask_question(struct ask_question *out, const struct ask *a)
{
	struct json_object *o = ask_input(a), *list = NULL;

	if (json_get_array(o, "questions", &list, NULL) != 0 ||
	    read_question(
		out, json_object_array_get_idx(list, a->asking), NULL) != 0)
		bug("a question that was read cannot be read");
	json_object_put(o);
}

static void show(struct buf *out, const char *text)
{
	ask_show(out, text, strlen(text));
}

void ask_question_text(struct buf *out, const struct ask *a)
{
	struct ask_question q = { 0 };

	ask_question(&q, a);
	if (a->questions > 1)
		buf_addf(
		    out, "Question %zu of %zu\n", a->asking + 1, a->questions);
	show(out, q.text);
	buf_addc(out, '\n');
	for (size_t i = 0; i < q.labels.n; i++) {
		buf_addf(out, "%s%zu. ", i == 0 ? "\n" : "", i + 1);
		show(out, q.labels.v[i]);
		if (q.descriptions.v[i][0] != '\0') {
			buf_adds(out, " - ");
			show(out, q.descriptions.v[i]);
		}
		buf_addc(out, '\n');
	}
	if (q.several && q.labels.n > 1)
		buf_adds(out, "\nSeveral may be chosen, such as: 1 2\n");
	ask_question_release(&q);
}

/* The option that the word names, from 1; 0: none. */
static size_t option_of(
    const struct ask_question *q, const char *word, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9' || n > ASK_QUESTIONS_MAX)
			return 0;
		n = n * 10 + (size_t)(word[i] - '0');
	}
	return n <= q->labels.n ? n : 0;
}

/* "1 3" or "1, 3"; one number only where one option may be chosen. False: it
 * is none of these. */
static bool add_chosen(
    struct buf *out, const struct ask_question *q, const char *answer)
{
	static const char between[] = " \t\r\n,";
	size_t chosen = 0;

	for (answer += strspn(answer, between); *answer != '\0';
	     answer += strspn(answer, between)) {
		size_t len = strcspn(answer, between);
		size_t option = option_of(q, answer, len);

		if (option == 0 || (chosen > 0 && !q->several))
			return false;
		buf_addf(out, "%s%s", chosen++ > 0 ? ", " : "",
		    q->labels.v[option - 1]);
		answer += len;
	}
	return chosen > 0;
}

void ask_resolve(struct buf *out, const struct ask *a, const char *answer)
{
	struct ask_question q = { 0 };
	struct buf chosen = BUF_INIT;

	ask_question(&q, a);
	buf_adds(out, add_chosen(&chosen, &q, answer) ? chosen.data : answer);
	buf_release(&chosen);
	ask_question_release(&q);
}

static struct json_object *answers_of(const struct ask *a)
{
	struct json_object *o =
	    a->answers == NULL
		? json_object_new_object()
		: json_parse(a->answers, strlen(a->answers), NULL);

	if (o == NULL)
		bug("the answers to Claude are no JSON");
	return o;
}

bool ask_answer(struct ask *a, const char *answer)
{
	struct json_object *o = answers_of(a);
	struct ask_question q = { 0 };
	struct buf text = BUF_INIT;

	ask_question(&q, a);
	ask_resolve(&text, a, answer);
	json_set_string(o, q.text, text.data);
	buf_reset(&text);
	json_print(&text, o);
	xreplace(&a->answers, text.data);
	buf_release(&text);
	ask_question_release(&q);
	json_object_put(o);
	if (a->asking + 1 == a->questions)
		return true;
	a->asking++;
	return false;
}

struct json_object *ask_input(const struct ask *a)
{
	struct json_object *o = json_parse(a->input, strlen(a->input), NULL);

	if (o == NULL)
		bug("the input of a tool call is no JSON");
	if (a->answers != NULL)
		json_set(o, "answers", answers_of(a));
	return o;
}
