"""What the doors once got wrong, and do not any more."""

import json
import os
import signal
import socket
import ssl
import subprocess
import threading

import pytest
from harness import certificate
from harness.instance import program
from harness.waiting import wait_for

JSON = ("Content-Type", "application/json")


def hang_up(instance, said):
    """SIGHUP to the responder; returns when the log, or standard error, has
    said it once more."""

    def heard():
        errors = (instance.folder / "stderr.log").read_text()
        return instance.log_text().count(said) + errors.count(said)

    before = heard()
    instance.responder.send_signal(signal.SIGHUP)
    wait_for(lambda: heard() > before, 15, said)


def test_a_responder_outlives_a_hangup_without_its_logs_folder(
    make_instance, receiver
):
    instance = make_instance(
        receiver=receiver, config={"paths": {"logs_dir": "logs/inner"}}
    )
    instance.logs_dir = instance.folder / "logs/inner"
    instance.start()
    instance.logs_dir.parent.rename(instance.folder / "moved")
    instance.logs_dir.parent.write_text("in the way")
    hang_up(instance, "cannot make the folder")
    assert instance.responder.poll() is None
    assert instance.request("GET", "/health").code == 200
    instance.logs_dir.parent.unlink()
    (instance.folder / "moved").rename(instance.logs_dir.parent)


def test_places_change_only_at_a_restart_in_the_responder_too(instance):
    supervisor = instance.supervisor().pid
    instance.write_config(paths={"run_dir": "elsewhere"})
    hang_up(instance, "change only at a restart")
    hang_up(instance, "change only at a restart")
    assert not (instance.folder / "elsewhere").exists()
    instance.wait_healthy()
    assert instance.supervisor().pid == supervisor


@pytest.mark.needs_root
@pytest.mark.parametrize("command", ["start", "run", "supervise"])
def test_nobody_supervises_what_belongs_to_another_account(
    make_instance, command
):
    instance = make_instance(config={"webhooks": {"enabled": False}})
    name = instance.write_tasks("[[say a]]")
    list_file = str(instance.tasks_dir / name)
    instance.run_dir.mkdir()
    os.chown(instance.run_dir, 65534, 65534)
    arguments = {
        "start": ["start", list_file],
        "run": ["run", "--yes", "--task-file", list_file],
        "supervise": ["supervise"],
    }[command]
    done = instance.cli(*arguments)
    assert done.returncode == (1 if command == "supervise" else 5), done
    assert "belongs to nobody: run it as that account" in done.stderr
    assert list(instance.run_dir.iterdir()) == []
    assert not instance.state_file.exists()


def test_a_hangup_waits_for_no_command_under_way(instance):
    instance.start_list("[[say a]]")
    supervisor = instance.supervisor().pid
    os.kill(supervisor, signal.SIGSTOP)
    answers = []
    slow = threading.Thread(
        target=lambda: answers.append(instance.post("/webhook/pause"))
    )
    try:
        slow.start()
        wait_for(lambda: instance.post("/webhook/status").code == 200, 5)
        instance.responder.send_signal(signal.SIGHUP)
        wait_for(
            lambda: "was read again" in instance.log_text(),
            5,
            "the configuration is read again",
        )
        assert slow.is_alive()
        assert instance.post("/webhook/status").code == 200
    finally:
        os.kill(supervisor, signal.SIGCONT)
        slow.join()
    assert answers[0].code == 200


def test_a_start_is_promised_only_where_one_can_be_told(make_instance):
    instance = make_instance(config={"server": {"supervisor": "external"}})
    instance.run_dir.mkdir(mode=0o700)
    lock = instance.run_dir / "lock"
    lock.symlink_to(lock)
    instance.start_responder()
    instance.nginx.start()
    answer = instance.post("/webhook/approve")
    assert (answer.code, answer["error"]) == (503, "unavailable")
    assert "nothing was done" in answer["message"].lower()
    assert "run/lock" in answer["message"]
    lock.unlink()
    answer = instance.post("/webhook/approve")
    assert answer.code == 503 and "start its service" in answer["message"]


def test_an_empty_decision_decides_nothing(instance):
    instance.start_list("[[say a]]")
    answer = instance.post("/webhook/approve", decision="#")
    assert (answer.code, answer["error"]) == (400, "bad_request")
    assert instance.command("/approve #").code == 400
    for decision in ["", "#"]:
        done = instance.cli("approve", "--decision", decision)
        assert done.returncode == 2, done
        done = instance.cli("approve", f"--decision={decision}")
        assert done.returncode == 2, done
    assert instance.state()["status"] == "waiting_approval"


@pytest.mark.parametrize("decision", ["", None])
def test_an_absent_decision_means_what_is_asked(instance, decision):
    """A workflow's expression sends an absent field as an empty string."""
    instance.start_list("[[say a]]")
    assert instance.post("/webhook/approve", decision=decision).code == 200


def test_help_is_not_asked_for_inside_a_sentence(instance):
    done = instance.cli("retry", "fix", "the", "--help", "text")
    assert "usage:" not in done.stdout
    assert done.returncode == 1, done  # nothing to retry
    assert "usage:" in instance.cli("retry", "--help").stdout


def test_a_refused_caller_is_named_in_the_log(make_instance, receiver):
    instance = make_instance(
        receiver=receiver,
        config={"telegram": {"chat_id": 7, "commands": ["status", "help"]}},
    ).start()
    assert instance.command("/status", chat_id=8, user="Eve").code == 403
    assert instance.command("/approve", chat_id=7, user="Bob").code == 403
    access = (instance.logs_dir / "webhook-access.log").read_text()
    assert ' status "Eve" 403 ' in access
    assert ' approve "Bob" 403 ' in access
    instance.wait_log("chat 8")


def test_only_enabled_commands_are_named(make_instance, receiver):
    instance = make_instance(
        receiver=receiver,
        config={"telegram": {"commands": ["start", "pause", "approve"]}},
    ).start()
    instance.start_list("[[say a]]")
    answer = instance.post("/webhook/pause")
    assert answer.code == 200 and "/resume" not in answer["message"]
    refused = instance.post("/webhook/pause")
    assert refused.code == 409
    for name in ("/resume", "/skip", "/stop"):
        assert name not in refused["message"]


def test_a_read_that_fails_prints_its_body(make_instance):
    instance = make_instance()
    instance.state_file.write_text("no state")
    for command in ("status", "tasks"):
        done = instance.cli("--json", command)
        assert done.returncode == 4, done
        body = json.loads(done.stdout)
        assert (body["status"], body["error"]) == ("error", "unavailable")
        assert body["message"]


@pytest.mark.parametrize(
    "arguments, named",
    [
        (["-x"], "-x"),
        (["-xV"], "-x;"),
        (["--nonsense"], "--nonsense"),
        (["check", "--tasks"], "missing after '--tasks'; see orchestrator check"),
        (["approve", "--task"], "missing after '--task'; see orchestrator app"),
        (["check", "--nonsense"], "check --help"),
        (["fcgi", "now"], "fcgi --help"),
    ],
)
def test_a_wrong_option_is_named(tmp_path, arguments, named):
    done = subprocess.run(
        [program(), *arguments],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 2 and named in done.stderr, done


def test_check_takes_its_list_behind_an_equals_sign(make_instance):
    instance = make_instance()
    name = instance.write_tasks("[[say a]]")
    done = instance.cli("check", f"--tasks={instance.tasks_dir / name}")
    assert done.returncode == 0, done
    done = instance.cli("check", "--tasks=nowhere.md")
    assert done.returncode == 1 and "nowhere.md" in done.stdout


@pytest.mark.parametrize("key", ["user", "chat_id", "delivery_id"])
@pytest.mark.parametrize("value", ["a\nb", "a\u001b[2Jb", "a\tb", "a\u0085"])
def test_who_asks_is_one_plain_line(instance, key, value):
    answer = instance.post("/webhook/pause", **{key: value})
    assert (answer.code, answer["error"]) == (400, "bad_request")
    assert answer["message"].startswith(f"{key}: want one line")


def test_refusals_are_sentences(instance):
    refusals = [
        instance.request("GET", "/webhook/start"),
        instance.request("POST", "/webhook/start", b"x" * 65537, [JSON]),
        instance.post("/webhook/command", command="/nonsense"),
        instance.post("/webhook/logs", lines=0),
        instance.command("/logs 50 3"),
        instance.post("/webhook/approve", task=99999999999999999999),
        instance.post("/webhook/approve", user=99999999999999999999),
    ]
    for answer in refusals:
        assert answer.code >= 400
        message = answer["message"]
        assert message.endswith("."), message
        named = message.split(":")[0]
        assert message[0].isupper() or named.islower(), message
    assert "number of lines" in refusals[4]["message"]


@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_claude_gets_the_zone_that_we_were_given(make_instance, receiver, zone):
    env = {} if zone is None else {"TZ": zone}
    instance = make_instance(
        receiver=receiver,
        env=env,
        config={"orchestrator": {"timezone": "Europe/Berlin"}},
    ).start()
    instance.start_list("[[say a]]")
    instance.approve()
    assert instance.agent(1)["env"].get("TZ") == zone


def test_a_long_list_is_shown_around_the_current_task(instance):
    items = [f"[[say {n}]]" for n in range(1, 201)]
    instance.start_list(*items)
    shown = instance.post("/webhook/tasks")["message"]
    assert "← current" in shown and " more" in shown
    assert "in the logs" not in shown
    whole = instance.cli("tasks").stdout
    assert "\n⏳ 200. " in whole


@pytest.fixture
def shipped(instance):
    """Raw bytes to the shipped site's own port; what it says back."""

    def talk(data, tls=True):
        link = socket.create_connection(("127.0.0.1", instance.nginx.port), 15)
        if tls:
            context = ssl.create_default_context(cafile=certificate.make()[0])
            link = context.wrap_socket(link, server_hostname="localhost")
        with link:
            link.sendall(data)
            answer = b""
            while more := link.recv(65536):
                answer += more
        head, _, body = answer.decode().partition("\r\n\r\n")
        return head, json.loads(body)

    return talk


HEAD = "Host: localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "start, code, allow",
    [
        ("GET /nowhere HTTP/1.1\r\n" + HEAD, 404, None),
        ("TRACE /webhook/start HTTP/1.1\r\n" + HEAD, 405, "POST"),
        ("TRACE /health HTTP/1.1\r\n" + HEAD, 405, "GET, HEAD"),
        (f"GET /{'x' * 9000} HTTP/1.1\r\n" + HEAD, 414, None),
        (f"GET / HTTP/1.1\r\nX: {'x' * 9000}\r\n" + HEAD, 400, None),
        (
            "POST /webhook/start HTTP/1.1\r\nTransfer-Encoding: odd\r\n" + HEAD,
            501,
            None,
        ),
    ],
    ids=["nowhere", "trace", "trace-health", "address", "header", "coding"],
)
def test_nginx_refuses_in_json_and_keeps_to_https(shipped, start, code, allow):
    head, body = shipped(f"{start}\r\n".encode())
    assert head.startswith(f"HTTP/1.1 {code} "), head
    assert "\r\nStrict-Transport-Security: max-age=" in head
    assert "\r\nContent-Type: application/json" in head
    assert ("\r\nAllow: " in head) == (allow is not None)
    assert allow is None or f"\r\nAllow: {allow}\r\n" in f"{head}\r\n"
    assert body["status"] == "error" and body["message"] and body["error"]


def test_plain_http_to_the_https_port_is_told_so_in_json(shipped):
    head, body = shipped(
        f"GET /health HTTP/1.1\r\n{HEAD}\r\n".encode(), tls=False
    )
    assert head.startswith("HTTP/1.1 400 ")
    assert body["error"] == "bad_request" and "https://" in body["message"]
