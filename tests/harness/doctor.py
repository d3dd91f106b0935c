"""What `orchestrator doctor` says, and what it is asked about."""

import pathlib
import re
import shutil
import tempfile

import pytest

from . import certificate
from .instance import SECRET


class Findings:
    """What doctor said: its lines as (grade, what, text)."""

    def __init__(self, done):
        self.code = done.returncode
        self.text = done.stdout
        self.lines = [
            re.fullmatch(r"(ok|warn|fail) +([^:]+): (.*)", line).groups()
            for line in done.stdout.splitlines()
        ]
        assert SECRET not in done.stdout + done.stderr
        assert done.stderr == ""
        assert self.code == (1 if self.grades("fail") else 0)

    def grades(self, grade):
        return [line for line in self.lines if line[0] == grade]

    def of(self, what):
        """The texts on one thing, each with its grade."""
        return [f"{g}: {text}" for g, w, text in self.lines if w == what]

    def one(self, what):
        (line,) = self.of(what)
        return line


def look(instance, *words, **env):
    crt, _ = certificate.make()
    env = {"SSL_CERT_FILE": str(crt), **env}
    return Findings(instance.cli("doctor", *words, env=env))


def nginx_conf(instance):
    return ("--nginx", str(instance.nginx.folder / "nginx.conf"))


@pytest.fixture
def served(make_instance, receiver, tmp_path):
    """A started instance whose configuration names its socket."""
    config = {"server": {"socket": str(tmp_path / "i1/fcgi.sock")}}
    return make_instance(receiver=receiver, config=config).start()


@pytest.fixture
def quiet(make_instance):
    """An instance that is not started, without webhooks."""
    return make_instance(config={"webhooks": {"enabled": False}})


@pytest.fixture
def open_folder():
    """One that every account may enter, unlike pytest's."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="orchestrator-doctor-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)
