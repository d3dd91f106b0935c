"""What an experiment found, and the table of all."""

HEAD = ("what was broken", "times", "violations", "seen")


class Result:
    """One row: what was done to it, how often, and each promise that broke."""

    def __init__(self, what):
        self.what = what
        self.times = 0
        self.violations = []
        self.seen = []
        self.left_out = None  # why, where it cannot be had here

    def broke(self, text):
        self.violations.append(text)

    def check(self, true, text):
        """A promise that holds, or text says how it did not."""
        if not true:
            self.broke(text)

    def cells(self):
        bad = f"**{len(self.violations)}**" if self.violations else "0"
        seen = [f"left out: {self.left_out}"] if self.left_out else self.seen
        return (self.what, f"{self.times:,}", bad, "; ".join(seen))


def markdown(rows):
    lines = ["| " + " | ".join(HEAD) + " |", "|---|---:|---:|---|"]
    lines += ["| " + " | ".join(cells) + " |" for cells in rows]
    return "\n".join(lines) + "\n"
