"""What costs too much, or meets the account's usage limit: the real Claude
Code, both releases, against a server that says so."""

import calendar
import signal
import time

import harness.messages_api
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


# -- what Claude may cost ------------------------------------------------------

FOUR = "".join(f"[[bash echo {i} > {i}.txt]] " for i in "abcd") + "[[say Done.]]"


@pytest.fixture
def dear(make_instance, receiver, api, claude_program, monkeypatch):
    """An instance with the limits that are given, where each call is dear."""
    usage = {"input_tokens": 11, "output_tokens": 20000}
    monkeypatch.setattr(harness.messages_api, "USAGE", usage)

    def make(**limits):
        instance = make_instance(
            agent="claude", api=api, receiver=receiver, config=AUTO
        )
        instance.write_config(limits=limits)
        return instance.start()

    return make


def spent(instance):
    return instance.state()["spent"]["usd"]


def test_a_task_ends_at_its_limit_and_asks(dear, api, receiver):
    instance = dear(task_usd="0.70", session_usd="90", day_usd="90.5")
    instance.start_list(Task("One", FOUR), Task("Two", "[[say Done.]]"))
    state = instance.wait_status("waiting_approval", 60)
    task = state["tasks"][0]
    assert (task["status"], task["result"]) == ("failed", "error")
    said = f"task 1 reached limits.task_usd: ${task['cost_usd']:.2f} of $0.70"
    assert task["error"] == said
    assert 0.70 <= task["cost_usd"] < 1.71, "one call more at most"
    assert not (instance.work / "d.txt").exists()
    assert said in receiver.wait_event("task_failed")["message"]
    asked = instance.post("/webhook/status").json["waiting_for"]
    assert (asked["kind"], asked["limit"]) == ("failed", "task_usd")
    assert spent(instance) == pytest.approx(task["cost_usd"])
    assert instance.post("/webhook/retry", feedback=FOUR).code == 200
    again = wait_for(
        lambda: (t := instance.task(1))["attempt"] == 2
        and t["status"] == "failed"
        and t,
        60,
        "a retry has as much once more",
    )
    assert again["cost_usd"] > task["cost_usd"] + 0.69
    assert again["resumed_from"] == task["agent_session_id"]


def test_raise_goes_on_where_it_was(dear, api, receiver):
    instance = dear(session_usd="0.20")
    fail_at_limit(instance, Task("Two", "[[write b.txt|1]]"))
    told = receiver.wait_event("task_failed")["actions"]
    assert [a["label"] for a in told] == ["Raise", "Skip", "Stop"]
    assert instance.post("/webhook/raise", usd="-1").code == 400
    done = instance.cli("raise", "30.5")
    assert done.returncode == 0, done
    assert "For this session limits.session_usd: $30.70" in done.stdout
    instance.wait_status("completed", 60)
    first = instance.task(1)
    assert (first["status"], first["attempt"]) == ("completed", 2)
    assert instance.state()["limits_raised"] == {"session_usd": 30.5}
    assert (instance.work / "b.txt").exists()


def test_the_terminal_raises_too(dear, terminal):
    instance = dear(task_usd="0.20")
    path = instance.write_tasks(Task("One", "[[say Done.]]"))
    run = terminal(instance, "--task-file", f"orchestrator_tasks/{path}")
    run.expect(r"What now\? \[retry/raise/skip/stop/no/q/\?\]", 60)
    run.type("raise 20\n")
    assert run.wait(60) == 0
    assert instance.task(1)["attempt"] == 2


def fail_at_limit(instance, *more):
    """The first task of a list reaches its limit; what was said of it."""
    instance.start_list(Task("One", "[[say Done.]]"), *more)
    failed = instance.wait_status("waiting_approval", 60)["tasks"][0]
    assert failed["status"] == "failed", failed
    return failed["error"]


def test_a_session_that_is_spent_begins_no_task(dear, receiver):
    instance = dear(session_usd="0.20", day_usd="70")
    why = fail_at_limit(instance, Task("Two", "[[write b.txt|1]]"))
    cost = instance.task(1)["cost_usd"]
    assert why == f"the session reached limits.session_usd: ${cost:.2f} of $0.20"
    refused = instance.post("/webhook/retry")
    assert refused.code == 409 and why in refused.json["message"], refused
    assert why in instance.post("/webhook/skip").json["message"]
    state = instance.state()
    assert state["status"] == "waiting_approval"
    assert state["limit_reached"]["limit"] == "session_usd"
    assert why in receiver.wait_event("waiting_approval")["message"]
    instance.stop_supervisor(signal.SIGKILL)
    instance.wait_healthy(40)
    assert instance.post("/webhook/approve").code == 409
    assert why in instance.cli("status").stdout
    assert instance.post("/webhook/stop").code == 200
    assert not (instance.work / "b.txt").exists()


def test_a_day_that_is_spent_outlives_a_session(dear):
    instance = dear(day_usd="0.20")
    assert "the day reached limits.day_usd: $" in fail_at_limit(instance)
    assert instance.post("/webhook/stop").code == 200
    instance.start_list(Task("Two", "[[say Done.]]"))
    state = instance.wait_status("waiting_approval", 60)
    assert state["tasks"][0]["attempt"] == 0
    assert state["limit_reached"]["limit"] == "day_usd"
    assert state["limit_reached"]["used"] == spent(instance)


def test_turns_are_counted_too(dear):
    instance = dear(task_turns=2)
    instance.start_list(Task("One", FOUR))
    state = instance.wait_status("waiting_approval", 60)
    why = "task 1 reached limits.task_turns: 2 of 2 turns"
    assert state["tasks"][0]["error"] == why


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
