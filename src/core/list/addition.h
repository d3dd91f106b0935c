/* addition.h - what a person writes on the way: a task or a note out of a
 * text. Pure; store/writing.h puts it into its file. */
#ifndef CORE_ADDITION_H
#define CORE_ADDITION_H

#include "core/session/policy.h"
#include "core/list/task.h"

/* The first line is the title, `#type` in it the type, the rest the
 * instruction; where there is no rest the first line is that, too. It waits
 * for approval unless its type is in auto_approve. t is fresh, and gets no
 * number. Returns 0, or -1 with a sentence that says what is missing. */
int addition_task(struct task *t, const char *text, const struct policy *policy,
    struct error *err);

/* Adds to *text, from the heap, where the files that belong to it are; nothing
 * where there is none. */
void addition_name_files(char **text, const struct strvec *paths);

/* t as Markdown for the end of a list; one that could be taken for structure
 * gets a fence around its instruction, which t then has as well. Returns 0,
 * or -1 with what cannot be written. */
int addition_print(struct buf *out, struct task *t, struct error *err);

/* What is to be added to the day's log, of which day is the text so far (""
 * where there is none: then with the headings of one). */
void addition_note(
    struct buf *out, const char *day, const char *date, const char *text);

#endif
