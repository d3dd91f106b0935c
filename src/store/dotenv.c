/* dotenv.c - NAME=value, line by line. */
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

size_t env_name_length(const char *s)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz_";
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

/* Reads from behind the quote to behind its end. NULL: it has none. */
static const char *read_quoted(struct buf *value, const char *p, char quote)
{
	for (; *p != quote; p++) {
		char c = *p == '\\' && quote == '"' ? double_quoted_char(p[1])
						    : '\0';

		if (*p == '\0')
			return NULL;
		if (c != '\0')
			p++;
		buf_addc(value, c != '\0' ? c : *p);
	}
	return p + 1;
}

static void read_unquoted(struct buf *value, const char *p)
{
	size_t n = 0, end = 0;

	for (; p[n] != '\0'; n++) {
		bool blank = p[n] == ' ' || p[n] == '\t';

		if (p[n] == '#' &&
		    (n == 0 || p[n - 1] == ' ' || p[n - 1] == '\t'))
			break;
		if (!blank)
			end = n + 1;
	}
	buf_add(value, p, end);
}

/* Returns what is wrong with the value at p, or NULL. */
static const char *read_value(struct buf *value, const char *p)
{
	if (*p != '\'' && *p != '"') {
		read_unquoted(value, p);
		return NULL;
	}
	p = read_quoted(value, p + 1, *p);
	if (p == NULL)
		return "a quote that is not closed, want it on the same line";
	p = skip_blanks(p);
	if (*p != '\0' && *p != '#')
		return "text behind the closing quote, want nothing there";
	return NULL;
}

/* One assignment: name of n bytes, its value at p. */
static void read_assignment(
    struct reader *r, const char *name, size_t n, const char *p)
{
	char *key = xstrndup(name, n);
	struct buf value = BUF_INIT;
	const char *wrong = read_value(&value, p);

	if (wrong != NULL)
		faults_add(r->f, r->name, r->line, "%s: %s", key, wrong);
	else if (dotenv_get(r->out, key) != NULL)
		faults_add(
		    r->f, r->name, r->line, "%s: twice, want it once", key);
	else
		strvec_addf(r->out, "%s=%s", key, value.data);
	buf_release(&value);
	free(key);
}

static void read_line(struct reader *r, const char *line)
{
	const char *name = skip_blanks(line);
	const char *p;
	size_t n;

	if (*name == '\0' || *name == '#')
		return;
	if (str_starts(name, "export") && (name[6] == ' ' || name[6] == '\t'))
		name = skip_blanks(name + 6);
	n = env_name_length(name);
	p = skip_blanks(name + n);
	if (n == 0 || *p != '=') {
		faults_add(r->f, r->name, r->line,
		    "no variable, want NAME=value with a name of letters, "
		    "digits and _");
		return;
	}
	read_assignment(r, name, n, skip_blanks(p + 1));
}

int dotenv_parse(struct strvec *out, const char *name, const char *text,
    size_t len, struct faults *f)
{
	struct reader r = { out, name, f, 0 };
	size_t before = f->count;
	const char *end = text + len;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text += 3;
	while (text < end) {
		const char *eol = memchr(text, '\n', (size_t)(end - text));
		const char *stop = eol == NULL ? end : eol;
		char *line = xstrndup(text, (size_t)(stop - text));
		size_t n = (size_t)(stop - text);

		r.line++;
		if (n > 0 && line[n - 1] == '\r')
			line[--n] = '\0';
		if (utf8_valid(line, n))
			read_line(&r, line);
		else
			faults_add(f, name, r.line,
			    "not text, want UTF-8 without NUL");
		free(line);
		text = eol == NULL ? end : eol + 1;
	}
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
