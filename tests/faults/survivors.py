"""Nothing survives its task: commands that leave in every way that there is
(sessions of their own, forked twice, deaf to SIGTERM, stopped, in a namespace
of their own, holding the pipe), ended by cancel, by its time, by kill -9 of the
supervisor, and of keeper and supervisor together.

Promised: not one process is left, and the next supervisor goes on.
"""

import os
import signal
import statistics
import time

from harness import processes
from harness.tasks import Task
from harness.waiting import wait_for

from .result import Result
from .scene import Scene

ESCAPES = """
setsid sleep 4321 &
(setsid sh -c 'sleep 4321 & exit 0' &)
setsid sh -c 'trap "" TERM HUP INT; while :; do sleep 4321; done' &
setsid sh -c 'kill -STOP $$; sleep 4321' </dev/null >/dev/null 2>&1 &
env -i setsid sleep 4321 >/dev/null 2>&1 &
unshare -Urpf sleep 4321 2>/dev/null &
cat >/dev/null
echo ran >>runs
trap '' TERM
wait
"""

LEAVE = 7  # with the shell itself; the namespace may be forbidden


def sleepers(scene):
    return [
        process
        for process in scene.mine()
        if not process.zombie
        and ("4321" in " ".join(process.argv) or "sh" in process.argv[:1])
    ]


def cancel(scene):
    scene.ask("cancel")


def run_out(scene):
    """Its Timeout of a second ends it."""


def kill_supervisor(scene):
    scene.process.kill()
    scene.process.wait(20)


def kill_both(scene):
    keepers = [p for p in scene.mine() if p.ppid == scene.process.pid]
    for pid in (*(p.pid for p in keepers), scene.process.pid):
        os.kill(pid, signal.SIGKILL)
    scene.process.wait(20)
    scene.supervise()


WAYS = [cancel, run_out, kill_supervisor, kill_both]


def gone(scene):
    processes.reap()
    return not sleepers(scene)


def one_round(scene, way, result):
    """Milliseconds until nobody was left."""
    (scene.work / "runs").unlink(missing_ok=True)
    timeout = 1 if way is run_out else 300
    scene.write_tasks(Task("One", "leave", timeout=timeout))
    if scene.dead():
        scene.supervise()
    scene.wait_up()
    wait_for(lambda: scene.ask("start", task_file="list.md")[0] == 200, 30)
    scene.ask("approve")
    wait_for(scene.runs, 30, "the task runs")
    wait_for(lambda: len(sleepers(scene)) >= LEAVE, 30, "they have left")
    began = time.monotonic()
    way(scene)
    try:
        wait_for(lambda: gone(scene), 30, "all have ended")
    except AssertionError:
        left = [p.argv for p in sleepers(scene)]
        result.broke(f"{way.__name__}: left {left}")
        for process in sleepers(scene):
            processes.end(process.pid)
    took = time.monotonic() - began
    if scene.dead():
        scene.supervise()
    scene.wait_up()
    scene.wait_status("waiting_approval")
    scene.ask("stop")
    return 1000 * took


def experiment(folder, budget):
    result = Result("a task that leaves processes behind is ended")
    took = {way: [] for way in WAYS}
    scene = Scene(folder / "i", script=ESCAPES)
    try:
        for _ in range(max(1, min(250, budget // 4))):
            for way in WAYS:
                took[way].append(one_round(scene, way, result))
                result.times += 1
    finally:
        scene.close()
    for way, times in took.items():
        middle, most = statistics.median(times), max(times)
        name = way.__name__.replace("_", " ")
        result.seen.append(f"{name}: {middle:,.0f} ms, at most {most:,.0f}")
    return result
