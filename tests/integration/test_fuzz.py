"""The fuzzers' short form: every seed, and changed ones for a second each:
the same ones each time, so that a machine's run says what the last one said.
`tests/run.sh fuzz` is the long one, with libFuzzer."""

import os
import pathlib
import subprocess

import pytest
from fuzz import readers

SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
BUILD = pathlib.Path(os.environ["ORCHESTRATOR_BUILD"])


@pytest.mark.parametrize("target", readers.TARGETS)
def test_no_promise_is_broken(target, tmp_path):
    driver = str(SOURCE / "tests/fuzz/driver.c")
    program = readers.compile_target(BUILD, target, tmp_path / target, [driver])
    given = list(map(str, readers.seeds(SOURCE, target)))
    assert given
    tried = tmp_path / "input"
    done = subprocess.run(
        [str(program), "1", str(tried), "1", *given],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **readers.SANITIZERS},
        timeout=200,
    )
    assert done.returncode == 0, (
        done.stderr.decode(errors="replace")[-4000:],
        tried.read_bytes()[:4000],
    )
    assert int(done.stdout.split()[1]) > len(given)
