"""What is refused over HTTP, with which code, and in which order."""

import json
import socket

import pytest
from harness import fastcgi
from harness.waiting import wait_for

CHANGING = [
    "start",
    "approve",
    "pause",
    "resume",
    "retry",
    "cancel",
    "stop",
    "skip",
    "allow",
    "always",
    "deny",
    "answer",
    "rollback",
    "raise",
]
READING = ["status", "logs", "tasks", "help"]
PATHS = [f"/webhook/{name}" for name in ["command", *CHANGING, *READING]]
JSON = ("Content-Type", "application/json")


def bearer(instance):
    return ("Authorization", f"Bearer {instance.secret}")


def refused(answer, code, error):
    assert (answer.code, answer["error"]) == (code, error), answer
    assert answer["status"] == "error"
    assert answer["message"]
    assert answer["actions"] == [] or isinstance(answer["actions"], list)
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/webhook",
        "/webhook/",
        "/webhook/x",
        "/webhook/start/",
        "/health/x",
        "/Health",
    ],
)
def test_unknown_path_is_404(instance, path):
    refused(instance.request("POST", path, b"{}", [JSON]), 404, "not_found")
    refused(instance.request("GET", path), 404, "not_found")


def test_wrong_method_is_405_with_allow(instance):
    for path in PATHS:
        for method in ("GET", "PUT", "DELETE", "OPTIONS"):
            answer = instance.request(method, path)
            refused(answer, 405, "method_not_allowed")
            assert answer.headers["allow"] == "POST"
    answer = instance.request("POST", "/health", b"{}", [JSON])
    refused(answer, 405, "method_not_allowed")
    assert answer.headers["allow"].replace(" ", "") == "GET,HEAD"


def test_body_over_64_kib_is_413(instance):
    body = json.dumps({"secret": instance.secret, "pad": "x" * 65536}).encode()
    answer = instance.request("POST", "/webhook/status", body, [JSON])
    refused(answer, 413, "too_large")


def test_body_of_exactly_64_kib_is_taken(instance):
    body = json.dumps({"secret": instance.secret, "pad": ""}).encode()
    body = body[:-2] + b"x" * (65536 - len(body)) + b'"}'
    assert len(body) == 65536
    answer = instance.request("POST", "/webhook/status", body, [JSON])
    assert answer.code == 200, answer


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "text/plain",
        "application/jsonx",
        "application/x-www-form-urlencoded",
    ],
)
def test_other_content_type_is_415(instance, kind):
    headers = [bearer(instance)] + ([("Content-Type", kind)] if kind else [])
    answer = instance.request("POST", "/webhook/status", b"{}", headers)
    refused(answer, 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/json;x=y",
    ],
)
def test_content_type_parameters_are_ignored(instance, kind):
    headers = [bearer(instance), ("Content-Type", kind)]
    assert (
        instance.request("POST", "/webhook/status", b"{}", headers).code == 200
    )


UNPARSABLE = [
    b"",
    b"[]",
    b'"text"',
    b"12",
    b"{",
    b'{"a":1',
    b'{"a":1}x',
    b'{"a":1}{}',
    b'{"a":1,"a":2}',
    b'{"x":{"a":1,"a":2}}',
    b'{"a":NaN}',
    b'{"a":Infinity}',
    b'{"a":-Infinity}',
    b'{"a":"\xff"}',
    b'{"a":"\xed\xa0\x80"}',
    b"{'a':1}",
    b'{"a":1,}',
    b"/* c */{}",
    b'{"x":' + b"[" * 17 + b"]" * 17 + b"}",
]


@pytest.mark.parametrize("body", UNPARSABLE, ids=lambda b: repr(b[:24]))
def test_unparsable_body_is_400(instance, body):
    answer = instance.request(
        "POST", "/webhook/status", body, [JSON, bearer(instance)]
    )
    refused(answer, 400, "bad_request")


def test_nesting_of_16_is_parsed(instance):
    body = b'{"x":' + b"[" * 15 + b"]" * 15 + b"}"
    answer = instance.request(
        "POST", "/webhook/status", body, [JSON, bearer(instance)]
    )
    assert answer.code == 200, answer


@pytest.mark.parametrize("path", PATHS)
def test_without_the_secret_it_is_401_and_nothing_is_done(instance, path):
    instance.write_tasks("[[say hi]]")
    before = (
        instance.state_file.read_bytes()
        if instance.state_file.exists()
        else None
    )
    body = {"task_file": "list.md", "command": "start"}
    wrong = [
        instance.post(path, body, auth=None),
        instance.post(
            path, {**body, "secret": "wrong-secret-wrong-secret"}, auth=None
        ),
        instance.post(path, {**body, "secret": ""}, auth=None),
        instance.post(
            path, {**body, "secret": instance.secret + "x"}, auth=None
        ),
        instance.post(path, {**body, "secret": 7}, auth=None),
        instance.post(path, {**body, "secret": None}, auth=None),
    ]
    for answer in wrong:
        refused(answer, 401, "unauthorized")
    after = (
        instance.state_file.read_bytes()
        if instance.state_file.exists()
        else None
    )
    assert before == after


def test_401_says_nothing_else_and_is_logged_with_the_peer(instance):
    answer = instance.post("/webhook/approve", auth=None)
    assert set(answer.json) == {"status", "error", "message", "actions"}
    assert instance.secret not in answer.raw.decode()
    wait_for(
        lambda: "127.0.0.1" in instance.log_text(),
        5,
        "the peer's address in the log",
    )


@pytest.mark.parametrize(
    "header",
    [
        "Bearer wrong-secret-wrong-secret",
        "Bearer",
        "Bearer ",
        "",
        "Token x",
        "bearerx",
    ],
)
def test_wrong_bearer_is_401(instance, header):
    answer = instance.request(
        "POST", "/webhook/status", b"{}", [JSON, ("Authorization", header)]
    )
    refused(answer, 401, "unauthorized")


def test_either_credential_suffices(instance):
    assert instance.post("/webhook/status", auth="bearer").code == 200
    assert instance.post("/webhook/status", auth="body").code == 200
    body = json.dumps({"secret": "wrong-secret-wrong-secret"}).encode()
    headers = [JSON, bearer(instance)]
    assert (
        instance.request("POST", "/webhook/status", body, headers).code == 200
    )
    body = json.dumps({"secret": instance.secret}).encode()
    headers = [JSON, ("Authorization", "Bearer wrong-secret-wrong-secret")]
    assert (
        instance.request("POST", "/webhook/status", body, headers).code == 200
    )


def test_scheme_ignores_case(instance):
    headers = [JSON, ("Authorization", f"bEaReR {instance.secret}")]
    assert (
        instance.request("POST", "/webhook/status", b"{}", headers).code == 200
    )


def test_basic_is_the_proxys_and_ignored(instance):
    body = json.dumps({"secret": instance.secret}).encode()
    headers = [JSON, ("Authorization", "Basic dTpw")]
    assert (
        instance.request("POST", "/webhook/status", body, headers).code == 200
    )
    answer = instance.request("POST", "/webhook/status", b"{}", headers)
    refused(answer, 401, "unauthorized")


def test_repeated_authorization_is_400(instance):
    header = ("HTTP_AUTHORIZATION", f"Bearer {instance.secret}")
    params = fastcgi.post_params("/webhook/status", b"{}", header, header)
    refused(fastcgi.request(instance.socket, params, b"{}"), 400, "bad_request")


def test_every_listed_secret_is_taken(make_instance):
    old, new = "old-secret-0123456789", "new-secret-0123456789"
    instance = make_instance(
        config={"webhooks": {"secret": [new, old]}}, secret=new
    ).start()
    for secret in (new, old):
        instance.secret = secret
        assert instance.post("/webhook/status").code == 200
    instance.secret = "another-secret-012345"
    assert instance.post("/webhook/status").code == 401


def test_order_of_refusals(instance):
    """404, 405, 413, 415, 400 (parse), 401, 403, 400 (fields), 409."""
    huge = b"{" + b" " * 70000 + b"}"
    text = ("Content-Type", "text/plain")
    request = instance.request
    assert request("GET", "/nowhere").code == 404
    assert request("PUT", "/webhook/start", huge, [text]).code == 405
    assert request("POST", "/webhook/start", huge, [text]).code == 413
    assert request("POST", "/webhook/start", b"{", [text]).code == 415
    assert request("POST", "/webhook/start", b"{", [JSON]).code == 400
    assert instance.post("/webhook/logs", lines="x", auth=None).code == 401
    assert instance.post("/webhook/logs", lines="x").code == 400
    assert instance.post("/webhook/retry", feedback=7).code == 400
    assert instance.post("/webhook/retry", feedback="better").code == 409


def test_foreign_chat_is_403_before_fields_are_looked_at(make_instance):
    instance = make_instance(
        config={"telegram": {"chat_id": [11, "22"]}}
    ).start()
    for chat in (33, "33", "011", "11 "):
        answer = instance.post("/webhook/logs", chat_id=chat, lines="x")
        refused(answer, 403, "forbidden")
    for chat in (11, "11", 22, "22"):
        assert instance.post("/webhook/status", chat_id=chat).code == 200
    assert instance.post("/webhook/status").code == 200


def test_command_that_is_not_enabled_is_403(make_instance):
    config = {"telegram": {"commands": ["status", "start", "help"]}}
    instance = make_instance(config=config).start()
    refused(instance.post("/webhook/approve"), 403, "forbidden")
    refused(instance.command("/approve"), 403, "forbidden")
    assert instance.post("/webhook/status").code == 200
    help_text = instance.command("/help")["message"]
    assert "/status" in help_text and "/approve" not in help_text
    assert instance.cli("approve").returncode == 1, "the CLI is not restricted"


def test_webhooks_off_is_503_everywhere_but_health(make_instance):
    config = {"webhooks": {"enabled": False, "secret": None}}
    instance = make_instance(config=config).start()
    for path in PATHS:
        refused(instance.post(path), 503, "unavailable")
    assert instance.request("GET", "/health").code == 200
    assert instance.cli("status").returncode == 0


BAD_FIELDS = [
    ("logs", {"lines": 0}),
    ("logs", {"lines": 1001}),
    ("logs", {"lines": "20x"}),
    ("logs", {"lines": 1.5}),
    ("logs", {"task": "x"}),
    ("logs", {"task": 0}),
    ("approve", {"task": -1}),
    ("approve", {"task": 1.5}),
    ("approve", {"decision": 7}),
    ("approve", {"user": ["x"]}),
    ("approve", {"chat_id": {"a": 1}}),
    ("approve", {"delivery_id": True}),
    ("retry", {"feedback": 7}),
    ("start", {"task_file": 7}),
    ("command", {}),
    ("command", {"command": 7}),
    ("command", {"command": ""}),
]


@pytest.mark.parametrize("path,fields", BAD_FIELDS, ids=str)
def test_wrong_field_is_400_and_named(instance, path, fields):
    answer = instance.post(f"/webhook/{path}", fields)
    refused(answer, 400, "bad_request")
    name = next(iter(fields), "command")
    assert name in answer["message"]


def test_unknown_command_names_help(instance):
    for text in ("/frobnicate", "frobnicate", "/", "status!"):
        answer = instance.command(text)
        refused(answer, 400, "bad_request")
        assert "/help" in answer["message"]


def test_text_and_field_in_conflict_is_400(instance):
    refused(instance.command("/approve 2", task=3), 400, "bad_request")
    refused(instance.command("/logs 50", lines=20), 400, "bad_request")
    refused(
        instance.command("/approve #aaaa", decision="bbbb"), 400, "bad_request"
    )
    assert instance.command("/logs 50", lines=50).code == 200


def test_unknown_fields_are_ignored(instance):
    assert instance.post("/webhook/status", frob=[1, {"a": None}]).code == 200


# -- said directly in FastCGI ---------------------------------------------


@pytest.mark.parametrize(
    "length",
    [
        "99999999",
        "3",
        "-2",
        "+2",
        "2x",
        "0x2",
        " 2",
        "18446744073709551618",
    ],
)
def test_content_length_that_lies_is_refused(instance, length):
    secret = ("HTTP_AUTHORIZATION", f"Bearer {instance.secret}")
    params = fastcgi.post_params(
        "/webhook/status", b"{}", secret, length=length
    )
    answer = fastcgi.request(instance.socket, params, b"{}")
    assert answer.code in (400, 411, 413), answer
    assert instance.post("/webhook/status").code == 200


def test_path_info_goes_before_script_name_and_request_uri_counts_for_nothing(
    instance,
):
    secret = ("HTTP_AUTHORIZATION", f"Bearer {instance.secret}")
    lie = ("REQUEST_URI", "/webhook/stop")
    params = fastcgi.post_params(
        "/elsewhere", b"{}", secret, lie, ("PATH_INFO", "/webhook/status")
    )
    assert "total" in fastcgi.request(instance.socket, params, b"{}").json
    params = fastcgi.post_params(
        "/webhook/status", b"{}", secret, lie, ("PATH_INFO", "")
    )
    assert "total" in fastcgi.request(instance.socket, params, b"{}").json


def test_a_slow_peer_holds_only_its_own_thread(instance):
    params = fastcgi.post_params("/webhook/status", b"{}")
    stuck = [fastcgi.connect(instance.socket) for _ in range(3)]
    try:
        for link in stuck:
            link.sendall(fastcgi.opening(params)[:20])
        for _ in range(5):
            assert instance.post("/webhook/status").code == 200
    finally:
        for link in stuck:
            link.close()
    assert instance.request("GET", "/health").code == 200


def test_peers_that_vanish_leave_the_responder_well(instance):
    params = fastcgi.post_params("/webhook/status", b"{}" * 1000)
    for cut in (1, 9, 40, 4000):
        with fastcgi.connect(instance.socket) as link:
            link.sendall(fastcgi.opening(params)[:cut])
            link.shutdown(socket.SHUT_RDWR)
    with fastcgi.connect(instance.socket) as link:
        link.sendall(b"\x00" * 64)
    assert instance.post("/webhook/status").code == 200
