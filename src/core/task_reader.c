/* task_reader.c - a task list in Markdown to tasks, with all its faults.
 *
 * One walk over the lines of the outline. A field that takes everything, or a
 * list, stays open until the line that ends it; its text is then cut out of
 * the source. A heading that is no task silences what is under it: one fault
 * for one mistake. */
#include "core/task.h"
#include "core/task_criteria.h"
#include "core/task_outline.h"
#include "core/task_value.h"

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

/* Lines first..end of the source, the first from column on, without blank
 * lines at the edges: to be freed, or NULL where nothing is left. */
static char *slice(const struct outline *o, const char *from, size_t end)
{
	const char *to =
	    end < o->n ? o->v[end].text : o->text.data + o->text.len;
	const char *p = from;

	for (; p < to && strchr(" \t\n", *p) != NULL && *p != '\0'; p++)
		if (*p == '\n')
			from = p + 1;
	if (p == to)
		return NULL;
	for (p = to; strchr(" \t\n", p[-1]) != NULL && p[-1] != '\0'; p--)
		if (p[-1] == '\n')
			to = p - 1;
	return xstrndup(from, (size_t)(to - from));
}

static void close_text(struct reader *r, size_t end)
{
	size_t n;
	const char *from = outline_value(&r->o->v[r->open_at], &n);
	char **slot = r->open == FIELD_DESCRIPTION ? &r->task->description
						   : &r->task->instruction;

	free(*slot);
	*slot = slice(r->o, from, end);
}

static void close_criteria(struct reader *r, size_t end)
{
	const struct line *first = &r->o->v[r->open_at + 1];
	size_t n;

	outline_value(&r->o->v[r->open_at], &n);
	if (n == 0)
		criteria_read(&r->task->criteria, r->name, r->open_at + 2,
		    first, end - r->open_at - 1, r->f);
	if (n > 0 || r->task->criteria.n == 0)
		value_fault(&r->o->v[r->open_at], r->name, r->open_at + 1,
		    "a list under it, lines that begin with \"- \"", r->f);
}

static void close_field(struct reader *r, size_t end)
{
	if (r->task != NULL && takes_text(r->open))
		close_text(r, end);
	else if (r->task != NULL && r->open == FIELD_CRITERIA)
		close_criteria(r, end);
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
	else if (r->task->instruction == NULL)
		faults_add(r->f, r->name, (int)r->heading + 1,
		    "this task has no Claude Instruction, want a line "
		    "\"**Claude Instruction:**\" and text under it");
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
	if (r->list->n == TASK_LIST_MAX)
		faults_add(r->f, r->name, (int)at + 1,
		    "one task too many, want %d at most", TASK_LIST_MAX);
	r->headings[r->list->n] = at;
	r->task = &r->list->v[r->list->n++];
	*r->task = (struct task)TASK_INIT;
	memset(r->seen, 0, sizeof(r->seen));
	r->heading = at;
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

/* "Task" and then no letter that would make it another word. */
static bool is_task_heading(const char *text, size_t n)
{
	char next = n > 4 ? text[4] : ' ';

	return n >= 4 && strncasecmp(text, "task", 4) == 0 &&
	       !(next >= 'a' && next <= 'z') && !(next >= 'A' && next <= 'Z');
}

static size_t count_digits(const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] >= '0' && p[i] <= '9')
		i++;
	return i;
}

/* Task N: Title */
static void open_task(struct reader *r, size_t at, const char *text, size_t n)
{
	size_t digits, rest = n - 4;
	const char *p = trim_blanks(text + 4, &rest);
	const char *number = p;

	add_task(r, at);
	digits = count_digits(p, rest);
	rest -= digits;
	p = trim_blanks(p + digits, &rest);
	set_number(r, at, number, digits);
	if (rest > 0 && *p == ':') {
		rest--;
		p = trim_blanks(p + 1, &rest);
		r->task->title = xstrndup(p, rest);
		if (rest > 0)
			return;
	}
	if (digits > 0)
		faults_add(r->f, r->name, (int)at + 1,
		    "the task's title is missing, want \"## Task N: Title\"");
}

static void read_heading(struct reader *r, size_t at)
{
	size_t n;
	const char *text = outline_value(&r->o->v[at], &n);
	char *quoted;

	close_task(r, at);
	r->silenced = false;
	if (is_task_heading(text, n)) {
		open_task(r, at, text, n);
		return;
	}
	if (r->list->n == 0)
		return;
	r->silenced = true;
	quoted = quote(text, n);
	faults_add(r->f, r->name, (int)at + 1,
	    "the heading \"%s\" is no task, want \"## Task N: Title\" "
	    "(or a heading of another level)",
	    quoted);
	free(quoted);
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
	value_read(r->task, &r->o->v[at], r->name, at + 1, r->f);
}

static void unknown_field(struct reader *r, size_t at)
{
	const struct line *l = &r->o->v[at];
	char *quoted = quote(l->name, l->name_n);

	close_field(r, at);
	r->in_stray = true; /* nor has what follows a field */
	faults_add(r->f, r->name, (int)at + 1,
	    "unknown field \"%s\", want Type, Priority, Requires Approval, "
	    "Description, Acceptance Criteria, Claude Instruction or Timeout",
	    quoted);
	free(quoted);
}

static void stray_text(struct reader *r, size_t at)
{
	const struct line *l = &r->o->v[at];
	char *quoted;

	if (!r->in_stray) {
		quoted = quote(l->text, l->n);
		faults_add(r->f, r->name, (int)at + 1,
		    "the text \"%s\" belongs to no field, want it under "
		    "Description or Claude Instruction",
		    quoted);
		free(quoted);
	}
	r->in_stray = true;
}

/* A line inside a task. */
static void read_line(struct reader *r, size_t at)
{
	const struct line *l = &r->o->v[at];

	if (l->kind == LINE_RULE)
		close_field(r, at);
	else if (l->kind == LINE_FIELD && l->field != FIELD_UNKNOWN)
		open_field(r, at);
	else if (takes_text(r->open))
		return;
	else if (l->kind == LINE_FIELD)
		unknown_field(r, at);
	else if (r->open == FIELD_CRITERIA)
		return;
	else if (l->kind == LINE_TEXT)
		stray_text(r, at);
	else
		r->in_stray = false;
}

/* Before the first task anything may stand but what must not be lost. */
static void read_preamble(struct reader *r, size_t at)
{
	const struct line *l = &r->o->v[at];

	if (l->kind == LINE_FIELD && l->field == FIELD_INSTRUCTION)
		faults_add(r->f, r->name, (int)at + 1,
		    "a Claude Instruction before the first task, want a "
		    "heading \"## Task N: Title\" above it");
}

static void read_lines(struct reader *r)
{
	for (size_t i = 0; i < r->o->n; i++)
		if (r->o->v[i].kind == LINE_HEADING)
			read_heading(r, i);
		else if (r->task != NULL)
			read_line(r, i);
		else if (!r->silenced)
			read_preamble(r, i);
	close_task(r, r->o->n);
	if (r->list->n == 0)
		faults_add(r->f, r->name, 1,
		    "no task, want a heading \"## Task N: Title\"");
}

static void check_bytes(
    const struct outline *o, const char *name, struct faults *f)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct line *l = &o->v[i];

		if (memchr(l->text, '\0', l->n) != NULL)
			faults_add(
			    f, name, (int)i + 1, "a NUL byte, want text");
		else if (!utf8_valid(l->text, l->n))
			faults_add(f, name, (int)i + 1,
			    "invalid UTF-8, want text in UTF-8");
	}
}

static int too_large(const char *name, const char *text, struct faults *f)
{
	int line = 1;

	for (size_t i = 0; i < TASK_LIST_MAX_BYTES; i++)
		line += text[i] == '\n';
	faults_add(f, name, line,
	    "the file goes on after %d bytes, want %d "
	    "at most",
	    TASK_LIST_MAX_BYTES, TASK_LIST_MAX_BYTES);
	return -1;
}

int task_list_parse(struct task_list *l, const char *name, const char *text,
    size_t len, struct faults *f)
{
	struct outline o = OUTLINE_INIT;
	struct reader r = {
		.o = &o, .list = l, .name = name, .f = f, .open = FIELD_UNKNOWN
	};
	size_t before = f->count;

	*l = (struct task_list)TASK_LIST_INIT;
	if (len > TASK_LIST_MAX_BYTES)
		return too_large(name, text, f);
	outline_build(&o, name, text, len, f);
	check_bytes(&o, name, f);
	read_lines(&r);
	free(r.headings);
	outline_release(&o);
	if (f->count == before)
		return 0;
	task_list_release(l);
	return -1;
}
