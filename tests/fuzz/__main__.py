"""python3 -m fuzz RESULTS.md WORK [SECONDS]: gives each target so many seconds
of libFuzzer (60), prints the table, writes it.

WORK gets a build of its own with clang, and in findings/ what broke a promise.
"""

import os
import pathlib
import sys

from . import readers

INTRODUCTION = """# What the readers were fed

Made by `tests/run.sh fuzz`; do not edit. libFuzzer with ASan and UBSan: each
reader of foreign bytes has a target in this folder, which says at its head what
must hold. Edges and features are those that libFuzzer counts, the corpus what
it keeps because each input brought a new one; a finding is a broken promise.

"""


def markdown(rows):
    lines = ["| " + " | ".join(rows[0]) + " |"]
    lines.append("|---" + "|---:" * (len(rows[0]) - 1) + "|")
    for target, *numbers in (row.values() for row in rows):
        cells = [target, *(f"{number:,}" for number in numbers)]
        lines.append("| " + " | ".join(cells) + " |")
    total = sum(row["executions"] for row in rows)
    return "\n".join(lines) + f"\n\nTogether {total:,} inputs.\n"


def main():
    path, work = map(pathlib.Path, sys.argv[1:3])
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 60
    source = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
    readers.build_with_clang(source, work / "build")
    rows = []
    for target in readers.TARGETS:
        rows.append(readers.run(source, work, target, seconds))
        print(f"{target}: done", file=sys.stderr, flush=True)
    table = markdown(rows)
    print(table)
    path.write_text(INTRODUCTION + table)
    return 1 if any(row["findings"] for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
