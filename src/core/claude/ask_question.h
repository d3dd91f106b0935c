/* ask_question.h - what ask.c needs of the questions that Claude asks. */
#ifndef CORE_ASK_QUESTION_H
#define CORE_ASK_QUESTION_H

#include "core/claude/ask.h"
#include "core/json.h"

bool ask_is_of_questions(const char *tool);
/* How many they are; -1 where one of them cannot be put before a person. */
int ask_questions_read(size_t *n, struct json_object *input, struct error *err);
/* As ask_text() shows the one that is asked. */
void ask_question_text(struct buf *out, const struct ask *a);

#endif
