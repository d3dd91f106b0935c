/* agent_view.h - what a person sees of a running attempt. */
#ifndef ENGINE_AGENT_VIEW_H
#define ENGINE_AGENT_VIEW_H

#include "core/claude/stream.h"

/* Adds the event as task-N-output.log shows it, long results shortened;
 * nothing for what nobody wants to read. */
void agent_view_log(struct buf *out, const struct stream_event *e);
/* Adds what Claude is doing now: one clean line of at most ACTIVITY_MAX
 * bytes, or nothing where the event changes nothing. */
void agent_view_activity(struct buf *out, const struct stream_event *e);
/* The same for a line of a program that speaks no JSON. */
void agent_view_line(struct buf *out, const char *text);

#endif
