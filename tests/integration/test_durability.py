"""What must hold when the disk fails, output floods, or two want one state."""

import os
import pathlib
import signal
import subprocess
import time

import pytest
from harness.waiting import wait_for

HARNESS = pathlib.Path(__file__).resolve().parent.parent / "harness"


@pytest.fixture
def failing_sync(tmp_path):
    """A library that makes the fsync of folders fail while a file exists."""
    library = tmp_path / "failing_sync.so"
    source = HARNESS / "failing_sync.c"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"],
        check=True,
    )
    sign = tmp_path / "fails-now"
    env = {"LD_PRELOAD": str(library), "FAILING_SYNC": str(sign)}
    return sign, {**env, "ASAN_OPTIONS": "verify_asan_link_order=0"}


def test_what_could_not_be_stored_has_not_happened(make_instance, failing_sync):
    sign, env = failing_sync
    instance = make_instance(env=env).start()
    instance.start_list("[[say a]]", "[[say b]]")
    sign.touch()
    answer = instance.post("/webhook/approve")
    assert answer.code == 503
    assert "Nothing was done" in answer["message"]
    sign.unlink()
    # What had reached the disk all the same is put back.
    wait_for(lambda: instance.state()["status"] == "waiting_approval", 20)
    assert not (instance.work / "agent-1.json").exists()
    assert instance.post("/webhook/approve").code == 200
    instance.wait_task(1, "completed")
    assert instance.task(1)["attempt"] == 1


def test_an_outcome_is_kept_until_it_can_be_stored(make_instance, failing_sync):
    sign, env = failing_sync
    instance = make_instance(env=env).start()
    instance.start_list("[[sleep 1]] [[say a]]", "[[say b]]")
    instance.approve()
    instance.agent(1)
    sign.touch()
    wait_for(lambda: "cannot sync" in instance.log_text(), 20)
    os.kill(instance.supervisor().pid, signal.SIGTERM)
    sign.unlink()
    instance.wait_task(1, "completed")
    assert instance.task(1)["attempt"] == 1


def test_two_configurations_cannot_share_a_state(make_instance):
    instance = make_instance().start()
    other = instance.folder / "other.yaml"
    text = instance.config_file.read_text()
    other.write_text(text + "paths: {run_dir: run2}\n")
    done = instance.cli("-c", str(other), "supervise")
    assert done.returncode == 0, done
    assert "running already" in done.stdout
    assert instance.request("GET", "/health").code == 200


def test_a_flood_of_output_holds_up_no_command(make_instance):
    script = "i=0; while :; do i=$((i+1)); echo $i; done"
    command = ["/bin/sh", "-c", script]
    claude = {"command": command, "flags": "", "output_format": "text"}
    instance = make_instance(config={"claude": claude}).start()
    instance.start_list("flood")
    instance.approve()
    wait_for(lambda: list(instance.logs_dir.glob("task-1-output.log")), 10)
    began = time.monotonic()
    assert instance.post("/webhook/pause").code == 200
    assert instance.post("/webhook/cancel").code == 200
    assert time.monotonic() - began < 5
    assert instance.wait_task(1, "failed", 30)["result"] == "cancelled"


def test_a_task_that_is_resumed_is_told_once(make_instance, receiver):
    config = {"orchestrator": {"on_interrupted": "resume"}}
    instance = make_instance(receiver=receiver, config=config).start()
    instance.start_list("[[silent]]")
    instance.approve()
    instance.agent(1)
    os.kill(instance.supervisor().pid, signal.SIGKILL)
    instance.agent(2, 40)
    receiver.wait_event("task_started")
    told = receiver.wait_event("recovered")
    assert receiver.events().count("recovered") == 1
    assert "run again" in told["message"]


def test_a_stop_between_two_tasks_leaves_no_question_behind(make_instance):
    config = {"orchestrator": {"approval_mode": "auto"}}
    instance = make_instance(config=config)
    instance.write_tasks("[[hang]]", "[[say b]]")
    instance.start()
    instance.post("/webhook/start", task_file="list.md")
    instance.agent(1)
    log = instance.logs_dir / "task-1-output.log"
    wait_for(lambda: "🏁" in log.read_text(), 20, "the result is in")
    os.kill(instance.supervisor().pid, signal.SIGTERM)
    state = instance.wait_status("completed", 40)
    assert [t["status"] for t in state["tasks"]] == ["completed"] * 2
    assert [t["attempt"] for t in state["tasks"]] == [1, 1]
