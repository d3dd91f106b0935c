"""What the package suite shares: one build, one machine with it installed."""

import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import build  # noqa: E402
from door import NAME, WEB  # noqa: E402
from machine import Machine  # noqa: E402


def pytest_collection_modifyitems(items):
    if os.geteuid() == 0:
        return
    for item in items:
        item.add_marker(pytest.mark.skip(
            reason="the package suite needs root: it boots a Debian"))


@pytest.fixture(scope="module")
def story(release):  # each release tells it from the beginning
    """Scenes that build on each other: when one fails, those after it fail at
    once, instead of each waiting for what cannot come."""
    return {"broken_by": None}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    scene = getattr(item, "funcargs", {}).get("story")
    if scene is None:
        return
    if report.failed:
        scene["broken_by"] = scene["broken_by"] or item.name
    elif call.when == "call" and scene["broken_by"] == item.name:
        scene["broken_by"] = None  # it passed when it was tried again


@pytest.fixture(scope="module")
def release(request):
    """Of Debian: 12, unless a module is parametrized with others."""
    return getattr(request, "param", 12)


@pytest.fixture(scope="session")
def built():
    """The package of each release, once it has been built."""
    return {}


@pytest.fixture(scope="module")
def deb(request, release, built, tmp_path_factory):
    """The package, built from a clean copy of the tree: here, or on a machine
    of its release where this is none."""
    if release not in built:
        folder = tmp_path_factory.mktemp(f"deb{release}")
        built[release] = build.build(folder) if release == build.OWN else (
            build.build_on(request.getfixturevalue("machine"), folder))
    return built[release]


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for the sites' names, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    crt, key = folder / "fullchain.pem", folder / "privkey.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-nodes", "-days", "2",
         "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", f"/CN={NAME}",
         "-addext", f"subjectAltName=DNS:{NAME},DNS:{WEB}",
         "-keyout", str(key), "-out", str(crt)],
        check=True, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    return crt, key


@pytest.fixture(scope="module")
def machine(release):
    """A fresh Debian, up; without the package."""
    made = Machine(release)
    try:
        yield made.boot()
    finally:
        made.close()
