"""Agents that came out wrong once, each for a kind, run as they are
(tests/fixtures/cases), from the terminal without a question."""

import os
import pathlib
import re

import pytest
from harness.tasks import Task
from harness.waiting import wait_for

SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
CASES = SOURCE / "tests/fixtures/cases"


@pytest.fixture
def run_case(make_instance):
    """Run the case's agent; the instance and what was printed."""

    def run(name, *more, kill_grace=2):
        agent = [str(CASES / name)]
        instance = make_instance(
            agent=agent,
            config={
                "orchestrator": {"approval_mode": "auto"},
                "claude": {"kill_grace": kill_grace},
            },
        )
        path = instance.write_tasks(Task("Look", "Look."), *more)
        done = instance.cli(
            "run", "--task-file", f"orchestrator_tasks/{path}"
        )
        assert instance.state(), done
        return instance, done.stdout + done.stderr

    return run


DEPLOY = Task("Deploy it", "Deploy.", type="deployment")


def test_denials_and_turns_are_those_of_all_results(run_case):
    instance, _ = run_case("two-results-denials", DEPLOY)
    task = instance.task(1)
    assert (task["status"], task["denials"]) == ("completed", 1)
    assert task["num_turns"] == 4
    assert task["summary"] == "FINAL: agents done."
    assert instance.task(2)["status"] == "pending"


def test_background_work_that_was_killed_is_a_failure(run_case):
    instance, _ = run_case("background-work-killed", DEPLOY)
    task = instance.task(1)
    assert task["status"] == "failed"
    assert "background" in task["error"]
    assert instance.task(2)["status"] == "pending"


def test_work_goes_on_after_a_result(run_case):
    instance, _ = run_case("work-goes-on-after-result")
    task = instance.task(1)
    assert (task["status"], task["summary"]) == ("completed", "All is written.")
    assert (instance.work / "late.txt").exists()


def test_noise_before_a_line_loses_no_result(run_case):
    instance, _ = run_case("noise")
    assert instance.task(1)["status"] == "completed"
    assert instance.task(1)["summary"] == "Done."


def test_the_reason_is_the_line_with_the_error(run_case):
    instance, _ = run_case("reason")
    error = instance.task(1)["error"]
    assert error.endswith(": Error: Cannot find module ./missing.js")


def test_a_denial_that_only_the_tool_tells_counts(run_case):
    instance, _ = run_case("denial-not-in-the-list", DEPLOY)
    assert instance.task(1)["denials"] == 1
    assert instance.task(2)["status"] == "pending"


@pytest.fixture
def parked_case(make_instance):
    """The same for an agent that meets a usage limit: its task is parked."""

    def run(name):
        instance = make_instance(
            agent=[str(CASES / name)],
            config={"orchestrator": {"approval_mode": "auto"}},
        ).start()
        instance.start_list(Task("Look", "Look."))
        return instance.wait_status("paused")

    return run


def test_a_reset_has_its_zone(parked_case):
    state = parked_case("reset")
    error = state["tasks"][0]["error"]
    assert re.search(r"resets at \d\d:\d\d UTC on \d+ \w{3}", error)
    assert state["waiting_for"]["kind"] == "limit"


def test_an_epoch_is_shown_as_a_time(parked_case):
    error = parked_case("reset-epoch")["tasks"][0]["error"]
    assert "usage limit reached, resets at 18:00 UTC on 14 Jun" in error
    assert "1749924000" not in error


def test_escape_sequences_go_whole(run_case):
    instance, _ = run_case("escape-leftovers")
    assert instance.task(1)["error"] == "Claude failed while it worked: boom"


def test_overage_is_no_limit_reached(run_case):
    instance, shown = run_case("overage")
    assert instance.task(1)["status"] == "completed"
    log = (instance.logs_dir / "task-1-output.log").read_text()
    assert "rate limit" not in shown + log


def retried(instance, *words):
    """Retry; the task as its next attempt ended."""
    attempt = instance.task(1)["attempt"]
    done = instance.cli("retry", *words)
    assert done.returncode == 0, done
    wait_for(
        lambda: instance.task(1)["attempt"] > attempt
        and instance.task(1)["status"] != "running",
        30,
        "the retry ended",
    )
    return done.stdout, instance.task(1)


def test_a_refused_conversation_is_left_at_the_second_retry(run_case):
    instance, _ = run_case("poisoned-conversation")
    assert "API refused (400)" in instance.task(1)["error"]
    said, task = retried(instance)
    assert task["status"] == "failed" and task["resumed_from"]
    assert "fresh" not in said
    said, task = retried(instance)
    assert (task["status"], task["summary"]) == ("completed", "Fresh: done.")
    assert task["resumed_from"] is None
    assert "In a fresh conversation" in said
    instance.wait_log("(attempt 3, in a fresh conversation)")
    shown = instance.cli("show", "1").stdout
    assert "(attempt 3, in a fresh conversation)" in shown


@pytest.mark.parametrize("words", [("--fresh", "use", "b"), ("fresh use b",)])
def test_a_retry_can_begin_a_fresh_conversation(run_case, words):
    instance, _ = run_case("poisoned-conversation")
    said, task = retried(instance, *words)
    assert (task["status"], task["attempt"]) == ("completed", 2)
    assert task["resumed_from"] is None
    assert "In a fresh conversation" in said
    assert re.search(r"retry by .*: use b$", instance.log_text(), re.M)
