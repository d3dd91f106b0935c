/* addition.c - a sentence to a task, a sentence to a line of the day's log. */
#include "core/list/addition.h"

enum { TITLE_CHARACTERS = 120 };

static const char blanks[] = " \t\n";

static bool is_type_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The length of a type behind '#' at p: a word that begins with a letter, so
 * that "#12" stays what it is. 0: it is none. */
static size_t type_length(const char *p)
{
	size_t n = strcspn(p, blanks);

	if (!is_type_letter(p[0]))
		return 0;
	for (size_t i = 0; i < n; i++)
		if (!is_type_letter(p[i]) &&
		    strchr("0123456789_-", p[i]) == NULL)
			return 0;
	return n;
}

/* Takes the first `#type` out of line. Returns it, in small letters; NULL
 * where there is none. */
static char *extract_type(struct buf *line)
{
	for (size_t at = 0; at < line->len; at++) {
		const char *p = line->data + at;
		size_t n = p[0] == '#' ? type_length(p + 1) : 0;
		struct buf rest = BUF_INIT;
		char *type;

		if (n == 0 || (at > 0 && strchr(blanks, p[-1]) == NULL))
			continue;
		type = xstrndup(p + 1, n);
		for (char *c = type; *c != '\0'; c++)
			if (*c >= 'A' && *c <= 'Z')
				*c = (char)(*c - 'A' + 'a');
		p += 1 + n;
		p += strspn(p, blanks);
		buf_add(&rest, line->data, at);
		buf_adds(&rest, p);
		buf_release(line);
		*line = rest;
		return type;
	}
	return NULL;
}

static void trim(struct buf *b)
{
	size_t n = strspn(b->data, blanks);

	buf_consume(b, n);
	n = b->len;
	while (n > 0 && strchr(blanks, b->data[n - 1]) != NULL)
		n--;
	buf_truncate(b, n);
}

/* Each run of blanks becomes one: in a heading it would be read as one. */
static void squeeze(struct buf *line)
{
	struct buf out = BUF_INIT;

	for (const char *p = line->data; *p != '\0';) {
		size_t n = strspn(p, blanks);

		if (n > 0)
			buf_addc(&out, ' ');
		p += n;
		n = strcspn(p, blanks);
		buf_add(&out, p, n);
		p += n;
	}
	buf_release(line);
	*line = out;
}

/* As much of line as a title bears. */
static char *cut_title(const struct buf *line)
{
	size_t n = 0;

	for (int i = 0; i < TITLE_CHARACTERS && n < line->len; i++)
		do
			n++;
		while (((unsigned char)line->data[n] & 0xc0) == 0x80);
	return n == line->len ? xstrdup(line->data)
			      : xasprintf("%.*s…", (int)n, line->data);
}

int addition_task(struct task *t, const char *text, const struct policy *policy,
    struct error *err)
{
	struct buf all = BUF_INIT, line = BUF_INIT;
	size_t n;
	int rc = 0;

	buf_add_clean(&all, text, strlen(text));
	trim(&all);
	n = strcspn(all.data, "\n");
	buf_add(&line, all.data, n);
	buf_consume(&all, n);
	trim(&all);
	t->type = extract_type(&line);
	trim(&line);
	squeeze(&line);
	if (line.len == 0) {
		rc = error_set(err,
		    "add: want the task's title in the first line, and below it what Claude should do");
	} else {
		t->title = cut_title(&line);
		/* What the title has lost is not lost. */
		t->instruction =
		    all.len == 0 ? xstrdup(line.data)
		    : strcmp(t->title, line.data) == 0
			? xstrdup(all.data)
			: xasprintf("%s\n\n%s", line.data, all.data);
		if (t->type == NULL)
			t->type = xstrdup("general");
		if (!strvec_has_nocase(policy->auto_approve, t->type))
			t->requires_approval = REQUIRES_YES;
	}
	buf_release(&line);
	buf_release(&all);
	return rc;
}

void addition_name_files(char **text, const struct strvec *paths)
{
	struct buf out = BUF_INIT;

	if (paths->n == 0)
		return;
	buf_addf(&out, "%s\n\nFiles that belong to this:\n", *text);
	for (size_t i = 0; i < paths->n; i++)
		buf_addf(&out, "- %s\n", paths->v[i]);
	buf_trim(&out);
	xreplace(text, out.data);
	buf_release(&out);
}

/* The instruction in a fence that is longer than any run of backticks in
 * it. */
static void fence(struct task *t)
{
	size_t longest = 2, run = 0;
	struct buf text = BUF_INIT;

	for (const char *p = t->instruction; *p != '\0'; p++) {
		run = *p == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	for (int side = 0; side < 2; side++) {
		for (size_t i = 0; i <= longest; i++)
			buf_addc(&text, '`');
		if (side == 0)
			buf_addf(&text, "text\n%s\n", t->instruction);
	}
	xreplace(&t->instruction, text.data);
	buf_release(&text);
}

int addition_print(struct buf *out, struct task *t, struct error *err)
{
	const struct task_list alone = { t, 1 };
	struct error first = ERROR_INIT;

	if (task_list_print(out, NULL, &alone, &first) == 0)
		return 0;
	fence(t);
	if (task_list_print(out, NULL, &alone, NULL) == 0)
		return 0;
	return error_set(err, "%s", first.text);
}

/* Is the last section of the day's log the one for notes? */
static bool ends_in_notes(const char *day)
{
	static const char heading[] = "## Notes";
	bool notes = false;

	for (const char *p = day; p != NULL && *p != '\0';
	     p = strchr(p, '\n') == NULL ? NULL : strchr(p, '\n') + 1)
		if (str_starts(p, "## "))
			notes = str_starts(p, heading) &&
				strspn(p + strlen(heading), " \t\r\n") > 0;
	return notes;
}

void addition_note(
    struct buf *out, const char *day, const char *date, const char *text)
{
	struct buf clean = BUF_INIT;

	buf_add_clean(&clean, text, strlen(text));
	trim(&clean);
	if (day[0] == '\0')
		buf_addf(out,
		    "# Daily Work - %s\n\n## Goals\n\n## Context\n\n## Notes\n",
		    date);
	else if (day[strlen(day) - 1] != '\n')
		buf_addc(out, '\n');
	if (day[0] != '\0' && !ends_in_notes(day))
		buf_adds(out, "\n## Notes\n");
	task_print_item(out, clean.data);
	buf_release(&clean);
}
