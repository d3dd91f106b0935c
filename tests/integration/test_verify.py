"""`verify:`: a command of the owner's says whether a task is done, not Claude."""

import json
import os
import signal

import pytest
from harness.answers import ok
from harness.tasks import Task
from harness.waiting import wait_for


@pytest.fixture
def verified(make_instance, receiver):
    """make(command, **config): an instance whose tasks of the type `checked`
    are tried by that shell text."""

    def make(command, **claude):
        return make_instance(
            receiver=receiver,
            config={
                "verify": {"Checked": ["sh", "-c", command]},
                "claude": claude,
            },
        ).start()

    return make


def run(instance, script, status, kind="checked"):
    instance.start_list(Task("It", script, type=kind))
    instance.approve()
    return instance.wait_task(1, status)


def test_what_passes_is_completed_and_its_last_lines_are_shown(verified):
    made = verified("pwd; for i in 1 2 3 4; do echo line $i; done; echo err >&2")
    task = run(made, "[[run echo x > made]]", "completed")
    told = task["verification"]
    assert told["result"] == "success" and told["exit_code"] == 0
    assert told["error"] is None and task["result"] == "success"
    assert told["output"].startswith(f"{made.work}\nline 1\n")
    assert told["output"].endswith("line 4\nerr")
    assert told["command"].startswith("sh -c pwd;")
    message = made.receiver.wait_event("task_completed")["message"]
    assert "🧪 Verified: sh -c pwd" in message
    assert "│ line 3\n│ line 4\n│ err\n" in message
    assert "line 2" not in message
    assert message.index("🧪") < message.index("⏱️") < message.index("💬")
    shown = ok(made.post("/webhook/show", task=1))
    assert shown["task"]["verification"] == told
    assert "│ line 1" in shown["message"]
    log = (made.logs_dir / "task-1-output.log").read_text()
    assert "▶ verification: sh -c pwd" in log and "line 2" in log
    made.wait_log("Task 1: verification 'sh -c pwd")


def test_what_does_not_pass_has_failed_and_the_next_attempt_is_told(verified):
    made = verified("[ -e mended ] || { echo no 'mended'; exit 3; }")
    task = run(made, "[[run [ -e second ] && touch mended; touch second]]",
               "failed")
    assert task["result"] == "error"
    assert "verification 'sh -c" in task["error"]
    assert "exit status 3" in task["error"]
    assert task["verification"]["result"] == "error"
    assert task["verification"]["exit_code"] == 3
    told = made.receiver.wait_event("task_failed")
    assert "🧪 Not verified: sh -c" in told["message"]
    assert "exit status 3" in told["message"]
    assert "│ no mended" in told["message"]
    assert "💬 Done as told." in told["message"]
    assert told["actions"][0]["label"] == "Retry"
    ok(made.post("/webhook/retry"))
    task = made.wait_task(1, "completed")
    assert task["attempt"] == 2
    assert task["verification"]["result"] == "success"
    prompt = made.agent(2)["prompt"]
    assert "whose last lines were:\n\n    no mended\n" in prompt


def test_only_its_type_is_verified_and_only_what_claude_completed(verified):
    made = verified("touch verified; exit 1")
    made.start_list(
        Task("Another", "[[say x]]", type="other"),
        Task("Bad", "[[exit 1]]", type="checked"),
    )
    made.approve()
    assert made.wait_task(1, "completed")["verification"] is None
    made.approve()
    assert made.wait_task(2, "failed")["verification"] is None
    assert not (made.work / "verified").exists()


def test_one_that_takes_too_long_is_ended(verified):
    made = verified("echo begun; sleep 300", verify_timeout=1)
    task = run(made, "[[say x]]", "failed")
    assert task["result"] == task["verification"]["result"] == "timeout"
    assert "timed out after 1 s" in task["error"]
    assert task["verification"]["output"] == "begun"
    assert not made.attempt_processes()


def test_one_that_cannot_be_started_proves_nothing(make_instance, receiver):
    made = make_instance(
        receiver=receiver, config={"verify": {"general": "no-such-program -x"}}
    ).start()
    task = run(made, "[[say x]]", "failed", kind=None)
    assert "cannot start 'no-such-program'" in task["error"]


def test_it_runs_as_claude_does(verified):
    """Its account, folder and environment; and what it leaves is ended."""
    made = verified("env; (setsid sleep 300 &)")
    output = run(made, "[[say x]]", "completed")["verification"]["output"]
    assert "WEBHOOK_SECRET" not in output
    assert "ORCHESTRATOR_ATTEMPT=" in output
    assert not made.attempt_processes()


def test_cancel_ends_it_and_nothing_is_claimed(verified):
    made = verified("touch begun; sleep 300")
    made.start_list(Task("It", "[[say x]]", type="checked"))
    made.approve()
    wait_for((made.work / "begun").exists, 20, "the verification")
    wait_for(
        lambda: made.post("/webhook/status")["activity"] == "verifying",
        20,
        "status says so",
    )
    ok(made.post("/webhook/cancel"))
    task = made.wait_task(1, "failed")
    assert task["result"] == "cancelled"
    assert task["error"] == "cancelled while what Claude did was verified"


def test_a_supervisor_that_dies_in_it_verifies_again(verified):
    """Claude is done and is not asked again; whether its work is good is not
    known until the command has said so."""
    made = verified("echo x >> tries; [ $(wc -l < tries) = 2 ] || sleep 300")
    made.start_list(Task("It", "[[say x]]", type="checked"))
    made.approve()
    wait_for((made.work / "tries").exists, 20, "the verification")
    running = made.task(1)
    assert running["status"] == "running"
    assert running["ended"]["result"] == "success"
    made.stop_supervisor(signal.SIGKILL)
    task = made.wait_task(1, "completed")
    assert task["attempt"] == 1 and task["ended"] is None
    assert task["verification"]["result"] == "success"
    assert task["summary"] == "Done as told." and task["cost_usd"] == 0.01
    assert (made.work / "tries").read_text() == "x\nx\n"
    assert not (made.work / "agent-2.json").exists()


def test_a_wish_to_cancel_survives_the_crash(verified):
    made = verified("trap '' TERM; touch begun; sleep 300 & wait; sleep 300",
                    kill_grace=20)
    made.start_list(Task("It", "[[say x]]", type="checked"))
    made.approve()
    wait_for((made.work / "begun").exists, 20, "the verification")
    ok(made.post("/webhook/cancel"))
    made.stop_supervisor(signal.SIGKILL)
    task = made.wait_task(1, "failed", 60)
    assert task["result"] == "cancelled" and task["verification"] is None


def test_a_supervisor_that_is_stopped_claims_nothing(verified):
    made = verified("touch begun; sleep 300")
    made.start_list(Task("It", "[[say x]]", type="checked"))
    made.approve()
    wait_for((made.work / "begun").exists, 20, "the verification")
    made.stop_supervisor()
    task = made.wait_task(1, "interrupted")
    assert task["error"] == "interrupted while what Claude did was verified"


def test_a_reload_does_not_verify_less_in_mid_session(verified):
    made = verified("exit 1")
    made.start_list(Task("It", "[[say x]]", type="checked"))
    made.write_config(verify={"Checked": None})
    os.kill(made.supervisor().pid, signal.SIGHUP)
    made.wait_log("the old policy holds until the next start")
    made.approve()
    assert made.wait_task(1, "failed")["verification"]["result"] == "error"


def test_check_names_what_is_wrong_and_prints_what_holds(instance, tmp_path):
    instance.write_config(
        verify={"a": "make -k 'all of it'", "b": ["true"], "B": "false"}
    )
    said = instance.cli("check")
    assert said.returncode == 1
    assert "verify.b: the same type twice" in said.stdout
    instance.write_config(verify={"B": "x && y", "c": {"d": 1}, "e": ""})
    said = instance.cli("check").stdout
    assert 'verify.B: no shell runs it, so "&&" means nothing' in said
    assert "verify.c: want a command line or a list of words" in said
    assert "verify.e: empty, want the name of a program" in said
    instance.write_config(verify={"B": None, "c": None, "e": None})
    name = instance.write_tasks(Task("It", "x", type="A"))
    said = instance.cli("check", "--tasks", str(instance.tasks_dir / name))
    assert said.returncode == 0
    assert 'no task has the type "b" of verify' in said.stdout
    assert '"a" of verify' not in said.stdout
    printed = instance.cli("check", "--print").stdout
    assert '  "a":\n    - "make"\n    - "-k"\n    - "all of it"\n' in printed
    again = tmp_path / "printed.yaml"
    again.write_text(
        "\n".join(line for line in printed.splitlines() if line[:1] != "#")
        .replace('"********"', '"0123456789abcdef0123456789"')
    )
    said = json.dumps(
        instance.cli("-c", str(again), "check", "--print").stdout
    )
    assert "all of it" in said


def test_run_shows_it_at_the_terminal(make_instance):
    made = make_instance(
        config={"verify": {"checked": "sh -c 'echo all is well'"}}
    )
    made.write_tasks(Task("It", "[[say x]]", type="checked"))
    said = made.cli("run", "--yes", "--task-file", "orchestrator_tasks/list.md")
    assert said.returncode == 0, said
    assert "all is well" in said.stdout
    assert "🧪 Verified: sh -c echo all is well (" in said.stdout
