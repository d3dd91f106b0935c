"""python3 -m faults RESULTS.md [NAMES...]: tries to break what is promised,
prints the table, writes it.

Each experiment is a file here, with its reason at its head; FAULTS_BUDGET (300)
is how many points each takes of those that it knows. A row that is not made
anew is kept as it was."""

import importlib
import os
import pathlib
import sys
import tempfile
import time

from harness import processes

from .result import HEAD, markdown

HERE = pathlib.Path(__file__).parent
NAMES = [
    "kill_anywhere",
    "failing_io",
    "full_disk",
    "once",
    "power_cut",
    "survivors",
    "dead_peers",
    "no_memory",
    "strangers",
    "load",
    "compressed_day",
]
INTRODUCTION = """# What was tried to break it

Made by `tests/run.sh faults`; do not edit. Each row is an experiment in this
folder, which says at its head what was promised. A violation is a promise that
did not hold.

"""


def run(name, budget):
    began = time.monotonic()
    module = importlib.import_module(f"faults.{name}")
    with tempfile.TemporaryDirectory(prefix="orchestrator-faults.") as work:
        folder = pathlib.Path(work)
        folder.chmod(0o755)
        result = module.experiment(folder, budget)
    result.seen.append(f"{time.monotonic() - began:,.0f} s")
    for violation in result.violations:
        print(f"{name}: {violation}", file=sys.stderr, flush=True)
    return result


def kept(path):
    """The rows of an earlier table, by what they are about."""
    rows = {}
    if path.exists():
        for line in path.read_text().splitlines():
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if line.startswith("| ") and len(cells) == len(HEAD):
                rows[cells[0]] = cells
    rows.pop(HEAD[0], None)
    return rows


def main():
    processes.adopt_orphans()
    path, names = pathlib.Path(sys.argv[1]), sys.argv[2:] or NAMES
    budget = int(os.environ.get("FAULTS_BUDGET", "300"))
    unknown = set(names) - set(NAMES)
    if unknown:
        sys.exit(f"no such experiment; there are {', '.join(NAMES)}")
    failed = 0
    for name in names:
        result = run(name, budget)
        failed += bool(result.violations)
        print(" | ".join(result.cells()), flush=True)
        rows = {**kept(HERE / "RESULTS.md"), **kept(path)}
        rows[result.what] = result.cells()
        path.write_text(INTRODUCTION + markdown(rows.values()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
