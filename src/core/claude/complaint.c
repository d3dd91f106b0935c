/* complaint.c - a line's weight is told by how it looks. */
#include "core/claude/complaint.h"

#include <ctype.h>

enum {
	NOISE = 1, /* a frame, a usage, a warning */
	PLAIN,
	NAMED,         /* "TypeError: ...", "fatal: ..." */
	AGE_MAX = 50,  /* lines, after which a plain one counts more */
	LINE_MAX = 500 /* bytes */
};

/* What stands around the error, by how it begins. */
static const char *const noise[] = { "Node.js v", "Traceback (",
	"Usage:", "usage:", "USAGE:", "Try '", "Try `", "try '", "Run '",
	"For more ", "See ", "(Use `", "(node:", "npm warn", "npm WARN",
	"npm notice", "warning:", "Warning:", "WARNING:", "WARN ", "Deprecat",
	"npm ERR! A complete log", "npm error A complete log",
	"Options:", "Commands:", "Arguments:", "The above exception",
	"During handling of", "note:", "hint:" };

static const char *const named[] = { "error:", "Error:", "ERROR:", "fatal:",
	"Fatal:", "FATAL:", "panic:", "npm error", "npm ERR!", "Error [",
	"No conversation found" };

static bool begins(const char *line, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (str_starts(line, list[i]))
			return true;
	return false;
}

/* "pkg.mod.SomeError: ..." and "TypeError [CODE]: ...". */
static bool names_exception(const char *line)
{
	static const char *const ends[] = { "Error", "Exception" };
	size_t n = 0;

	while (
	    isalnum((unsigned char)line[n]) || line[n] == '_' || line[n] == '.')
		n++;
	if (line[n] != ':' && !str_starts(line + n, " ["))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		size_t m = strlen(ends[i]);

		if (n >= m && strncmp(line + n - m, ends[i], m) == 0)
			return true;
	}
	return false;
}

/* A frame's source line, "^^^^", "}": no word that a person would say. */
static bool has_no_word(const char *line)
{
	for (; *line != '\0'; line++)
		if (isalnum((unsigned char)*line) || (*line & 0x80) != 0)
			return false;
	return true;
}

/* indented: as it stood on its line. */
static int weigh(const char *line, bool indented)
{
	size_t n = strcspn(line, ": \t"); /* the program's name, maybe */

	if (indented || has_no_word(line) ||
	    strstr(line, "DeprecationWarning") != NULL ||
	    strstr(line, "is deprecated") != NULL ||
	    strstr(line, "ExperimentalWarning") != NULL ||
	    begins(line, noise, ARRAY_SIZE(noise)))
		return NOISE;
	if (names_exception(line) || begins(line, named, ARRAY_SIZE(named)))
		return NAMED;
	/* "git: error: ...", "claude: fatal: ..." */
	if (line[n] == ':' && line[n + 1] == ' ' &&
	    begins(line + n + 2, named, ARRAY_SIZE(named)))
		return NAMED;
	return PLAIN;
}

void complaint_add(struct complaint *c, const char *line)
{
	struct buf clean = BUF_INIT;
	const char *text;
	size_t n;
	int weight;

	c->age++;
	buf_add_clean(&clean, line, strlen(line));
	for (n = 0; n < clean.len; n++)
		if (clean.data[n] == '\t' || clean.data[n] == '\n')
			clean.data[n] = ' ';
	text = clean.data + strspn(clean.data, " ");
	n = utf8_cut(text, strlen(text), LINE_MAX);
	while (n > 0 && text[n - 1] == ' ')
		n--;
	weight = n == 0 ? 0 : weigh(text, text != clean.data);
	if (weight > 0 &&
	    (weight >= c->weight || (weight == PLAIN && c->age > AGE_MAX))) {
		free(c->line);
		c->line = xstrndup(text, n);
		c->weight = weight;
		c->age = 0;
	}
	buf_release(&clean);
}

void complaint_release(struct complaint *c)
{
	free(c->line);
	*c = (struct complaint){ 0 };
}
