"""What costs too much, or meets the account's usage limit: the real Claude
Code, both releases, against a server that says so."""

import calendar
import signal
import time

import pytest
from harness import claude
from harness.tasks import Task
from harness.waiting import wait_for

AUTO = {"orchestrator": {"approval_mode": "auto"}}


@pytest.fixture
def subscribed(make_instance, receiver, api, claude_program):
    """An instance whose account has a subscription, with its limits."""
    instance = make_instance(
        agent="claude", api=api, receiver=receiver, config=AUTO
    )
    instance.env = claude.oauth(instance.env)
    return instance.start()


def seconds_until(text):
    return calendar.timegm(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ")) - time.time()


def night(instance, api, limit):
    """A list of three, whose second task meets the limit in its middle."""
    met = []

    def respond(request):
        if request.tool_names and "two.txt" in request.prompt and not met:
            if request.tool_results:
                met.append(request)
                return f"[[limit {limit}]]"
        return None

    api.respond = respond
    instance.start_list(
        Task("One", "[[write one.txt|1]] [[say One.]]"),
        Task("Two", "[[write two.txt|2]] [[say Two.]]"),
        Task("Three", "[[write three.txt|3]] [[say Three.]]"),
    )


def test_the_list_ends_in_the_morning(subscribed, api, receiver):
    night(subscribed, api, 4)
    parked = subscribed.wait_status("paused")
    task = parked["tasks"][1]
    assert (task["status"], task["result"]) == ("pending", None)
    assert parked["waiting_for"]["kind"] == "limit"
    assert parked["waiting_for"]["until"] == parked["parked_until"]
    assert 0 < seconds_until(parked["parked_until"]) < 20
    told = receiver.wait_event("limit_reached")
    assert "goes on by itself at " in told["message"]
    assert told["actions"][0]["label"] == "Resume"
    state = subscribed.wait_status("completed", 90)
    assert [t["status"] for t in state["tasks"]] == ["completed"] * 3
    assert [t["attempt"] for t in state["tasks"]] == [1, 2, 1]
    assert state["tasks"][1]["resumed_from"] == task["agent_session_id"]
    assert state["parked_times"] == 0
    assert "task_failed" not in receiver.events()
    assert (subscribed.work / "three.txt").exists()


def test_a_restart_changes_nothing(subscribed, api):
    night(subscribed, api, 3600)
    before = subscribed.wait_status("paused")
    subscribed.stop_supervisor(signal.SIGKILL)
    subscribed.wait_healthy(40)
    after = subscribed.post("/webhook/status").json
    assert after["status"] == "paused"
    assert after["waiting_for"] == before["waiting_for"]
    assert 3500 < seconds_until(before["parked_until"]) < 3800
    assert after["failed"] == 0
    answer = subscribed.post(
        "/webhook/resume", decision=before["decision"], user="Ann"
    )
    assert answer.code == 200, answer
    subscribed.wait_status("completed", 60)


def test_nobody_knows_when_it_ends(claude_instance, api):
    api.queue("[[status 429]]", "[[status 429]]", "[[status 429]]")
    api.queue("[[status 429]]")
    claude_instance.start_list(Task("One", "[[say Done.]]", approval=False))
    first = claude_instance.wait_status("paused")
    assert 280 < seconds_until(first["parked_until"]) < 340
    assert claude_instance.post("/webhook/resume").code == 200
    second = wait_for(
        lambda: (s := claude_instance.state())["parked_times"] == 2 and s, 30
    )
    assert 580 < seconds_until(second["parked_until"]) < 670
    assert second["decision"] != first["decision"]
    stale = claude_instance.post("/webhook/resume", decision=first["decision"])
    assert stale.code == 409, stale
    assert claude_instance.post("/webhook/stop").code == 200
    assert claude_instance.state()["status"] == "stopped"
    assert claude_instance.state()["parked_until"] is None


def test_run_waits_for_it_too(make_instance, api, claude_program):
    instance = make_instance(agent="claude", api=api, config=AUTO)
    instance.env = claude.oauth(instance.env)
    api.queue("[[limit 3]]")
    path = instance.write_tasks(Task("One", "[[say Done.]]"))
    done = instance.cli(
        "run", "--task-file", f"orchestrator_tasks/{path}", timeout=120
    )
    assert done.returncode == 0, done
    assert "goes on by itself" in done.stdout, done
    assert instance.task(1)["attempt"] == 2


def test_the_terminal_tries_at_once(
    make_instance, api, claude_program, terminal
):
    instance = make_instance(agent="claude", api=api, config=AUTO)
    instance.env = claude.oauth(instance.env)
    api.queue("[[limit 3600]]")
    path = instance.write_tasks(Task("One", "[[say Done.]]"))
    run = terminal(instance, "--task-file", f"orchestrator_tasks/{path}")
    run.expect(r"waits\. \[resume/skip/stop/q/\?\]", 60)
    run.type("r\n")
    assert run.wait(60) == 0
    assert instance.task(1)["status"] == "completed"
