/* actions.c - the buttons that fit the moment. */
#include "core/message.h"
#include "core/plan.h"

/* By phase, the likeliest first; a list ends at -1. */
static const signed char fitting[PHASES][ACTIONS_MAX] = {
	[PHASE_IDLE] = { CMD_START, CMD_HELP, -1 },
	[PHASE_APPROVAL] = { CMD_APPROVE, CMD_SKIP, CMD_PAUSE, CMD_STOP },
	[PHASE_FAILED] = { CMD_RETRY, CMD_SKIP, CMD_LOGS, CMD_STOP },
	[PHASE_INTERRUPTED] = { CMD_RETRY, CMD_SKIP, CMD_LOGS, CMD_STOP },
	[PHASE_RUNNING] = { CMD_STATUS, CMD_PAUSE, CMD_CANCEL, -1 },
	[PHASE_PAUSING] = { CMD_STATUS, CMD_RESUME, CMD_CANCEL, -1 },
	[PHASE_CANCELLING] = { CMD_STATUS, CMD_STOP, -1 },
	[PHASE_STOPPING] = { CMD_STATUS, -1 },
	[PHASE_PAUSED] = { CMD_RESUME, CMD_SKIP, CMD_STATUS, CMD_STOP },
	[PHASE_PAUSED_APPROVAL] = { CMD_RESUME, CMD_SKIP, CMD_STATUS,
	    CMD_STOP },
	[PHASE_PAUSED_FAILED] = { CMD_RESUME, CMD_RETRY, CMD_SKIP, CMD_STOP },
	[PHASE_PAUSED_INTERRUPTED] = { CMD_RESUME, CMD_RETRY, CMD_SKIP,
	    CMD_STOP },
	[PHASE_COMPLETED] = { CMD_START, CMD_STATUS, CMD_LOGS, -1 },
	[PHASE_STOPPED] = { CMD_START, CMD_STATUS, CMD_LOGS, -1 },
};

/* mark and what stand behind the command: "#" and an id, "" and a date. */
static void add(
    struct actions *out, enum command cmd, const char *mark, const char *what)
{
	const struct command_info *info = &command_info[cmd];
	bool bare = !info->changes || what[0] == '\0';

	snprintf(out->v[out->n].command, ACTION_COMMAND_SIZE, "/%s%s%s%s",
	    info->name, bare ? "" : " ", bare ? "" : mark, bare ? "" : what);
	out->v[out->n++].label = info->label;
}

void actions_for(
    struct actions *out, const struct session *s, command_set enabled)
{
	const signed char *list = fitting[s->phase];

	out->n = 0;
	for (size_t i = 0; i < ACTIONS_MAX && list[i] >= 0; i++)
		if (enabled & (1u << list[i]))
			add(out, (enum command)list[i], "#", s->asked);
}

static void add_enabled(struct actions *out, command_set enabled,
    enum command cmd, const char *mark, const char *what)
{
	if (enabled & (1u << cmd))
		add(out, cmd, mark, what);
}

void actions_of_plan(
    struct actions *out, const struct plan *p, command_set enabled)
{
	out->n = 0;
	if (p->status == PLAN_RUNNING) {
		add_enabled(out, enabled, CMD_STATUS, "", "");
		if (!p->cancelling)
			add_enabled(out, enabled, CMD_CANCEL, "#", p->asked);
	} else if (p->status == PLAN_READY) {
		add_enabled(out, enabled, CMD_START, "", p->date);
	} else if (p->status == PLAN_FAILED) {
		add_enabled(out, enabled, CMD_PLAN, "", p->date);
		add_enabled(out, enabled, CMD_LOGS, "", "");
	}
}

void actions_with_plan(struct actions *out, const struct session *s,
    const struct plan *p, command_set enabled)
{
	if (p != NULL && p->status == PLAN_RUNNING) {
		actions_of_plan(out, p, enabled);
		return;
	}
	actions_for(out, s, enabled);
	for (size_t i = 0; i < out->n && plan_waits(p, s); i++)
		if (strcmp(out->v[i].command, "/start") == 0)
			snprintf(out->v[i].command, ACTION_COMMAND_SIZE,
			    "/start %s", p->date);
}
