"""Both commands as an ordinary account with sudo has them, on a Debian 13 that
has nothing else: a home with a long name, and a checkout in which somebody has
built before.
"""

import re
import shutil

import pytest

import build
from harness import suites
from harness.claude import cache_dir

NAME = "ada"
HOME = f"/home/{NAME}/" + "a.long.name/" * 8 + "home"
pytestmark = [
    pytest.mark.parametrize("release", [13], indirect=True, scope="module"),
    pytest.mark.timeout(1500),
]


def as_ada(machine, script, limit):
    """Its output, while it is checked that it ends well."""
    return machine.sh(
        f"cd {HOME}/checkout && exec setpriv --reuid {NAME} --regid {NAME}"
        f" --init-groups env HOME={HOME} USER={NAME} LOGNAME={NAME}"
        f" PATH=/usr/local/bin:/usr/bin:/bin sh -c '{script}' 2>&1",
        limit=limit).stdout


@pytest.fixture(scope="module")
def checkout(machine, tmp_path_factory):
    """Her home with a checkout, and with what the network would bring."""
    folder = tmp_path_factory.mktemp("ada")
    build.copy_tree(folder / "checkout")
    for kept in (*cache_dir().glob("claude-*[0-9]"), suites.install()):
        shutil.copytree(kept, folder / ".cache/orchestrator-tests" / kept.name,
                        symlinks=True)
    machine.sh(f"useradd --create-home --shell /bin/bash {NAME} &&"
               f" echo '{NAME} ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/{NAME}"
               f" && mkdir -p {HOME} && rmdir {HOME}")
    shutil.copytree(folder, machine.path(HOME), symlinks=True)
    machine.sh(f"chown -R {NAME}: /home/{NAME}")
    return machine


def left_behind(machine):
    """What of hers still runs, and what lies in /tmp."""
    return machine.processes(NAME), machine.out("ls /tmp")


def test_the_quickstart_in_a_checkout_that_was_configured_in_place(checkout):
    as_ada(checkout, "autoreconf -fi && ./configure -q && make -s -j2", 300)
    said = as_ada(checkout, "./examples/quickstart.sh", 300)
    assert "The session is completed." in said
    assert "orchestrator init ~/my-project" in said
    assert left_behind(checkout)[0] == []


def test_interrupted_it_leaves_nothing_behind(checkout):
    before = left_behind(checkout)
    said = as_ada(checkout, """
        ./tests/run.sh quick >log 2>&1 & run=$!
        until pgrep -u ada -f "^nginx: master.*tmp-integration" >/dev/null; do
            kill -0 $run || { cat log; exit 1; }
            sleep 0.2
        done
        kill -TERM $run; wait $run; echo it ended with $?; tail -n 1 log; rm log
        """, 900)
    assert said.endswith("it ended with 143\nrun.sh: interrupted\n"), said
    assert left_behind(checkout) == before


@pytest.mark.flaky(reruns=0)  # each of its own cases is tried once more
def test_the_tests_in_short(checkout):
    """The unit tests, and those that look where an ordinary account may not."""
    said = as_ada(checkout, """
        ./tests/run.sh quick cli doctor doctor_nginx evidence init inside locks \
            >log 2>&1; tail -n 60 log; rm log
        """, 1400)
    assert re.search(r"^[1-9]\d+ passed, 0 failed", said.splitlines()[-1]), said
    processes, files = left_behind(checkout)
    assert processes == [] and "orchestrator" not in files
