/* denials.c - counting what Claude was denied. */
#include "core/claude/denials.h"
#include "base/buf.h"
#include "core/session/session.h"

#include <limits.h>

/* A stream that names ever new ids must not make us keep them all. */
enum { USES_KEPT = 64, IDS_KEPT = 1000, ID_MAX = 100, USE_MAX = 200 };

void denials_release(struct denials *d)
{
	strvec_release(&d->named);
	strvec_release(&d->ids);
	strvec_release(&d->uses);
	*d = (struct denials){ 0 };
}

static void add_cut(struct strvec *v, const char *text, size_t max)
{
	strvec_take(v, xstrndup(text, utf8_cut(text, strlen(text), max)));
}

static void count(struct denials *d, const char *id, const char *what)
{
	for (size_t i = 0; *id != '\0' && i < d->uses.n; i += 2)
		if (strcmp(d->uses.v[i], id) == 0) {
			what = d->uses.v[i + 1];
			break;
		}
	if (d->n < INT_MAX)
		d->n++;
	if (*id != '\0' && d->ids.n < IDS_KEPT)
		add_cut(&d->ids, id, ID_MAX);
	if (d->named.n < DENIED_MAX)
		add_cut(&d->named, what, DENIED_SIZE);
}

void denials_tool_use(struct denials *d, const char *id, const char *what)
{
	if (*id == '\0' || strlen(id) > ID_MAX)
		return;
	if (d->uses.n >= 2 * USES_KEPT) {
		free(d->uses.v[0]);
		free(d->uses.v[1]);
		memmove(d->uses.v, d->uses.v + 2,
		    (d->uses.n - 1) * sizeof(*d->uses.v));
		d->uses.n -= 2;
	}
	strvec_add(&d->uses, id);
	add_cut(&d->uses, what, USE_MAX);
}

/* As both releases of Claude Code word it (2.1.197 and 2.1.332). What a
 * command printed is no sign: its error begins with its exit code. */
static bool reads_like_denial(const char *error)
{
	static const char tag[] = "<tool_use_error>";
	static const char *const begins[] = {
		"File is in a directory that is denied",
		"File is covered by a Read deny rule",
		"Permission to ",
		"Permission for this ",
		"Claude requested permissions to ",
	};

	if (str_starts(error, tag))
		error += strlen(tag);
	for (size_t i = 0; i < ARRAY_SIZE(begins); i++)
		if (str_starts(error, begins[i]))
			return i < 2 || strstr(error, "denied") != NULL ||
			       strstr(error, "granted") != NULL;
	return false;
}

void denials_tool_failed(struct denials *d, const char *id, const char *error)
{
	if (reads_like_denial(error))
		denials_told(d, id, "a tool");
}

void denials_told(struct denials *d, const char *id, const char *what)
{
	if (*id != '\0' && strvec_has(&d->ids, id))
		return;
	if (*id == '\0')
		d->nameless++;
	count(d, id, what);
}

void denials_listed(struct denials *d, const char *id, const char *what)
{
	if (*id != '\0' && strvec_has(&d->ids, id))
		return;
	if (d->nameless > 0)
		d->nameless--; /* told before, without its id */
	else
		count(d, id, what);
}

void denials_turn_over(struct denials *d)
{
	d->nameless = 0;
}
