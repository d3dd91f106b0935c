"""A person without root serves a project of their own: what `orchestrator init
--systemd` makes, under a systemd of that account, with Claude's stand-in."""

import json
import re

import pytest

from harness.waiting import wait_for
from scenes import install

pytestmark = pytest.mark.timeout(900)  # the package may be built first
AGENT = "/usr/share/doc/orchestrator/examples/demo-agent"
DAY = "/home/ada/day"


class Person:
    """ada, who works in a folder of her home."""

    def __init__(self, machine):
        self.machine = machine

    def __call__(self, script, check=True):
        return self.machine.sh(
            f"runtime=/run/user/$(id -u ada); cd {DAY} && exec setpriv"
            " --reuid=ada --regid=ada --init-groups env HOME=/home/ada"
            f" XDG_RUNTIME_DIR=$runtime sh -ec '{script}'", check=check)

    def status(self):
        return json.loads(self("orchestrator status --json").stdout)


@pytest.fixture(scope="module")
def ada(machine, deb):
    install(machine, deb)
    machine.sh(f"useradd -m ada && install -d -o ada -g ada {DAY}")
    wait_for(lambda: machine.sh("loginctl enable-linger ada",
                                check=False).returncode == 0,
             30, "logind is there")
    wait_for(lambda: machine.out("systemctl is-active user@$(id -u ada)",
                                 check=False) == "active",
             30, "ada's own systemd is up")
    person = Person(machine)
    person("orchestrator init --systemd &&"
           f" echo CLAUDE_CLI_PATH={AGENT} >>.env &&"
           " openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1"
           " -nodes -days 90 -subj /CN=localhost"
           " -addext subjectAltName=DNS:localhost"
           " -keyout nginx/tls/key.pem -out nginx/tls/cert.pem 2>/dev/null")
    person(f"systemctl --user link {DAY}/systemd/* &&"
           " systemctl --user enable --now orchestrator.socket orchestrator"
           " orchestrator-supervisor orchestrator-nginx")
    return person


def test_her_units_are_up(ada):
    def active():
        return ada("systemctl --user is-active orchestrator.socket"
                   " orchestrator orchestrator-supervisor orchestrator-nginx",
                   check=False).stdout.split() == ["active"] * 4

    wait_for(active, 30, "all four units are active")


def test_her_site_answers(ada):
    said = ada("curl -sS --cacert nginx/tls/cert.pem --retry 20"
               " --retry-connrefused --retry-delay 1"
               " https://localhost:8443/health").stdout
    assert json.loads(said)["status"] == "ok", said


def test_her_list_is_run_within_what_the_units_leave_open(ada):
    ada("orchestrator start")
    for _ in range(20):
        wait_for(lambda: ada.status()["status"] != "running", 30, "it waits")
        if ada.status()["status"] != "waiting_approval":
            break
        ada("orchestrator approve")
    assert ada.status()["status"] == "completed", ada.status()


def test_a_filter_holds_for_what_a_task_starts(ada):
    """Claude's processes are the unit's: set-uid files cannot be made, and
    nothing in it can gain a right."""
    unit = ada("systemctl --user show orchestrator-supervisor -P MainPID")
    lines = ada(f"cat /proc/{unit.stdout.strip()}/status").stdout
    assert re.search(r"^NoNewPrivs:\t1$", lines, re.M)
    assert re.search(r"^Seccomp:\t2$", lines, re.M)


def test_doctor_finds_nothing_wrong_but_what_a_container_lacks(ada):
    said = ada("SSL_CERT_FILE=nginx/tls/cert.pem"
               " orchestrator doctor --nginx nginx/nginx.conf --url"
               " https://localhost:8443", check=False).stdout
    failed = [line for line in said.splitlines() if line.startswith("fail")]
    assert not failed, said
