"""The real Claude Code, two releases of it, kept outside the tree and never
phoning home.

    python3 -m harness.claude            installs RELEASES
    python3 -m harness.claude VERSION    installs that one, and says where
"""

import fcntl
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile



def _releases():
    """The newest and the oldest that are covered, as the program has them."""
    header = pathlib.Path(__file__).parents[2] / "src/engine/claude_releases.h"
    said = dict(re.findall(r'define CLAUDE_(\w+) "(.*)"', header.read_text()))
    return said["NEWEST"], said["OLDEST"]


NEWEST, OLDEST = RELEASES = _releases()
PACKAGE = "@anthropic-ai/claude-code"


def cache_dir():
    """Where large downloads of the tests stay between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "orchestrator-tests"


def install(version=NEWEST):
    """The path of that Claude; installed by npm where it is missing.

    Two runs at the same time wait for each other, and a run that is cut off
    leaves nothing that looks complete.
    """
    home = cache_dir() / f"claude-{version}"
    program = home / "node_modules/.bin/claude"
    cache_dir().mkdir(parents=True, exist_ok=True)
    with open(cache_dir() / f"claude-{version}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            _install_into(home, version)
    return program


def _install_into(home, version):
    """--force: the newer releases ask for a newer Node than may be here, and
    are native programs that run without any."""
    fresh = pathlib.Path(tempfile.mkdtemp(prefix="claude-", dir=cache_dir()))
    try:
        npm = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(
            [*npm, "--force", "--prefix", str(fresh), f"{PACKAGE}@{version}"],
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


def oauth(env):
    """The same environment for an account that has a subscription."""
    env = {k: v for k, v in env.items() if k != "ANTHROPIC_API_KEY"}
    return {**env, "CLAUDE_CODE_OAUTH_TOKEN": "sk-ant-oat01-dummy"}


# Names of the above that are not passed to Claude unless they are listed.
EXTRA_NAMES = [
    "DISABLE_TELEMETRY",
    "DISABLE_AUTOUPDATER",
    "IS_SANDBOX",
]

if __name__ == "__main__":
    for wanted in sys.argv[1:] or RELEASES:
        print(install(wanted))
