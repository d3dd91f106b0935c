/* message_parts.h - phrases that several messages share. */
#ifndef CORE_MESSAGE_PARTS_H
#define CORE_MESSAGE_PARTS_H

#include "core/message.h"

/* The UTF-16 units that Telegram counts for the character that begins with
 * byte; 0 for its other bytes. */
size_t message_units(unsigned char byte);

/* "Task 2/3", or "Task 7 (2/3)" where number and position differ; word is
 * "Task" or "task". */
void say_task(struct buf *out, const struct session *s,
    const struct task_record *t, const char *word);
/* The three lines "Task 2/3", title, type. */
void say_task_card(struct buf *out, const struct session *s,
    const struct task_record *t, const char *before);
/* "1/3 (33%)": what is behind us, skipped ones too. */
void say_progress(struct buf *out, const struct session *s);
/* "2 m 5 s" */
void say_duration(struct buf *out, int64_t seconds);
/* "⏱️ 2 m 5 s, $0.12" */
void say_spent(struct buf *out, const struct outcome *o);
/* A title, or type, as long as a message can bear. */
void say_title(struct buf *out, const char *title);
/* "9:31 AM" behind at; of another day "Nov 21 at 9:31 AM" behind on. */
void say_time(
    struct buf *out, int64_t when, int64_t now, const char *at, const char *on);
/* What is so now, in a sentence, and what would be right, of the commands
 * that are enabled. */
void say_now(struct buf *out, const struct session *s, command_set enabled);
/* The line that names what to tap: "/approve to continue, ..." */
void say_choices(struct buf *out, const struct session *s, command_set enabled);
/* "2. Create server actions (backend)" */
void say_list_line(struct buf *out, const struct task *t);
/* The numbered list of all tasks with their types, for a start. */
void say_list(struct buf *out, const struct session *s);

/* A line or two about a plan that is being made or waits to be taken; nothing
 * for any other. doing: what Claude is at, or NULL. */
void say_plan(struct buf *out, const struct session *s, const struct plan *p,
    int64_t now, const char *doing);

#endif
