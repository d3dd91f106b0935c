/* message_parts.h - phrases that several messages share. */
#ifndef CORE_MESSAGE_PARTS_H
#define CORE_MESSAGE_PARTS_H

#include "core/talk/message.h"

/* How it ended, where it did not simply fail; else NULL. */
extern const char *const result_words[TASK_RESULTS];

/* The length of text, as Telegram counts. */
size_t message_length(const struct buf *text);
/* The question about the task that waits: what it says, as much as one
 * message has room for behind what is in out, and the choices. */
void say_asked(struct buf *out, const struct session *s, command_set enabled);
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
/* "⚠️ Task 2/3 was cut off", its title, and an empty line. */
void say_news(struct buf *out, const struct session *s,
    const struct task_record *t, const char *sign, const char *news);
/* "⏭️ Skipped task 2: " and its title. */
void say_skipped(struct buf *out, const struct task_record *t);
/* Two lines, "Current: Task 2/3" and "Completed: 1/3". */
void say_place(struct buf *out, const struct session *s);
/* "1/3 (33%)": what is done; skipped is not. */
void say_progress(struct buf *out, const struct session *s);
/* "2 m 5 s" */
void say_duration(struct buf *out, int64_t seconds);
/* What the verification said, if there was one: a line, then the last lines
 * of its output, at most so many. */
void say_verification(struct buf *out, const struct outcome *o, int lines);
/* "📁 3 files changed, +10 −2 (/diff 2)", a line; nothing where that is not
 * known. */
void say_changes(
    struct buf *out, const struct task_record *t, command_set enabled);
/* "⏱️ 2 m 5 s, 7 turns, $0.12" */
void say_spent(struct buf *out, const struct outcome *o);
/* The limit that keeps the current task from beginning, if one does. */
void say_reached(struct buf *out, const struct session *s);
/* "Bash: rm -rf build, Read: /etc/x and 2 more": what Claude was denied. */
void say_denied(struct buf *out, const struct outcome *o);
/* Description, criteria and instruction, as much of them as fits into room
 * UTF-16 units; false: that was not all. */
bool say_task_text(struct buf *out, const struct task *t, size_t room);
/* A title, or type, as long as a message can bear. */
void say_title(struct buf *out, const char *title);
/* Where what Claude asks has outlived its Claude: that nothing runs. */
void say_parked(struct buf *out, const struct session *s);
/* "9:31 AM" behind at; of another day "Nov 21 at 9:31 AM" behind on. */
void say_time(
    struct buf *out, int64_t when, int64_t now, const char *at, const char *on);
/* "/approve", or at a terminal "orchestrator approve", the program only with
 * the first of several. */
void say_command(
    struct buf *out, enum command c, bool first, command_set enabled);
/* The question that is open now, under head or, in a pause, under paused, or
 * what goes on. */
void say_question(struct buf *out, const struct session *s, const char *head,
    const char *paused, command_set enabled);
/* What is so now, in a sentence, and what would be right, of the commands
 * that are enabled. */
void say_now(struct buf *out, const struct session *s, command_set enabled);
/* The line that names what to tap: "/approve to continue, ..." */
void say_choices(struct buf *out, const struct session *s, command_set enabled);
/* "2. Create server actions (backend)" */
void say_list_line(struct buf *out, const struct task *t);
/* The numbered list of all tasks with their types, for a start. */
void say_list(struct buf *out, const struct session *s);
/* "✅ 2. Create server actions": how it stands. */
void say_marked(struct buf *out, const struct task_record *t);
/* The line of the task at i, from 0. */
typedef void say_line(struct buf *out, const struct session *s, size_t i);
/* The lines of the tasks around the current one that fit into room UTF-16
 * units, and how many there are before and behind. */
void say_window(
    struct buf *out, const struct session *s, size_t room, say_line *say);
/* What the session has come to: how many tasks, lines, turns, dollars, and a
 * line for each task that there is room for in a message behind what is in
 * out. */
void say_verdicts(struct buf *out, const struct session *s);

struct status_extra;

/* A line or two about a plan that is being made, waits to be taken, or has
 * failed; nothing where there is none or a list was started since. */
void say_plan(struct buf *out, const struct session *s,
    const struct status_extra *x, command_set enabled);

#endif
