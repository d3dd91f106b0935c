/* command.c - the table of what a person can say. */
#include "core/session/command.h"

/* clang-format off */
const struct command_info command_info[] = {
	[CMD_START] = { "start", "Start", "[LIST]",
		"begin a task list: today's, or the one you name",
		true, false },
	[CMD_STATUS] = { "status", "Status", "",
		"where things stand",
		false, false },
	[CMD_APPROVE] = { "approve", "Approve", "",
		"run the task that waits",
		true, true },
	[CMD_PAUSE] = { "pause", "Pause", "",
		"wait before the next task; a running one ends first",
		true, true },
	[CMD_RESUME] = { "resume", "Resume", "",
		"go on after a pause",
		true, true },
	[CMD_SKIP] = { "skip", "Skip", "",
		"leave the current task out",
		true, true },
	[CMD_RETRY] = { "retry", "Retry", "[fresh] [FEEDBACK]",
		"run a task again, with what to do differently",
		true, true },
	[CMD_CANCEL] = { "cancel", "Cancel", "",
		"end the running task; it counts as failed",
		true, true },
	[CMD_STOP] = { "stop", "Stop", "",
		"end the session",
		true, true },
	[CMD_ALLOW] = { "allow", "Allow", "",
		"let Claude do what it asks for, once",
		true, true },
	[CMD_DENY] = { "deny", "Deny", "[REASON]",
		"refuse what Claude asks for; it reads the reason",
		true, false },
	[CMD_ANSWER] = { "answer", "Answer", "TEXT|NUMBER...",
		"what Claude asks: an option's number, or your own words",
		true, false },
	[CMD_ROLLBACK] = { "rollback", "Roll back", "[N] [force]",
		"the files as they were before a task; it is pending again",
		true, true },
	[CMD_RAISE] = { "raise", "Raise", "[USD]",
		"let it cost more, where a limit was reached, and go on",
		true, false },
	[CMD_TASKS] = { "tasks", "Tasks", "",
		"the list, and what became of each task",
		false, false },
	[CMD_SHOW] = { "show", "Show", "[N]",
		"a task whole: what it says and what became of it",
		false, true },
	[CMD_OUTPUT] = { "output", "Output", "[N] [LINES]",
		"the end of what Claude said and did in a task",
		false, true },
	[CMD_DIFF] = { "diff", "Diff", "[N]",
		"what a task changed in its git repository",
		false, true },
	[CMD_LOGS] = { "logs", "Logs", "[LINES]",
		"the last lines of the log",
		false, false },
	[CMD_PLAN] = { "plan", "Plan", "[DATE] [FEEDBACK]",
		"a task list from the day's log; FEEDBACK revises it",
		true, false },
	[CMD_ADD] = { "add", "Add", "TITLE [#TYPE]",
		"a task for the list; lines below it are its instruction",
		true, false },
	[CMD_NOTE] = { "note", "Note", "TEXT",
		"a line for the day's log, from which a plan is made",
		true, false },
	[CMD_HELP] = { "help", "Help", "",
		"this list",
		false, false },
};
/* clang-format on */
_Static_assert(ARRAY_SIZE(command_info) == COMMANDS, "name every command");

bool command_takes_text(enum command c)
{
	return c == CMD_ADD || c == CMD_NOTE;
}

int command_find(const char *name)
{
	for (int i = 0; i < COMMANDS; i++)
		if (strcmp(command_info[i].name, name) == 0)
			return i;
	return -1;
}

bool command_takes_feedback(enum command c)
{
	return c == CMD_RETRY || c == CMD_PLAN || c == CMD_DENY ||
	       c == CMD_ANSWER || c == CMD_RAISE;
}
