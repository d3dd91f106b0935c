/* actions.c - the buttons that fit the moment. */
#include "core/message.h"

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

static void add(struct actions *out, enum command cmd, const char *asked)
{
	const struct command_info *info = &command_info[cmd];
	char *command = out->v[out->n].command;

	if (info->changes && asked[0] != '\0')
		snprintf(
		    command, ACTION_COMMAND_SIZE, "/%s #%s", info->name, asked);
	else
		snprintf(command, ACTION_COMMAND_SIZE, "/%s", info->name);
	out->v[out->n++].label = info->label;
}

void actions_for(
    struct actions *out, const struct session *s, command_set enabled)
{
	const signed char *list = fitting[s->phase];

	out->n = 0;
	for (size_t i = 0; i < ACTIONS_MAX && list[i] >= 0; i++)
		if (enabled & (1u << list[i]))
			add(out, (enum command)list[i], s->asked);
}
