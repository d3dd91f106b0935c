"""One orchestrator instance in a folder of its own: configuration, task
lists, a real nginx with TLS, a real spawn-fcgi, and the program under test
($ORCHESTRATOR_BIN).

close() ends all of it and fails if a process, a zombie or a report of a
sanitizer is left.
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys

import yaml

from . import claude, https, processes, tasks
from .nginx import Nginx
from .waiting import wait_for

SECRET = "test-secret-0123456789abcdef0123456789abcdef"
AGENT = pathlib.Path(__file__).with_name("agent.py")
SANITIZERS = {
    "ASAN_OPTIONS": "log_path={}/sanitizer:exitcode=99",
    "UBSAN_OPTIONS": "log_path={}/sanitizer:print_stacktrace=1",
    "LSAN_OPTIONS": "log_path={}/sanitizer:exitcode=99",
}


def program():
    """The program under test."""
    path = os.environ.get("ORCHESTRATOR_BIN")
    if not path:
        raise RuntimeError("ORCHESTRATOR_BIN names the program under test")
    return path


def merge(base, extra):
    """base with extra laid over it; None in extra takes a key away."""
    result = dict(base)
    for key, value in extra.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merge(result[key], value)
        else:
            result[key] = value
    return result


class Instance:
    """See above. agent: "scripted", "claude" (needs api and, unless it is to
    be the newest, claude_program), or a command."""

    def __init__(
        self,
        folder,
        *,
        agent="scripted",
        claude_program=None,
        api=None,
        receiver=None,
        config=None,
        env=None,
        secret=SECRET,
    ):
        self.folder = pathlib.Path(folder)
        self.secret = secret
        self.receiver = receiver
        self.work = self.folder / "work"
        self.home = self.folder / "home"
        self.tasks_dir = self.folder / "orchestrator_tasks"
        self.logs_dir = self.folder / "orchestrator_logs"
        self.run_dir = self.folder / "run"
        self.state_file = self.folder / "state.json"
        self.config_file = self.folder / "config.yaml"
        self.socket = self.folder / "fcgi.sock"
        self.responder = None
        self.env = self._environment(agent, api, env or {})
        names = []
        if agent == "claude":
            agent = [str(claude_program or claude.install()), "-p"]
            names = list(claude.EXTRA_NAMES)
        self.config = merge(self._default_config(agent), config or {})
        self.config["claude"].setdefault("env", []).extend(names)
        self.nginx = Nginx(self.folder / "nginx", self.socket, secret)
        self._before = {p.pid for p in processes.descendants()}
        self._lay_out()

    def _environment(self, agent, api, extra):
        base = {
            "HOME": str(self.home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
        }
        if agent == "claude":
            base = claude.environment(api, self.home)
        for name, value in SANITIZERS.items():
            base[name] = value.format(self.folder)
        return {**base, **extra}

    def _default_config(self, agent):
        command = agent
        if agent == "scripted":
            command = [str(AGENT), "-p"]
        webhooks = {"secret": "${WEBHOOK_SECRET}"}
        if self.receiver:
            webhooks["n8n_notify_url"] = self.receiver.url
        return {
            "orchestrator": {"approval_mode": "required", "timezone": "UTC"},
            "webhooks": webhooks,
            "claude": {
                "command": command,
                "permissions": "skip",
                "workdir": "work",
                "env": [],
                "timeout": 60,
                "kill_grace": 2,
            },
        }

    def _lay_out(self):
        for folder in (
            self.folder,
            self.work,
            self.home,
            self.tasks_dir,
            self.logs_dir,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        self.write_config()
        env = self.folder / ".env"
        env.write_text(f"WEBHOOK_SECRET={self.secret}\n")
        env.chmod(0o600)

    # -- files ------------------------------------------------------------

    def write_config(self, **sections):
        """Lay sections over the configuration and write it."""
        self.config = merge(self.config, sections)
        self.config_file.write_text(yaml.safe_dump(self.config))

    def write_tasks(self, *items, name="list.md"):
        """A list of Task, or of instructions, in tasks_dir; returns name."""
        (self.tasks_dir / name).write_text(tasks.task_list(*items))
        return name

    def state(self):
        """state.json as a reader finds it now; None if there is none."""
        try:
            return json.loads(self.state_file.read_text())
        except FileNotFoundError:
            return None

    def task(self, number):
        """Task `number` (its id) of the state."""
        return next(t for t in self.state()["tasks"] if t["id"] == number)

    def agent(self, number, limit=20.0):
        """What the number-th run of the scripted agent saw."""
        path = self.work / f"agent-{number}.json"
        wait_for(path.exists, limit, f"run {number} of the agent")
        return json.loads(path.read_text())

    def log_text(self):
        """The main log, all days of it."""
        days = sorted(self.logs_dir.glob("????-??-??.log"))
        return "".join(day.read_text() for day in days)

    def give_work_to(self, account):
        """Claude's folders are that account's, and it gets as far."""
        for folder in (self.folder.parent, *self.folder.parent.parents):
            if folder.stat().st_uid == os.geteuid() and folder.name:
                folder.chmod(folder.stat().st_mode | 0o011)
        for folder in (self.work, self.home):
            os.chown(folder, account.pw_uid, account.pw_gid)

    def wait_log(self, text):
        """Until the main log holds the text: its lines follow what is stored."""
        wait_for(lambda: text in self.log_text(), 20, f"the log says {text!r}")

    # -- life -------------------------------------------------------------

    def start(self):
        """Responder and nginx; returns when /health says ok."""
        self.start_responder()
        self.nginx.start()
        self.wait_healthy()
        return self

    def start_responder(self):
        """spawn-fcgi in the foreground, as a unit would have it."""
        if self.socket.exists():
            self.socket.unlink()
        self.responder = subprocess.Popen(
            [
                "/usr/bin/spawn-fcgi",
                "-n",
                "-s",
                str(self.socket),
                "-M",
                "0660",
                "--",
                program(),
                "-c",
                str(self.config_file),
                "fcgi",
            ],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stderr=(self.folder / "stderr.log").open("ab"),
            stdout=subprocess.DEVNULL,
        )
        wait_for(self.socket.exists, 10, "the responder's socket")

    def control_answers(self):
        """Does a supervisor take commands? /health may say so a second
        longer than it is true."""
        folder = os.open(self.run_dir, os.O_PATH | os.O_DIRECTORY)
        try:
            with socket.socket(socket.AF_UNIX) as link:
                link.connect(f"/proc/self/fd/{folder}/control.sock")
            return True
        except OSError:
            return False
        finally:
            os.close(folder)

    def wait_healthy(self, limit=20.0):
        """Until a supervisor is there and /health knows it."""

        def up():
            if not self.run_dir.is_dir() or not self.control_answers():
                return False
            answer = self.request("GET", "/health")
            return answer.code == 200 and answer["supervisor"] == "up"

        wait_for(up, limit, "/health says ok", step=0.1)

    def supervisor(self):
        """The supervisor's process, or None."""
        mine = self.mine()
        found = [p for p in mine if "supervise" in p.argv and not p.zombie]
        pids = {p.pid for p in found}
        tops = [p for p in found if p.ppid not in pids]
        return tops[0] if tops else None

    def mine(self):
        """Every process that this instance brought forth, ended ones too."""
        everyone = processes.snapshot()
        outside = set(self._before)
        if self.nginx.process:
            outside.add(self.nginx.process.pid)
        found = []
        for process in processes.descendants(within=everyone):
            if process.pid in outside or process.ppid in outside:
                outside.add(process.pid)
            else:
                found.append(process)
        return found

    def disown(self, pid):
        """Somebody else's process, started while this instance lives."""
        self._before.add(pid)

    def attempt_processes(self):
        """Live processes that carry an attempt's id in their environment."""
        found = []
        for process in self.mine():
            try:
                if "ORCHESTRATOR_ATTEMPT" in process.environment():
                    found.append(process)
            except OSError:
                pass
        return found

    def stop_responder(self, sig=signal.SIGTERM, limit=20):
        if self.responder:
            self.responder.send_signal(sig)
            self.responder.wait(limit)
            self.responder = None

    def stop_supervisor(self, sig=signal.SIGTERM, limit=30.0):
        supervisor = self.supervisor()
        if supervisor:
            processes.end(supervisor.pid, sig, limit)

    def reboot(self):
        """kill -9 of everything at once, as a power cut does it."""
        self.stop_responder(signal.SIGKILL)
        self.stop_supervisor(signal.SIGKILL)
        for process in self.attempt_processes():
            processes.end(process.pid, signal.SIGKILL)
        self.start_responder()
        self.wait_healthy()

    def close(self):
        """End everything, then look at what should not be there."""
        problems = self._zombies()
        try:
            self.stop_responder()
            self.stop_supervisor()
        except (AssertionError, subprocess.TimeoutExpired) as problem:
            problems.append(f"does not end when asked: {problem}")
        problems += self._leftovers()
        self.nginx.stop()
        for report in self.folder.glob("sanitizer.*"):
            problems.append(f"{report.name}:\n{report.read_text()[:4000]}")
        assert not problems, "\n".join(problems)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _zombies(self):
        """Ended children that one of ours does not collect."""

        def uncollected():
            return [
                process
                for process in self.mine()
                if process.zombie and process.ppid != os.getpid()
            ]

        try:
            wait_for(lambda: not uncollected(), 5)
            return []
        except AssertionError:
            return [f"not collected: {process}" for process in uncollected()]

    def _leftovers(self):
        """Whoever is still there a moment after the end; ended by pid."""

        def gone():
            processes.reap()
            return not self.mine()

        try:
            wait_for(gone, 10)
            return []
        except AssertionError:
            left = self.mine()
            for process in left:
                processes.end(process.pid)
            return [f"left over: {process}" for process in left]

    # -- doors ------------------------------------------------------------

    def request(self, method, path, body=b"", headers=(), port=None):
        """One request, as it is; by the open port unless told otherwise."""
        port = port or self.nginx.open_port
        return https.request(port, method, path, body, headers)

    def post(self, path, body=None, *, auth="bearer", port=None, **fields):
        """POST a JSON object. auth: bearer, body, or None."""
        body = {**(body or {}), **fields}
        headers = [("Content-Type", "application/json")]
        if auth == "bearer":
            headers.append(("Authorization", f"Bearer {self.secret}"))
        elif auth == "body":
            body["secret"] = self.secret
        data = json.dumps(body).encode()
        return self.request("POST", path, data, headers, port)

    def command(self, text, **fields):
        """POST /webhook/command with a text as a person types it."""
        return self.post("/webhook/command", command=text, **fields)

    def cli(
        self, *args, stdin=subprocess.DEVNULL, timeout=60, env=None, cwd=None
    ):
        """Run the command line; returns what subprocess.run returns."""
        return subprocess.run(
            [program(), "-c", str(self.config_file), *args],
            cwd=cwd or self.folder,
            env={**self.env, **(env or {})},
            stdin=stdin,
            timeout=timeout,
            text=True,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    # -- conditions -------------------------------------------------------

    def wait_status(self, status, limit=30.0):
        """Wait for the session's status; returns the state."""

        def reached():
            state = self.state()
            return state if state and state["status"] == status else None

        try:
            return wait_for(reached, limit, f"session {status}")
        except AssertionError:
            sys.stderr.write(self.log_text()[-4000:])
            raise

    def wait_task(self, number, status, limit=30.0):
        """Wait for a task's status; returns the task."""

        def reached():
            state = self.state()
            for task in (state or {}).get("tasks", []):
                if task["id"] == number and task["status"] == status:
                    return task
            return None

        return wait_for(reached, limit, f"task {number} {status}")

    def start_list(self, *items, **fields):
        """Write a list, start it over HTTPS; the answer must be 200."""
        name = self.write_tasks(*items)
        answer = self.post("/webhook/start", task_file=name, **fields)
        assert answer.code == 200, answer
        return answer

    def approve(self, **fields):
        answer = self.post("/webhook/approve", **fields)
        assert answer.code == 200, answer
        return answer
