/* help.c - the texts of --help. */
#include "door/help.h"
#include "core/session/command.h"

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

/* Of what is no command over HTTP. */
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
	int c = command_find(command);

	if (c >= 0)
		return command_info[c].usage;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i].command, command) == 0)
			return texts[i].text;
	return NULL;
}
