"""Random requests against an oracle: methods, paths, types, bodies and secrets
in every mixture, straight at the responder, as nginx would never let them by.

Promised: the refusal is the first that SPEC's order names (404, 405, 413, 415,
400, 401); no 5xx; and what is refused has changed nothing on disk.
"""

import collections
import json
import random

from harness import fastcgi
from harness.instance import SECRET, Instance

from .result import Result

PATHS = {
    "/health": ("GET", "HEAD"),
    "/webhook/command": ("POST",),
    "/webhook/status": ("POST",),
    "/webhook/tasks": ("POST",),
    "/webhook/pause": ("POST",),
    "/webhook/resume": ("POST",),
    "/webhook/skip": ("POST",),
    "/webhook/logs": ("POST",),
    "/webhook/show": ("POST",),
    "/webhook/nothing": (),
    "/": (),
    "/webhook/../health": (),
}
TYPES = ["application/json", "application/json; charset=utf-8", "text/plain", ""]
BROKEN = [b"", b"[]", b"{", b'{"a":1,"a":2}', b"\xff", b'{"a":NaN}', b"{} x"]
LONG = 64 * 1024
VALUES = [1, -1, 0, 1.5, "", "x", "2", None, True, [], {}, "#k3f9", "\u2603", 10**30]
FIELDS = ["task", "decision", "lines", "user", "chat_id", "command", "feedback"]
COMMANDS = ["/status", "/pause", "/resume", "/logs 5", "/nothing", "/skip #zz", ""]


def body(chance):
    """(bytes, does it parse)."""
    kind = chance.random()
    if kind < 0.2:
        return chance.choice(BROKEN), False
    if kind < 0.23:
        return b'{"a":"' + b"x" * LONG + b'"}', True
    fields = {
        name: chance.choice(VALUES)
        for name in chance.sample(FIELDS, chance.randint(0, 3))
    }
    if chance.random() < 0.5:
        fields["command"] = chance.choice(COMMANDS)
    return json.dumps(fields).encode(), True


def expected(path, method, kind, data, parses, known):
    """The code that must come, or None where the fields decide."""
    allowed = PATHS[path]
    if not allowed:
        return 404
    if method not in allowed:
        return 405
    if path == "/health":
        return 200
    if len(data) > LONG:
        return 413
    if not kind.startswith("application/json"):
        return 415
    if not parses:
        return 400
    return None if known else 401


def one(instance, chance):
    """(what was asked, the code, the code that was due)."""
    path = chance.choice(list(PATHS))
    method = chance.choice(["GET", "HEAD", "POST", "POST", "POST", "PUT", "X"])
    kind = chance.choice(TYPES[:1] * 5 + TYPES)
    data, parses = body(chance)
    secret = chance.choice([SECRET, SECRET, SECRET, "wrong", None])
    params = [
        ("REQUEST_METHOD", method),
        ("SCRIPT_NAME", path),
        ("CONTENT_TYPE", kind),
        ("CONTENT_LENGTH", str(len(data))),
        ("REMOTE_ADDR", "192.0.2.7"),
    ]
    if secret:
        params.append(("HTTP_AUTHORIZATION", f"Bearer {secret}"))
    due = expected(path, method, kind, data, parses, secret == SECRET)
    code = fastcgi.request(instance.socket, params, data).code
    return (method, path, kind, data[:80], bool(secret)), code, due


def experiment(folder, budget):
    result = Result("random requests")
    chance, codes = random.Random(7), collections.Counter()
    instance = Instance(folder / "i")
    try:
        instance.start()
        instance.start_list(*["[[say x]]"] * 40)
        before = instance.state_file.read_bytes()
        for _ in range(20000 if budget >= 50 else 600):
            asked, code, due = one(instance, chance)
            result.times += 1
            codes[code] += 1
            right = code == due if due else code < 500
            result.check(right, f"{asked}: {code}, due {due}")
            after = instance.state_file.read_bytes()
            same = code == 200 or after == before
            result.check(same, f"{asked}: {code}, and the state has changed")
            before = after
    finally:
        instance.close()
    told = (f"{code}: {count:,}" for code, count in sorted(codes.items()))
    result.seen.append(", ".join(told))
    return result
