"""A scripted orchestrator: answers that the real one gives seldom or never.

HTTPS on loopback with the test certificate. What was asked is kept; what is
answered is queued, else a short 200.
"""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import certificate

OK = (200, {"status": "ok", "message": "Done", "actions": []})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        headers = {name.lower(): value for name, value in self.headers.items()}
        code, body = self.server.owner.next(self.path, headers, raw)
        json_body = isinstance(body, dict)
        data = json.dumps(body).encode() if json_body else body.encode()
        kind = "application/json" if json_body else "text/html"
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """A client that gave up is part of the scenes."""


class Orchestrator:
    """Listens on `port`; asked: (path, headers, JSON); answers: (code, dict
    or a proxy's page as text), used once each, in order."""

    def __init__(self, port):
        self.port = port
        self.asked = []
        self.answers = []
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.owner = self
        crt, key = certificate.make()
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(crt, key)
        self._server.socket = tls.wrap_socket(
            self._server.socket, server_side=True,
            do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def next(self, path, headers, raw):
        self.asked.append((path, headers, json.loads(raw) if raw else None))
        return self.answers.pop(0) if self.answers else OK

    def say(self, message, *actions, code=200, **fields):
        """Queue an answer; actions: (label, command)."""
        status = "ok" if code == 200 else "error"
        self.answers.append((code, {
            "status": status, "message": message,
            "actions": [{"label": a, "command": c} for a, c in actions],
            **fields}))

    def close(self):
        self._server.shutdown()
        self._server.server_close()
