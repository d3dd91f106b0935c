"""No memory: one allocation fails, each in its turn: of the commands that read
(configuration, lists, state, logs), and of a supervisor in a person's day.

Promised: the program goes on, refuses, or ends with a word about memory; never
a damaged file, and a day that is played to its end. No crash of ours either:
json-c 0.16 does not look at what it is given while it reads, and crashes in
json_tokener_parse_ex; such ends are counted apart.
"""

import json
import pathlib
import signal
import subprocess

from harness.instance import program

from .day import TASKS, play
from .result import Result
from .scene import Scene

SOURCE = pathlib.Path(__file__).with_name("failing_malloc.c")
READERS = [
    ("check",),
    ("check", "--tasks", "orchestrator_tasks/list.md"),
    ("check", "--print"),
    ("--json", "status"),
    ("tasks",),
    ("show", "1"),
    ("logs",),
    ("output", "1"),
]


def build(folder):
    library = folder / "failing_malloc.so"
    flags = ["-O2", "-shared", "-fPIC"]
    subprocess.run(["cc", *flags, "-o", library, SOURCE], check=True)
    return library


def prepared(folder):
    """A day that has begun, and whose supervisor has gone."""
    scene = Scene(folder)
    scene.write_tasks(*TASKS)
    scene.supervise()
    scene.wait_up()
    scene.ask("start", task_file="list.md")
    scene.ask("approve")
    scene.wait_task(1, "completed")
    scene.end()
    return scene


def count(scene, library, command):
    """How many allocations an undisturbed run makes."""
    path = scene.folder / "count"
    scene.cli(*command, env={"LD_PRELOAD": library, "FAILING_COUNT": path})
    return int(path.read_text())


LIBRARY = "json_tokener_parse_ex"


def in_library(code, said):
    return code == -signal.SIGSEGV and LIBRARY in said


def how_it_ended(code, said):
    """None where that is as promised, or not ours."""
    if in_library(code, said):
        return None
    told = "memory" in said or "[cmark]" in said
    if code >= 0 or (code == -signal.SIGABRT and told):
        return None
    return f"ended by {signal.Signals(-code).name}: {said[-300:]!r}"


def is_whole(command, done):
    """What ended well has printed all of it: json-c leaves out what it has no
    memory for, and goes on."""
    if done.returncode != 0 or "--json" not in command:
        return True
    try:
        return bool(json.loads(done.stdout))
    except ValueError:
        return False


def readers(scene, library, budget, result):
    """How often json-c crashed."""
    before, crashes = scene.state_file.read_bytes(), 0
    for command in READERS:
        total = count(scene, library, command)
        for number in range(1, total + 1, max(1, total // budget)):
            env = {"LD_PRELOAD": library, "FAILING_MALLOC": str(number)}
            done = scene.cli(*command, env=env)
            result.times += 1
            crashes += in_library(done.returncode, done.stderr)
            bad = how_it_ended(done.returncode, done.stderr)
            point = f"{' '.join(command)} #{number}"
            result.check(bad is None, f"{point}: {bad}")
            result.check(is_whole(command, done), f"{point}: {done.stdout}")
    same = scene.state_file.read_bytes() == before
    result.check(same, "a reader changed state.json")
    return crashes


def supervisors(folder, library, budget, result):
    """A day each; whoever ends is started again without the fault."""
    path = folder / "count"
    counting = [f"LD_PRELOAD={library}", f"FAILING_COUNT={path}"]
    play(folder / "undisturbed", Result(""), "none", ["env", *counting])
    total, ended = int(path.read_text()), 0
    for number in range(1, total + 1, max(1, total // budget)):
        failing = [f"LD_PRELOAD={library}", f"FAILING_MALLOC={number}"]
        place = folder / f"memory-{number}"
        point = f"supervisor #{number}"
        result.times += 1
        try:
            day = play(place, result, point, ["env", *failing], puts_back=True)
        except ValueError:
            continue  # a torn state, which is told
        ended += day.deaths
        for code in day.codes:
            bad = how_it_ended(code, day.said)
            result.check(bad is None, f"{point}: {bad}")
    return total, ended


def experiment(folder, budget):
    result = Result("one allocation fails")
    if b"__asan_init" in pathlib.Path(program()).read_bytes():
        result.left_out = "a sanitizer has allocations of its own"
        return result
    library = build(folder)
    scene = prepared(folder / "readers")
    try:
        crashes = readers(scene, library, budget, result)
    finally:
        scene.close()
    days = max(4, budget // 4)
    total, ended = supervisors(folder, library, days, result)
    result.seen.append(f"{len(READERS)} commands")
    result.seen.append(f"json-c crashed {crashes} times")
    result.seen.append(f"days of {total:,} allocations, {ended} of them cut")
    return result
