"""The real Claude Code, pinned, kept outside the tree, never phoning home."""

import fcntl
import os
import pathlib
import shutil
import subprocess
import tempfile

VERSION = "2.1.197"
PACKAGE = "@anthropic-ai/claude-code"


def cache_dir():
    """Where large downloads of the tests stay between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "orchestrator-tests"


def install():
    """The path of the pinned Claude; installed by npm where it is missing.

    Two runs at the same time wait for each other, and a run that is cut off
    leaves nothing that looks complete.
    """
    home = cache_dir() / f"claude-{VERSION}"
    program = home / "node_modules/.bin/claude"
    cache_dir().mkdir(parents=True, exist_ok=True)
    with open(cache_dir() / f"claude-{VERSION}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _install_into(home)
    return program


def _install_into(home):
    fresh = pathlib.Path(tempfile.mkdtemp(prefix="claude-", dir=cache_dir()))
    try:
        npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(
            [*npm, "--prefix", str(fresh), f"{PACKAGE}@{VERSION}"],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        package = fresh / "node_modules" / PACKAGE
        subprocess.run(["node", "install.cjs"], cwd=package, check=True)
        fresh.chmod(0o755)
        shutil.rmtree(home, ignore_errors=True)
        fresh.rename(home)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def environment(api, home):
    """What Claude Code needs to talk to the stand-in and to nobody else."""
    return {
        "HOME": str(home),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "ANTHROPIC_BASE_URL": api.url,
        "ANTHROPIC_API_KEY": "sk-test-dummy",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_AUTOUPDATER": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_MAX_RETRIES": "1",
        "IS_SANDBOX": "1",
    }


# Names of the above that are not passed to Claude unless they are listed.
EXTRA_NAMES = [
    "DISABLE_TELEMETRY",
    "DISABLE_AUTOUPDATER",
    "IS_SANDBOX",
]

if __name__ == "__main__":
    print(install())
