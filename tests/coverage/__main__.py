"""python3 -m coverage RESULTS.md [NAME...]: the lines and branches of a build
with --coverage ($ORCHESTRATOR_BUILD) that its tests have reached, as a table;
NAME: the integration tests that ran, where not all of them did.

In the files of HELD each branch is taken by a test or has a reason in
reasons.txt. One that has neither is printed, and the status is 1; a reason that
nothing needs is printed too, as another machine may need it.
"""

import fnmatch
import os
import pathlib
import sys
import textwrap

from . import counters
from .reasons import Reasons

HERE = pathlib.Path(__file__).parent
HELD = [
    "src/core/auth.c",
    "src/core/session/session*.c",
    "src/store/state*.c",
    "src/base/durable.c",
    "src/engine/child.c",
    "src/engine/keeper*.c",
]
INTRODUCTION = """# What the tests reach

Made by `tests/run.sh coverage`; do not edit. gcov's counters, without
optimisation, so that a branch is one of the source. Forked children write
theirs before they leave; what is ended by a signal that it cannot catch writes
none.

{ran}

"""
MISSED = """
## Branches that no test takes

Of the files that a broken night would come from, each with its reason
(`reasons.txt`).

"""


def ran(names):
    which = "all integration tests but those of the build itself"
    if names:
        which = "of the integration tests " + ", ".join(names)
    return textwrap.fill(f"What ran: the unit tests and {which}.", 80)


def share(some, all_):
    return f"{100 * some / all_:.1f} %" if all_ else ""


def row(name, reached, taken):
    return (
        f"| {name} | {reached[1]:,} | {share(*reached)} "
        f"| {taken[1]:,} | {share(*taken)} |"
    )


def table(files):
    lines = ["| file | lines | reached | branches | taken |"]
    lines.append("|---|---:|---:|---:|---:|")
    for file in files:
        lines.append(row(file.name, file.reached(), file.taken()))
    reached, taken = (
        tuple(map(sum, zip(*pairs)))
        for pairs in zip(*((f.reached(), f.taken()) for f in files))
    )
    lines.append(row("all", reached, taken))
    return "\n".join(lines) + "\n"


class Miss:
    """A line of which no test takes so many branches, and why not."""

    def __init__(self, file, number, count, code, reasons):
        self.where = f"{file}:{number}"
        self.count = "{} of {}".format(*count)
        self.code = code
        self.why = reasons.find(file, code)

    def row(self):
        code = self.code.replace("|", "\\|")
        why = self.why or "**none**"
        return f"| {self.where} | {self.count} | `{code}` | {why} |"


def misses(files, source, reasons):
    """Of the files that are held."""
    for file in files:
        if any(fnmatch.fnmatch(file.name, held) for held in HELD):
            text = (source / file.name).read_text().splitlines()
            for number, count in file.missed().items():
                code = text[number - 1].strip()
                yield Miss(file.name, number, count, code, reasons)


def main():
    source = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
    reasons = Reasons(HERE / "reasons.txt")
    read = counters.read(os.environ["ORCHESTRATOR_BUILD"], source)
    files = [read[name] for name in sorted(read)]
    found = list(misses(files, source, reasons))
    lines = ["| where | branches | code | why |", "|---|---:|---|---|"]
    lines += [miss.row() for miss in found]
    text = table(files)
    print(text.splitlines()[-1])
    pathlib.Path(sys.argv[1]).write_text(
        INTRODUCTION.format(ran=ran(sys.argv[2:])) + text + MISSED + "\n".join(lines) + "\n"
    )
    bare = [miss for miss in found if not miss.why]
    for miss in bare:
        print(f"{miss.where}: {miss.count} branches no test takes: {miss.code}")
    for name, code in reasons.idle():
        print(f"{name}: a reason for nothing: {code}")
    return 1 if bare else 0


if __name__ == "__main__":
    sys.exit(main())
