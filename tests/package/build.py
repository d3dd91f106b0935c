"""Building the Debian package, and a higher version of it."""

import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(os.environ.get("ORCHESTRATOR_SOURCE")
                    or pathlib.Path(__file__).resolve().parents[2])
# Debian's release here; a package is built on the one that it is for.
_ID = re.search(r'^VERSION_ID="?(\d+)',
                pathlib.Path("/etc/os-release").read_text(), re.M)
OWN = int(_ID[1]) if _ID and _ID[1] in ("12", "13") else None
# What a build in the tree, an editor or a test run may have left.
_LEFTOVERS = ["/.git", "/autom4te.cache", "/config.log", "/config.status",
              "/Makefile", "*.o", "*.a", "/orchestrator", "__pycache__"]


def run(*command, cwd=None, **options):
    """Run it; what it said becomes the error's text. Gives its output."""
    done = subprocess.run([str(word) for word in command], cwd=cwd,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **options)
    assert done.returncode == 0, f"{command}: {done.stdout[-4000:]}"
    return done.stdout


def build(folder, name="source"):
    """dpkg-buildpackage from a clean copy of the tree below folder. The unit
    tests have had their run in tests/run.sh. Gives the .deb's path."""
    source = pathlib.Path(folder) / name / "orchestrator"
    copy_tree(source)
    run("dpkg-buildpackage", "-us", "-uc", "-b", cwd=source,
        env={**os.environ, "DEB_BUILD_OPTIONS": "nocheck parallel=2"})
    (deb,) = source.parent.glob("orchestrator_*.deb")
    return deb


def copy_tree(folder):
    """A clean copy of the source tree."""
    folder.mkdir(parents=True)
    run("rsync", "-a", *[f"--exclude={path}" for path in _LEFTOVERS],
        f"{ROOT}/", f"{folder}/")


def build_on(machine, folder):
    """The same by that machine's own tools. Gives the .deb's path here."""
    copy_tree(pathlib.Path(folder) / "orchestrator")
    shutil.copytree(folder, machine.path("/root/build"), symlinks=True)
    machine.sh("cd /root/build/orchestrator && DEB_BUILD_OPTIONS='nocheck"
               " parallel=2' dpkg-buildpackage -us -uc -b 2>&1", limit=850)
    (deb,) = machine.path("/root/build").glob("orchestrator_*.deb")
    return pathlib.Path(shutil.copy(deb, folder))


def changes(deb):
    (path,) = deb.parent.glob("*.changes")
    return path


def higher(deb, folder, version="1.0.1"):
    """The same package with a higher version, as an upgrade brings it."""
    tree = pathlib.Path(folder) / "higher"
    shutil.rmtree(tree, ignore_errors=True)
    run("dpkg-deb", "-R", deb, tree)
    control = tree / "DEBIAN" / "control"
    lines = control.read_text().splitlines()
    control.write_text("".join(
        f"Version: {version}\n" if line.startswith("Version:") else line + "\n"
        for line in lines))
    new = pathlib.Path(folder) / f"orchestrator_{version}_all.deb"
    run("dpkg-deb", "--root-owner-group", "-b", tree, new)
    return new
