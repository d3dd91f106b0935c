/* message_parts.h - phrases that several messages share. */
#ifndef CORE_MESSAGE_PARTS_H
#define CORE_MESSAGE_PARTS_H

#include "core/message.h"

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
/* What is so now, in a sentence, and what would be right. */
void say_now(struct buf *out, const struct session *s);
/* The line that names what to tap: "/approve to continue, ..." */
void say_choices(struct buf *out, const struct session *s, command_set enabled);
/* The numbered list of all tasks with their types, for a start. */
void say_list(struct buf *out, const struct session *s);

#endif
