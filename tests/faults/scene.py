"""A supervisor alone, with nobody to start it again, asked at its control
socket: what goes wrong is then the experiment's doing, and nothing hides it.
"""

import json
import os
import re
import signal
import socket
import subprocess

from harness.instance import Instance, program
from harness.waiting import wait_for

# Each run leaves its task's name in `runs`; the prompt brings it.
AGENT = "cat >prompt; grep -om1 'MARK-[0-9]*' prompt >>runs; echo done"
# A tracer cannot look for leaks, and a preloaded library comes before ASan's.
NO_LEAKS = ":detect_leaks=0:verify_asan_link_order=0"


class Lost(Exception):
    """No answer came: it may have been done, or not."""


class Scene(Instance):
    """See above. script: what the agent's shell runs."""

    def __init__(self, folder, *, script=AGENT, config=None, **options):
        super().__init__(
            folder,
            agent=["/bin/sh", "-c", script],
            config={
                "server": {"supervisor": "external"},
                "claude": {"output_format": "text", "kill_grace": 1},
                **(config or {}),
            },
            **options,
        )
        self.env["ASAN_OPTIONS"] += NO_LEAKS
        self.process = None
        self.ids = 0

    def supervise(self, *before, env=None):
        """Starts one; before: what traces it, and stays out of its way."""
        self.process = subprocess.Popen(
            [*before, program(), "-c", str(self.config_file), "supervise"],
            cwd=self.folder,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "stderr.log").open("ab"),
        )

    def dead(self):
        return self.process is None or self.process.poll() is not None

    def listening(self):
        return self.run_dir.is_dir() and self.control_answers()

    def wait_up(self, limit=30):
        """True when it takes commands, False when it has ended first."""
        wait_for(
            lambda: self.dead() or self.listening(), limit, "a supervisor"
        )
        return not self.dead()

    def ask(self, command, *, ident=None, limit=30, **fields):
        """(code, body) of one command, or Lost."""
        self.ids += 1
        request = {"command": command, **fields}
        request["delivery_id"] = ident or f"d{self.ids}"
        line = {"v": 1, "op": "command", "request": request}
        folder = -1
        try:
            folder = os.open(self.run_dir, os.O_PATH | os.O_DIRECTORY)
            with socket.socket(socket.AF_UNIX) as link:
                link.settimeout(limit)
                link.connect(f"/proc/self/fd/{folder}/control.sock")
                link.sendall(json.dumps(line).encode() + b"\n")
                with link.makefile("rb") as reply:
                    answer = json.loads(reply.readline())
        except (OSError, ValueError) as problem:
            raise Lost(str(problem)) from problem
        finally:
            if folder >= 0:
                os.close(folder)
        return answer["code"], answer.get("body") or {}

    def runs(self):
        """Which task ran, in order."""
        path = self.work / "runs"
        return path.read_text().split() if path.exists() else []

    def end(self, limit=60):
        """SIGTERM; its status."""
        if not self.dead():
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(limit)

    def close(self):
        if not self.dead():
            self.end()
        super().close()


def strace(log, calls, inject, children=True):
    """What goes before a command to inject into its calls. The tracer is a
    grandchild, so that the command's process is the one that was started; it
    lets go of whatever a child executes."""
    follow = ["-f", "-b", "execve"] if children else []
    rules = [f"-etrace={calls}", f"-einject={calls}:{inject}"]
    return ["strace", "-D", *follow, "-qq", "-o", str(log), *rules]


CALL = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?:\(| resumed)")


def counted(log):
    """How often the busiest process made each call, of a log by strace -f."""
    by_process = {}
    for line in log.read_text(errors="replace").splitlines():
        found = CALL.match(line)
        if found and "resumed" not in line[:40]:
            key = found.groups()
            by_process[key] = by_process.get(key, 0) + 1
    most = {}
    for (_, call), count in by_process.items():
        most[call] = max(most.get(call, 0), count)
    return most
