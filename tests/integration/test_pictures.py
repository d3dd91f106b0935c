"""The README's pictures are what the program shows today."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import pytest
from harness import claude

SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
PICTURES = SOURCE / "docs/pictures"


def words(svg):
    """What is written in it; numbers (times, the day) are all the same."""
    assert "<script" not in svg
    rows = re.findall(r"<text[^>]*>(.*?)</text>", svg, re.S)
    return [
        re.sub(r"\d+", "0", re.sub(r"<[^>]*>", "", row)).rstrip()
        for row in rows
    ]


@pytest.fixture
def drawn():
    """A folder in which an ordinary account has drawn them anew."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="orchestrator-drawn-"))
    try:
        (folder / "docs/pictures").mkdir(parents=True)
        shutil.copy(PICTURES / "make", folder / "docs/pictures")
        for whole in ("examples", "tests/harness"):
            shutil.copytree(SOURCE / whole, folder / whole)
        (folder / "src/engine").mkdir(parents=True)
        shutil.copy(SOURCE / "src/engine/claude_releases.h",
                    folder / "src/engine")
        shutil.copy(claude.install(), folder / "claude")
        become = []
        if os.geteuid() == 0:
            subprocess.run(["chown", "-R", "nobody", str(folder)], check=True)
            become = ["setpriv", "--reuid=nobody", "--clear-groups"]
        subprocess.run(
            [
                *become,
                str(folder / "docs/pictures/make"),
                os.environ["ORCHESTRATOR_BIN"],
                str(folder / "claude"),
            ],
            check=True,
            timeout=200,
            cwd=folder,
        )
        left = subprocess.run(
            ["pgrep", "-af", "orchestrator-pictures-.*supervise"],
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
        assert left == ""
        yield folder / "docs/pictures"
    finally:
        shutil.rmtree(folder)


def test_a_fresh_run_looks_as_they_do(drawn):
    for name in ("run.svg", "phone.svg", "ask.svg"):
        old, new = ((at / name).read_text() for at in (PICTURES, drawn))
        assert words(new) == words(old), "draw them anew: docs/pictures/make"
