/* shellwords.c - POSIX shell quoting (XCU 2.2), and nothing more of a shell. */
#include "store/shellwords.h"
#include "base/buf.h"

/* All three stand at the text behind the quoting character, and return where
 * to go on, or NULL at the end of the text. */
static const char *single_quoted(struct buf *word, const char *p)
{
	const char *end = strchr(p, '\'');

	if (end == NULL)
		return NULL;
	buf_add(word, p, (size_t)(end - p));
	return end + 1;
}

static const char *double_quoted(struct buf *word, const char *p)
{
	for (; *p != '"'; p++) {
		if (*p == '\0')
			return NULL;
		if (p[0] == '\\' && p[1] == '\n') {
			p++;
			continue;
		}
		if (p[0] == '\\' && p[1] != '\0' && strchr("$`\"\\", p[1]))
			p++;
		buf_addc(word, *p);
	}
	return p + 1;
}

static const char *escaped(struct buf *word, const char *p)
{
	if (*p == '\0')
		return NULL;
	if (*p != '\n')
		buf_addc(word, *p);
	return p + 1;
}

static int unfinished(char quote, struct error *err)
{
	if (quote == '\\')
		return error_set(err, "a backslash at the end");
	return error_set(err, "a %s quote that is not closed",
	    quote == '\'' ? "single" : "double");
}

/* One word from p on, which is no blank. */
static const char *read_word(struct buf *word, const char *p, struct error *err)
{
	while (p != NULL && *p != '\0' && !strchr(" \t\r\n", *p)) {
		char c = *p;

		if (c == '\'')
			p = single_quoted(word, p + 1);
		else if (c == '"')
			p = double_quoted(word, p + 1);
		else if (c == '\\')
			p = escaped(word, p + 1);
		else
			buf_addc(word, *p++);
		if (p == NULL)
			unfinished(c, err);
	}
	return p;
}

int shellwords_split(struct strvec *out, const char *text, struct error *err)
{
	const char *p = text + strspn(text, " \t\r\n");

	while (*p != '\0') {
		struct buf word = BUF_INIT;

		p = read_word(&word, p, err);
		if (p == NULL) {
			buf_release(&word);
			return -1;
		}
		strvec_take(out, buf_detach(&word));
		p += strspn(p, " \t\r\n");
	}
	return 0;
}
