"""A compressed day: 5,000 tasks of an agent that exits at once, 200,000
requests over connections that stay, 50 restarts of the supervisor, one in two by
kill -9.

Promised: what lives long grows in nothing (memory, descriptors, processes), and
the folder grows by logs alone, the same for each list. The lists of the first
half see no restart, so that the supervisor and its notifier have a long life
there; the responder lives all day.
"""

import collections
import contextlib
import itertools
import json
import os
import pathlib
import re

from bench.engine import build_agent
from harness import fastcgi, processes
from harness.instance import SECRET
from harness.receiver import Receiver
from harness.waiting import wait_for

from .result import Result
from .scene import Scene

Shape = collections.namedtuple("Shape", "lists tasks requests restarts")
LONG = Shape(lists=50, tasks=100, requests=4000, restarts=50)
SHORT = Shape(lists=6, tasks=4, requests=200, restarts=3)
LINKS = 8  # connections that stay
TOUCH = 10  # one round of requests in so many is a pause and a resume as well
SHARE = 0.05  # of its memory, that a process may be off at the day's end
AT_REST = ["notifier", "responder", "supervisor", "watcher"]
OURS = ["work", "stderr.log"]  # of the agent, and what we catch
WARM = 10  # one list in so many is not counted yet
ASKED = [  # path, body, secret
    ("/webhook/status", {}, SECRET),
    ("/webhook/command", {"command": "/status@MyBot"}, SECRET),
    ("/webhook/tasks", {}, SECRET),
    ("/webhook/logs", {"lines": 50}, SECRET),
    ("/webhook/show", {"task": 1}, SECRET),
    ("/webhook/output", {"task": 1}, SECRET),
    ("/webhook/status", {}, "wrong"),
    ("/webhook/skip", {"decision": "none"}, SECRET),
    ("/webhook/nothing", {}, SECRET),
]
# After a list: KiB and descriptors of each process; files and bytes of the
# folder, and of the logs in it.
Sample = collections.namedtuple(
    "Sample", "tasks restarts memory descriptors rest logs"
)


def anonymous(pid):
    """KiB that are no file's. Not in proportion: a page that the notifier has
    from the supervisor, whose fork it is, would count twice as much as soon as
    the other writes to its own."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^RssAnon:\s+(\d+) kB", status, re.M)[1])


def descriptors(pid):
    """How many are open; 0 for an account that may not look: ours lets nobody
    but root."""
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except PermissionError:
        return 0


def stored(folder, without=()):
    """(files, bytes) below it."""
    files = size = 0
    for top, folders, names in os.walk(folder):
        folders[:] = [n for n in folders if n not in without]
        names = [n for n in names if n not in without]
        files += len(names)
        size += sum(os.lstat(os.path.join(top, n)).st_size for n in names)
    return files, size


def slope(points):
    """What y gains for each x, by least squares."""
    middle = [sum(values) / len(points) for values in zip(*points)]
    over = sum((x - middle[0]) * (y - middle[1]) for x, y in points)
    return over / sum((x - middle[0]) ** 2 for x, _ in points)


class Link:
    """A connection as nginx keeps one; opened again where it was closed."""

    def __init__(self, where):
        self.where, self.socket, self.opened = where, None, 0

    def ask(self, path, body, secret):
        data = json.dumps(body).encode()
        bearer = ("HTTP_AUTHORIZATION", f"Bearer {secret}")
        params = fastcgi.post_params(path, data, bearer)
        self.asked = fastcgi.opening(params, keep=True)
        self.asked += fastcgi.body_record(data) + fastcgi.body_record(b"")
        if self.socket:
            with contextlib.suppress(OSError):
                self.socket.sendall(self.asked)

    def answer(self):
        with contextlib.suppress(OSError, EOFError):
            if self.socket:
                return fastcgi.read_answer(self.socket)
        self.close()
        self.socket = fastcgi.connect(self.where, timeout=60)
        self.opened += 1
        self.socket.sendall(self.asked)
        return fastcgi.read_answer(self.socket)

    def close(self):
        if self.socket:
            self.socket.close()
        self.socket = None


class CompressedDay:
    """The lists of a day, one after the other, and what was seen after each."""

    def __init__(self, scene, shape, result):
        self.scene, self.shape, self.result = scene, shape, result
        self.links = [Link(scene.socket) for _ in range(LINKS)]
        self.kinds = itertools.cycle(ASKED)
        self.touched = itertools.count(1)
        self.codes = collections.Counter()
        self.requests = self.restarts = 0
        self.samples = []

    def one(self, path, **fields):
        """The answer to one command, by the first connection."""
        self.links[0].ask(path, fields, SECRET)
        return self.count(self.links[0].answer())

    def count(self, answer):
        self.requests += 1
        self.codes[answer.code] += 1
        return answer

    def round(self):
        """A request on each connection; how the session stands."""
        self.links[0].ask("/webhook/status", {}, SECRET)
        for link in self.links[1:]:
            link.ask(*next(self.kinds))
        stands, *_ = [self.count(link.answer()) for link in self.links]
        return stands.json

    def touch(self):
        """What changes the session, twice, and leaves it as it was."""
        for command in ("pause", "resume"):
            ident = f"day-{next(self.touched)}"
            self.one(f"/webhook/{command}", delivery_id=ident)

    def restart(self):
        """In the middle of a list; each second one is not asked to end."""
        self.restarts += 1
        if self.restarts % 2:
            self.scene.end()
        else:
            self.scene.process.kill()
            self.scene.process.wait(60)
        self.scene.supervise()
        self.scene.wait_up()

    def go_on(self, stands):
        """False: the list is done."""
        if stands["status"] == "paused":
            self.one("/webhook/resume")
        elif stands["status"] == "waiting_approval":
            self.one("/webhook/retry")  # cut off twice
        return stands["status"] != "completed"

    def list(self, restarts):
        """One list from its start to its end."""
        answer = self.one("/webhook/start", task_file="list.md")
        assert answer.code == 200, answer
        until, due = self.requests + self.shape.requests - 1, [
            (number + 1) * self.shape.tasks // (restarts + 1)
            for number in range(restarts)
        ]
        for number in itertools.count():
            stands = self.round()
            if due and stands["completed"] >= due[0]:
                due.pop(0)
                self.restart()
            elif not self.go_on(stands) and self.requests >= until:
                break
            elif number % TOUCH == 0:
                self.touch()
        assert stands["completed"] == self.shape.tasks, stands
        assert not due, stands

    def there(self):
        """Who lives, by name; a supervisor that was killed leaves some who
        take a moment to end."""
        processes.reap(keep=[self.scene.process.pid, self.scene.responder.pid])
        found = [(self.name(process), process) for process in self.scene.mine()]
        return dict(found) if sorted(n for n, _ in found) == AT_REST else None

    def name(self, process):
        ours = {
            self.scene.process.pid: "supervisor",
            self.scene.responder.pid: "responder",
        }
        return ours.get(process.pid) or process.name.removeprefix("orch-")

    def sample(self):
        """Once nothing runs and all is told: what there is now stays."""
        wait_for(lambda: not self.scene.state()["notifications"], 60, "told")
        there = wait_for(self.there, 60, f"only {AT_REST}", step=0.1)
        logs = self.scene.logs_dir
        self.samples.append(
            Sample(
                self.shape.tasks * (len(self.samples) + 1),
                self.restarts,
                {n: anonymous(p.pid) for n, p in there.items()},
                {n: descriptors(p.pid) for n, p in there.items()},
                stored(self.scene.folder, without=[logs.name, *OURS]),
                stored(logs),
            )
        )

    def play(self):
        half = self.shape.lists // 2
        for number in range(self.shape.lists):
            left = self.shape.restarts - self.restarts
            lists = self.shape.lists - max(number, half)
            self.list(-(-left // lists) if number >= half else 0)
            self.sample()

    def close(self):
        for link in self.links:
            link.close()


def judge_memory(day, result):
    """The slope of each, over the lists for which it lived."""
    samples = day.samples[len(day.samples) // WARM :]
    for name in sorted(samples[-1].memory):
        points = [
            (sample.tasks, sample.memory[name])
            for sample in samples
            if name == "responder" or not sample.restarts
        ]
        gain = slope(points)
        over = gain * (points[-1][0] - points[0][0])
        level = points[0][1]
        result.seen.append(
            f"{name} {level / 1024:.1f} MiB, {1000 * gain:+.1f} KiB a 1,000 tasks"
        )
        result.check(
            day.shape is SHORT or over < SHARE * level,
            f"{name} has grown by {over:.0f} KiB from {level}",
        )


def judge_descriptors(day, result):
    first, *others = [sample.descriptors for sample in day.samples]
    for name, count in first.items():
        most = max(sample[name] for sample in others)
        result.check(most <= count, f"{name}: {count} descriptors, then {most}")
    counts = ", ".join(str(first[name]) for name in sorted(first))
    result.seen.append(
        f"descriptors of these: {counts}, at every list's end"
        if any(first.values()) else "descriptors: only root may look"
    )


def judge_folder(day, result):
    """Beside the logs the folder stays; these gain as much for each list."""
    files, sizes = zip(*(s.rest for s in day.samples[len(day.samples) // WARM :]))
    result.check(max(files) == min(files), f"files beside logs: {files}")
    result.check(
        day.shape is SHORT or sizes[-1] < (1 + SHARE) * sizes[0],
        f"bytes beside logs: {sizes}",
    )
    counts, logged = zip(*(sample.logs for sample in day.samples))
    gains = {b - a for a, b in zip(counts, counts[1:])}
    result.check(len(gains) == 1, f"files that lists leave: {gains}")
    result.seen.append(
        f"{files[-1]} files beside logs, {sizes[0]:,} bytes, then {sizes[-1]:,}"
    )
    lists = len(day.samples) - 1
    tasks = lists * day.shape.tasks
    result.seen.append(
        f"logs: {gains.pop()} files a list, {(logged[-1] - logged[0]) // tasks:,}"
        " bytes a task with its requests"
    )


def experiment(folder, budget):
    shape = LONG if budget >= 50 else SHORT
    result = Result("a compressed day")
    command = {"command": [str(build_agent(folder))]}
    config = {
        "claude": {**command, "output_format": "stream-json"},
        "orchestrator": {"approval_mode": "auto", "on_interrupted": "resume"},
    }
    with Receiver() as receiver:
        scene = Scene(folder / "i", config=config, receiver=receiver)
        scene.write_tasks(*["x"] * shape.tasks)
        day = CompressedDay(scene, shape, result)
        try:
            scene.supervise()
            scene.wait_up()
            scene.start_responder()
            day.play()
        finally:
            day.close()
            scene.close()
    result.times = day.requests
    codes = {code: count for code, count in day.codes.items() if code >= 500}
    result.check(not codes, f"answers {codes}")
    result.check(day.restarts == shape.restarts, f"{day.restarts} restarts")
    result.seen.append(
        f"{shape.lists * shape.tasks:,} tasks, {day.restarts} restarts"
    )
    judge_memory(day, result)
    judge_descriptors(day, result)
    judge_folder(day, result)
    return result
