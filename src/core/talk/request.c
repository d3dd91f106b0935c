/* request.c - HTTP bodies, Telegram texts and argvs to one request. */
#include "core/talk/request_words.h"
#include "base/clock.h"
#include "core/talk/attachment.h"

#include <limits.h>
#include <sodium.h>

enum { WHO_MAX = 256 };

void request_release(struct request *r)
{
	free(r->decision);
	free(r->chat_id);
	free(r->user);
	free(r->delivery_id);
	free(r->feedback);
	free(r->words);
	free(r->text);
	json_object_put(r->files);
	free(r->date);
	free(r->task_file);
	free(r->list_text);
	free(r->by);
	*r = (struct request)REQUEST_INIT;
}

const char *request_by(const struct request *r)
{
	return r->user      ? r->user
	       : r->chat_id ? r->chat_id
	       : r->by      ? r->by
			    : "http";
}

/* Fields. */

/* What the text said already (said, may be NULL) and the field (value, from
 * the heap or NULL) to one; an empty field says nothing. */
static int merge(const char *key, char **said, char *value, struct error *err)
{
	int rc = 0;

	if (value == NULL || value[0] == '\0') {
		free(value);
		return 0;
	}
	if (*said != NULL && strcmp(*said, value) != 0)
		rc = error_set(err,
		    "%s: the command's text says '%.*s', the field '%.*s'; want one of them",
		    key, NAME_MAX_SHOWN, *said, NAME_MAX_SHOWN, value);
	free(*said);
	*said = value;
	return rc;
}

static int get_text(
    struct json_object *o, const char *key, char **slot, struct error *err)
{
	const char *s;

	if (json_get_string(o, key, &s, err) != 0)
		return -1;
	return merge(key, slot, xstrdup(s), err);
}

/* An id or a name: short, and one line. */
static int get_who(struct json_object *o, const char *key, size_t max,
    char **slot, struct error *err)
{
	struct buf clean = BUF_INIT;
	char *s;
	int rc = 0;

	if (json_get_id(o, key, &s, err) != 0)
		return -1;
	if (s != NULL)
		buf_add_clean(&clean, s, strlen(s));
	if (s != NULL && strlen(s) > max)
		rc = error_set(err, "%s: want at most %zu bytes", key, max);
	else if (s != NULL &&
		 (strcmp(clean.data, s) != 0 || strpbrk(s, "\n\t") != NULL))
		rc = error_set(
		    err, "%s: want one line without control characters", key);
	buf_release(&clean);
	if (rc == 0)
		return merge(key, slot, s, err);
	free(s);
	return -1;
}

/* What is wrong with them is said when the fields are read. */
void request_peek_who(struct request *r, struct json_object *body)
{
	get_who(body, "user", WHO_MAX, &r->user, NULL);
	get_who(body, "chat_id", WHO_MAX, &r->chat_id, NULL);
}

/* An absent field may come as an empty string. */
static bool is_said(struct json_object *o, const char *key)
{
	struct json_object *v;

	if (!json_object_object_get_ex(o, key, &v) || v == NULL)
		return false;
	return !json_object_is_type(v, json_type_string) ||
	       json_object_get_string_len(v) > 0;
}

/* A number, which n8n sends as a string of digits where it is an expression. */
static int get_number(struct json_object *o, const char *key, int high,
    int64_t none, int64_t *out, struct error *err)
{
	struct json_object *v;
	const char *s;
	long n;

	if (!json_object_object_get_ex(o, key, &v) ||
	    !json_object_is_type(v, json_type_string))
		return json_get_int(o, key, 1, high, none, out, err);
	*out = none;
	if (!is_said(o, key))
		return 0;
	s = json_object_get_string(v);
	if (parse_number(s, 1, high, &n) != 0)
		return error_set(
		    err, "%s: want 1..%d, got \"%.20s\"", key, high, s);
	*out = n;
	return 0;
}

static int get_decision(
    struct request *r, struct json_object *o, struct error *err)
{
	const char *s;

	if (!is_said(o, "decision"))
		return 0;
	if (json_get_string(o, "decision", &s, err) != 0)
		return -1;
	s += strspn(s, "#");
	if (s[0] == '\0') /* not: whatever is asked */
		return error_set(
		    err, "decision: want the question's id, or null");
	if (strlen(s) > DECISION_MAX)
		return error_set(
		    err, "decision: want at most %d bytes", DECISION_MAX);
	return merge("decision", &r->decision, xstrdup(s), err);
}

/* r->lines is 0 as long as nobody has named a number. */
static int get_lines(
    struct request *r, struct json_object *o, struct error *err)
{
	int64_t none = r->lines != 0 ? r->lines : LOG_LINES, n;

	if (get_number(o, "lines", LOG_LINES_MAX, none, &n, err) != 0)
		return -1;
	if (r->lines != 0 && n != r->lines)
		return error_set(err,
		    "lines: the command's text says %d, the field %lld; want one of them",
		    r->lines, (long long)n);
	r->lines = (int)n;
	return 0;
}

/* Either the text or the field may want it. */
static int get_wish(
    struct json_object *o, const char *key, bool *wish, struct error *err)
{
	bool said;

	if (!is_said(o, key))
		return 0;
	if (json_get_bool(o, key, &said, err) != 0)
		return -1;
	*wish = *wish || said;
	return 0;
}

/* An array, which an empty one says nothing of. */
static int get_files(
    struct request *r, struct json_object *o, struct error *err)
{
	struct json_object *files;

	if (!is_said(o, "files"))
		return 0;
	if (json_get_array(o, "files", &files, err) != 0)
		return -1;
	if (files == NULL || json_object_array_length(files) == 0)
		return 0;
	if (attachments_check(files, err) != 0)
		return -1;
	r->files = json_object_get(files);
	return 0;
}

/* A number is an option's, or an answer like any other. */
static int get_answer(
    struct request *r, struct json_object *o, struct error *err)
{
	char *text;

	if (json_get_id(o, "text", &text, err) != 0)
		return -1;
	return merge("text", &r->feedback, text, err);
}

static int common_fields(
    struct request *r, struct json_object *o, struct error *err)
{
	int64_t n;

	if (get_number(o, "task", INT_MAX, 0, &n, err) != 0)
		return -1;
	if (n != 0 && r->task != 0 && n != r->task)
		return error_set(err,
		    "task: the command's text says %d, the field %lld; want one of them",
		    r->task, (long long)n);
	if (n != 0)
		r->task = (int)n;
	if (get_decision(r, o, err) != 0 ||
	    get_who(o, "chat_id", WHO_MAX, &r->chat_id, err) != 0 ||
	    get_who(o, "user", WHO_MAX, &r->user, err) != 0)
		return -1;
	return get_who(o, "delivery_id", WHO_MAX, &r->delivery_id, err);
}

static int fields(struct request *r, struct json_object *o, struct error *err)
{
	/* Where a field says what is meant, a retry's words are feedback. */
	if (r->words != NULL &&
	    (is_said(o, "task") || is_said(o, "decision"))) {
		xreplace(&r->feedback, r->words);
		xreplace(&r->words, NULL);
		r->task = 0;
		r->fresh = false;
	}
	if (common_fields(r, o, err) != 0)
		return -1;
	switch (r->command) {
	case CMD_RETRY:
		if (get_wish(o, "fresh", &r->fresh, err) != 0)
			return -1;
		return get_text(o, "feedback", &r->feedback, err);
	case CMD_ROLLBACK:
		return get_wish(o, "force", &r->force, err);
	case CMD_DENY:
		return get_text(o, "reason", &r->feedback, err);
	case CMD_ANSWER:
		if (get_answer(r, o, err) != 0)
			return -1;
		return request_want_text(r, err);
	case CMD_RAISE:
		if (get_who(o, "usd", 32, &r->feedback, err) != 0)
			return -1;
		return request_want_usd(r, err);
	case CMD_PLAN:
		if (get_text(o, "date", &r->date, err) != 0 ||
		    get_text(o, "feedback", &r->feedback, err) != 0)
			return -1;
		return request_want_date(r->date, err);
	case CMD_ADD:
	case CMD_NOTE:
		if (get_text(o, "text", &r->text, err) != 0 ||
		    get_files(r, o, err) != 0)
			return -1;
		return request_want_text(r, err);
	case CMD_START:
		return get_text(o, "task_file", &r->task_file, err);
	case CMD_OUTPUT:
	case CMD_LOGS:
		return get_lines(r, o, err);
	default:
		return 0;
	}
}

int request_from_body(struct request *r, struct json_object *body,
    bool text_first, struct error *err)
{
	int rc;

	r->lines = 0;
	rc = text_first ? request_from_text(r, body, err) : 0;
	if (rc == 0)
		rc = fields(r, body, err);
	if (r->lines == 0)
		r->lines = LOG_LINES;
	return rc;
}

/* The control socket's form. */

static void set_said(struct json_object *o, const char *key, const char *s)
{
	if (s != NULL)
		json_set_string(o, key, s);
}

struct json_object *request_to_json(const struct request *r)
{
	struct json_object *o = json_object_new_object();

	json_set_string(o, "command", command_info[r->command].name);
	if (r->task != 0)
		json_set_int(o, "task", r->task);
	set_said(o, "decision", r->decision);
	set_said(o, "chat_id", r->chat_id);
	set_said(o, "user", r->user);
	set_said(o, "delivery_id", r->delivery_id);
	set_said(o, "feedback", r->feedback);
	set_said(o, "words", r->words);
	set_said(o, "text", r->text);
	if (r->files != NULL)
		json_set(o, "files", json_object_get(r->files));
	set_said(o, "date", r->date);
	set_said(o, "task_file", r->task_file);
	set_said(o, "list_text", r->list_text);
	set_said(o, "by", r->by);
	if (r->at_terminal)
		json_set_bool(o, "at_terminal", true);
	json_set_int(o, "lines", r->lines);
	if (r->fresh)
		json_set(o, "fresh", json_object_new_boolean(true));
	if (r->force)
		json_set_bool(o, "force", true);
	return o;
}

int request_from_json(
    struct request *r, struct json_object *o, struct error *err)
{
	const char *name;
	int command;

	if (json_get_string(o, "command", &name, err) != 0)
		return -1;
	command = name == NULL ? -1 : command_find(name);
	if (command < 0)
		return error_set(err, "there is no command '%.*s'",
		    NAME_MAX_SHOWN, name ? name : "");
	r->command = (enum command)command;
	if (common_fields(r, o, err) != 0 ||
	    get_wish(o, "fresh", &r->fresh, err) != 0 ||
	    get_wish(o, "force", &r->force, err) != 0 ||
	    get_text(o, "feedback", &r->feedback, err) != 0 ||
	    get_text(o, "words", &r->words, err) != 0 ||
	    get_text(o, "text", &r->text, err) != 0 ||
	    request_want_text(r, err) != 0 || get_files(r, o, err) != 0 ||
	    get_text(o, "date", &r->date, err) != 0 ||
	    request_want_date(r->date, err) != 0 ||
	    get_text(o, "task_file", &r->task_file, err) != 0 ||
	    get_text(o, "list_text", &r->list_text, err) != 0 ||
	    get_text(o, "by", &r->by, err) != 0 ||
	    json_get_bool(o, "at_terminal", &r->at_terminal, err) != 0)
		return -1;
	r->lines = 0;
	return get_lines(r, o, err);
}

/* Each part with its length, so that no two requests look the same. */
static void add_part(struct buf *b, const char *s)
{
	if (s == NULL)
		buf_adds(b, "-;");
	else
		buf_addf(b, "%zu:%s;", strlen(s), s);
}

void request_fingerprint(const struct request *r, char out[33])
{
	unsigned char hash[16];
	struct buf b = BUF_INIT;

	add_part(&b, command_info[r->command].name);
	buf_addf(&b, "%d;%d;", r->task, r->lines);
	add_part(&b, r->decision);
	add_part(&b, r->feedback);
	add_part(&b, r->task_file);
	add_part(&b, r->list_text);
	if (r->command == CMD_PLAN)
		add_part(&b, r->date);
	if (command_takes_text(r->command))
		add_part(&b, r->text);
	if (r->files != NULL)
		add_part(&b, json_object_to_json_string(r->files));
	if (r->fresh)
		add_part(&b, "fresh");
	if (r->force)
		add_part(&b, "force");
	crypto_generichash(
	    hash, sizeof(hash), (const unsigned char *)b.data, b.len, NULL, 0);
	sodium_bin2hex(out, 33, hash, sizeof(hash));
	buf_release(&b);
}
