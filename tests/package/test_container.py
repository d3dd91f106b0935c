"""examples/Containerfile builds, on the bootstrapped Debian, and what comes
of it answers."""

import os
import pathlib
import shutil
import subprocess

import pytest

import build
import machine
from harness.waiting import wait_for


# Fewer files and processes than anybody may have: by itself buildah 1.39 would
# raise both limits, which not every machine's root may.
LIMITS = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]


class Buildah:
    """buildah with a store of its own; close() empties it again."""

    def __init__(self, folder):
        self.folder = folder
        self.command = ["buildah", "--root", f"{folder}/store", "--runroot",
                        f"{folder}/run", "--storage-driver", "overlay"]

    def __call__(self, *words, **options):
        return build.run(*self.command, *words, **options).strip()

    def image_of_tree(self, name):
        """The bootstrapped tree as an image, in place of Debian's own."""
        container = self("from", "scratch")
        build.run("cp", "-a", f"{machine.tree(12)}/.",
                  self("mount", container) + "/")
        self("commit", "-q", container, name)
        self("rm", container)

    def close(self):
        self("rm", "-a")
        for line in reversed(open("/proc/mounts").read().splitlines()):
            where = line.split()[1]
            if where.startswith(f"{self.folder}/"):
                subprocess.run(["umount", where], check=True)
        shutil.rmtree(self.folder)


def living_from(program):
    """Processes that run this very file, wherever they see it."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if os.path.samefile(process / "exe", program):
                found.append(process.name)
        except OSError:
            pass
    return found


@pytest.fixture
def buildah(tmp_path):
    made = Buildah(tmp_path / "buildah")
    made.folder.mkdir()
    yield made
    made.close()


def test_the_containerfile_builds_and_its_responder_answers(
        buildah, deb, tmp_path):
    context = tmp_path / "context"
    context.mkdir()
    shutil.copy(deb, context)
    buildah.image_of_tree("base")
    buildah("build", *LIMITS, "--isolation", "chroot",
            "--build-arg", "BASE=localhost/base", "-f",
            build.ROOT / "examples/Containerfile", "-t", "orchestrator",
            context)
    container = buildah("from", *LIMITS, "localhost/orchestrator")
    root = buildah("mount", container)
    assert "/etc/orchestrator/.env" not in build.run("find", f"{root}/etc")
    said = build.run(*buildah.command, "run", "--isolation", "chroot",
                     "--env", "WEBHOOK_SECRET=0123456789abcdef0123456789",
                     container, "--", "sh", "-c", IN_CONTAINER)
    assert '"status":"ok"' in said.replace(" ", "")
    wait_for(lambda: not living_from(f"{root}/usr/bin/orchestrator"), 20,
             "nothing of the container is left")


# The entry point, asked by a real nginx in the same container.
IN_CONTAINER = r"""
set -e
cat >/tmp/nginx.conf <<'END'
pid /tmp/nginx.pid;
error_log stderr;
events { }
http {
    access_log off;
    server {
        listen 127.0.0.1:8080;
        location / {
            include /etc/nginx/fastcgi_params;
            fastcgi_param PATH_INFO $fastcgi_script_name;
            fastcgi_pass 127.0.0.1:5000;
        }
    }
}
END
/usr/bin/orchestrator -c /etc/orchestrator/config.yaml fcgi &
responder=$!
finish() {
    nginx -c /tmp/nginx.conf -s stop
    # The worker, and the supervisor that it has sent off.
    worker=$(pgrep -P $responder)
    kill $(pgrep -P $worker) $worker $responder
    wait $responder
}
trap finish EXIT
nginx -c /tmp/nginx.conf
curl -sS --retry 40 --retry-delay 1 --retry-all-errors -f \
    http://127.0.0.1:8080/health
"""
