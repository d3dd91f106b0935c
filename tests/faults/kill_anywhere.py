"""Kill anywhere: SIGKILL at the Nth entry into each system call.

A person's day is played: three tasks, approve, pause, resume, skip. At the
chosen call whoever makes it (supervisor, keeper, notifier) is dead before the
call is; a supervisor is then started again, the commands that brought no
answer are sent once more under their delivery_id, as n8n does, and the day is
played to its end. Promised: each state on disk is whole; what was acknowledged
is remembered; a task ran as often as somebody asked for it; every notification
that was on disk arrives, at most one duplicate a kill.
"""

from .day import play
from .result import Result
from .scene import counted, strace

CALLS = "%file,%desc,%network,%process"
SHORT = ("fsync", "renameat", "renameat2", "sendto", "unlink", "write")


def points(most, budget):
    """Every Nth of each call, thinned out evenly to a budget."""
    every = [
        (call, number)
        for call, top in sorted(most.items())
        for number in range(1, top + 1)
    ]
    step = max(1, -(-len(every) // budget))
    return every[::step]


def counts(folder):
    """How often each call is made in an undisturbed day."""
    log = folder / "counts.log"
    trace = ["strace", "-D", "-f", "-b", "execve", "-qq", "-o", str(log)]
    play(folder / "counts", Result(""), "none", [*trace, f"-etrace={CALLS}"])
    return counted(log)


def experiment(folder, budget):
    result = Result("SIGKILL at the Nth system call")
    most = counts(folder)
    if budget < 50:
        most = {call: n for call, n in most.items() if call in SHORT}
    chosen = points(most, budget)
    hit = 0
    for index, (call, number) in enumerate(chosen):
        place = folder / f"kill-{index}"
        rule = f"signal=KILL:when={number}"
        before = strace(place / "strace.log", call, rule)
        place.mkdir()
        day = play(place, result, f"{call} #{number}", before)
        result.times += day.kills
        hit += day.kills > 0
    calls, total = len(most), sum(most.values())
    result.seen.append(
        f"{len(chosen)} of {total:,} points in {calls} calls, {hit} hit"
    )
    return result
