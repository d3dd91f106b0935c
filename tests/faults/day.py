"""A person's day: three tasks, approve, pause, resume, skip, and whatever the
faults ask for besides. Commands that brought no answer, or 503, are sent once
more under their delivery_id, as n8n does; a supervisor that has ended is
started again. What is promised is looked at all the while, and judged at the
end."""

import time

from harness.receiver import Receiver
from harness.tasks import Task
from harness.waiting import wait_for

from .scene import Lost, Scene

TASKS = [Task(f"Part {n}", f"MARK-{n}") for n in (1, 2, 3)]
PATIENCE = 3  # attempts at a task before the fault is taken away
# What was delivered is stored within a second: a kill repeats at most what the
# day has delivered in that second.
UNSTORED = 4
ONCE = [
    ("session_started", 1),
    ("task_completed", 1),
    ("paused", 2),
    ("resumed", 2),
    ("task_completed", 2),
    ("session_completed", 3),
]


class Day:
    """The session as a person wants it, whoever dies meanwhile."""

    def __init__(self, scene, receiver, result, point, puts_back):
        self.puts_back = puts_back  # what is on disk may be taken back
        self.scene, self.receiver = scene, receiver
        self.result, self.point = result, point
        self.told = {}
        self.asked = {}
        self.stored = set()
        self.number = 0
        self.deaths = 0
        self.refused = 0
        self.kills = None  # where nobody counts them
        self.injected = 0
        self.codes = []  # of supervisors that ended
        self.said = ""
        self.held = False

    def broke(self, text):
        self.result.broke(f"{self.point}: {text}")

    def look(self):
        """What is on disk now: always whole."""
        try:
            state = self.scene.state()
        except ValueError as problem:
            self.broke(f"torn state: {problem}")
            raise
        if self.scene.dead() or not self.puts_back:
            for one in (state or {}).get("notifications", []):
                self.stored.add(one["id"])
        return state

    def revive(self):
        """A supervisor that lives; what was acknowledged it remembers."""
        while self.scene.dead():
            code = self.scene.process.returncode
            self.deaths += code != 0
            self.codes.append(code)
            self.look()
            self.scene.supervise()
            if self.scene.wait_up():
                for ident, (command, fields) in self.told.items():
                    self.remembers(ident, command, fields)

    def remembers(self, ident, command, fields):
        code, body = self.answer(command, ident, fields)
        if code != 200 or not body.get("duplicate"):
            self.broke(f"forgot {command}: {code} {body.get('message')}")

    def answer(self, command, ident, fields):
        """Of whoever is alive. A child that has just been forked may hold the
        socket of a supervisor that is dead, and answers nobody."""
        limit = time.monotonic() + 60
        while True:
            if self.scene.dead():
                self.revive()
            try:
                code, body = self.scene.ask(command, ident=ident, **fields)
                if code != 503:
                    return code, body
                self.refused += 1
                raise Lost("refused for now")
            except Lost:
                if time.monotonic() > limit:
                    raise
                self.scene.wait_up()

    def tell(self, command, **fields):
        """Until it is answered; the same delivery again where none came."""
        self.number += 1
        ident = f"day-{self.number}"
        code, body = self.answer(command, ident, fields)
        if code == 200:
            self.told[ident] = (command, fields)
        return code, body

    def run(self, number, command):
        if self.asked.get(number, 0) == PATIENCE:
            # strace counts in each keeper anew: only without it one lives.
            self.scene.end()
            self.revive()
        code, _ = self.tell(command)
        if code == 200:
            self.asked[number] = self.asked.get(number, 0) + 1

    def step(self, state):
        waiting = (state or {}).get("waiting_for")
        if not state or not state.get("tasks"):
            self.tell("start", task_file="list.md")
        elif state["status"] == "paused":
            self.tell("resume")
        elif state["status"] != "waiting_approval" or not waiting:
            return
        elif waiting["kind"] != "approval":
            self.run(waiting["task"], "retry")
        elif waiting["task"] == 3:
            self.tell("skip")
        elif waiting["task"] == 2 and not self.held:
            self.held = self.tell("pause")[0] == 200
        else:
            self.run(waiting["task"], "approve")

    def moved(self, before):
        state = self.look()
        waits = ("waiting_approval", "paused", "completed")
        same = state and state == before
        return self.scene.dead() or (
            not same and (not state or state["status"] in waits)
        )

    def play(self):
        while True:
            state = self.look()
            if state and state["status"] == "completed":
                break
            self.step(state)
            if self.scene.dead():
                self.revive()
            wait_for(lambda: self.moved(state), 60, "the day goes on")
        self.deliver()
        self.scene.end()
        if self.scene.process.returncode < 0:
            self.revive()
            self.scene.end()

    def deliver(self):
        """As with attempts: a notifier may be hit each time it is started."""
        try:
            wait_for(self.all_told, 15)
        except AssertionError:
            self.scene.end()
            self.revive()
            wait_for(self.all_told, 60, "all is delivered")

    def all_told(self):
        if self.scene.dead():
            self.revive()
        return not self.look()["notifications"]

    def judge(self):
        runs = self.scene.runs()
        for number in (1, 2, 3):
            ran, asked = runs.count(f"MARK-{number}"), self.asked.get(number, 0)
            if ran > asked:
                self.broke(f"task {number} ran {ran} times, asked {asked}")
        ids = [payload["id"] for payload in self.receiver.taken()]
        if self.stored - set(ids):
            self.broke(f"notifications lost: {self.stored - set(ids)}")
        told = {p["id"]: (p["event"], p["task"]) for p in self.receiver.taken()}
        for event in ONCE:
            times = list(told.values()).count(event)
            if times != 1:
                self.broke(f"{event} was told {times} times")
        again = len(ids) - len(set(ids))
        if self.kills is not None and again > UNSTORED * self.kills:
            self.broke(f"{again} told again, {self.kills} kills")
        if list(self.scene.folder.glob("state.json.corrupt-*")):
            self.broke("a state was thrown away")


def play(folder, result, point, before=(), puts_back=False):
    """One day of a supervisor started by way of `before`; as it ended."""
    log = folder / "strace.log"
    with Receiver() as receiver:
        scene = Scene(folder, receiver=receiver)
        scene.write_tasks(*TASKS)
        day = Day(scene, receiver, result, point, puts_back)
        try:
            scene.supervise(*before)
            scene.wait_up()
            day.play()
            text = log.read_text(errors="replace") if log.exists() else ""
            if log.exists():
                killed = text.count("+++ killed by SIGKILL")
                day.kills = max(killed, day.deaths)
            day.injected = text.count("(INJECTED)")
            day.judge()
        except AssertionError as problem:
            day.broke(str(problem))
        finally:
            words = scene.folder / "stderr.log"
            day.said = words.read_text(errors="replace")
            scene.close()
    return day
