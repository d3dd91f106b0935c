"""python3 -m bench RESULTS.md: measures, prints the table, writes it.

BENCH_SECONDS (3) for each load, BENCH_MIB (1024) of output."""

import os
import pathlib
import platform
import sys
import tempfile

from harness import processes

from . import engine
from .asking import requests
from .table import markdown

INTRODUCTION = """# How fast it is

Made by `tests/run.sh bench`; do not edit. Everybody was measured in one run,
in turn, on one machine: the ratios say more than the figures. Requests go
through one nginx with TLS; "ours" writes its access log and looks at the
secret; a bare responder does neither, and answers as many bytes.

{machine}

"""

NOTES = """
## What is not met, and why

- **A command.** strace: one durable write and three lines of log between the
  supervisor's accept and its answer. With 10 tasks what is left is the way
  through a second process; with 1,000 the state is copied, made JSON, printed
  and written for each change (perf: malloc and json-c, fsync at 2 %).
- **Approve until the agent runs.** strace: one durable write, then the keeper: a
  fork, its cgroup, a walk through /proc where no cgroup can bound the number of
  processes, and the spawn. To move into the cgroup took the kernel 14.6 ms of
  that; Claude is forked into it now.
- **Output.** What `cat` copies is read here, cut into lines, cleaned of what a
  terminal would take for an order, given its time and written twice. perf: a
  quarter of text is the cleaning; of stream-json a fifth is json-c, half the
  kernel's pipes and files.
- **Wake-ups.** The supervisor looks every 5 s at what time brings (reports,
  reminders, limits, a program that was replaced); nobody else wakes up.
"""


def machine():
    cpus = os.cpu_count()
    with open("/proc/cpuinfo") as lines:
        names = [line.split(": ")[1] for line in lines if "model name" in line]
    name = names[0].strip() if names else platform.machine()
    return f"{cpus} × {name}, load {os.getloadavg()[0]:.1f} at the end."


def measure(folder):
    seconds = int(os.environ.get("BENCH_SECONDS", "3"))
    size = int(os.environ.get("BENCH_MIB", "1024")) << 20
    yield from requests(folder, seconds)
    yield from engine.commands(folder)
    yield from engine.start(folder)
    yield from engine.output(folder, size)
    yield from engine.lists(folder)
    yield from engine.shortest(folder)
    yield from engine.idle(folder, 20)


def main():
    processes.adopt_orphans()
    rows = []
    with tempfile.TemporaryDirectory(prefix="orchestrator-bench.") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        for cells in measure(folder):
            print(" | ".join(cells), flush=True)
            rows.append(cells)
    text = INTRODUCTION.format(machine=machine()) + markdown(rows) + NOTES
    pathlib.Path(sys.argv[1]).write_text(text)


main()
