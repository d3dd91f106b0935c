/* notice.h - one notification: the JSON object that n8n receives.
 *
 * Built when the change it tells of is made, and stored with it. What is only
 * known when it is sent is added then (engine/outbox_body); the id stays. */
#ifndef CORE_NOTICE_H
#define CORE_NOTICE_H

#include "core/fields.h"
#include "core/talk/message.h"

enum notice_type {
	TYPE_INFO,
	TYPE_SUCCESS,
	TYPE_WARNING,
	TYPE_ERROR,
	TYPE_APPROVAL,
	NOTICE_TYPES
};
extern const char *const notice_type_name[NOTICE_TYPES];

struct notice {
	char *id;      /* msg_... */
	char *payload; /* the POST's body, one line */
	enum notice_type type;
	int64_t at; /* enqueued */
};

/* What is stored of it. */
extern const struct fields notice_fields;

void notice_release(struct notice *n);

/* Who caused it; NULL: nobody's command. Borrowed. */
struct cause {
	const char *chat_id, *user, *delivery_id;
};

struct progress; /* message.h */

struct notice_source {
	const char *id; /* fresh */
	int64_t now;
	enum notice_event event;
	const struct session *session;
	const struct task_record *task; /* what it is about, or NULL */
	const struct deed *deed;        /* what it tells of; NULL: no command */
	const char *message;            /* NULL: message_notice()'s */
	const struct actions *actions;  /* NULL: actions_for()'s */
	command_set enabled;
	const struct strvec *chat_ids; /* telegram.chat_id; all are told */
	const struct cause *cause;
	const struct progress *progress; /* of NOTICE_PROGRESS, else NULL */
	int reminder; /* the how manieth; 0: the question is told first */
};

/* Fills n, which is fresh. */
void notice_build(struct notice *n, const struct notice_source *from);

#endif
