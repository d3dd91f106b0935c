"""A disk that is really full: a tmpfs of 2 MiB, filled to its last byte while a
task runs.

Promised: the task goes on; what cannot be stored is refused by 503; when there
is room again the task's end is stored, and service goes on, unasked.
"""

import contextlib
import os
import subprocess

from harness.waiting import wait_for

from .result import Result
from .scene import Scene

WAITS = "cat >/dev/null; echo ran >>runs; while [ -e stay ]; do sleep 0.1; done"
SIZE = 2 << 20


@contextlib.contextmanager
def mounted(folder, *command):
    """A file system at folder for as long as it is asked for."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", *command, str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path):
    """Until not a byte more goes in."""
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(b"x" * size) == size:
                    pass


def once(folder, result):
    scene = Scene(folder, script=WAITS)
    scene.write_tasks("one", "two")
    try:
        (scene.work / "stay").touch()
        scene.supervise()
        scene.wait_up()
        scene.ask("start", task_file="list.md")
        scene.ask("approve")
        wait_for(lambda: scene.runs() == ["ran"], 20, "the task runs")
        fill(scene.folder / "full")
        code, _ = scene.ask("pause")
        result.check(code == 503, f"pause on a full disk: {code}")
        (scene.work / "stay").unlink()
        wait_for(lambda: not scene.attempt_processes(), 20, "the task ends")
        code, _ = scene.ask("approve")
        result.check(code in (503, 409), f"approve on a full disk: {code}")
        result.check(not scene.dead(), "the supervisor ended")
        (scene.folder / "full").unlink()
        scene.wait_task(1, "completed", 60)
        code, _ = scene.ask("approve")
        result.check(code == 200, f"approve when there is room: {code}")
        scene.wait_task(2, "completed", 60)
        result.check(scene.runs() == ["ran"] * 2, f"runs: {scene.runs()}")
    finally:
        (scene.folder / "full").unlink(missing_ok=True)
        scene.close()


def experiment(folder, budget):
    result = Result("a full disk")
    if os.geteuid() != 0:
        result.left_out = "mounting needs root"
        return result
    for index in range(1 if budget < 50 else 10):
        kind = ("-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs")
        with mounted(folder / f"tmpfs-{index}", *kind) as disk:
            once(disk / "i", result)
        result.times += 1
    return result
