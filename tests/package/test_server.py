"""docs/server.md, walked from top to bottom on a fresh Debian, with a
stopwatch; and the package's own short test (autopkgtest).

What the network would bring is stood in for: certbot, npm, the login, and
apt's other packages. The rest is done word for word.
"""

import time

import pytest

import build
import prose
from door import NAME, Door

STAND_INS = {
    # What it is asked for beside our file is in the tree, or stood in for.
    "apt": 'case $1 in install) apt-get install -y "$2" ;; esac',
    "certbot": f"mkdir -p /etc/letsencrypt/live && cp -r /root/tls"
               f" /etc/letsencrypt/live/{NAME}",
    "npm": "ln -s /usr/share/doc/orchestrator/examples/demo-agent"
           " /usr/local/bin/claude",
    "sudo": 'test "$*" = "-iu orchestrator-agent claude" &&'
            " runuser -u orchestrator-agent -- claude --version",
}
TEN_MINUTES = 600


@pytest.fixture
def prepared(machine, deb, certificate):
    machine.sh("mkdir -p /root/tls")
    for path in certificate:
        machine.put(path, "/root/tls")
    machine.put(deb, "/root/orchestrator_1.0.0_amd64.deb")
    for name, script in STAND_INS.items():
        path = machine.path(f"/usr/local/bin/{name}")
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    return machine


class Stopwatch:
    def __init__(self):
        self.rows = []

    def time(self, what, act):
        before = time.monotonic()
        result = act()
        self.rows.append((what, time.monotonic() - before))
        return result

    def show(self):
        total = sum(seconds for _, seconds in self.rows)
        for what, seconds in [*self.rows, ("in all", total)]:
            print(f"{seconds:8.1f} s  {what}")
        return total


def test_from_a_fresh_debian_to_the_first_task_in_ten_minutes(
        prepared, certificate):
    watch = Stopwatch()
    door = Door(prepared, certificate[0])
    for heading in ("1. Install", "2. The certificate", "3. The site",
                    "4. Claude"):
        for block in prose.commands("docs/server.md", heading):
            if block == f"curl https://{NAME}/health\n":
                watch.time("health", door.wait_up)
            else:
                watch.time(heading, lambda lines=block: prepared.sh(
                    f"cd /root; PATH=/usr/local/bin:$PATH; set -e\n{lines}"))
    (task,) = prose.commands("docs/server.md", "5. The first task")
    for line in task.splitlines():
        if line == "orchestrator approve":
            watch.time("waiting for the first task", lambda:
                       door.wait_status("waiting_approval", index=2))
        watch.time(line, lambda words=line: prepared.sh(words))
    watch.time("waiting for the second task", lambda: door.wait_status(
        "waiting_approval", index=3, completed=2))
    assert watch.show() < TEN_MINUTES


def test_the_example_day_runs_as_it_is_installed(prepared):
    examples = "/usr/share/doc/orchestrator/examples"
    day = "tasks/2025-11-20-tasks.md"
    prepared.sh(f"""
        set -e
        dpkg -s orchestrator >/dev/null 2>&1 ||
            apt-get install -y /root/orchestrator_1.0.0_amd64.deb
        cp -r {examples} /home/examples
        chown -R orchestrator-agent /home/examples
        cd /home/examples/day
        runuser -u orchestrator-agent -- orchestrator run --task-file {day} --yes
        test "$(cat work/evening.txt)" -eq 2
        """)


def test_the_short_test_of_the_package_passes(deb, machine):
    machine.sh("apt-get purge -y orchestrator; rm -rf /etc/letsencrypt"
               " /var/lib/orchestrator-agent")
    machine.put(deb, "/root/orchestrator.deb")
    machine.put(build.ROOT / "debian/tests/first-task", "/root/first-task")
    machine.sh("apt-get install -y /root/orchestrator.deb && sh"
               " /root/first-task")
