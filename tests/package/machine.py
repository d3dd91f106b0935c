"""A Debian with systemd as PID 1, in a container on top of one of the trees
that prepare.sh keeps.

The tree is never written to: each machine has an overlay above it, mounted
in a mount namespace of the container's own, and a control group of its own,
so that nothing is left when it ends, however it ends. It has one link to the
outside, a pair of virtual Ethernet ends; ADDRESS is the machine's.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from harness.waiting import wait_for

HERE = pathlib.Path(__file__).resolve().parent
# From the range set aside for documentation: no real host is hidden.
ADDRESS = "198.51.100.2"
OUTSIDE = "198.51.100.1"
# How systemd-nspawn says that the machine wants to be started again.
REBOOT = 133
# In $1 the folder, in $2 the tree, then the control groups to move into.
_BOOT = """
set -e
folder=$1 tree=$2 name=$3
shift 3
for group; do mkdir -p "$group"; echo $$ >"$group/cgroup.procs"; done
mount -t overlay overlay "$folder/root" \
    -o "lowerdir=$tree,upperdir=$folder/upper,workdir=$folder/work"
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn -D "$folder/root" --register=no --keep-unit -b \
    --machine="$name" --network-veth --console=pipe
"""


def tree(release):
    """The bootstrapped tree; prepare.sh makes it if it is not there."""
    done = subprocess.run([str(HERE / "prepare.sh"), str(release)], check=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          text=True)
    return done.stdout.splitlines()[-1]


def _cgroup_roots():
    """Where control groups are mounted: version 2, and systemd's of 1."""
    roots = []
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup2" or (kind == "cgroup" and
                                 "name=systemd" in options.split(",")):
            roots.append(where)
    return roots


class Machine:
    """boot(), then sh() and the rest; close() at the end."""

    def __init__(self, release=12):
        self.tree = tree(release)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="orchestrator-vm-"))
        for name in ("root", "upper", "work"):
            (self.folder / name).mkdir()
        self.name = f"orc{os.getpid()}"
        self.groups = [f"{root}/{self.name}" for root in _cgroup_roots()]
        self.process = None

    # -- life ---------------------------------------------------------------

    def boot(self):
        console = open(self.folder / "console", "ab")
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", "unshare", "-m",
             "--propagation", "private", "sh", "-c", _BOOT, "sh",
             str(self.folder), self.tree, self.name, *self.groups],
            stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        console.close()
        self.wait_up()
        return self

    def leader(self):
        """PID 1 of the machine, as seen from outside; 0 if there is none."""
        pids = subprocess.run(
            ["pgrep", "-P", str(self.process.pid)], text=True,
            stdout=subprocess.PIPE, check=False).stdout.split()
        return int(pids[0]) if pids else 0

    def wait_up(self):
        def up():
            assert self.process.poll() is None, self.console()
            return self.leader() and self.sh(
                "systemctl is-system-running", check=False
            ).stdout.strip() in ("running", "degraded")

        wait_for(up, 60, "the machine is up", step=0.2)
        self._link()

    def _link(self):
        """Our end of the pair and the machine's."""
        ours = f"ve-{self.name}"[:15]
        for command in (
                f"ip address replace {OUTSIDE}/30 dev {ours}",
                f"ip link set {ours} up"):
            subprocess.run(command.split(), check=True)
        self.sh(f"ip address replace {ADDRESS}/30 dev host0 &&"
                " ip link set host0 up")

    def reboot(self):
        """Reboot in order, as "systemctl reboot" does, and come up again."""
        self.sh("systemctl reboot", check=False)
        status = self.process.wait(90)
        assert status == REBOOT, f"{status}: {self.console()}"
        self.boot()

    def close(self):
        if self.process and self.process.poll() is None:
            leader = self.leader()
            if leader:
                os.kill(leader, signal.SIGRTMIN + 4)  # power off
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(20)
        for group in self.groups:
            for path in sorted(pathlib.Path(group).glob("**/"), reverse=True):
                if path.is_dir():
                    path.rmdir()
        shutil.rmtree(self.folder)

    def console(self):
        return (self.folder / "console").read_text(errors="replace")[-4000:]

    # -- inside -------------------------------------------------------------

    def sh(self, script, check=True, stdin=None, limit=120):
        """Run a shell script inside as root. Gives the CompletedProcess."""
        done = subprocess.run(
            ["nsenter", "-t", str(self.leader()), "-a", "env", "-i",
             "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LANG=C.UTF-8",
             "DEBIAN_FRONTEND=noninteractive", "sh", "-c", script],
            input=stdin if stdin is not None else "", text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit)
        if check and done.returncode:
            raise AssertionError(f"{script}: exit {done.returncode}\n"
                                 f"{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done

    def out(self, script, **options):
        return self.sh(script, **options).stdout.strip()

    def path(self, inside):
        """A path inside, as it is reached from outside."""
        return pathlib.Path(f"/proc/{self.leader()}/root") / str(
            inside).lstrip("/")

    def put(self, source, inside):
        shutil.copy(source, self.path(inside))

    def processes(self, *users):
        """Command lines of all processes of these accounts."""
        rows = self.out("ps -eo user:32=,args= -ww").splitlines()
        return [row for row in rows if row.split(None, 1)[0] in users]

    def journal(self, unit):
        return self.out(f"journalctl -q --no-pager -o cat -u {unit}")

