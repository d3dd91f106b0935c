"""What gcov has counted, by file and line."""

import json
import pathlib
import subprocess


class File:
    """One source: how often each line ran, and each branch was taken."""

    def __init__(self, name):
        self.name = name
        self.lines = {}
        self.branches = {}

    def add(self, line):
        number = line["line_number"]
        self.lines[number] = self.lines.get(number, 0) + line["count"]
        taken = [branch["count"] for branch in line["branches"]]
        self.branches.setdefault(number, []).extend(taken)

    def reached(self):
        """(lines that ran, lines)"""
        return sum(map(bool, self.lines.values())), len(self.lines)

    def taken(self):
        """(branches that were taken, branches)"""
        counts = [count for line in self.branches.values() for count in line]
        return sum(map(bool, counts)), len(counts)

    def missed(self):
        """The lines with branches that were never taken: {line: (how many, of)}"""
        return {
            number: (counts.count(0), len(counts))
            for number, counts in sorted(self.branches.items())
            if 0 in counts
        }


def read(build, source):
    """A File for each src/**/*.c of a build with --coverage, by name."""
    build, source = (pathlib.Path(path).resolve() for path in (build, source))
    notes = sorted(str(path) for path in build.glob("src/**/*.gcno"))
    said = subprocess.run(
        ["gcov", "--json-format", "--stdout", "--branch-probabilities", *notes],
        cwd=build,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ).stdout
    files = {}
    for document in said.splitlines():
        for part in json.loads(document)["files"]:
            path = (build / part["file"]).resolve()
            if path.suffix != ".c" or not path.is_relative_to(source / "src"):
                continue
            name = str(path.relative_to(source))
            file = files.setdefault(name, File(name))
            for line in part["lines"]:
                file.add(line)
    return files
