"""Nothing survives its task: commands that leave in every way that there is,
ended by cancel, by its time, by kill -9 of the supervisor, of the keeper, and of
both together.

Promised: not one process is left, and the supervisor, or the next one, goes on.
Where the attempt has no cgroup, who has put off the attempt's mark is nobody's
once keeper and supervisor are killed at the same moment (SECURITY.md): that
end is not tried with it then.
"""

import os
import pathlib
import signal
import statistics
import subprocess
import time

from harness import processes
from harness.tasks import Task
from harness.waiting import wait_for

from .result import Result
from .scene import Scene

# Each by a number of its own, which its processes carry in their arguments.
WAYS_OUT = {
    "in a session of its own, holding the pipe": "setsid sleep 4321.01 &",
    "forked twice": "(setsid sh -c 'sleep 4321.02 & exit 0' &)",
    "deaf": """setsid sh -c 'trap "" TERM HUP INT QUIT USR1
    while :; do sleep 4321.03; done' &""",
    "stopped": "setsid sh -c 'kill -STOP $$; sleep 4321.04' &",
    "without the attempt's mark":
        "test -e nobody-hides || env -i setsid sleep 4321.05 &",
    "starts others for ever": """setsid sh -c 'while :
    do setsid sleep 4321.06 & sleep 0.2; done' &""",
}
# Not every account may: tried first.
NAMESPACES = {
    "-Urpf": "unshare -Urpf --mount-proc sleep 4321.07 &",
    "-Urnmiu": "unshare -Urnmiu setsid sleep 4321.08 &",
}
AGENT = """
{ways}
{zombie}
cat >/dev/null
echo ran >>runs
trap '' TERM
wait
"""
SHORT, LONG = 5, 200  # rounds of each end


def allowed(way):
    done = subprocess.run(
        ["unshare", way, "true"], stderr=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0


def living_zombie(folder):
    """A program whose first thread ends while another lives on."""
    program = folder / "living-zombie"
    source = pathlib.Path(processes.__file__).with_name("living_zombie.c")
    subprocess.run(["cc", "-pthread", "-o", program, source], check=True)
    return program


def threads(pid):
    try:
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:
        return 0


def may_make_cgroups():
    """Below our own, as the keeper does."""
    own = pathlib.Path("/proc/self/cgroup").read_text().splitlines()
    group = next((line[3:] for line in own if line.startswith("0::")), "/")
    return any(os.access(mount + group, os.W_OK)
               for mount in processes.cgroup_mounts())


def nobody_hides(scene):
    return scene.work / "nobody-hides"


class Crowd:
    """Who leaves, and who of them is there."""

    def __init__(self, folder):
        may = [text for way, text in NAMESPACES.items() if allowed(way)]
        self.namespaces = len(may)
        ways = [*WAYS_OUT.values(), *may]
        self.numbers = {text.split("4321.")[1][:2] for text in ways}
        zombie = living_zombie(folder)
        self.script = AGENT.format(ways="\n".join(ways), zombie=zombie)

    @staticmethod
    def left(scene):
        """All that the task has started, its own shell too."""
        found = []
        for process in scene.mine():
            words = " ".join(process.argv)
            if process.zombie:
                if threads(process.pid) > 1:
                    found.append(process)
            elif "4321." in words or process.name == "living-zombie":
                found.append(process)
        return found

    def all_there(self, scene):
        left = self.left(scene)
        words = " ".join(" ".join(p.argv) for p in left)
        hidden = {"05"} if nobody_hides(scene).exists() else set()
        return any(p.zombie for p in left) and all(
            f"sleep 4321.{number}" in words for number in self.numbers - hidden
        )


def keepers(scene):
    top = scene.process.pid
    mine = scene.mine()
    return [p.pid for p in mine if p.ppid == top and p.name == "orch-keeper"]


def cancel(scene):
    scene.ask("cancel")


def run_out(scene):
    """Its Timeout of a second ends it."""


def kill_supervisor(scene):
    scene.process.kill()
    scene.process.wait(20)


def kill_keeper(scene):
    for pid in keepers(scene):
        os.kill(pid, signal.SIGKILL)


def kill_both(scene):
    for pid in (*keepers(scene), scene.process.pid):
        os.kill(pid, signal.SIGKILL)
    scene.process.wait(20)
    scene.supervise()


ENDS = [cancel, run_out, kill_supervisor, kill_keeper, kill_both]
NAMES = {cancel: "cancel (1 s of grace)", run_out: "run out (after 2 s, 1 s)"}


def gone(scene):
    processes.reap()
    return not Crowd.left(scene)


def one_round(scene, crowd, end, result):
    """Milliseconds until nobody was left, and how many were there."""
    (scene.work / "runs").unlink(missing_ok=True)
    nobody_hides(scene).unlink(missing_ok=True)
    if end is kill_both and not may_make_cgroups():
        nobody_hides(scene).touch()
    timeout = 2 if end is run_out else 300
    scene.write_tasks(Task("One", "leave", timeout=timeout))
    if scene.dead():
        scene.supervise()
    scene.wait_up()
    wait_for(lambda: scene.ask("start", task_file="list.md")[0] == 200, 30)
    scene.ask("approve")
    wait_for(scene.runs, 30, "the task runs")
    if end is not run_out:  # on a slow machine its time may come first
        wait_for(lambda: crowd.all_there(scene), 30, "they have left")
    there = len(crowd.left(scene))
    began = time.monotonic()
    end(scene)
    try:
        wait_for(lambda: gone(scene), 30, "all have ended", step=0.005)
    except AssertionError:
        left = [(p.name, p.argv) for p in crowd.left(scene)]
        result.broke(f"{end.__name__}: left {left}")
        for process in crowd.left(scene):
            processes.end(process.pid)
    took = time.monotonic() - began
    if scene.dead():
        scene.supervise()
    scene.wait_up()
    scene.wait_status("waiting_approval")
    scene.ask("stop")
    return 1000 * took, there


def experiment(folder, budget):
    result = Result("a task that leaves processes behind is ended")
    crowd = Crowd(folder)
    took, there = {end: [] for end in ENDS}, []
    scene = Scene(folder / "i", script=crowd.script)
    try:
        for _ in range(LONG if budget >= 50 else SHORT):
            for end in ENDS:
                milliseconds, many = one_round(scene, crowd, end, result)
                took[end].append(milliseconds)
                there.append(many)
                result.times += 1
    finally:
        scene.close()
    namespaces = f"{crowd.namespaces} of {len(NAMESPACES)} namespaces allowed"
    result.seen.append(f"{statistics.median(there):.0f} processes; {namespaces}")
    for end, times in took.items():
        middle, most = statistics.median(times), max(times)
        name = NAMES.get(end, end.__name__.replace("_", " "))
        result.seen.append(f"{name}: {middle:,.0f} ms, at most {most:,.0f}")
    return result
