"""The processes that descend from this test run.

The test run makes itself a child subreaper, so whatever is orphaned below it
(a supervisor that left its responder, a command that a dead Claude started)
becomes its own child instead of init's: nothing can get out of sight.
"""

import ctypes
import os
import signal

from .waiting import wait_for

_PR_SET_CHILD_SUBREAPER = 36


def adopt_orphans():
    """Make this process the parent of every orphan below it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


class Process:
    """One line of /proc as it was when it was read."""

    def __init__(self, pid):
        self.pid = pid
        with open(f"/proc/{pid}/stat", "rb") as stat:
            text = stat.read().decode(errors="replace")
        self.name = text[text.index("(") + 1 : text.rindex(")")]
        fields = text[text.rindex(")") + 2 :].split()
        self.state, self.ppid = fields[0], int(fields[1])
        self.pgid, self.sid = int(fields[2]), int(fields[3])
        self.start = int(fields[19])
        with open(f"/proc/{pid}/cmdline", "rb") as line:
            self.argv = line.read().decode(errors="replace").split("\0")[:-1]

    @property
    def zombie(self):
        return self.state == "Z"

    def environment(self):
        with open(f"/proc/{self.pid}/environ", "rb") as env:
            pairs = env.read().decode(errors="replace").split("\0")
        return dict(p.split("=", 1) for p in pairs if "=" in p)

    def uids(self):
        with open(f"/proc/{self.pid}/status") as status:
            for line in status:
                if line.startswith("Uid:"):
                    return [int(u) for u in line.split()[1:]]
        return []

    def __repr__(self):
        return f"<{self.pid} ppid={self.ppid} {self.state} {self.name} {self.argv}>"


def snapshot():
    """Every process of the machine that this account can see, by pid."""
    found = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                found[int(entry)] = Process(int(entry))
            except (OSError, ValueError):
                pass
    return found


def descendants(root=None, within=None):
    """Processes below root (this test run), nearest first."""
    everyone = snapshot() if within is None else within
    children = {}
    for process in everyone.values():
        children.setdefault(process.ppid, []).append(process)
    found, queue = [], [os.getpid() if root is None else root]
    while queue:
        for process in children.get(queue.pop(0), []):
            found.append(process)
            queue.append(process.pid)
    return found


def reap(keep=()):
    """Collect ended orphans that were adopted; those in keep are not ours."""
    for process in descendants():
        if process.ppid == os.getpid() and process.zombie:
            if process.pid not in keep:
                try:
                    os.waitpid(process.pid, os.WNOHANG)
                except ChildProcessError:
                    pass


def alive(pid):
    """Is there a process of this number that has not ended?"""
    try:
        return not Process(pid).zombie
    except OSError:
        return False


def end(pid, sig=signal.SIGKILL, limit=20.0):
    """Signal one process and wait until it is gone."""
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        return
    wait_for(lambda: not alive(pid), limit, f"{pid} gone after signal {sig}")


def cgroup_mounts():
    """Where cgroup v2 is mounted."""
    with open("/proc/self/mountinfo") as mounts:
        return [line.split()[4] for line in mounts if " - cgroup2 " in line]


def may_change_accounts():
    """Are we root, and of more than a user namespace with one account?"""
    with open("/proc/self/uid_map") as uid_map:
        accounts = sum(int(line.split()[2]) for line in uid_map)
    return os.geteuid() == 0 and accounts > 1
