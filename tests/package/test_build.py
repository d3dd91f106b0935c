"""The package as it is built: clean, the same twice, its units sound."""

import re
import subprocess

import pytest

import build

UNITS = ["orchestrator.socket", "orchestrator.service",
         "orchestrator-supervisor.service", "orchestrator@web.socket",
         "orchestrator@web.service", "orchestrator-supervisor@web.service"]


@pytest.fixture(scope="module")
def release():
    """What is built here is looked at, whichever release this is."""
    return build.OWN or 12


def test_lintian_has_no_error_and_no_warning(deb):
    said = build.run("lintian", "--allow-root", "--fail-on",
                     "error,warning", "--display-level", ">=warning",
                     build.changes(deb))
    assert not [line for line in said.splitlines()
                if line.startswith(("E:", "W:"))], said


def test_the_supervisor_s_unit_is_closed_as_far_as_claude_bears_it():
    unit = build.ROOT / "etc/systemd/orchestrator-supervisor.service"
    build.run("systemd-analyze", "security", "--offline=true",
              "--threshold=40", unit)


def test_a_person_s_own_responder_is_closed_too(tmp_path):
    text = (build.ROOT / "etc/user/orchestrator.service").read_text()
    unit = tmp_path / "orchestrator.service"
    unit.write_text(text.replace("@PROGRAM@", "/usr/bin/orchestrator")
                    .replace("@DIR@", "/home/ada/day"))
    build.run("systemd-analyze", "security", "--offline=true",
              "--threshold=60", unit)


def test_a_second_build_gives_the_same_file(deb, tmp_path):
    again = build.build(tmp_path, name="another/place")
    assert again.read_bytes() == deb.read_bytes(), build.run(
        "sh", "-c", f"dpkg-deb -c {deb} >{tmp_path}/a; dpkg-deb -c {again}"
        f" >{tmp_path}/b; diff {tmp_path}/a {tmp_path}/b; true")


def test_files_lie_where_debian_has_them(deb):
    rows = build.run("dpkg-deb", "-c", deb).splitlines()
    modes = {row.split(None, 5)[5]: row.split()[0] for row in rows}
    for path, mode in {
            "./usr/bin/orchestrator": "-rwxr-xr-x",
            "./etc/orchestrator/config.yaml": "-rw-r--r--",
            "./etc/logrotate.d/orchestrator": "-rw-r--r--",
            "./etc/nginx/sites-available/orchestrator": "-rw-r--r--",
            "./usr/lib/sysusers.d/orchestrator.conf": "-rw-r--r--",
            "./usr/lib/tmpfiles.d/orchestrator.conf": "-rw-r--r--",
            "./usr/share/orchestrator/instance.yaml": "-rw-r--r--",
            "./usr/share/orchestrator/n8n_workflows/daily-startup.json":
                "-rw-r--r--",
            "./usr/share/bash-completion/completions/orchestrator":
                "-rw-r--r--",
            "./usr/share/doc/orchestrator/examples/demo-agent": "-rwxr-xr-x",
            # As the pages name each other.
            "./usr/share/doc/orchestrator/docs/troubleshooting.md":
                "-rw-r--r--",
            "./usr/share/doc/orchestrator/docs/pictures/ask.svg": "-rw-r--r--",
            "./usr/share/man/man1/orchestrator.1.gz": "-rw-r--r--",
            "./usr/share/man/man5/orchestrator-state.5.gz": "-rw-r--r--",
            "./usr/share/man/man5/orchestrator-tasks.5.gz": "-rw-r--r--",
            "./usr/share/man/man5/orchestrator.yaml.5.gz": "-rw-r--r--",
            "./usr/share/man/man7/orchestrator-http.7.gz": "-rw-r--r--",
    }.items():
        assert modes.get(path) == mode, path
    assert not [path for path in modes if path.endswith("/.env")]


@pytest.fixture(scope="module")
def unpacked(deb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("unpacked")
    build.run("dpkg-deb", "-x", deb, folder)
    return folder


def units(unpacked):
    """Where this release's debhelper has put them."""
    (folder,) = unpacked.glob("**/lib/systemd/system")
    return folder


def exposure(unpacked, unit):
    path = units(unpacked) / re.sub("@web", "@", unit)
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager",
         str(path)], text=True, stdout=subprocess.PIPE, check=False)
    return float(re.search(r"exposure level.*: ([0-9.]+)",
                           done.stdout).group(1))


@pytest.mark.parametrize("unit, limit", [
    ("orchestrator.service", 1.0), ("orchestrator@web.service", 1.0),
    # It runs what a developer runs; the unit says what stays open, and why.
    ("orchestrator-supervisor.service", 6.9),
    ("orchestrator-supervisor@web.service", 6.9)])
def test_a_unit_is_as_closed_as_its_job_allows(unpacked, unit, limit):
    assert exposure(unpacked, unit) <= limit


def test_the_supervisor_has_three_capabilities(unpacked):
    text = (units(unpacked) / "orchestrator-supervisor.service").read_text()
    wanted = "CAP_SETUID CAP_SETGID CAP_KILL"
    assert f"\nCapabilityBoundingSet={wanted}\n" in text
    assert f"\nAmbientCapabilities={wanted}\n" in text


def test_an_instance_shares_no_path_with_the_first(unpacked):
    config = (unpacked / "usr/share/orchestrator/instance.yaml").read_text()
    for line in config.splitlines():
        if re.search(r"/(run|var/lib|var/log)/orchestrator(?!-agent)", line):
            assert "@NAME@" in line, line
    for unit in ("orchestrator@.socket", "orchestrator@.service",
                 "orchestrator-supervisor@.service"):
        text = (units(unpacked) / unit).read_text()
        for line in text.splitlines():
            if re.match(r"[A-Z][A-Za-z]+=.*orchestrator", line) and not \
                    re.match(r"(User|Group|Documentation)=", line):
                assert "%i" in line, f"{unit}: {line}"
