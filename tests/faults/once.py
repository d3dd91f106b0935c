"""Once: 500 identical deliveries of an approval at the same time, then 500
different ones of the same decision.

Promised: the task starts once. The first kind gets one answer, the same for
all; of the second one is taken, all others are told that it is decided.
"""

import collections
import threading

from harness.waiting import wait_for

from .result import Result
from .scene import Lost, Scene

WAITS = "cat >/dev/null; echo ran >>runs; until [ -e go ]; do sleep 0.1; done"


def together(count, work):
    """What `count` threads get, all let go at one moment."""
    gate, found = threading.Barrier(count), collections.Counter()
    lock = threading.Lock()

    def one(number):
        gate.wait()
        got = work(number)
        with lock:
            found[got] += 1

    threads = [threading.Thread(target=one, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def approve(scene, ident, decision):
    """What n8n gets in the end: it tries again where nobody answered."""
    while True:
        try:
            code, body = scene.ask("approve", ident=ident, decision=decision)
        except Lost:
            continue
        return code, bool(body.get("duplicate")), body.get("error")


def ask_all(scene, count, name):
    decision = scene.state()["waiting_for"]["decision"]
    return together(count, lambda n: approve(scene, name(n), decision))


def experiment(folder, budget):
    count = 500 if budget >= 50 else 60
    result = Result("one approval, many times at once")
    scene = Scene(folder, script=WAITS)
    scene.write_tasks("one", "two")
    try:
        scene.supervise()
        scene.wait_up()
        scene.ask("start", task_file="list.md")
        same = ask_all(scene, count, lambda n: "same")
        first, again = (200, False, None), (200, True, None)
        result.check(same[first] == 1, f"answers to one delivery: {same}")
        result.check(same[again] == count - 1, f"and the rest: {same}")
        wait_for(scene.runs, 20, "the task runs")
        (scene.work / "go").touch()
        scene.wait_status("waiting_approval")
        others = ask_all(scene, count, lambda n: f"other-{n}")
        stale = (409, False, "stale_decision")
        result.check(others[first] == 1, f"answers to many: {others}")
        result.check(others[stale] == count - 1, f"and the rest: {others}")
        scene.wait_status("completed")
        result.check(scene.runs() == ["ran"] * 2, f"runs: {scene.runs()}")
    finally:
        scene.close()
    result.times = 2 * count
    result.seen.append("a start each")
    return result
