"""A power cut: ext4 in a loop file, shut down without flushing its journal
(FS_IOC_SHUTDOWN) right after a command was acknowledged, as if the machine had
gone dark; then mounted again.

Promised: state.json is whole, and remembers every acknowledged command.
"""

import fcntl
import os
import random
import struct
import subprocess

from harness import processes

from .full_disk import mounted
from .result import Result
from .scene import Scene

SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32)
NO_FLUSH = struct.pack("I", 2)
MIB = 32


def make_disk(path):
    with path.open("wb") as file:
        file.truncate(MIB << 20)
    subprocess.run(["mkfs.ext4", "-q", "-F", str(path)], check=True)


def cut(scene):
    """What was written and not synced, for comparison, should be gone."""
    (scene.folder / "unsynced").write_text("x")
    folder = os.open(scene.folder, os.O_RDONLY)
    try:
        fcntl.ioctl(folder, SHUTDOWN, NO_FLUSH)
    finally:
        os.close(folder)
    scene.process.kill()
    scene.process.wait(30)
    for process in scene.mine():
        processes.end(process.pid)
    processes.reap()


def work(scene, told):
    """Some commands, the last of them just acknowledged."""
    scene.supervise()
    assert scene.wait_up(), "it starts after a cut"
    for _ in range(random.randint(1, 6)):
        status = (scene.state() or {}).get("status")
        command = {"paused": "resume", "waiting_approval": "pause"}.get(status)
        ident = f"cut-{len(told)}"
        if command:
            code, _ = scene.ask(command, ident=ident)
        else:
            code, _ = scene.ask("start", ident=ident, task_file="list.md")
        if code == 200:
            told.append(ident)


def look(scene, told, result):
    """Was what nobody synced lost? Then it was a cut."""
    try:
        state = scene.state() or {}
    except ValueError as problem:
        result.broke(f"torn: {problem}")
        state = {}
    kept = [one["id"] for one in state.get("deliveries", [])]
    lost = [ident for ident in told[-200:] if ident not in kept]
    result.check(not lost, f"cut {result.times}: acknowledged, lost: {lost}")
    return not (scene.folder / "unsynced").exists()


def experiment(folder, budget):
    result = Result("a power cut on ext4, just after an answer")
    disk, place = folder / "disk", folder / "ext4"
    told, gone = [], 0
    scene = None
    try:
        make_disk(disk)
        with mounted(place, "-o", "loop", str(disk)):
            scene = Scene(place / "i")
            scene.write_tasks("one", "two")
            subprocess.run(["sync", "-f", str(scene.folder)], check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        result.left_out = f"no ext4 in a loop file here: {problem}"
        return result
    for _ in range(200 if budget >= 50 else 6):
        with mounted(place, "-o", "loop", str(disk)):
            work(scene, told)
            cut(scene)
        result.times += 1
        with mounted(place, "-o", "loop", str(disk)):
            gone += look(scene, told, result)
    result.seen.append(f"{len(told):,} acknowledged commands")
    result.seen.append(f"a file nobody synced was lost {gone} times")
    return result
