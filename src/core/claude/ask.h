/* ask.h - a tool call that Claude asks about: what a person is shown of it,
 * and the hash that binds a yes to exactly that.
 *
 * The hash is SHA-256 over the tool's name, a newline and the input as JSON
 * without blanks, keys sorted by bytes. Of Bash the description is left out:
 * it is Claude's remark, not what runs, and changes when it asks again. */
#ifndef CORE_ASK_H
#define CORE_ASK_H

#include "base/buf.h"
#include "base/error.h"
#include "base/strvec.h"

struct json_object;

enum {
	ASK_HASH_SIZE = 65,     /* hex digits and the NUL */
	ASK_MAX = 64 * 1024,    /* bytes of input; more nobody reads */
	ASK_TOOL_MAX = 200,     /* bytes */
	ASK_LINE_MAX = 120,     /* characters */
	ASK_QUESTIONS_MAX = 16, /* of one call; and options of a question */
};

struct ask {
	char *tool;  /* "Bash"; NULL: nothing is asked */
	char *input; /* a JSON object, one line */
	/* Of AskUserQuestion, which is no call but so many questions; 0: of
	 * any other tool. asking is the one that is put before a person, and
	 * answers, a JSON object, has those before it (NULL: none). */
	size_t questions, asking;
	char *answers;
	/* Of a call that is about a file: which, its links resolved (NULL: of
	 * another, or nobody can say). The engine's to set. */
	char *file;
	/* What it would change of that file, a unified diff; NULL: no such
	 * call, or the file is none that can be compared. The engine's. */
	char *diff;
	char hash[ASK_HASH_SIZE];
	int64_t at; /* when; 0 until it is asked */
};

#define ASK_INIT             \
	{                    \
		.tool = NULL \
	}

void ask_release(struct ask *a);
/* to is fresh. */
void ask_copy(struct ask *to, const struct ask *from);

/* From the arguments of the permission prompt: tool_name and input. a is
 * fresh, and stays so where it is refused: -1 with the reason, for Claude. */
int ask_read(struct ask *a, struct json_object *arguments, struct error *err);
/* The same from what was stored. */
int ask_restore(
    struct ask *a, const char *tool, const char *input, struct error *err);

/* The file that the call is about, as Claude names it, or NULL: it is about
 * none. The caller's to free. */
char *ask_named_file(const struct ask *a);

/* What the tool is to do, whole: the command as it is, or each field. What
 * hides or reorders text is shown as its code (ask_show). */
void ask_text(struct buf *out, const struct ask *a);
/* "Bash: rm -rf build", one line of at most ASK_LINE_MAX characters. */
void ask_line(struct buf *out, const struct ask *a);

/* One of the questions: nothing of it is shown without ask_show(). */
struct ask_question {
	char *text;
	struct strvec labels, descriptions;
	bool several; /* more than one of them may be chosen */
};

/* The one that is asked; out is fresh. */
void ask_question(struct ask_question *out, const struct ask *a);
void ask_question_release(struct ask_question *q);
/* What an answer says to it: numbers of its options become their labels, all
 * else stands as it was typed. */
void ask_resolve(struct buf *out, const struct ask *a, const char *answer);
/* "Which colour? Blue", one line. */
void ask_answer_line(struct buf *out, const struct ask *a, const char *answer);
/* Answers it, and moves on to the next; true: there is none. */
bool ask_answer(struct ask *a, const char *answer);
/* The input of a call whose questions are answered, as Claude wants it. */
struct json_object *ask_input(const struct ask *a);

/* Adds text so that it looks like what it is: control, bidirectional and
 * invisible characters, unusual blanks, and letters of another script inside a
 * Latin word become ⟨U+202E⟩. Newlines and tabs stay. */
void ask_show(struct buf *out, const char *text, size_t len);

#endif
