/* plan.c - what Claude is asked for a plan, and its answer as a list. */
#include "core/session/plan.h"

#include "base/clock.h"
#include "base/path.h"
#include "core/json.h"

const char *const plan_status_name[] = {
	[PLAN_NONE] = NULL,
	[PLAN_RUNNING] = "running",
	[PLAN_READY] = "ready",
	[PLAN_FAILED] = "failed",
};
_Static_assert(
    ARRAY_SIZE(plan_status_name) == PLAN_STATUSES, "name every status");

const char plan_instruction[] =
    "Turn the day's log on standard input into a list of coding tasks and give it as structured output. "
    "Look at the project as far as you need to, change nothing.";

/* clang-format off */
const char plan_schema[] =
    "{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"tasks\"],\"properties\":{\"tasks\":{"
    "\"type\":\"array\",\"minItems\":1,\"maxItems\":100,\"items\":{"
    "\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"title\",\"type\",\"instruction\"],\"properties\":{"
    "\"title\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":120},"
    "\"type\":{\"type\":\"string\",\"pattern\":\"^[a-z][a-z0-9_-]*$\"},"
    "\"priority\":{\"enum\":[\"high\",\"medium\",\"low\"]},"
    "\"requires_approval\":{\"type\":\"boolean\"},"
    "\"description\":{\"type\":\"string\"},"
    "\"acceptance_criteria\":{\"type\":\"array\","
    "\"items\":{\"type\":\"string\",\"minLength\":1}},"
    "\"instruction\":{\"type\":\"string\",\"minLength\":1}}}}}}";
/* clang-format on */

static int check_plan(
    void *plan, struct json_object *o UNUSED, struct error *err)
{
	const struct plan *p = plan;
	bool running = p->status == PLAN_RUNNING;

	if (!clock_is_date(p->date))
		return error_set(
		    err, "date: want YYYY-MM-DD, got \"%s\"", p->date);
	if (p->file != NULL && !path_is_plain(p->file))
		return error_set(
		    err, "file: want a plain name, got \"%s\"", p->file);
	if (p->status == PLAN_READY && p->file == NULL)
		return error_set(err, "file: want a name, got none");
	if (p->status == PLAN_FAILED && p->error == NULL)
		return error_set(err, "error: want a text, got none");
	if ((p->asked[0] != '\0') != running)
		return error_set(err,
		    "decision: want an id while the plan is being made, got \"%s\"",
		    p->asked);
	if (p->cancelling && !running)
		return error_set(
		    err, "cancelling: want false, the plan is not running");
	return 0;
}

#define T struct plan
static const struct field plan_rows[] = {
	ROW_TEXT(T, date, "date", FIELD_NEEDED),
	ROW_ENUM(
	    T, status, "status", FIELD_NEEDED, plan_status_name, PLAN_STATUSES),
	ROW_TEXT(T, error, "error", 0),
	ROW_TEXT(T, file, "file", 0),
	ROW_TEXT(T, by, "by", 0),
	ROW_WORD(T, asked, "decision", 0),
	ROW_TEXT(T, conversation, "agent_session_id", 0),
	ROW_TIME(T, started_at, "started_at", 0),
	ROW_TIME(T, completed_at, "completed_at", 0),
	ROW_BOOL(T, cancelling, "cancelling"),
};
const struct fields plan_fields = { FIELDS(plan_rows, T),
	FIELDS_THERE(T, status), .check = check_plan };
#undef T

void plan_release(struct plan *p)
{
	fields_release(&plan_fields, p);
}

bool plan_waits(const struct plan *p, const struct session *s)
{
	return p != NULL && p->status == PLAN_READY &&
	       s->started_at < p->completed_at;
}

void plan_prompt(struct buf *out, const char *date, const char *daily_log,
    const char *list, const char *feedback)
{
	buf_addf(out,
	    "# Plan for %s\n\n"
	    "Make a list of tasks that Claude Code can carry out one after the other, each in a conversation of its own that knows nothing of the others: small enough to be reviewed at once, in an order in which each can rely on those before it. "
	    "Each has a title of one line, a type of one lower-case word (such as database, backend, frontend, testing, documentation, deployment), and an instruction that says everything needed. "
	    "Set requires_approval where a person should look first. "
	    "Do not use Markdown headings or horizontal rules in the texts.\n\n"
	    "## The day's log\n\n"
	    "%s\n",
	    date, daily_log);
	if (list != NULL)
		buf_addf(out, "\n## The list so far\n\n%s\n", list);
	if (feedback != NULL)
		buf_addf(
		    out, "\n## What should be different\n\n%s\n", feedback);
}

enum { TITLE_MAX = 120, TASKS_MAX = 100, SHOWN_OF_ANSWER = 200 };

static int want_text(
    struct json_object *o, const char *key, char **out, struct error *err)
{
	const char *s;

	if (json_get_string(o, key, &s, err) != 0)
		return -1;
	if (s == NULL || s[strspn(s, " \t\r\n")] == '\0')
		return error_set(err, "%s: missing, want text", key);
	*out = xstrdup(s);
	return 0;
}

static int read_type(struct json_object *o, struct task *t, struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";

	if (want_text(o, "type", &t->type, err) != 0)
		return -1;
	if (t->type[0] < 'a' || t->type[0] > 'z' ||
	    t->type[strspn(t->type, letters)] != '\0')
		return error_set(err,
		    "type: want one lower-case word, got \"%.60s\"", t->type);
	return 0;
}

static int read_title(struct json_object *o, struct task *t, struct error *err)
{
	size_t n = 0;

	if (want_text(o, "title", &t->title, err) != 0)
		return -1;
	if (t->title[strcspn(t->title, "\r\n")] != '\0')
		return error_set(err, "title: want one line");
	for (const char *p = t->title; *p != '\0'; p++)
		n += (*p & 0xc0) != 0x80;
	if (n > TITLE_MAX)
		return error_set(err,
		    "title: want at most %d characters, got %zu", TITLE_MAX, n);
	return 0;
}

static int read_task(struct json_object *o, struct task *t, struct error *err)
{
	const char *description;
	bool approval = false;
	int priority;

	if (read_title(o, t, err) != 0 || read_type(o, t, err) != 0 ||
	    want_text(o, "instruction", &t->instruction, err) != 0 ||
	    json_get_string(o, "description", &description, err) != 0 ||
	    json_get_strings(o, "acceptance_criteria", &t->criteria, err) !=
		0 ||
	    json_get_bool(o, "requires_approval", &approval, err) != 0 ||
	    json_get_enum(o, "priority", priority_name, PRIORITY_COUNT,
		PRIORITY_NONE, &priority, err) != 0)
		return -1;
	t->description = xstrdup(description);
	t->priority = (enum priority)priority;
	if (json_object_object_get_ex(o, "requires_approval", NULL))
		t->requires_approval = approval ? REQUIRES_YES : REQUIRES_NO;
	return 0;
}

static int read_tasks(
    struct json_object *root, struct task_list *list, struct error *err)
{
	struct json_object *tasks;
	struct error why = ERROR_INIT;

	if (json_get_array(root, "tasks", &tasks, err) != 0)
		return -1;
	if (tasks == NULL || json_object_array_length(tasks) == 0)
		return error_set(err, "tasks: want at least one");
	if (json_object_array_length(tasks) > TASKS_MAX)
		return error_set(err, "tasks: want at most %d, got %zu",
		    TASKS_MAX, json_object_array_length(tasks));
	list->n = json_object_array_length(tasks);
	list->v = xcalloc(list->n, sizeof(*list->v));
	for (size_t i = 0; i < list->n; i++) {
		struct json_object *o = json_object_array_get_idx(tasks, i);

		list->v[i].number = (int)i + 1;
		if (!json_object_is_type(o, json_type_object))
			return error_set(err, "tasks[%zu]: want an object", i);
		if (read_task(o, &list->v[i], &why) != 0)
			return error_set(err, "tasks[%zu].%s", i, why.text);
	}
	return 0;
}

/* Where structured output was not given the answer is what Claude said. */
static struct json_object *read_answer(const char *answer, struct error *err)
{
	const char *text = answer != NULL ? answer : "";
	size_t n = strcspn(text, "\r\n");

	if (text[0] == '{')
		return json_parse(text, strlen(text), err);
	if (n == 0)
		error_set(err, "Claude gave no structured answer");
	else
		error_set(err,
		    "Claude gave no structured answer; it said: %.*s",
		    (int)utf8_cut(text, n, SHOWN_OF_ANSWER), text);
	return NULL;
}

int plan_to_list(const char *answer, const char *date, struct buf *markdown,
    struct task_list *list, struct error *err)
{
	struct json_object *root = read_answer(answer, err);
	char *heading = xasprintf("Tasks - %s", date);
	int rc = -1;

	if (root != NULL && read_tasks(root, list, err) == 0)
		rc = task_list_print(markdown, heading, list, err);
	if (rc != 0)
		task_list_release(list);
	free(heading);
	json_object_put(root);
	return rc;
}
