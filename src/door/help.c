/* help.c - the texts of --help. */
#include "door/help.h"

const char help_all[] =
    "usage: orchestrator [-c CONFIG] [--json] COMMAND [ARGS]\n"
    "\n"
    "Runs a list of coding tasks through Claude, one at a time, with a\n"
    "human's yes where it matters.\n"
    "\n"
    "Setting up:\n"
    "  init [--systemd] [DIR]           a project that is ready to run\n"
    "  doctor [--url URL] [--notify]    can this machine run it?\n"
    "\n"
    "At a terminal:\n"
    "  run [--task-file FILE] [--yes]   the whole job in the foreground\n"
    "  check [--tasks FILE] [--print]   is the configuration, is a list right?\n"
    "\n"
    "Commands, as over HTTP (each takes --task N and --decision ID):\n"
    "  start [FILE|YYYY-MM-DD]          begin a list\n"
    "  approve, skip, retry [FEEDBACK]  answer what is asked\n"
    "  pause, resume                    between two tasks\n"
    "  cancel, stop                     end the running task, the session\n"
    "  allow, deny [REASON], answer TEXT  what Claude asks in a task\n"
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
    "\n"
    "Services:\n"
    "  fcgi                             FastCGI responder on descriptor 0\n"
    "  supervise                        the supervisor in the foreground\n"
    "  shutdown                         end a supervisor in order\n"
    "\n"
    "CONFIG: -c, else $ORCHESTRATOR_CONFIG, else ./config.yaml, else\n"
    "/etc/orchestrator/config.yaml. --json prints the HTTP body.\n"
    "Exit status: 0 done, 1 refused or failed, 2 usage, 3 waiting for a\n"
    "human, 4 configuration or unreadable state, 5 no supervisor.\n";

static const struct {
	const char *command, *text;
} texts[] = {
	{ "run",
	    "usage: orchestrator run [--task-file FILE] [--yes]\n"
	    "                        [--permissions MODE]\n\n"
	    "Runs a list in the foreground, or goes on with its unfinished\n"
	    "session. Asks at each approval; --yes approves all. Ctrl-C ends\n"
	    "in order: the task is interrupted, the state kept, and `run`\n"
	    "again goes on. Without FILE: today's YYYY-MM-DD-tasks.md.\n"
	    "Without any config.yaml MODE says what Claude may do: skip,\n"
	    "edits (without it), auto or none; see orchestrator.yaml(5).\n"
	    "Exits 0 where every task is completed and was denied no tool.\n" },
	{ "fcgi",
	    "usage: orchestrator fcgi\n\n"
	    "FastCGI responder on descriptor 0 (spawn-fcgi, socket\n"
	    "activation); else it opens server.socket or server.host:port.\n"
	    "SIGTERM ends it in order, SIGHUP reads the configuration again.\n" },
	{ "supervise",
	    "usage: orchestrator supervise\n\n"
	    "The supervisor alone, in the foreground. SIGTERM ends a running\n"
	    "task in order (interrupted), SIGHUP reads the configuration\n"
	    "again. Exits 0 with a message where another is running.\n" },
	{ "shutdown",
	    "usage: orchestrator [--json] shutdown\n\n"
	    "Ends the supervisor in order, whoever started it, and waits for\n"
	    "its end: a running task is interrupted, the state kept. Where a\n"
	    "responder or systemd sees to it, another is started.\n" },
	{ "start",
	    "usage: orchestrator start [FILE|YYYY-MM-DD]\n\n"
	    "Begins a new session with a task list; without an argument with\n"
	    "today's YYYY-MM-DD-tasks.md in paths.tasks_dir.\n" },
	{ "approve",
	    "usage: orchestrator approve [--task N] [--decision ID]\n\n"
	    "Runs the task that waits for approval.\n" },
	{ "skip", "usage: orchestrator skip [--task N] [--decision ID]\n\n"
		  "Skips the current task and goes on to the next.\n" },
	{ "retry",
	    "usage: orchestrator retry [--task N] [--decision ID] [--fresh] [FEEDBACK...]\n\n"
	    "Runs a task again: the one that failed or was interrupted, or\n"
	    "the one just completed. Claude goes on with the same\n"
	    "conversation and reads FEEDBACK; with --fresh, or `fresh` as the\n"
	    "first word, it begins a new one. It does so by itself where the\n"
	    "API has refused what it went on with.\n" },
	{ "pause", "usage: orchestrator pause [--task N] [--decision ID]\n\n"
		   "Pauses now, or after the running task.\n" },
	{ "resume",
	    "usage: orchestrator resume [--task N] [--decision ID]\n\n"
	    "Back to where it was; takes back a pause that is still to come.\n" },
	{ "cancel", "usage: orchestrator cancel [--task N] [--decision ID]\n\n"
		    "Ends the running task and everything it started.\n" },
	{ "stop", "usage: orchestrator stop [--task N] [--decision ID]\n\n"
		  "Ends the session, and the running task with it.\n" },
	{ "allow",
	    "usage: orchestrator allow [--decision ID]\n\n"
	    "Lets Claude do what it asks for, this once. `show` shows all of it.\n" },
	{ "raise",
	    "usage: orchestrator raise [--decision ID] [USD]\n\n"
	    "Raises the limit that was reached (limits.task_usd and the like)\n"
	    "for this session, by USD or by as much as is configured, and goes\n"
	    "on with the task.\n" },
	{ "deny",
	    "usage: orchestrator deny [--decision ID] [REASON...]\n\n"
	    "Refuses what Claude asks for; it reads REASON and goes on without.\n" },
	{ "answer",
	    "usage: orchestrator answer [--decision ID] TEXT|NUMBER...\n\n"
	    "Answers what Claude asks: the number of an option, more of them\n"
	    "where several may be chosen, or words of your own. `deny` leaves\n"
	    "the question open; `show` shows all of it.\n" },
	{ "rollback",
	    "usage: orchestrator rollback [N] [--force]\n\n"
	    "Puts the files of a git repository back to how they were before\n"
	    "task N (the last one that ran); it and all tasks after it are\n"
	    "pending again. What is undone is kept under a ref that is named.\n"
	    "Ignored files, HEAD, branches and the stash stay; what is staged\n"
	    "becomes as before the task. Refused where HEAD or the files have\n"
	    "changed since by somebody else: it says what, and --force takes\n"
	    "that back too.\n" },
	{ "plan",
	    "usage: orchestrator plan [YYYY-MM-DD] [FEEDBACK...]\n\n"
	    "Has Claude make a task list from the daily log YYYY-MM-DD.md in\n"
	    "paths.daily_dir (today's), in the background. With FEEDBACK the\n"
	    "list of that day is revised, without a date that of the last\n"
	    "plan. A list that is there already is kept beside the new one.\n"
	    "`status` says how it goes, `cancel` ends it, `start` takes it.\n" },
	{ "add",
	    "usage: orchestrator add TITLE [#TYPE]\n\n"
	    "Adds a task to the unfinished session and to its list, or to\n"
	    "today's list, which is made where there is none. #TYPE in the\n"
	    "first line is its type; the lines below it are its instruction,\n"
	    "without them the title is. It waits for approval unless its\n"
	    "type is in orchestrator.auto_approve.\n" },
	{ "note",
	    "usage: orchestrator note TEXT\n\n"
	    "Adds a line to today's daily log in paths.daily_dir, which is\n"
	    "made where there is none; `plan` makes a list from it.\n" },
	{ "status", "usage: orchestrator [--json] status\n\n"
		    "Where the session stands. Reads files only.\n" },
	{ "tasks",
	    "usage: orchestrator [--json] tasks\n\n"
	    "The tasks of the session and their status. Reads files only.\n" },
	{ "show",
	    "usage: orchestrator [--json] show [N]\n\n"
	    "Task N whole, or the one in question or running: what it says\n"
	    "and what became of it. Reads files only.\n" },
	{ "output",
	    "usage: orchestrator [--json] output [N] [LINES]\n\n"
	    "The last LINES (20) of what Claude said and did in task N, or\n"
	    "in the one in question or running. Reads files only.\n" },
	{ "diff",
	    "usage: orchestrator [--json] diff [N]\n\n"
	    "What the last attempt at task N changed, or at the one that was\n"
	    "run last, where claude.workdir is in a git repository. Reads\n"
	    "files only.\n" },
	{ "logs",
	    "usage: orchestrator [--json] logs [LINES] [--task N] [-f]\n\n"
	    "The last LINES (20) of the log, or of a task's output; -f\n"
	    "goes on as it grows. Reads files only.\n" },
	{ "help",
	    "usage: orchestrator [--json] help [COMMAND]\n\n"
	    "What can be said over HTTP and from the phone; of one command, how it is\n"
	    "called here.\n" },
	{ "init",
	    "usage: orchestrator init [--systemd] [DIR]\n\n"
	    "Makes a project in DIR (the current folder): config.yaml, .env\n"
	    "with a fresh secret, the folders, a list for today. What is\n"
	    "there already is left as it is. --systemd: units for systemd\n"
	    "--user and an nginx of your own as well.\n" },
	{ "doctor",
	    "usage: orchestrator doctor [--url URL] [--nginx FILE] [--notify]\n\n"
	    "Looks at all that is needed to run: a line each, ok, warn or\n"
	    "fail with what to do; exit status 1 on any fail. Claude is\n"
	    "asked for a real answer of one word. --url: where nginx is\n"
	    "reached from outside. --nginx: the configuration of an nginx of\n"
	    "your own. --notify: sends a test notification to n8n.\n" },
	{ "check",
	    "usage: orchestrator check [--tasks FILE] [--print]\n\n"
	    "Validates the configuration and a task list; every fault in one\n"
	    "run as file:line: what is wrong, what is wanted. --print prints\n"
	    "the effective configuration, secrets masked. Exit status 0\n"
	    "clean, 1 for any fault, 4 where config.yaml cannot be opened.\n" },
};

const char *help_for(const char *command)
{
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i].command, command) == 0)
			return texts[i].text;
	return NULL;
}
