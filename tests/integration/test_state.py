"""state.json and the logs: their fields, their safety, their life."""

import json
import os
import re
import signal
import stat
import subprocess
import threading

import pytest
from harness.tasks import Task
from harness.waiting import wait_for

UTC = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
SESSION_KEYS = {
    "version",
    "session_id",
    "task_file",
    "current_task_index",
    "status",
    "decision",
    "intent",
    "waiting_for",
    "tasks",
    "started_at",
    "paused_at",
    "last_activity",
    "decisions",
    "notifications",
    "deliveries",
}
TASK_KEYS = {
    "id",
    "title",
    "type",
    "status",
    "requires_approval",
    "started_at",
    "completed_at",
    "result",
    "output_log",
    "priority",
    "description",
    "acceptance_criteria",
    "instruction",
    "attempt",
    "error",
    "exit_code",
    "agent_session_id",
    "cost_usd",
    "num_turns",
    "denials",
    "denied",
    "duration_ms",
    "summary",
    "approved_by",
    "approved_at",
}


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_every_field_is_there(instance):
    instance.start_list(
        Task(
            "A",
            "[[say a]]",
            type="web",
            description="D",
            criteria=["c1", "c2"],
            approval=True,
        ),
        "[[say b]]",
    )
    instance.approve()
    instance.wait_task(1, "completed")
    state = instance.wait_status("waiting_approval")
    assert SESSION_KEYS <= set(state), SESSION_KEYS - set(state)
    assert state["version"] == 1
    assert state["task_file"] == "orchestrator_tasks/list.md"
    assert re.fullmatch(r"\d{8}-\d{6}(-\d+)?", state["session_id"])
    first, second = state["tasks"]
    assert TASK_KEYS <= set(first), TASK_KEYS - set(first)
    assert (first["id"], first["title"], first["type"]) == (1, "A", "web")
    assert (first["description"], first["acceptance_criteria"]) == (
        "D",
        ["c1", "c2"],
    )
    assert first["instruction"] == "[[say a]]"
    assert first["requires_approval"] is True
    assert second["type"] == "general"
    for stamp in (
        state["started_at"],
        state["last_activity"],
        first["started_at"],
        first["completed_at"],
    ):
        assert re.fullmatch(UTC, stamp), stamp


def test_files_are_private(instance):
    instance.start_list("[[say a]]")
    instance.approve()
    instance.wait_status("completed")
    assert mode(instance.state_file) == 0o600
    for log in instance.logs_dir.iterdir():
        assert mode(log) == 0o600, log
    assert mode(instance.run_dir) == 0o700
    assert mode(instance.run_dir / "control.sock") == 0o600


def test_a_reader_sees_the_old_or_the_new_never_half(instance):
    instance.start_list(*["[[say a]]"] * 10)
    broken, done = [], threading.Event()

    def read():
        while not done.is_set():
            try:
                json.loads(instance.state_file.read_text())
            except ValueError as fault:
                broken.append(fault)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(10):
        assert instance.post("/webhook/skip").code == 200
    done.set()
    reader.join()
    assert broken == []
    assert not list(instance.folder.glob("state.json.*"))


def test_an_answer_is_sent_only_when_the_change_is_on_disk(instance):
    for _ in range(5):
        instance.start_list("[[say a]]")
        assert instance.state()["status"] == "waiting_approval"
        assert instance.post("/webhook/stop").code == 200
        assert instance.state()["status"] == "stopped"


@pytest.mark.needs_root
def test_where_the_state_cannot_be_written_nothing_happens(make_instance):
    """state.json lies on a file system that is too small for the list."""
    instance = make_instance(
        config={"paths": {"state_file": "full/state.json"}}
    )
    full = instance.folder / "full"
    full.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16k,mode=755", "none", str(full)],
        check=True,
    )
    try:
        instance.start()
        name = instance.write_tasks(*["[[say " + "x" * 9000 + "]]"] * 5)
        answer = instance.post("/webhook/start", task_file=name)
        assert (answer.code, answer["error"]) == (503, "unavailable")
        assert instance.post("/webhook/status")["status"] == "idle"
        name = instance.write_tasks("[[say a]]")
        assert instance.post("/webhook/start", task_file=name).code == 200
        instance.stop_responder()
        instance.stop_supervisor()
    finally:
        subprocess.run(["umount", "-l", str(full)], check=True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"{}",
        b'{"version":1}',
        b"\xff\xfe",
        b'{"version":"x"}',
    ],
)
def test_invalid_content_is_kept_aside_and_told(
    make_instance, receiver, content
):
    instance = make_instance(receiver=receiver)
    instance.state_file.write_bytes(content)
    instance.start()
    kept = wait_for(
        lambda: list(instance.folder.glob("state.json.corrupt-*")), 10
    )
    assert kept[0].read_bytes() == content
    told = receiver.wait_event("error")
    assert "state.json.corrupt-" in told["message"]
    assert "corrupt" in instance.log_text()
    assert instance.post("/webhook/status")["status"] == "idle"
    instance.start_list("[[say a]]")


TAMPERED = {
    "status": lambda s: s.update(status="dancing"),
    "two running": lambda s: [t.update(status="running") for t in s["tasks"]],
    "index": lambda s: s.update(current_task_index=9),
    "tasks": lambda s: s.update(tasks=7),
    "id": lambda s: s["tasks"][0].update(id="1"),
    "intent": lambda s: s.update(intent="sleep"),
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_content_that_makes_no_sense_is_corrupt_too(instance, change):
    instance.start_list("[[say a]]", "[[say b]]")
    instance.stop_responder()
    instance.stop_supervisor()
    state = instance.state()
    change(state)
    instance.state_file.write_text(json.dumps(state))
    instance.start_responder()
    instance.wait_healthy()
    assert list(instance.folder.glob("state.json.corrupt-*"))
    assert instance.post("/webhook/status")["status"] == "idle"


def test_a_newer_version_is_left_as_it_is(instance):
    instance.start_list("[[say a]]")
    instance.stop_responder()
    instance.stop_supervisor()
    state = instance.state()
    state["version"] = 2
    text = json.dumps(state)
    instance.state_file.write_text(text)
    done = instance.cli("supervise")
    assert done.returncode == 4
    assert "version" in done.stderr
    assert instance.state_file.read_text() == text


def test_a_state_that_cannot_be_read_is_left_as_it_is(make_instance):
    instance = make_instance()
    instance.state_file.mkdir()
    done = instance.cli("supervise")
    assert done.returncode == 4
    assert "state.json" in done.stderr
    assert instance.state_file.is_dir()


def test_the_last_session_moves_to_its_archive_at_the_next_start(instance):
    instance.start_list("[[say words of old]]")
    instance.approve()
    state = instance.wait_status("completed")
    instance.start_list("[[say b]]")
    archive = instance.logs_dir / state["session_id"]
    assert "words of old" in (archive / "task-1-output.log").read_text()
    assert (archive / "task-1-stream.jsonl").exists()
    copies = [json.loads(p.read_text()) for p in archive.glob("*.json")]
    assert [c["session_id"] for c in copies] == [state["session_id"]]
    assert not (instance.logs_dir / "task-1-output.log").exists()
    assert instance.state()["session_id"] != state["session_id"]


def test_each_attempt_is_under_a_header_in_one_file(instance):
    instance.start_list("[[say again and again]]")
    instance.approve()
    instance.wait_status("completed")
    instance.post("/webhook/retry")
    wait_for(lambda: instance.task(1)["attempt"] == 2)
    instance.wait_status("completed")
    log = (instance.logs_dir / "task-1-output.log").read_text()
    assert log.count("again and again") >= 2
    headers = [line for line in log.splitlines() if "attempt" in line.lower()]
    assert any("1" in h for h in headers) and any("2" in h for h in headers)


def test_no_task_logs_where_they_are_off(make_instance):
    instance = make_instance(config={"logging": {"task_logs": False}}).start()
    instance.start_list("[[say a]]")
    instance.approve()
    instance.wait_status("completed")
    assert not list(instance.logs_dir.glob("task-*"))


def test_the_main_log_has_the_configured_format(make_instance):
    form = "<%(levelname)s> %(process)d %(name)s %(asctime)s | %(message)s"
    instance = make_instance(config={"logging": {"format": form}}).start()
    instance.start_list("[[say a]]")
    line = instance.log_text().splitlines()[-1]
    assert re.match(r"<(INFO|WARNING)> \d+ \S+ .+ \| .+", line), line


def test_the_log_is_reopened_on_sighup(instance):
    day = next(instance.logs_dir.glob("????-??-??.log"))
    day.rename(instance.logs_dir / "moved.log")
    access = instance.logs_dir / "webhook-access.log"
    instance.post("/webhook/status")
    wait_for(access.exists)
    access.rename(instance.logs_dir / "moved-access.log")
    os.kill(instance.responder.pid, 1)
    wait_for(lambda: instance.post("/webhook/status") and access.exists(), 10)
    instance.start_list("[[say a]]")
    wait_for(day.exists, 10)


def test_a_deleted_task_log_folder_does_no_harm(instance):
    instance.start_list("[[say a]]", "[[say b]]")
    instance.approve()
    instance.wait_task(1, "completed")
    for log in instance.logs_dir.glob("task-1*"):
        log.unlink()
    instance.wait_status("waiting_approval")
    instance.approve()
    instance.wait_status("completed")


def test_session_ids_do_not_repeat(instance):
    seen = set()
    for _ in range(4):
        instance.start_list("[[say a]]")
        seen.add(instance.state()["session_id"])
        instance.post("/webhook/stop")
    assert len(seen) == 4


def test_old_logs_go_when_the_configuration_says_so(make_instance):
    instance = make_instance(config={"logging": {"keep_days": 0}})
    old = instance.logs_dir / "2020-01-01.log"
    old.write_text("long ago\n")
    os.utime(old, (1577836800, 1577836800))
    instance.start()
    assert old.exists()
    instance.write_config(logging={"keep_days": 30})
    instance.responder.send_signal(signal.SIGHUP)
    wait_for(lambda: not old.exists(), 20, "housekeeping")
    assert instance.log_text()
