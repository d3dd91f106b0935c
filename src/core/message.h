/* message.h - every sentence that a person reads on the phone, in one place.
 *
 * Plain text, at most MESSAGE_MAX characters. Times are local (clock.h). */
#ifndef CORE_MESSAGE_H
#define CORE_MESSAGE_H

#include "base/buf.h"
#include "core/command.h"
#include "core/session.h"

enum { MESSAGE_MAX = 4096, ACTIONS_MAX = 4, ACTION_COMMAND_SIZE = 65 };

/* Buttons, the likeliest first. */
struct actions {
	size_t n;
	struct {
		const char *label;
		char command[ACTION_COMMAND_SIZE]; /* "/approve #k3f9" */
	} v[ACTIONS_MAX];
};

/* What can be done now, of the commands that are enabled. */
void actions_for(
    struct actions *out, const struct session *s, command_set enabled);

/* The answer to a command that was applied. */
void message_applied(struct buf *out, const struct session *s,
    enum event_kind kind, const struct change *c, command_set enabled);
/* The answer to one that was refused: what would be right, or what was
 * decided, when and by whom. */
void message_refused(struct buf *out, const struct session *s,
    enum event_kind kind, const struct change *c);

struct status_extra;
void message_status(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled);
void message_tasks(struct buf *out, const struct session *s);
void message_help(struct buf *out, command_set enabled);

/* The text of a notification: what happened to task t, then what is asked. */
enum notice_event {
	NOTICE_SESSION_STARTED,
	NOTICE_TASK_STARTED,
	NOTICE_TASK_COMPLETED,
	NOTICE_TASK_FAILED,
	NOTICE_WAITING,
	NOTICE_PAUSED,
	NOTICE_RESUMED,
	NOTICE_SESSION_COMPLETED,
	NOTICE_SESSION_STOPPED,
	NOTICE_RECOVERED,
	NOTICE_ERROR,
	NOTICE_EVENTS
};
extern const char *const notice_event_name[NOTICE_EVENTS];

void message_notice(struct buf *out, const struct session *s,
    enum notice_event event, const struct task_record *t, command_set enabled);

/* Cuts text to MESSAGE_MAX characters, with a last line that says so. */
void message_cut(struct buf *text);

#endif
