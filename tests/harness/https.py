"""A small HTTPS client that trusts the test certificate and nothing else."""

import http.client
import json
import ssl

from . import certificate


class Answer:
    """An HTTP answer: code, headers (lower case), body."""

    def __init__(self, code, headers, raw):
        self.code = code
        self.headers = {k.lower(): v for k, v in headers}
        self.raw = raw

    @property
    def json(self):
        return json.loads(self.raw)

    def __getitem__(self, key):
        return self.json[key]

    def __repr__(self):
        return f"<{self.code} {self.raw[:400]!r}>"


def context():
    crt, _ = certificate.make()
    return ssl.create_default_context(cafile=str(crt))


def request(port, method, path, body=b"", headers=(), timeout=30):
    """One request on a connection of its own. headers: pairs, repeats kept."""
    link = http.client.HTTPSConnection(
        "127.0.0.1", port, timeout=timeout, context=context()
    )
    try:
        link.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers:
            link.putheader(name, value)
        if body or method == "POST":
            link.putheader("Content-Length", str(len(body)))
        link.endheaders(body)
        answer = link.getresponse()
        return Answer(answer.status, answer.getheaders(), answer.read())
    finally:
        link.close()
