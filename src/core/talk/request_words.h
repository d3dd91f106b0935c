/* request_words.h - what a Telegram text says, for request.c: "/retry@MyBot
 * #k3f9 use plural names". */
#ifndef CORE_REQUEST_WORDS_H
#define CORE_REQUEST_WORDS_H

#include "core/talk/request.h"

enum {
	NAME_MAX_SHOWN = 40, /* of foreign words in a message */
	DECISION_MAX = 64    /* bytes of a question's id */
};

/* The member "command" of body: sets r->command and what its words say. */
int request_from_text(
    struct request *r, struct json_object *body, struct error *err);

/* -1 where date is neither NULL nor a day that exists. */
int request_want_date(const char *date, struct error *err);

#endif
