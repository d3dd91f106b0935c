"""Why a branch is not reached: read from reasons.txt.

A line at the margin is a reason; below it, indented, what it is the reason of:
`FILE: CODE`, where CODE is the line of the source, so that a line that moves
keeps its reason and one that changes needs a new one.
"""


class Reasons:
    """See above; `used` are those that were asked for."""

    def __init__(self, path):
        self.of = {}
        self.used = set()
        reason = None
        for line in path.read_text().splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if not line[0].isspace():
                reason = line.strip()
                continue
            file, _, code = line.strip().partition(": ")
            self.of[(file, code)] = reason

    def find(self, file, code):
        self.used.add((file, code))
        return self.of.get((file, code))

    def idle(self):
        """Reasons of what is reached, or is there no more."""
        return sorted(set(self.of) - self.used)
