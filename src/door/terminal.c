/* terminal.c - standard output and input, where a person may sit. */
#include "door/terminal.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static const char *const style_code[] = {
	[STYLE_PLAIN] = "",
	[STYLE_BOLD] = "\033[1m",
	[STYLE_DIM] = "\033[2m",
	[STYLE_GOOD] = "\033[32m",
	[STYLE_BAD] = "\033[31m",
};
_Static_assert(ARRAY_SIZE(style_code) == STYLES, "code every style");

static const char reset[] = "\033[0m";

void terminal_init(struct terminal *t, bool quiet)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");
	bool tty = !quiet && isatty(STDOUT_FILENO);

	*t = (struct terminal){ .quiet = quiet, .typed = BUF_INIT };
	t->live = tty && term != NULL && strcmp(term, "dumb") != 0;
	t->colour = t->live && term[0] != '\0' && (no == NULL || no[0] == '\0');
	t->can_ask = tty && isatty(STDIN_FILENO);
}

void terminal_release(struct terminal *t)
{
	terminal_clear(t);
	buf_release(&t->typed);
}

void terminal_clear(struct terminal *t)
{
	if (t->drawn && t->live)
		fputs("\r\033[K", stdout);
	else if (t->drawn)
		putchar('\n');
	t->drawn = false;
	fflush(stdout);
}

void terminal_say(struct terminal *t, enum style style, const char *fmt, ...)
{
	struct buf text = BUF_INIT, clean = BUF_INIT;
	bool coloured = t->colour && style != STYLE_PLAIN;
	va_list ap;

	if (t->quiet)
		return;
	va_start(ap, fmt);
	buf_vaddf(&text, fmt, ap);
	va_end(ap);
	buf_add_clean(&clean, text.data, text.len);
	terminal_clear(t);
	printf("%s%s%s\n", coloured ? style_code[style] : "", clean.data,
	    coloured ? reset : "");
	fflush(stdout);
	buf_release(&clean);
	buf_release(&text);
}

/* How much room there is, or is supposed where nobody knows. */
static struct winsize screen(void)
{
	struct winsize w = { .ws_row = 0 };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) != 0 || w.ws_col == 0)
		w.ws_col = 80;
	if (w.ws_row == 0)
		w.ws_row = 24;
	return w;
}

/* A line longer than the screen is wide takes several. */
static size_t rows_of(const char *line, size_t n, size_t width)
{
	size_t characters = 0;

	for (size_t i = 0; i < n; i++)
		characters += ((unsigned char)line[i] & 0xc0) != 0x80;
	return characters == 0 ? 1 : (characters + width - 1) / width;
}

bool terminal_say_some(struct terminal *t, const char *text)
{
	struct winsize w = screen();
	size_t width = w.ws_col > 12 ? w.ws_col - 2 : 10;
	size_t room = w.ws_row > 14 ? w.ws_row - 8 : 6;

	while (*text != '\0') {
		size_t n = strcspn(text, "\n");
		size_t need = rows_of(text, n, width);

		if (need > room)
			return false;
		terminal_say(
		    t, STYLE_PLAIN, n == 0 ? "%.*s" : "  %.*s", (int)n, text);
		room -= need;
		text += n + (text[n] == '\n');
	}
	return true;
}

/* The bytes of the first characters, at most max of them. */
static size_t first_characters(const char *text, size_t max)
{
	size_t i = 0;

	for (size_t n = 0; text[i] != '\0'; i++)
		if (((unsigned char)text[i] & 0xc0) != 0x80 && n++ == max)
			break;
	return i;
}

void terminal_live(struct terminal *t, const char *text)
{
	static const char *const sign[] = { "|", "/", "-", "\\" };
	struct buf clean = BUF_INIT;
	size_t room = screen().ws_col;

	if (!t->live)
		return;
	buf_add_line(&clean, text, strlen(text));
	/* A sign in front, and a column to spare: a wide character less. */
	room = first_characters(clean.data, room > 8 ? room - 4 : 4);
	terminal_clear(t);
	printf("%s %.*s", sign[t->tick++ % ARRAY_SIZE(sign)], (int)room,
	    clean.data);
	fflush(stdout);
	t->drawn = true;
	buf_release(&clean);
}

void terminal_prompt(struct terminal *t, const char *text)
{
	struct buf clean = BUF_INIT;

	buf_add_clean(&clean, text, strlen(text));
	terminal_clear(t);
	tcflush(STDIN_FILENO, TCIFLUSH);
	buf_reset(&t->typed); /* read with an earlier answer */
	printf("%s ", clean.data);
	fflush(stdout);
	t->drawn = true;
	buf_release(&clean);
}

int terminal_read(struct terminal *t, int limit_ms, char **answer)
{
	static const char blanks[] = " \t\r\n";
	struct pollfd p = { STDIN_FILENO, POLLIN, 0 };
	struct buf *b = &t->typed;
	char *nl = memchr(b->data, '\n', b->len);
	size_t from = 0, to;

	if (nl == NULL && poll(&p, 1, limit_ms) > 0) {
		ssize_t n = read(STDIN_FILENO, buf_reserve(b, 4096), 4096);

		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return 0;
		if (n <= 0)
			return -1;
		buf_grown(b, (size_t)n);
		nl = memchr(b->data, '\n', b->len);
	}
	if (nl == NULL)
		return 0;
	to = (size_t)(nl - b->data);
	while (from < to && strchr(blanks, b->data[from]) != NULL)
		from++;
	while (to > from && strchr(blanks, b->data[to - 1]) != NULL)
		to--;
	*answer = xstrndup(b->data + from, to - from);
	buf_consume(b, (size_t)(nl - b->data) + 1);
	t->drawn = false; /* the person's newline ended it */
	return 1;
}
