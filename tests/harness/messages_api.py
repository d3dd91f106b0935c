"""A stand-in for the Messages API on loopback, playing scripted scenes.

The scene is written into the prompt itself, as marks in double brackets, one
for each turn of the model:

    [[bash echo hello > a.txt]] [[say The file is there.]]

Turn 1 asks for the Bash tool, turn 2 (when the tool's result has come back)
closes with the text. Marks are counted from the last message of the user that
has any, so a resumed conversation plays the marks of its newest prompt. A
prompt without marks is answered with a short text.

    [[say TEXT]]            text, end of turn
    [[bash COMMAND]]        a tool_use of Bash
    [[write PATH|CONTENT]]  a tool_use of Write; \\n stands for a line's end
    [[tool NAME JSON]]      a tool_use of any tool
    [[status CODE]]         an HTTP error
    [[limit SECONDS]]       the account's usage limit, which ends in so long
    [[slow SECONDS TEXT]]   text, but only after that long (or release())
    [[hang]]                no answer until release() or close()
    [[die]]                 half an answer, then the connection is reset

The last three last: asked again, they do the same again. A prompt for a retry
repeats the first one's marks; [[instead say TEXT]] and the like, in the
feedback, take the place of all the others.

A test may set the turns itself instead: api.queue("[[say a]]", ...), taken
first, one for each request that offers tools; or api.respond = a function
from the request to such a mark (None: go on as usual).
"""

import json
import re
import socket
import struct
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MARK = re.compile(r"\[\[(\w+)(?:\s+(.*?))?\]\]", re.S)
_LASTING = ("status", "hang", "die")
USAGE = {"input_tokens": 11, "output_tokens": 7}  # of every answer
_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


def text_of(content):
    """The text of a message's content, tool results left out."""
    if isinstance(content, str):
        return content
    return "\n".join(
        block.get("text", "")
        for block in content
        if block.get("type") == "text"
    )


def _marks(text):
    """The marks of one message, (verb, argument) each."""
    found = MARK.findall(text)
    instead = [rest.partition(" ") for verb, rest in found if verb == "instead"]
    return [(verb, rest) for verb, _, rest in instead] or found


class Request:
    """One POST /v1/messages as it came."""

    def __init__(self, headers, body):
        self.headers = headers
        self.body = body
        self.at = time.time()

    @property
    def messages(self):
        return self.body.get("messages", [])

    @property
    def prompt(self):
        """Everything the user said in this conversation, as one text."""
        return "\n".join(
            text_of(m["content"]) for m in self.messages if m["role"] == "user"
        )

    @property
    def tool_names(self):
        return [tool.get("name") for tool in self.body.get("tools") or []]

    @property
    def tool_results(self):
        """Contents of the tool results, oldest first."""
        found = []
        for message in self.messages:
            if isinstance(message["content"], list):
                for block in message["content"]:
                    if block.get("type") == "tool_result":
                        found.append(block.get("content"))
        return found

    def turn(self):
        """The mark to play now, (verb, argument), or None."""
        marks, answered = [], 0
        for message in self.messages:
            if message["role"] == "assistant":
                answered += 1
            else:
                here = _marks(text_of(message["content"]))
                if here:
                    marks, answered = here, 0
        if not marks:
            return None
        if answered < len(marks):
            return marks[answered]
        return marks[-1] if marks[-1][0] in _LASTING else ("say", "All done.")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_HEAD(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self):
        self._json(404, {"type": "error", "error": {"type": "not_found_error"}})

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        raw = self.rfile.read(length)
        if not self.path.startswith("/v1/messages"):
            return self.do_GET()
        if self.path.startswith("/v1/messages/count_tokens"):
            return self._json(200, {"input_tokens": 10})
        request = Request(dict(self.headers.items()), json.loads(raw))
        verb, argument = self.server.api.take(request)
        return self._play(request, verb, argument)

    def _play(self, request, verb, argument):
        if verb == "status":
            return self._refuse(int(argument))
        if verb == "limit":
            return self._refuse(429, _usage_limit(int(argument)))
        if verb == "hang":
            self.server.api.released.wait()
            self.close_connection = True
            return None
        if verb == "slow":
            seconds, _, argument = argument.partition(" ")
            self.server.api.released.wait(float(seconds))
            verb = "say"
        block = _block(verb, argument)
        if not request.body.get("stream"):
            if verb == "die":
                return self._reset()
            return self._json(200, _message(request, block, verb))
        return self._stream(request, block, verb)

    def _refuse(self, code, more=None):
        kind = _ERROR_TYPES.get(code, "api_error")
        body = {
            "type": "error",
            "error": {"type": kind, "message": f"scripted {code}"},
        }
        headers = {"retry-after": "0"} if code in (429, 529) else {}
        self._json(code, body, {**headers, **(more or {})})

    def _json(self, code, body, headers=None):
        data = json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.send_header("request-id", "req_" + uuid.uuid4().hex)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _event(self, kind, **fields):
        data = json.dumps({"type": kind, **fields})
        self._chunk(f"event: {kind}\ndata: {data}\n\n".encode())

    def _chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _reset(self):
        """End the connection with an RST, as a dying server does."""
        reset = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RD)

    def _stream(self, request, block, verb):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        message = _message(request, None, verb)
        self._event("message_start", message=message)
        if block["type"] == "text":
            start = {"type": "text", "text": ""}
            delta = {"type": "text_delta", "text": block["text"]}
        else:
            start = {**block, "input": {}}
            delta = {
                "type": "input_json_delta",
                "partial_json": json.dumps(block["input"]),
            }
        self._event("content_block_start", index=0, content_block=start)
        if verb == "die":
            return self._reset()
        self._event("content_block_delta", index=0, delta=delta)
        self._event("content_block_stop", index=0)
        self._event(
            "message_delta",
            delta={"stop_reason": _stop_reason(block), "stop_sequence": None},
            usage={"output_tokens": USAGE["output_tokens"]},
        )
        self._event("message_stop")
        self._chunk(b"")


def _usage_limit(seconds):
    """Headers of a subscription's limit; Claude Code heeds them where it has
    a token of one (oauth() in harness.claude)."""
    mark = "anthropic-ratelimit-unified-"
    return {
        mark + "status": "rejected",
        mark + "reset": str(int(time.time()) + seconds),
        mark + "representative-claim": "five_hour",
        mark + "overage-status": "rejected",
    }


def _tool(name, arguments):
    ident = "toolu_" + uuid.uuid4().hex[:24]
    return {"type": "tool_use", "id": ident, "name": name, "input": arguments}


def _block(verb, argument):
    """The one content block that a mark stands for."""
    if verb == "bash":
        arguments = {"command": argument, "description": "Run a command"}
        return _tool("Bash", arguments)
    if verb == "write":
        path, _, content = argument.partition("|")
        content = content.replace("\\n", "\n")
        return _tool("Write", {"file_path": path.strip(), "content": content})
    if verb == "tool":
        name, _, arguments = argument.partition(" ")
        return _tool(name, json.loads(arguments or "{}"))
    return {"type": "text", "text": argument}


def _stop_reason(block):
    return "tool_use" if block["type"] == "tool_use" else "end_turn"


def _message(request, block, verb):
    return {
        "id": "msg_" + uuid.uuid4().hex[:24],
        "type": "message",
        "role": "assistant",
        "model": request.body.get("model", "stand-in"),
        "content": [block] if block else [],
        "stop_reason": _stop_reason(block) if block else None,
        "stop_sequence": None,
        "usage": USAGE,
    }


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A client that went away is part of many scenes."""


class MessagesAPI:
    """The server; use it as a context manager, one for each test."""

    def __init__(self, port=0):
        self.requests = []
        self.respond = None
        self.released = threading.Event()
        self._queue = []
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.api = self
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    def close(self):
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def release(self):
        """Let go of everything that hangs or is slow, now and later."""
        self.released.set()

    def queue(self, *marks):
        """Play these marks first, whatever the prompt says."""
        with self._lock:
            self._queue += [
                MARK.search(mark).groups(default="") for mark in marks
            ]

    def take(self, request):
        """Record a request and decide what to answer."""
        with self._lock:
            self.requests.append(request)
            if self.respond:
                mark = self.respond(request)
                if mark is not None:
                    return MARK.search(mark).groups(default="")
            if request.tool_names and self._queue:
                return self._queue.pop(0)
        if not request.tool_names:
            return "say", "A title"
        return request.turn() or ("say", "OK.")

    def conversations(self):
        """The requests that offered tools: Claude's own turns."""
        return [r for r in self.requests if r.tool_names]
