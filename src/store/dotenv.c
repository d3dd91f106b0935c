/* dotenv.c - NAME=value, as npm's dotenv reads it. */
#include "store/dotenv.h"
#include "base/buf.h"
#include "base/durable.h"

#include <errno.h>
#include <sys/stat.h>

struct reader {
	struct strvec *out;
	const char *name;
	struct faults *f;
	int line;
};

/* Stands for a line that is no text; never in UTF-8. */
#define NO_TEXT "\xff"

size_t env_name_length(const char *s)
{
	static const char letters[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
	static const char digits[] = "0123456789";
	size_t n = strspn(s, letters);

	if (n == 0)
		return 0;
	for (size_t more = 1; more > 0;) {
		more = strspn(s + n, letters);
		more += strspn(s + n + more, digits);
		n += more;
	}
	return n;
}

const char *dotenv_get(const struct strvec *env, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < env->n; i++)
		if (strncmp(env->v[i], name, n) == 0 && env->v[i][n] == '=')
			return env->v[i] + n + 1;
	return NULL;
}

static const char *skip_blanks(const char *p)
{
	return p + strspn(p, " \t");
}

static char double_quoted_char(char c)
{
	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case '"':
	case '\\':
	case '$':
		return c;
	default:
		return '\0';
	}
}

/* Reads from behind the quote to behind its end, over several lines where it
 * ends later. NULL: it has none. Outside double quotes a backslash keeps the
 * quote from being the end, and both stand. */
static const char *read_quoted(struct buf *value, const char *p, char quote)
{
	for (; *p != quote; p++) {
		char c = *p == '\\' && quote == '"' ? double_quoted_char(p[1])
						    : '\0';

		if (*p == '\0')
			return NULL;
		if (c != '\0')
			p++;
		else if (p[0] == '\\' && p[1] == quote)
			buf_addc(value, *p++);
		buf_addc(value, c != '\0' ? c : *p);
	}
	return p + 1;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Returns where the value ends; *wrong: what is wrong with it, or NULL. */
static const char *read_value(
    struct buf *value, const char *p, const char **wrong)
{
	size_t n = 0, end = 0;
	const char *behind;

	*wrong = NULL;
	if (*p == '\0' || strchr("'\"`", *p) == NULL) {
		for (; p[n] != '\0' && p[n] != '\n'; n++) {
			if (p[n] == '#' && (n == 0 || is_blank(p[n - 1])))
				break;
			if (!is_blank(p[n]))
				end = n + 1;
		}
		buf_add(value, p, end);
		return p + n;
	}
	behind = read_quoted(value, p + 1, *p);
	if (behind == NULL) {
		*wrong =
		    "a quote that is not closed, want it at the end of the value";
		return p;
	}
	p = skip_blanks(behind);
	if (*p != '\0' && *p != '\n' && *p != '#')
		*wrong = "text behind the closing quote, want nothing there";
	else if (strstr(value->data, NO_TEXT) != NULL)
		*wrong = "not text, want UTF-8 without NUL";
	return p;
}

/* From the beginning of a line; returns somewhere on its last one. */
static const char *read_line(struct reader *r, const char *line)
{
	const char *name = skip_blanks(line);
	struct buf value = BUF_INIT;
	const char *p, *wrong;
	char *key;
	size_t n;

	if (*name == '\n' || *name == '\0' || *name == '#')
		return name;
	if (str_starts(name, NO_TEXT)) {
		faults_add(
		    r->f, r->name, r->line, "not text, want UTF-8 without NUL");
		return name;
	}
	if (str_starts(name, "export") && is_blank(name[6]))
		name = skip_blanks(name + 6);
	n = env_name_length(name);
	p = skip_blanks(name + n);
	if (n == 0 || *p != '=') {
		faults_add(r->f, r->name, r->line,
		    "no variable, want NAME=value with a name of letters, digits and _");
		return name;
	}
	key = xstrndup(name, n);
	p = read_value(&value, skip_blanks(p + 1), &wrong);
	if (wrong != NULL)
		faults_add(r->f, r->name, r->line, "%s: %s", key, wrong);
	else if (dotenv_get(r->out, key) != NULL)
		faults_add(
		    r->f, r->name, r->line, "%s: twice, want it once", key);
	else
		strvec_addf(r->out, "%s=%s", key, value.data);
	buf_release(&value);
	free(key);
	return p;
}

/* Without a BOM and carriage returns at the ends of lines. */
static void normalize(struct buf *out, const char *text, size_t len)
{
	const char *end = text + len;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		const char *stop = eol == NULL ? end : eol;
		size_t n = (size_t)(stop - text);

		if (n > 0 && text[n - 1] == '\r')
			n--;
		if (utf8_valid(text, n))
			buf_add(out, text, n);
		else
			buf_adds(out, NO_TEXT);
		buf_addc(out, '\n');
		text = eol == NULL ? end : eol + 1;
	}
}

int dotenv_parse(struct strvec *out, const char *name, const char *text,
    size_t len, struct faults *f)
{
	struct reader r = { out, name, f, 1 };
	size_t before = f->count;
	struct buf lines = BUF_INIT;

	normalize(&lines, text, len);
	for (const char *p = lines.data; *p != '\0';) {
		const char *end = read_line(&r, p);

		end += strcspn(end, "\n");
		for (; p <= end && *p != '\0'; p++)
			r.line += *p == '\n';
	}
	explicit_bzero(lines.data, lines.len);
	buf_release(&lines);
	return f->count == before ? 0 : -1;
}

int dotenv_load(struct strvec *out, const char *path, struct faults *f)
{
	struct error err = ERROR_INIT;
	struct stat st;
	char *text;
	size_t n;
	int rc;

	if (read_file(path, DOTENV_MAX_BYTES, &text, &n, &err) != 0) {
		if (errno == ENOENT)
			return 0;
		if (errno == EFBIG)
			faults_add(f, path, 1, "over 64 KiB, want less");
		else
			faults_add(f, path, 0, "%s", err.text);
		return -1;
	}
	if (stat(path, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		faults_warn(f, path, 0,
		    "every account can read it, want mode 0600 or 0640");
	rc = dotenv_parse(out, path, text, n, f);
	explicit_bzero(text, n);
	free(text);
	return rc;
}
