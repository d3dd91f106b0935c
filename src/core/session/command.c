/* command.c - the table of what a person can say. */
#include "core/session/command.h"

const char command_list[] =
    "Commands, as over HTTP (each takes --task N and --decision ID):\n"
    "  start [FILE|YYYY-MM-DD]          begin a list\n"
    "  approve, skip, retry [FEEDBACK]  answer what is asked\n"
    "  pause, resume                    between two tasks\n"
    "  cancel, stop                     end the running task, the session\n"
    "  allow, always, deny [REASON], answer TEXT\n"
    "                                   what Claude asks in a task\n"
    "  raise [USD]                      a limit that was reached\n"
    "  rollback [N] [--force]           the files as before a task\n"
    "  plan [YYYY-MM-DD] [FEEDBACK]     a list from the day's log\n"
    "  add TITLE, note TEXT             a task more, a line for that log\n"
    "\n"
    "Looking, without touching anything:\n"
    "  status, tasks, help\n"
    "  show [N], output [N] [LINES]     a task, and what Claude did in it\n"
    "  diff [N]                         what it changed, where that is in git\n"
    "  logs [LINES] [--task N] [-f]\n"
    "\n";

#define WHICH (OPT(TASK) | OPT(DECISION))

/* clang-format off */
const struct command_info command_info[] = {
	[CMD_START] = { "start", "Start", "[LIST]",
		"begin a task list: today's, or the one you name",
		true, false,
		{ "Begins a new session with a task list; without an argument with\n"
		  "today's YYYY-MM-DD-tasks.md in paths.tasks_dir.\n",
		  .words = "[FILE|YYYY-MM-DD]", .offered = WHICH } },
	[CMD_STATUS] = { "status", "Status", "",
		"where things stand",
		false, false,
		{ "Where the session stands. Reads files only.\n",
		  .before = OPT(JSON) } },
	[CMD_APPROVE] = { "approve", "Approve", "",
		"run the task that waits",
		true, true,
		{ "Runs the task that waits for approval.\n",
		  .told = WHICH } },
	[CMD_PAUSE] = { "pause", "Pause", "",
		"wait before the next task; a running one ends first",
		true, true,
		{ "Pauses now, or after the running task.\n",
		  .told = WHICH } },
	[CMD_RESUME] = { "resume", "Resume", "",
		"go on after a pause",
		true, true,
		{ "Back to where it was; takes back a pause that is still to come.\n",
		  .told = WHICH } },
	[CMD_SKIP] = { "skip", "Skip", "",
		"leave the current task out",
		true, true,
		{ "Skips the current task and goes on to the next.\n",
		  .told = WHICH } },
	[CMD_RETRY] = { "retry", "Retry", "[fresh] [FEEDBACK]",
		"run a task again, with what to do differently",
		true, true,
		{ "Runs a task again: the one that failed or was interrupted, or\n"
		  "the one just completed. Claude goes on with the same\n"
		  "conversation and reads FEEDBACK; with --fresh, or `fresh` as the\n"
		  "first word, it begins a new one. It does so by itself where the\n"
		  "API has refused what it went on with.\n",
		  .told = WHICH | OPT(FRESH), .words = "[FEEDBACK...]" } },
	[CMD_CANCEL] = { "cancel", "Cancel", "",
		"end the running task; it counts as failed",
		true, true,
		{ "Ends the running task and everything it started.\n",
		  .told = WHICH } },
	[CMD_STOP] = { "stop", "Stop", "",
		"end the session",
		true, true,
		{ "Ends the session, and the running task with it.\n",
		  .told = WHICH } },
	[CMD_ALLOW] = { "allow", "Allow", "",
		"let Claude do what it asks for, once",
		true, true,
		{ "Lets Claude do what it asks for, this once. `show` shows all of it.\n",
		  .told = OPT(DECISION), .offered = OPT(TASK) } },
	[CMD_ALWAYS] = { "always", "Always", "",
		"let it, and the like of it, for the rest of the session",
		true, true,
		{ "Lets Claude do what it asks for, and does not ask again in this\n"
		  "session: exactly this call, or, where it is about a file, this\n"
		  "tool with any file in that folder and below. Hidden files and\n"
		  "folders (.env, .git) are asked about each time.\n",
		  .told = OPT(DECISION), .offered = OPT(TASK) } },
	[CMD_DENY] = { "deny", "Deny", "[REASON]",
		"refuse what Claude asks for; it reads the reason",
		true, false,
		{ "Refuses what Claude asks for; it reads REASON and goes on without.\n",
		  .told = OPT(DECISION), .words = "[REASON...]", .offered = OPT(TASK) } },
	[CMD_ANSWER] = { "answer", "Answer", "TEXT|NUMBER...",
		"what Claude asks: an option's number, or your own words",
		true, false,
		{ "Answers what Claude asks: the number of an option, more of them\n"
		  "where several may be chosen, or words of your own. `deny` leaves\n"
		  "the question open; `show` shows all of it.\n",
		  .told = OPT(DECISION), .words = "TEXT|NUMBER...", .offered = OPT(TASK) } },
	[CMD_ROLLBACK] = { "rollback", "Roll back", "[N] [force]",
		"the files as they were before a task; it is pending again",
		true, true,
		{ "Puts the files of a git repository back to how they were before\n"
		  "task N (the last one that ran); it and all tasks after it are\n"
		  "pending again. What is undone is kept under a ref that is named.\n"
		  "Ignored files, HEAD, branches and the stash stay; what is staged\n"
		  "becomes as before the task. Refused where HEAD or the files have\n"
		  "changed since by somebody else: it says what, and --force takes\n"
		  "that back too.\n",
		  .first = "[N]", .told = OPT(FORCE), .offered = WHICH } },
	[CMD_RAISE] = { "raise", "Raise", "[USD]",
		"let it cost more, where a limit was reached, and go on",
		true, false,
		{ "Raises the limit that was reached (limits.task_usd and the like)\n"
		  "for this session, by USD or by as much as is configured, and goes\n"
		  "on with the task.\n",
		  .told = OPT(DECISION), .words = "[USD]", .offered = OPT(TASK) } },
	[CMD_TASKS] = { "tasks", "Tasks", "",
		"the list, and what became of each task",
		false, false,
		{ "The tasks of the session and their status. Reads files only.\n",
		  .before = OPT(JSON) } },
	[CMD_SHOW] = { "show", "Show", "[N]",
		"a task whole: what it says and what became of it",
		false, true,
		{ "Task N whole, or the one in question or running: what it says\n"
		  "and what became of it. Reads files only.\n",
		  .before = OPT(JSON), .words = "[N]", .offered = OPT(TASK) } },
	[CMD_OUTPUT] = { "output", "Output", "[N] [LINES]",
		"the end of what Claude said and did in a task",
		false, true,
		{ "The last LINES (20) of what Claude said and did in task N, or\n"
		  "in the one in question or running. Reads files only.\n",
		  .before = OPT(JSON), .words = "[N] [LINES]", .offered = OPT(TASK) } },
	[CMD_DIFF] = { "diff", "Diff", "[N]",
		"what a task changed in its git repository",
		false, true,
		{ "What the last attempt at task N changed, or at the one that was\n"
		  "run last, where claude.workdir is in a git repository. Reads\n"
		  "files only.\n",
		  .before = OPT(JSON), .words = "[N]", .offered = OPT(TASK) } },
	[CMD_LOGS] = { "logs", "Logs", "[LINES]",
		"the last lines of the log",
		false, false,
		{ "The last LINES (20) of the log, or of a task's output; -f\n"
		  "goes on as it grows. Reads files only.\n",
		  .before = OPT(JSON), .first = "[LINES]", .told = OPT(TASK) | OPT(FOLLOW) } },
	[CMD_PLAN] = { "plan", "Plan", "[DATE] [FEEDBACK]",
		"a task list from the day's log; FEEDBACK revises it",
		true, false,
		{ "Has Claude make a task list from the daily log YYYY-MM-DD.md in\n"
		  "paths.daily_dir (today's), in the background. With FEEDBACK the\n"
		  "list of that day is revised, without a date that of the last\n"
		  "plan. A list that is there already is kept beside the new one.\n"
		  "`status` says how it goes, `cancel` ends it, `start` takes it.\n",
		  .words = "[YYYY-MM-DD] [FEEDBACK...]", .offered = WHICH } },
	[CMD_ADD] = { "add", "Add", "TITLE [#TYPE]",
		"a task for the list; lines below it are its instruction",
		true, false,
		{ "Adds a task to the unfinished session and to its list, or to\n"
		  "today's list, which is made where there is none. #TYPE in the\n"
		  "first line is its type; the lines below it are its instruction,\n"
		  "without them the title is. It waits for approval unless its\n"
		  "type is in orchestrator.auto_approve.\n",
		  .words = "TITLE [#TYPE]" } },
	[CMD_NOTE] = { "note", "Note", "TEXT",
		"a line for the day's log, from which a plan is made",
		true, false,
		{ "Adds a line to today's daily log in paths.daily_dir, which is\n"
		  "made where there is none; `plan` makes a list from it.\n",
		  .words = "TEXT" } },
	[CMD_HELP] = { "help", "Help", "",
		"this list",
		false, false,
		{ "What can be said over HTTP and from the phone; of one command, how it is\n"
		  "called here.\n",
		  .before = OPT(JSON), .words = "[COMMAND]" } },
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
