"""What the scenes of a package's life are made of."""

import json
import threading

from harness.waiting import wait_for

STATE = "/var/lib/orchestrator/state.json"
TASK = """## Task {number}: {title}
**Type:** data

**Claude Instruction:**
{instruction}

---

"""


def install(machine, deb):
    machine.put(deb, "/root/orchestrator.deb")
    return machine.sh("apt-get install -y /root/orchestrator.deb 2>&1")


def write_list(machine, name, *instructions):
    text = "# Tasks\n\n" + "".join(
        TASK.format(number=number, title=f"Step {number}", instruction=what)
        for number, what in enumerate(instructions, 1))
    machine.path(f"/var/lib/orchestrator/tasks/{name}").write_text(text)
    return name


def start(machine, door, name, *instructions):
    """Start a list and approve its first task."""
    door.ok("start", task_file=write_list(machine, name, *instructions))
    door.wait_status("waiting_approval", index=1)
    door.ok("approve")


def let_many_in(machine):
    """Lift nginx's limits of rate, for scenes that ask without a pause."""
    machine.sh("sed -i 's/rate=[0-9]*r/rate=1000r/'"
               " /etc/nginx/sites-available/orchestrator &&"
               " systemctl reload nginx")


def state(machine):
    return json.loads(machine.out(f"cat {STATE}"))


def main_pid(machine, unit):
    return int(machine.out(f"systemctl show -P MainPID {unit}"))


def agent_runs(machine):
    return machine.processes("orchestrator-agent")


class Knocking:
    """Asks for the status again and again, from three sides, while a scene
    goes on. Every request must be answered by the responder."""

    def __init__(self, door):
        self.door = door
        self.statuses = []
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.knock) for _ in range(3)]

    def knock(self):
        while not self.over.is_set():
            self.statuses.append(self.door.post("status")[0])

    def more(self, number):
        reached = len(self.statuses)
        wait_for(lambda: len(self.statuses) >= reached + number, 20,
                 f"{number} more requests")

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        self.more(5)
        return self

    def __exit__(self, *_):
        self.more(5)
        self.over.set()
        for thread in self.threads:
            thread.join()

    def assert_none_lost(self):
        assert set(self.statuses) == {200}, self.statuses
