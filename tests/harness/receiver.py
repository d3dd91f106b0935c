"""Plays n8n's webhook: takes notifications, checks them, misbehaves."""

import base64
import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .waiting import wait_for


class Delivery:
    """One POST as it came."""

    def __init__(self, path, headers, raw, code):
        self.path = path
        self.headers = headers
        self.raw = raw
        self.code = code
        self.at = time.time()

    @property
    def json(self):
        return json.loads(self.raw)

    def verified(self, secret):
        """Does the Standard Webhooks signature match, and is it fresh?"""
        ident = self.headers["webhook-id"]
        stamp = self.headers["webhook-timestamp"]
        if abs(time.time() - int(stamp)) > 300:
            return False
        key = secret.encode()
        if secret.startswith("whsec_"):
            key = base64.b64decode(secret[len("whsec_") :])
        signed = f"{ident}.{stamp}.".encode() + self.raw
        digest = hmac.new(key, signed, hashlib.sha256).digest()
        wanted = "v1," + base64.b64encode(digest).decode()
        return wanted in self.headers["webhook-signature"].split()

    def __repr__(self):
        return f"<{self.code} {self.raw[:120]!r}>"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        owner = self.server.owner
        code, headers = owner.next_answer()
        headers_in = {k.lower(): v for k, v in self.headers.items()}
        owner.record(Delivery(self.path, headers_in, raw, code))
        if owner.delay:
            owner.released.wait(owner.delay)
        body = owner.body(json.loads(raw)) if code < 300 else b""
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        """A sender that was killed in mid-post is part of the scenes."""


class Receiver:
    """The server. answers: codes, or (code, headers), used once each, in
    order; then 200. texts: what 2xx answers say instead of JSON, likewise.
    delay: seconds before each answer. receipts: a function
    from a payload to what the answer says of it, or None."""

    def __init__(self):
        self.deliveries = []
        self.answers = []
        self.texts = []
        self.delay = 0
        self.receipts = None
        self.released = threading.Event()
        self._lock = threading.Lock()
        self._server = None
        self.port = 0
        self.up()
        self.url = f"http://127.0.0.1:{self.port}/webhook/orchestrator-notify"

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.released.set()
        self.down()

    def up(self):
        """Listen (again), on the same port."""
        self._server = _Server(("127.0.0.1", self.port), _Handler)
        self._server.owner = self
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def down(self):
        """Refuse connections until up()."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def next_answer(self):
        with self._lock:
            answer = self.answers.pop(0) if self.answers else 200
        return answer if isinstance(answer, tuple) else (answer, {})

    def body(self, payload):
        """What a 2xx says."""
        if self.texts:
            return self.texts.pop(0)
        if self.receipts is None:
            return b""
        return json.dumps({"receipt": self.receipts(payload)}).encode()

    def record(self, delivery):
        with self._lock:
            self.deliveries.append(delivery)

    def taken(self):
        """Payloads that were answered with 2xx, in the order of arrival."""
        return [d.json for d in self.deliveries if 200 <= d.code < 300]

    def events(self):
        return [payload["event"] for payload in self.taken()]

    def wait_event(self, event, limit=20.0, count=1):
        """The count-th payload of that event, waiting for it."""

        def arrived():
            found = [p for p in self.taken() if p["event"] == event]
            return found[count - 1] if len(found) >= count else None

        return wait_for(arrived, limit, f"notification {event} #{count}")
