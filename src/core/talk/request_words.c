/* request_words.c - the words behind a command, and the command's own. */
#include "core/talk/request_words.h"
#include "base/clock.h"
#include "core/session/session.h"

#include <limits.h>

static const char blanks[] = " \t\r\n";

static const char *skip_blanks(const char *s)
{
	return s + strspn(s, blanks);
}

/* The rest without blanks at its end, or NULL where nothing is left. */
static char *rest_of(const char *s)
{
	size_t n;

	s = skip_blanks(s);
	n = strlen(s);
	while (n > 0 && strchr(blanks, s[n - 1]) != NULL)
		n--;
	return n == 0 ? NULL : xstrndup(s, n);
}

/* The first word of *s, which moves on behind it; NULL: none. */
static char *next_word(const char **s)
{
	size_t n;
	char *word;

	*s = skip_blanks(*s);
	n = strcspn(*s, blanks);
	if (n == 0)
		return NULL;
	word = xstrndup(*s, n);
	*s += n;
	return word;
}

static bool all_digits(const char *s)
{
	return s[0] != '\0' && s[strspn(s, "0123456789")] == '\0';
}

static int too_much(
    const struct request *r, const char *rest, struct error *err)
{
	const struct command_info *info = &command_info[r->command];

	return error_set(err, "%s: want %s, got '%.*s'", info->name,
	    r->command == CMD_OUTPUT ? "a task's number and a number of lines"
	    : r->command == CMD_ROLLBACK
		? "a task's number or #ID, and force, if anything"
	    : info->takes_task       ? "a task's number or #ID, if anything"
	    : r->command == CMD_LOGS ? "a number of lines and nothing behind it"
	    : r->command == CMD_START ? "a task list's name or a date"
				      : "nothing behind it",
	    NAME_MAX_SHOWN, rest);
}

/* A first word that says which question or task is meant. */
static int parse_target(
    struct request *r, const char **words, struct error *err)
{
	const char *rest = *words;
	char *word = next_word(&rest);
	long n = 0;
	int rc = 0;

	if (word != NULL && word[0] == '#' && word[strspn(word, "#")] == '\0') {
		rc = error_set(err, "%s: want the question's id behind #",
		    command_info[r->command].name);
	} else if (word != NULL && word[0] == '#') {
		xreplace(&r->decision, word + strspn(word, "#"));
		if (strlen(r->decision) > DECISION_MAX)
			rc = error_set(err, "decision: want at most %d bytes",
			    DECISION_MAX);
		*words = rest;
	} else if (word != NULL && all_digits(word) &&
		   command_info[r->command].takes_task) {
		rc = parse_number(word, 1, INT_MAX, &n);
		if (rc != 0 && r->words != NULL) {
			free(word);
			return 0; /* no task's: feedback */
		}
		if (rc != 0)
			error_set(err, "%s: want a task's number, got '%.*s'",
			    command_info[r->command].name, NAME_MAX_SHOWN,
			    word);
		r->task = (int)n;
		*words = rest;
	}
	free(word);
	return rc;
}

static int parse_lines(struct request *r, const char **words, struct error *err)
{
	char *word = next_word(words);
	long n;
	int rc = 0;

	if (word == NULL)
		return 0;
	if (parse_number(word, 1, LOG_LINES_MAX, &n) == 0)
		r->lines = (int)n;
	else
		rc = error_set(err, "%s: want 1..%d lines, got '%.*s'",
		    command_info[r->command].name, LOG_LINES_MAX,
		    NAME_MAX_SHOWN, word);
	free(word);
	return rc;
}

int request_want_date(const char *date, struct error *err)
{
	if (date == NULL || clock_is_date(date))
		return 0;
	return error_set(err, "date: want a day as YYYY-MM-DD, got '%.*s'",
	    NAME_MAX_SHOWN, date);
}

/* A first word in the form of a date is one; all else is feedback. */
static int parse_date(struct request *r, const char **words, struct error *err)
{
	static const char form[] = "0000-00-00";
	const char *rest = *words;
	char *word = next_word(&rest);
	bool is_date = word != NULL && strlen(word) == strlen(form);

	for (size_t i = 0; is_date && form[i] != '\0'; i++)
		is_date = form[i] == '-' ? word[i] == '-'
					 : word[i] >= '0' && word[i] <= '9';
	if (is_date) {
		xreplace(&r->date, word);
		*words = rest;
	}
	free(word);
	return request_want_date(r->date, err);
}

/* A retry's first word may want a new conversation, a rollback's that it is
 * done whatever stands against it. */
static void parse_wish(const char *name, bool *wish, const char **words)
{
	const char *rest = *words;
	char *word = next_word(&rest);

	if (word != NULL && strcasecmp(word + strspn(word, "-"), name) == 0) {
		*wish = true;
		*words = rest;
	}
	free(word);
}

/* A number with words behind it. */
static bool is_number_and_more(const char *words)
{
	const char *rest = words;
	char *word = next_word(&rest);
	bool is = word != NULL && all_digits(word) && *skip_blanks(rest);

	free(word);
	return is;
}

int request_want_text(const struct request *r, struct error *err)
{
	if (r->command == CMD_ANSWER && r->feedback == NULL)
		return error_set(err,
		    "answer: want the number of an option, or your own words");
	if (!command_takes_text(r->command) ||
	    (r->text != NULL && *skip_blanks(r->text) != '\0'))
		return 0;
	if (r->command == CMD_ADD)
		return error_set(err,
		    "add: want the task's title in the first line, and below it what Claude should do");
	return error_set(err, "note: want a text for the day's log");
}

int request_want_usd(const struct request *r, struct error *err)
{
	const char *s = r->feedback;

	if (r->command != CMD_RAISE || s == NULL || budget_is_amount(s))
		return 0;
	return error_set(err, "raise: want dollars such as 2.50, got '%.*s'",
	    NAME_MAX_SHOWN, s);
}

bool request_number_is_feedback(const struct request *r, int number)
{
	return r->words != NULL && r->task != number;
}

int request_from_words(struct request *r, const char *words, struct error *err)
{
	const struct command_info *info = &command_info[r->command];
	char *rest;
	int rc = 0;

	if (command_takes_text(r->command)) {
		r->text = rest_of(words);
		return 0;
	}
	if (r->command == CMD_RETRY && is_number_and_more(words))
		r->words = rest_of(words);
	if ((info->changes || info->takes_task) &&
	    parse_target(r, &words, err) != 0)
		return -1;
	if ((r->command == CMD_LOGS || r->command == CMD_OUTPUT) &&
	    parse_lines(r, &words, err) != 0)
		return -1;
	if (r->command == CMD_PLAN && parse_date(r, &words, err) != 0)
		return -1;
	if (r->command == CMD_RETRY) {
		parse_wish("fresh", &r->fresh, &words);
		if (r->decision == NULL && *skip_blanks(words) == '#' &&
		    parse_target(r, &words, err) != 0)
			return -1;
	}
	if (r->command == CMD_ROLLBACK)
		parse_wish("force", &r->force, &words);
	rest = rest_of(words);
	if (rest != NULL && command_takes_feedback(r->command))
		xreplace(&r->feedback, rest);
	else if (rest != NULL && r->command == CMD_START)
		xreplace(&r->task_file, rest);
	else if (rest != NULL)
		rc = too_much(r, rest, err);
	free(rest);
	return rc == 0 ? request_want_usd(r, err) : -1;
}

/* The command of "/retry@MyBot ...", as a person types it: -1 where there is
 * none that we know. *text moves on behind it; *name, to be freed, is what
 * was said (NULL: nothing). */
static int parse_command(const char **text, char **name)
{
	char *word = next_word(text);
	char *p = word;
	int command;

	*name = NULL;
	if (word == NULL)
		return -1;
	if (p[0] == '/')
		p++;
	p[strcspn(p, "@")] = '\0';
	*name = xstrdup(p);
	for (; *p != '\0'; p++) /* a phone writes the first letter large */
		if (*p >= 'A' && *p <= 'Z')
			*p = (char)(*p - 'A' + 'a');
	command = command_find(word + (word[0] == '/'));
	free(word);
	return command;
}

int request_peek_command(struct json_object *body)
{
	const char *text;
	char *name = NULL;
	int command;

	if (json_get_string(body, "command", &text, NULL) != 0 || text == NULL)
		return -1;
	command = parse_command(&text, &name);
	free(name);
	return command;
}

int request_from_text(
    struct request *r, struct json_object *body, struct error *err)
{
	const char *text;
	char *name = NULL;
	int command, rc = 0;

	if (json_get_string(body, "command", &text, err) != 0)
		return -1;
	if (text == NULL)
		return error_set(err,
		    "command: want a text such as '/status' (/help lists what there is)");
	command = parse_command(&text, &name);
	if (command < 0)
		rc = error_set(err,
		    "there is no command '%.*s'; /help lists what there is",
		    NAME_MAX_SHOWN, name ? name : "");
	free(name);
	if (rc != 0)
		return -1;
	r->command = (enum command)command;
	return request_from_words(r, text, err);
}
