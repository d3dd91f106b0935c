"""What make does where something is not installed."""

import os
import pathlib
import shutil
import subprocess

SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])


def test_make_check_without_libcheck_fails(tmp_path):
    """It would pass with nothing tested."""
    real = shutil.which("pkg-config")
    blind = tmp_path / "pkg-config"
    blind.write_text(
        '#!/bin/sh\ncase " $* " in *" check "*) exit 1 ;; esac\n'
        f'exec {real} "$@"\n'
    )
    blind.chmod(0o755)
    build = tmp_path / "build"
    build.mkdir()
    subprocess.run(
        [str(SOURCE / "configure"), "-q", f"PKG_CONFIG={blind}"],
        cwd=build,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    done = subprocess.run(
        ["make", "-s", "check-local"],
        cwd=build,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert done.returncode != 0
    assert "no unit tests without libcheck" in done.stderr
