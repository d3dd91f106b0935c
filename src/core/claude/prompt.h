/* prompt.h - a task as Claude reads it on standard input. */
#ifndef CORE_PROMPT_H
#define CORE_PROMPT_H

#include "base/buf.h"
#include "core/session/session.h"

/* The one constant sentence that is an argument; all else is on standard
 * input, so that nothing of a task file ever reaches an argv. */
extern const char prompt_instruction[];

/* Title, description, acceptance criteria, instruction; on a second attempt
 * also how the last one ended (last, NULL for a first attempt) and the
 * feedback in t. ruling: what was decided of a call that Claude was
 * ended over (NULL or of no kind: none was). */
void prompt_write(struct buf *out, const struct task_record *t,
    const struct outcome *last, const struct ruling *ruling);

#endif
