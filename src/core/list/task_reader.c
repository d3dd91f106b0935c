/* task_reader.c - a task list in Markdown to tasks, with all its faults.
 *
 * One walk over the lines of the outline. A field that takes everything, or a
 * list, stays open until the line that ends it; its text is then cut out of
 * the source. A heading that is no task silences what is under it: one fault
 * for one mistake. */
#include "core/list/task.h"
#include "core/list/task_near.h"
#include "core/list/task_outline.h"
#include "core/list/task_value.h"

#include <strings.h>

struct reader {
	struct outline *o;
	struct task_list *list;
	const char *name;
	struct faults *f;
	size_t cap;
	struct task *task; /* NULL: before the first, or silenced */
	size_t heading;    /* the task's line, an index as the others */
	bool silenced;
	bool has_tasks;       /* the outline has a real task's heading */
	bool foreign;         /* no instruction at all: of another tool */
	bool told;            /* of a heading that is nearly a task's */
	bool bare;            /* this task has no instruction: told once */
	bool full;            /* and what follows is not read */
	size_t nearly;        /* line that is nearly its instruction, or 0 */
	size_t *headings;     /* of all tasks */
	size_t seen[FIELDS];  /* line number of the field in this task, or 0 */
	enum task_field open; /* FIELD_UNKNOWN: none */
	size_t open_at;
	bool in_stray; /* the line before had no field either */
};

static bool takes_text(enum task_field field)
{
	return field == FIELD_DESCRIPTION || field == FIELD_INSTRUCTION;
}

static void close_field(struct reader *r, size_t end)
{
	const struct line *l;
	size_t n;
	const char *from;
	char **slot;

	if (r->task != NULL && takes_text(r->open)) {
		l = &r->o->v[r->open_at];
		slot = r->open == FIELD_DESCRIPTION ? &r->task->description
						    : &r->task->instruction;
		from = outline_value(l, &n);
		free(*slot);
		*slot = outline_slice(r->o, from, end);
	} else if (r->task != NULL && r->open == FIELD_CRITERIA) {
		l = &r->o->v[r->open_at];
		outline_value(l, &n);
		if (n == 0)
			value_read_list(&r->task->criteria, r->name,
			    r->open_at + 2, l + 1, end - r->open_at - 1, r->f);
		if (n > 0 || r->task->criteria.n == 0)
			value_fault(l, r->name, r->open_at + 1,
			    "a list under it, lines that begin with \"- \"",
			    r->f);
	}
	r->open = FIELD_UNKNOWN;
	r->in_stray = false;
}

static void close_task(struct reader *r, size_t end)
{
	const char *stop = end < r->o->n ? r->o->v[end].text
					 : r->o->text.data + r->o->text.len;
	size_t bytes;

	close_field(r, end);
	if (r->task == NULL)
		return;
	bytes = (size_t)(stop - r->o->v[r->heading].text);
	if (bytes > TASK_MAX_BYTES)
		faults_add(r->f, r->name, (int)r->heading + 1,
		    "this task has %zu bytes, want %d at most", bytes,
		    TASK_MAX_BYTES);
	if (r->task->instruction == NULL && r->seen[FIELD_INSTRUCTION] > 0)
		faults_add(r->f, r->name, (int)r->seen[FIELD_INSTRUCTION],
		    "Claude Instruction: empty, want text in it or under it");
	else if (r->task->instruction == NULL && r->nearly > 0)
		faults_add(r->f, r->name, (int)r->nearly,
		    "this is nearly the field Claude Instruction, which the task does not have, want \"**Claude Instruction:**\" at the left edge");
	else if (r->task->instruction == NULL &&
		 !(r->o->is_cut && end == r->o->n))
		faults_add(r->f, r->name, (int)r->heading + 1,
		    "this task has no Claude Instruction, want a line \"**Claude Instruction:**\" and text under it");
	if (r->task->type == NULL)
		r->task->type = xstrdup("general");
	r->task = NULL;
}

static void add_task(struct reader *r, size_t at)
{
	if (r->list->n == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 16;
		r->list->v = xrealloc(r->list->v, r->cap, sizeof(*r->list->v));
		r->headings =
		    xrealloc(r->headings, r->cap, sizeof(*r->headings));
	}
	r->headings[r->list->n] = at;
	r->task = &r->list->v[r->list->n++];
	*r->task = (struct task)TASK_INIT;
	memset(r->seen, 0, sizeof(r->seen));
	r->heading = at;
	r->nearly = 0;
	r->bare = true;
	for (size_t i = at + 1; i < r->o->n && r->o->v[i].kind != LINE_HEADING;
	     i++)
		r->bare &= !outline_is_instruction(&r->o->v[i]);
}

static void set_number(struct reader *r, size_t at, const char *p, size_t n)
{
	char *digits = xstrndup(p, n);
	long number = 0;

	if (n == 0)
		faults_add(r->f, r->name, (int)at + 1,
		    "the task's number is missing, want \"## Task N: Title\"");
	else if (parse_number(digits, 1, TASK_NUMBER_MAX, &number) != 0)
		faults_add(r->f, r->name, (int)at + 1,
		    "task number %.20s: want 1..%d", digits, TASK_NUMBER_MAX);
	r->task->number = (int)number;
	for (size_t i = 0; number > 0 && i + 1 < r->list->n; i++)
		if (r->list->v[i].number == number) {
			faults_add(r->f, r->name, (int)at + 1,
			    "task %ld is there twice, first on line %zu",
			    number, r->headings[i] + 1);
			break;
		}
	free(digits);
}

static size_t count_digits(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= '0' && p[i] <= '9')
		i++;
	return i;
}

/* An approval behind a title, a field or a sentence on the same line: one in
 * bold, or behind what is structure itself, is meant. Was it told? */
static bool told_hidden_approval(struct reader *r, size_t at)
{
	const struct line *l = &r->o->v[at];
	size_t n = l->n;
	bool text = l->kind == LINE_TEXT ||
		    (l->kind == LINE_FIELD && l->field == FIELD_UNKNOWN);
	const char *place =
	    near_hidden_approval(l, text ? l->text : outline_value(l, &n));

	if (place == NULL)
		return false;
	n = (size_t)(l->text + l->n - place);
	if (text && !near_begins_line(l, place) &&
	    strchr("*_", place[-1]) == NULL)
		faults_warn(r->f, r->name, (int)at + 1,
		    "\"%s\" is text here, want \"**Requires Approval:** value\" on a line of its own for a field",
		    value_quote(place, n).text);
	else
		faults_add(r->f, r->name, (int)at + 1,
		    "\"%s\" is not on a line of its own, want \"**Requires Approval:** value\" at the left edge, or backticks around what is meant as text",
		    value_quote(place, n).text);
	return true;
}

/* Task N: Title */
static void open_task(struct reader *r, size_t at, const char *text, size_t n)
{
	size_t digits, rest = n - 4;
	const char *p = trim_blanks(text + 4, &rest);
	const char *number = p;

	if (r->list->n == TASK_LIST_MAX) {
		faults_add(r->f, r->name, (int)at + 1,
		    "one task too many, want %d at most", TASK_LIST_MAX);
		r->full = r->silenced = true;
		return;
	}
	add_task(r, at);
	digits = count_digits(p, rest);
	rest -= digits;
	if (digits > 0 && rest > 1 && *(p + digits) == '.' &&
	    count_digits(p + digits + 1, 1) == 1) {
		faults_add(r->f, r->name, (int)at + 1,
		    "task number %.*s: want a whole number, each task its own, \"## Task N: Title\"",
		    (int)(digits + 2), number);
		return;
	}
	p = trim_blanks(p + digits, &rest);
	set_number(r, at, number, digits);
	if (rest > 0 && *p == ':') {
		rest--;
		p = trim_blanks(p + 1, &rest);
		r->task->title = xstrndup(p, rest);
		told_hidden_approval(r, at);
		if (rest > 0)
			return;
	} else if (digits > 0 && rest > 0) {
		faults_add(r->f, r->name, (int)at + 1,
		    "want a colon behind the task's number, \"## Task N: Title\"");
		return;
	}
	if (digits > 0)
		faults_add(r->f, r->name, (int)at + 1,
		    "the task's title is missing, want \"## Task N: Title\"");
}

/* A heading that was meant as a task's: what is under it belongs to it, and
 * is not complained of again. */
static void nearly_a_heading(
    struct reader *r, size_t at, int level, const char *what)
{
	size_t n = r->o->v[at].n;
	const char *text = trim_blanks(r->o->v[at].text, &n);

	if (r->has_tasks && (level == 0 || level > 2)) {
		faults_warn(r->f, r->name, (int)at + 1,
		    "\"%s\" is nearly a task's heading (%s) and is text here, want \"## Task N: Title\" for a task",
		    value_quote(text, n).text, what);
		return;
	}
	close_task(r, at);
	r->silenced = r->told = true;
	faults_add(r->f, r->name, (int)at + 1,
	    "\"%s\" is nearly a task's heading (%s), want \"## Task N: Title\" at the left edge, or a code fence around what is meant as text",
	    value_quote(text, n).text, what);
}

static void read_heading(struct reader *r, size_t at)
{
	const struct line *l = &r->o->v[at];
	struct near near;
	size_t n;
	const char *text = outline_value(l, &n);

	close_task(r, at);
	if (r->full)
		return;
	r->silenced = false;
	if (outline_is_task(l)) {
		open_task(r, at, text, n);
		return;
	}
	/* fine before the first task, unless it was meant as one */
	if (r->list->n == 0 && !r->told) {
		near = near_of(l);
		if (near.kind == NEAR_HEADING)
			nearly_a_heading(r, at, near.level, near.what);
		return;
	}
	r->silenced = true;
	faults_add(r->f, r->name, (int)at + 1,
	    "the heading \"%s\" is no task, want \"## Task N: Title\" (or a heading of another level)",
	    value_quote(text, n).text);
}

static void open_field(struct reader *r, size_t at)
{
	enum task_field field = r->o->v[at].field;

	close_field(r, at);
	if (r->seen[field] != 0)
		faults_add(r->f, r->name, (int)at + 1,
		    "%s is there twice in this task, first on line %zu",
		    task_field_name[field], r->seen[field]);
	else
		r->seen[field] = at + 1;
	r->open = field;
	r->open_at = at;
	if (field == FIELD_APPROVAL || !told_hidden_approval(r, at))
		value_read(r->task, &r->o->v[at], r->name, at + 1, r->f);
}

static bool is_in_text(const struct reader *r)
{
	return takes_text(r->open) || r->open == FIELD_CRITERIA;
}

/* A line that is nearly a field. Is it done with? An approval is never text;
 * nor is the rest where there is no text that it could belong to. */
static bool nearly_a_field(struct reader *r, size_t at, enum task_field field)
{
	bool in_text = is_in_text(r);
	size_t n = r->o->v[at].n;
	const char *text = trim_blanks(r->o->v[at].text, &n);
	const char *want = task_field_name[field];

	if (field == FIELD_INSTRUCTION && r->bare) {
		r->nearly = r->nearly > 0 ? r->nearly : at + 1;
		return false;
	}
	if (field == FIELD_APPROVAL || (!in_text && !r->bare))
		faults_add(r->f, r->name, (int)at + 1,
		    "\"%s\" is nearly the field %s, want \"**%s:** value\" at the left edge, or a code fence around what is meant as text",
		    value_quote(text, n).text, want, want);
	else if (in_text)
		faults_warn(r->f, r->name, (int)at + 1,
		    "\"%s\" is nearly the field %s and is text here, want \"**%s:** value\" at the left edge for a field",
		    value_quote(text, n).text, want, want);
	if (!in_text)
		r->in_stray = true;
	return !in_text;
}

/* A line that is text to the letter, in a task. Is it done with? */
static bool read_near(struct reader *r, size_t at)
{
	const struct line *l = &r->o->v[at];
	struct near near;

	if (l->quoted || (l->kind != LINE_TEXT && l->kind != LINE_FIELD))
		return false;
	near = near_of(l);
	if (near.kind == NEAR_HEADING)
		nearly_a_heading(r, at, near.level, near.what);
	else if (at + 1 < r->o->n && !r->o->v[at + 1].quoted &&
		 near_is_setext(l, &r->o->v[at + 1]))
		nearly_a_heading(r, at, 2, "underlined");
	else if (near.kind == NEAR_FIELD && r->task != NULL)
		return nearly_a_field(r, at, near.field);
	else if (r->task != NULL && is_in_text(r))
		told_hidden_approval(r, at);
	return r->silenced;
}

/* A line inside a task. */
static void read_line(struct reader *r, size_t at)
{
	const struct line *l = &r->o->v[at];

	if ((l->kind == LINE_TEXT || l->field == FIELD_UNKNOWN) &&
	    read_near(r, at))
		return;
	if (l->kind == LINE_RULE) {
		close_field(r, at);
	} else if (l->kind == LINE_FIELD && l->field != FIELD_UNKNOWN) {
		open_field(r, at);
	} else if (takes_text(r->open)) {
		return;
	} else if (l->kind == LINE_FIELD) {
		close_field(r, at);
		if (!r->foreign)
			faults_add(r->f, r->name, (int)at + 1,
			    "unknown field \"%s\", want Type, Priority, Requires Approval, Description, Acceptance Criteria, Claude Instruction or Timeout",
			    value_quote(l->name, l->name_n).text);
		r->in_stray = true; /* nor has what follows a field */
	} else if (r->open == FIELD_CRITERIA) {
		return;
	} else if (l->kind == LINE_TEXT) {
		if (!r->in_stray && !r->bare)
			faults_add(r->f, r->name, (int)at + 1,
			    "the text \"%s\" belongs to no field, want it under Description or Claude Instruction",
			    value_quote(l->text, l->n).text);
		r->in_stray = true;
	} else {
		r->in_stray = false;
	}
}

/* A line before the first task, where anything may stand but what must not be
 * lost, or under a heading that was told: then only the next such heading is.
 */
static void read_outside(struct reader *r, size_t at)
{
	const struct line *l = &r->o->v[at];

	if (r->silenced) {
		if (!r->full && !l->quoted && l->kind == LINE_TEXT &&
		    near_of(l).kind == NEAR_HEADING)
			read_near(r, at);
	} else if (l->kind == LINE_FIELD && (l->field == FIELD_INSTRUCTION ||
						l->field == FIELD_APPROVAL)) {
		faults_add(r->f, r->name, (int)at + 1,
		    "a %s before the first task, want a heading \"## Task N: Title\" above it",
		    task_field_name[l->field]);
	} else if (l->kind == LINE_TEXT || l->field == FIELD_UNKNOWN) {
		read_near(r, at);
	}
}

int task_list_parse(struct task_list *l, const char *name, const char *text,
    size_t len, struct faults *f)
{
	struct outline o = OUTLINE_INIT;
	struct reader r = { .o = &o,
		.list = l,
		.name = name,
		.f = f,
		.foreign = true,
		.open = FIELD_UNKNOWN };
	size_t before = f->count;

	*l = (struct task_list)TASK_LIST_INIT;
	if (outline_build(&o, name, text, len, f) != 0)
		return -1;
	for (size_t i = 0; i < o.n; i++) {
		r.has_tasks |= outline_is_task(&o.v[i]);
		r.foreign &= !outline_is_instruction(&o.v[i]);
	}
	for (size_t i = 0; i < o.n; i++)
		if (o.v[i].kind == LINE_HEADING)
			read_heading(&r, i);
		else if (r.task != NULL)
			read_line(&r, i);
		else
			read_outside(&r, i);
	close_task(&r, o.n);
	if (l->n == 0 && !r.told && !o.is_cut)
		faults_add(
		    f, name, 1, "no task, want a heading \"## Task N: Title\"");
	free(r.headings);
	outline_release(&o);
	if (f->count == before)
		return 0;
	task_list_release(l);
	return -1;
}
