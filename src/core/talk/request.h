/* request.h - what one caller wants, however it came in.
 *
 * HTTP bodies, Telegram texts and the command line all become a request; the
 * control socket carries it as one JSON object. */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include "core/session/command.h"
#include "core/json.h"

enum {
	REQUEST_MAX = 64 * 1024,
	REQUEST_FILES_MAX = 14 * 1024 * 1024, /* of add and note */
	LOG_LINES_MAX = 1000,
	LOG_LINES = 20
};

struct request {
	enum command command;
	int task;       /* the heading's number; 0: not said */
	char *decision; /* NULL: not said; the same below */
	char *chat_id, *user, *delivery_id;
	char *feedback; /* retry, plan; deny: why; answer; raise: how much */
	/* retry: all that was said, where its first word is a number and may
	 * be no task's; request_number_is_feedback() tells. */
	char *words;
	char *text;                /* add, note */
	struct json_object *files; /* ... that come with it, or NULL */
	char *date;                /* plan: YYYY-MM-DD */
	char *task_file;           /* start: a plain name or a date */
	char *list_text;  /* start at the command line: the list itself */
	char *by;         /* command line: the login name */
	bool at_terminal; /* ... whose texts name its own commands */
	int lines;        /* logs, output */
	bool fresh;       /* retry: in a new conversation */
	bool force;       /* rollback: whatever would be lost */
};

#define REQUEST_INIT               \
	{                          \
		.lines = LOG_LINES \
	}

void request_release(struct request *r);

/* Who asked: user, else chat_id, else by, else "http". */
const char *request_by(const struct request *r);

/* The fields of an HTTP body into r, whose command is set already by the
 * path. For /webhook/command pass text_first: the "command" text is split
 * ("/retry@MyBot #k3f9 use plural names") and sets r->command; a field that
 * says something else than the text is a fault. Unknown fields are ignored.
 * Returns 0, or -1 with a sentence that names the field and the mend. */
int request_from_body(struct request *r, struct json_object *body,
    bool text_first, struct error *err);

/* Only the command of a text, for the check of what is enabled: -1 where
 * there is none that we know. */
int request_peek_command(struct json_object *body);

/* Only who asks (user, chat_id), as far as that can be told, for the logs. */
void request_peek_who(struct request *r, struct json_object *body);

/* Was the number, first of a retry's words, feedback like the rest? It means
 * a task only where it stands alone or is that of the one that a retry would
 * run (number; 0: none). */
bool request_number_is_feedback(const struct request *r, int number);

/* Splits the words behind a command (argv joined by blanks, or the rest of a
 * Telegram text): "#k3f9 use plural names", "2", "2025-11-20", "50". */
int request_from_words(struct request *r, const char *words, struct error *err);

/* raise: -1 where what is said is no amount. */
int request_want_usd(const struct request *r, struct error *err);

/* add, note, answer: -1 where there is no text, with what is wanted. */
int request_want_text(const struct request *r, struct error *err);

/* The form on the control socket, both ways. */
struct json_object *request_to_json(const struct request *r);
int request_from_json(
    struct request *r, struct json_object *o, struct error *err);

/* Says whether two requests ask for the same: 32 hex digits over the command
 * and its arguments, not over who asked. */
void request_fingerprint(const struct request *r, char out[33]);

#endif
