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

- **Requests, ≥ 1.5 × the bare responder.** TLS, nginx and wrk share the cores
  with whoever answers. The bare responder itself gains about a quarter by kept
  connections; ours answers as many requests as that one and more, at half of
  the processor time that it takes us without them.
- **99th percentile.** The two differ by less than two runs of one of them.
- **A command with 1,000 tasks; approve until the agent runs.** The rest is the
  state's own making: it is copied, printed as JSON as a whole, and written.
- **Output.** Each line is looked at, made clean and logged with its time; cat
  does none of it, and jq does not log.
- **A list.** Beside the Markdown's structure each task's fields are read, and
  checked, from the source itself.
- **`orchestrator status`.** Nearly all of it is the start of the process: the
  dynamic linker has libcurl and what that brings.
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
