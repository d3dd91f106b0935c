#!/usr/bin/python3 -SE
"""A scripted stand-in for Claude, for the faults that the real one cannot be
asked to have.

Takes the same arguments, reads the prompt on standard input and plays the
marks in it, in order; then it says `result` and exits 0, unless a mark said
otherwise. What it was started with (arguments, environment, descriptors,
prompt, identity) goes to agent-N.json in the working folder, N counting up.

    [[sleep SECONDS]]       wait
    [[run COMMAND]]         a shell command in a session of its own, waited for
    [[leave COMMAND]]       the same, left running
    [[daemon COMMAND]]      the same, forked twice
    [[say TEXT]]            an assistant line
    [[raw TEXT]]            that very line on standard output
    [[flood BYTES]]         that many bytes of assistant lines
    [[result JSON]]         fields that the result line will have
    [[no-result]]           no result line
    [[exit CODE]]           end now with this status
    [[ignore-term]]         SIGTERM does nothing from here on
    [[stop-self]]           SIGSTOP itself
    [[hang]]                after the result line, if one is due, wait forever
    [[silent]]              wait forever without another word
    [[until PATH]]          wait until the file is there
"""

import json
import os
import re
import signal
import subprocess
import sys
import time

MARK = re.compile(r"\[\[([\w-]+)(?:\s+(.*?))?\]\]", re.S)


def say(line):
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def option(name):
    """The value of the last --name VALUE among our arguments."""
    found = None
    for index, argument in enumerate(sys.argv[:-1]):
        if argument == name:
            found = sys.argv[index + 1]
    return found


def descriptors():
    """What each open descriptor is, but for the one that reads the list."""
    found = {}
    for entry in os.listdir("/proc/self/fd"):
        try:
            found[entry] = os.readlink(f"/proc/self/fd/{entry}")
        except OSError:
            pass
    return found


def status():
    with open("/proc/self/status") as lines:
        return dict(
            line.rstrip("\n").split(":\t", 1) for line in lines if ":\t" in line
        )


def record(prompt):
    """Leave agent-N.json, whole or not at all."""
    fresh = f".agent-{os.getpid()}"
    with open(fresh, "w") as file:
        json.dump(
            {
                "argv": sys.argv,
                "env": dict(os.environ),
                "fds": FDS,
                "cwd": os.getcwd(),
                "prompt": prompt,
                "pid": os.getpid(),
                "status": status(),
                "umask": os.umask(0o022),
            },
            file,
        )
    number = 1
    while True:
        try:
            os.link(fresh, f"agent-{number}.json")
            break
        except FileExistsError:
            number += 1
    os.unlink(fresh)


def conversation_known(ident):
    """Stands for Claude's own store of conversations, kept in HOME."""
    return os.path.exists(os.path.join(os.environ["HOME"], f"talk-{ident}"))


def refuse_resume(ident):
    text = f"No conversation found with session ID: {ident}"
    say(
        {
            "type": "result",
            "subtype": "error_during_execution",
            "is_error": True,
            "num_turns": 0,
            "errors": [text],
        }
    )
    sys.stderr.write(text + "\n")
    sys.exit(1)


class Player:
    """Plays the marks of one prompt."""

    def __init__(self, ident):
        self.hang = False
        self.result = {
            "type": "result",
            "subtype": "success",
            "is_error": False,
            "num_turns": 2,
            "result": "Done as told.",
            "session_id": ident,
            "total_cost_usd": 0.01,
            "permission_denials": [],
        }

    def text(self, text):
        say(
            {
                "type": "assistant",
                "message": {
                    "role": "assistant",
                    "content": [{"type": "text", "text": text}],
                },
            }
        )

    def play(self, verb, argument):
        if verb == "sleep":
            time.sleep(float(argument))
        elif verb == "run":
            subprocess.run(["sh", "-c", argument], start_new_session=True)
        elif verb == "leave":
            subprocess.Popen(["sh", "-c", argument], start_new_session=True)
        elif verb == "daemon":
            shell = f"({argument}) & exit 0"
            subprocess.run(["setsid", "sh", "-c", shell])
        elif verb == "say":
            self.text(argument)
        elif verb == "raw":
            sys.stdout.write(argument + "\n")
            sys.stdout.flush()
        elif verb == "flood":
            for _ in range(int(argument) // 1000 + 1):
                self.text("x" * 1000)
        elif verb == "result":
            self.result.update(json.loads(argument))
        elif verb == "no-result":
            self.result = None
        elif verb == "exit":
            self.finish(int(argument))
        elif verb == "ignore-term":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        elif verb == "stop-self":
            os.kill(os.getpid(), signal.SIGSTOP)
        elif verb == "hang":
            self.hang = True
        elif verb == "silent":
            while True:
                signal.pause()
        elif verb == "until":
            while not os.path.exists(argument):
                time.sleep(0.02)

    def finish(self, code):
        if self.result:
            say(self.result)
        while self.hang:
            signal.pause()
        sys.exit(code)


def main():
    prompt = sys.stdin.read()
    record(prompt)
    ident = option("--session-id") or "none"
    known = option("--resume")
    if known and not conversation_known(known):
        refuse_resume(known)
    open(os.path.join(os.environ["HOME"], f"talk-{ident}"), "w").close()
    say(
        {
            "type": "system",
            "subtype": "init",
            "session_id": ident,
            "model": "scripted",
            "tools": ["Bash"],
        }
    )
    player = Player(ident)
    for verb, argument in MARK.findall(prompt):
        player.play(verb, argument)
    player.finish(0)


if __name__ == "__main__":
    FDS = descriptors()
    if "--version" in sys.argv:
        print("2.1.197 (scripted)")
    else:
        main()
