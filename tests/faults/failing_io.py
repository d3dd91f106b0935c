"""Failing calls: EIO, ENOSPC, EDQUOT, EMFILE, EINTR, EINVAL, five in a row from
the Nth of each call on, by strace; then everything is as it was.

Promised: nothing is acknowledged that is not stored (503 instead); a task runs
as often as somebody asked for it; service again without anybody's doing, or
after a start as systemd would do it; nothing is lost.
"""

from .day import play
from .kill_anywhere import counts
from .result import Result
from .scene import strace

ROW = 5
ERRORS = {
    "EIO": "openat read write fsync renameat renameat2 unlink newfstatat",
    "ENOSPC": "openat write fsync renameat mkdir",
    "EDQUOT": "openat write fsync",
    "EMFILE": "openat pipe2 accept4 socket socketpair pidfd_open dup",
    "EINTR": "read write poll accept4 recvfrom sendto wait4 flock",
    "EINVAL": "fsync renameat renameat2",
}
SHORT = [("EIO", "fsync"), ("ENOSPC", "write"), ("EMFILE", "pipe2")]


def points(most, budget):
    """Every errno and Nth of its calls, thinned out evenly to a budget."""
    pairs = [(e, call) for e, calls in ERRORS.items() for call in calls.split()]
    if budget < 50:
        pairs = SHORT
    every = [
        (error, call, number)
        for error, call in pairs
        for number in range(1, most.get(call, 0) + 1)
    ]
    step = max(1, -(-len(every) // budget))
    return len(every), every[::step]


def experiment(folder, budget):
    result = Result("a system call fails from the Nth on, five times")
    refused = deaths = 0
    total, chosen = points(counts(folder), budget)
    for index, (error, call, number) in enumerate(chosen):
        place = folder / f"fail-{index}"
        place.mkdir()
        rule = f"error={error}:when={number}..{number + ROW - 1}"
        before = strace(place / "strace.log", call, rule)
        point = f"{error} of {call} #{number}"
        day = play(place, result, point, before, puts_back=True)
        result.times += day.injected
        refused += day.refused
        deaths += day.deaths
    result.seen.append(f"{len(chosen)} of {total:,} points")
    result.seen.append(f"{refused} refused by 503, {deaths} supervisors ended")
    return result
