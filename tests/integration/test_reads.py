"""What can be asked without changing anything."""

import json
import re
import signal
import stat
import time

from harness.tasks import Task
from harness.waiting import wait_for

STATUS_KEYS = {
    "status",
    "message",
    "actions",
    "task",
    "total",
    "index",
    "decision",
    "session_id",
    "title",
    "type",
    "completed",
    "failed",
    "skipped",
    "pending",
    "started_at",
    "runtime_seconds",
    "intent",
    "waiting_for",
    "activity",
    "undelivered",
    "undelivered_error",
    "cost_usd",
    "plan",
    "rolling_back",
}


def test_health_needs_no_secret(instance):
    answer = instance.request("GET", "/health")
    assert answer.code == 200
    assert answer.json == {
        "status": "ok",
        "version": answer["version"],
        "uptime": answer["uptime"],
        "supervisor": "up",
    }
    assert re.fullmatch(r"\d+\.\d+\.\d+", answer["version"])
    assert isinstance(answer["uptime"], int)


def test_head_of_health_has_no_body(instance):
    answer = instance.request("HEAD", "/health")
    assert (answer.code, answer.raw) == (200, b"")


def test_health_is_503_without_a_supervisor_and_starts_none(make_instance):
    instance = make_instance(config={"server": {"supervisor": "external"}})
    instance.start_responder()
    instance.nginx.start()
    answer = wait_for(lambda: instance.request("GET", "/health"), 5)
    assert answer.code == 503
    assert (answer["status"], answer["supervisor"]) == ("degraded", "down")
    assert instance.supervisor() is None
    refused = instance.post("/webhook/stop")
    assert (refused.code, refused["error"]) == (503, "unavailable")


def test_status_when_idle(instance):
    answer = instance.post("/webhook/status")
    assert answer.code == 200
    assert set(answer.json) == STATUS_KEYS
    assert answer["status"] == "idle"
    assert (answer["task"], answer["total"]) == (0, 0)
    for key in (
        "decision",
        "session_id",
        "title",
        "type",
        "started_at",
        "intent",
        "waiting_for",
        "activity",
    ):
        assert answer[key] is None, key


def test_status_while_waiting(instance):
    instance.start_list(Task("First", "[[say a]]", type="web"), "[[say b]]")
    answer = instance.post("/webhook/status")
    assert set(answer.json) == STATUS_KEYS
    assert answer["status"] == "waiting_approval"
    assert (answer["task"], answer["index"], answer["total"]) == (1, 1, 2)
    assert (answer["title"], answer["type"]) == ("First", "web")
    assert (
        answer["completed"],
        answer["failed"],
        answer["skipped"],
        answer["pending"],
    ) == (0, 0, 0, 2)
    question = answer["waiting_for"]
    assert question == {
        "kind": "approval",
        "task": 1,
        "decision": answer["decision"],
    }
    labels = [a["label"] for a in answer["actions"]]
    assert labels[0] == "Approve" and len(labels) <= 4
    assert answer["actions"][0]["command"] == f"/approve #{answer['decision']}"
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", answer["started_at"]
    )


def test_status_of_a_running_task_names_what_claude_does(instance):
    instance.start_list(
        '[[raw {"type":"assistant","message":{"content":'
        '[{"type":"tool_use","name":"Bash","input":'
        '{"command":"make all"}}]}}]] [[silent]]'
    )
    decision = instance.state()["decision"]
    instance.approve()
    wait_for(
        lambda: "make all"
        in (instance.post("/webhook/status")["activity"] or ""),
        20,
    )
    answer = instance.post("/webhook/status")
    assert answer["status"] == "running"
    assert "\n" not in answer["activity"]
    assert answer["decision"] and answer["decision"] != decision
    assert answer["waiting_for"] is None
    assert (
        answer["completed"],
        answer["failed"],
        answer["skipped"],
        answer["pending"],
    ) == (0, 0, 0, 0)
    assert answer["actions"]


def test_every_request_is_answered_at_once_while_claude_works(instance):
    instance.start_list("[[flood 20000000]] [[silent]]")
    instance.approve()
    instance.agent(1)
    slowest = 0
    for _ in range(20):
        for path in ("/webhook/status", "/webhook/logs", "/webhook/tasks"):
            begin = time.monotonic()
            assert instance.post(path).code == 200
            slowest = max(slowest, time.monotonic() - begin)
    begin = time.monotonic()
    assert instance.post("/webhook/pause").code == 200
    slowest = max(slowest, time.monotonic() - begin)
    assert slowest < 2.0


def test_tasks_lists_the_session(instance):
    assert instance.post("/webhook/tasks")["tasks"] == []
    instance.start_list(Task("One", "[[say a]]", type="web"), "[[say b]]")
    answer = instance.post("/webhook/tasks")
    assert [t["title"] for t in answer["tasks"]] == ["One", "Step 2"]
    assert [t["status"] for t in answer["tasks"]] == ["pending", "pending"]
    assert "One" in answer["message"]


def test_help_is_one_line_for_each_command(instance):
    answer = instance.post("/webhook/help")
    for name in (
        "start",
        "status",
        "approve",
        "pause",
        "resume",
        "skip",
        "retry",
        "cancel",
        "stop",
        "allow",
        "always",
        "deny",
        "answer",
        "rollback",
        "raise",
        "tasks",
        "show",
        "output",
        "diff",
        "logs",
        "help",
    ):
        assert re.search(rf"^/{name}\b", answer["message"], re.M), name


def test_commands_are_texts_as_a_phone_sends_them(instance):
    assert instance.command("status")["status"] == "idle"
    assert instance.command("/status")["status"] == "idle"
    assert instance.command("/status@MyBot")["status"] == "idle"
    assert "logs" in instance.command("/logs@MyBot 50").json
    assert "tasks" in instance.command("/tasks").json


def test_logs_are_the_last_lines(instance):
    instance.start_list("[[say a]]")
    instance.approve()
    instance.wait_log("is completed")
    lines = instance.log_text().splitlines()
    answer = instance.post("/webhook/logs", lines=3)
    assert answer["logs"].splitlines() == lines[-3:]
    assert len(instance.post("/webhook/logs")["logs"].splitlines()) == min(
        20, len(lines)
    )


def test_logs_go_across_midnight(instance):
    old = instance.logs_dir / "2001-01-01.log"
    old.write_text("".join(f"old line {n}\n" for n in range(1, 11)))
    old.chmod(0o600)
    lines = instance.post("/webhook/logs", lines=1000)["logs"].splitlines()
    assert lines[:10] == [f"old line {n}" for n in range(1, 11)]
    assert len(lines) > 10


def test_logs_of_a_task(instance):
    instance.start_list("[[say words of the agent]]")
    instance.approve()
    instance.wait_status("completed")
    answer = instance.post("/webhook/logs", task=1)
    assert "words of the agent" in answer["logs"]
    assert instance.post("/webhook/logs", task=9)["logs"] == ""


def test_logs_are_at_most_64_kib_of_whole_valid_text(instance):
    big = instance.logs_dir / "2001-01-01.log"
    big.write_text("\n".join("é" * 500 for _ in range(900)) + "\n")
    big.chmod(0o600)
    raw = instance.post("/webhook/logs", lines=1000)["logs"]
    assert len(raw.encode()) <= 65536
    assert raw.splitlines()[0] == "é" * 500


def test_messages_fit_a_telegram_message(instance):
    tasks = [Task("ü" * 200, "[[say x]]") for _ in range(60)]
    instance.start_list(*tasks)
    for path in ("status", "tasks", "help"):
        assert 0 < len(instance.post(f"/webhook/{path}")["message"]) <= 4096


def test_actions_are_enabled_commands_that_fit_a_button(make_instance):
    enabled = ["start", "status", "skip"]
    instance = make_instance(config={"telegram": {"commands": enabled}}).start()
    answer = instance.start_list("[[say a]]")
    commands = [a["command"] for a in answer["actions"]]
    assert commands and all(len(c.encode()) <= 64 for c in commands)
    assert all(c.lstrip("/").split()[0] in enabled for c in commands)


def test_access_log_has_one_line_for_each_request(instance):
    instance.post("/webhook/status", user='Ann "the" Önd')
    instance.post("/webhook/status", auth=None)
    instance.command("/approve", user="Bob")
    log = instance.logs_dir / "webhook-access.log"
    wait_for(lambda: log.exists() and "approve" in log.read_text(), 5)
    lines = [
        line for line in log.read_text().splitlines() if "/health" not in line
    ]
    first, second, third = lines[-3:]
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    user = re.escape(json.dumps('Ann "the" Önd', ensure_ascii=False))
    assert re.fullmatch(
        rf"{stamp} 127\.0\.0\.1 POST /webhook/status status {user} 200 \d+",
        first,
    )
    assert re.fullmatch(
        rf"{stamp} 127\.0\.0\.1 POST /webhook/status \S+ - 401 \d+", second
    )
    assert re.fullmatch(
        rf'{stamp} 127\.0\.0\.1 POST /webhook/command approve "Bob" 409 \d+',
        third,
    )
    assert instance.secret not in log.read_text()
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_user_cannot_forge_a_line_of_the_access_log(instance):
    forged = "x\n2025-01-01 forged\x1b[31m"
    answer = instance.post("/webhook/status", user=forged)
    assert answer.code == 400 and "user" in answer["message"]
    log = instance.logs_dir / "webhook-access.log"
    wait_for(lambda: log.exists() and "/webhook/status" in log.read_text(), 5)
    assert "forged" not in log.read_text()
    assert "\x1b" not in log.read_text()


def test_status_follows_what_it_was_printed_from(instance):
    """The same bytes while nothing changes, others as soon as it does: the
    state, what Claude does, the configuration."""
    instance.start_list("[[say first]][[until go]]", "[[say x]]")
    instance.approve()
    wait_for(lambda: instance.post("/webhook/status")["activity"], 20, "first")
    instance.post("/webhook/pause")
    for _ in range(8):  # every thread has printed it
        assert instance.post("/webhook/status")["intent"] == "pause"
    instance.post("/webhook/resume")
    for _ in range(8):
        assert instance.post("/webhook/status")["intent"] is None
    instance.write_config(telegram={"commands": ["status", "approve"]})
    instance.responder.send_signal(signal.SIGHUP)

    def offered():
        actions = instance.post("/webhook/status")["actions"]
        return {action["command"].split()[0] for action in actions}

    wait_for(lambda: offered() <= {"/status", "/approve"}, 20, "reload")
    (instance.work / "go").touch()
    wait_for(
        lambda: instance.post("/webhook/status")["task"] == 2, 20, "the next"
    )
    for _ in range(8):
        assert "/approve" in offered()
