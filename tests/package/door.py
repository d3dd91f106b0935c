"""The way into a machine's orchestrator from outside: curl over TLS."""

import json
import subprocess

from harness.waiting import wait_for
from machine import ADDRESS

NAME = "orchestrator.example.org"
WEB = "web.example.org"


class Door:
    """Requests to a site of a machine; secret is what .env has."""

    def __init__(self, machine, certificate, config="/etc/orchestrator",
                 name=NAME):
        self.machine = machine
        self.certificate = certificate
        self.config = config
        self.name = name

    @property
    def secret(self):
        for line in self.machine.path(f"{self.config}/.env").read_text(
        ).splitlines():
            name, _, value = line.partition("=")
            if name == "WEBHOOK_SECRET":
                return value
        raise AssertionError("no WEBHOOK_SECRET in .env")

    def curl(self, path, *options, config="", limit=15):
        """Gives (HTTP status, body); 0 where there was no answer."""
        done = subprocess.run(
            ["curl", "-sS", "-m", str(limit), "-K", "-", "-w",
             "\n%{http_code}", "--cacert", str(self.certificate), "--resolve",
             f"{self.name}:443:{ADDRESS}", *options,
             f"https://{self.name}{path}"],
            input=config, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def health(self):
        status, body = self.curl("/health")
        return status, json.loads(body) if status in (200, 503) else body

    def post(self, path, by=None, **fields):
        """A POST with the secret (or another); gives (HTTP status, answer)."""
        status, body = self.curl(
            f"/webhook/{path}", "-H", "Content-Type: application/json",
            "-d", json.dumps(fields),
            config=f'header = "Authorization: Bearer {by or self.secret}"\n')
        try:
            return status, json.loads(body)
        except ValueError:
            return status, body

    def ok(self, path, **fields):
        status, answer = self.post(path, **fields)
        assert status == 200, (path, status, answer)
        return answer

    def wait_up(self, limit=30):
        wait_for(lambda: self.health()[0] == 200, limit, "/health says ok",
                 step=0.2)

    def wait_status(self, wanted, limit=40, **more):
        """Wait until /webhook/status says so; gives its answer."""
        def reached():
            status, answer = self.post("status")
            if status == 200 and answer["status"] == wanted and all(
                    answer[key] == value for key, value in more.items()):
                return answer
            return None

        return wait_for(reached, limit, f"session {wanted} {more}", step=0.2)
