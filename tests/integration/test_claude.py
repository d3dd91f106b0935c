"""The real Claude Code against a Messages API that plays scripted scenes."""

import json

import pytest
from harness.tasks import Task
from harness.waiting import wait_for


def run_one(instance, *items, limit=60):
    instance.start_list(*items)
    instance.approve()
    wait_for(
        lambda: instance.task(1)["status"] not in ("pending", "running"),
        limit,
        "the task ended",
    )
    return instance.task(1)


def test_it_runs_commands_and_writes_files(claude_instance, api):
    task = run_one(
        claude_instance,
        Task(
            "Greet",
            "[[bash echo hello > a.txt]] [[write b.txt|one\\ntwo\\n]] "
            "[[say Both files are there.]]",
        ),
    )
    assert (task["status"], task["result"]) == ("completed", "success"), task
    assert (claude_instance.work / "a.txt").read_text() == "hello\n"
    assert (claude_instance.work / "b.txt").read_text() == "one\ntwo\n"
    assert task["summary"] == "Both files are there."
    assert task["num_turns"] == 3
    assert task["cost_usd"] > 0
    assert len(api.conversations()) == 3
    log = (claude_instance.logs_dir / "task-1-output.log").read_text()
    assert "echo hello" in log and "Both files are there." in log
    stream = claude_instance.logs_dir / "task-1-stream.jsonl"
    kinds = [
        json.loads(line)["type"]
        for line in stream.read_text().splitlines()
        if line.startswith("{")
    ]
    assert kinds[0] == "system" and kinds[-1] == "result"


def test_claude_is_told_all_of_the_task_and_nothing_else(claude_instance, api):
    run_one(
        claude_instance,
        Task(
            "The title",
            "The instruction.",
            description="The description",
            criteria=["The first criterion", "The second"],
        ),
    )
    prompt = api.conversations()[0].prompt
    for text in (
        "The title",
        "The instruction.",
        "The description",
        "The first criterion",
        "The second",
    ):
        assert text in prompt, text
    assert claude_instance.secret not in json.dumps(api.requests[0].body)


@pytest.mark.parametrize("code", [401, 429])
def test_a_refusal_of_the_api_is_a_failure_a_person_understands(
    claude_instance, code
):
    task = run_one(claude_instance, f"[[status {code}]]")
    assert (task["status"], task["result"]) == ("failed", "error")
    assert str(code) in task["error"] and "\n" not in task["error"]


def test_an_answer_that_breaks_off_is_a_failure(claude_instance):
    task = run_one(claude_instance, "[[die]]")
    assert (task["status"], task["result"]) == ("failed", "error")
    assert task["error"]


def test_a_model_that_hangs_times_out(make_instance, api, claude_program):
    instance = make_instance(
        agent="claude", api=api, config={"claude": {"timeout": 3}}
    ).start()
    task = run_one(instance, "[[hang]]")
    assert (task["status"], task["result"]) == ("failed", "timeout")
    assert not instance.attempt_processes()


def test_a_denied_tool_is_counted_and_told(
    make_instance, api, receiver, claude_program
):
    config = {"claude": {"flags": None}}
    instance = make_instance(
        agent="claude", api=api, receiver=receiver, config=config
    ).start()
    instance.start_list(
        "[[bash rm -rf x > y]] [[say I could not.]]",
        Task("b", "[[say b]]", approval=False),
    )
    instance.approve()
    told = receiver.wait_event("task_completed", 40)
    task = instance.task(1)
    assert task["status"] == "completed"
    assert task["denials"] == 1
    assert "denied" in told["message"].lower()
    assert instance.wait_status("waiting_approval")["waiting_for"]["task"] == 2


def test_retry_with_feedback_goes_on_with_the_same_conversation(
    claude_instance, api
):
    run_one(claude_instance, "[[say The first answer.]]", "[[say b]]")
    claude_instance.wait_status("waiting_approval")
    first = claude_instance.task(1)["agent_session_id"]
    answer = claude_instance.post(
        "/webhook/retry", feedback="plural, please [[instead say Better now.]]"
    )
    assert answer.code == 200
    wait_for(lambda: claude_instance.task(1)["attempt"] == 2)
    claude_instance.wait_task(1, "completed")
    task = claude_instance.task(1)
    assert task["summary"] == "Better now."
    assert task["agent_session_id"] != first
    last = api.conversations()[-1]
    said = json.dumps([m for m in last.messages if m["role"] == "assistant"])
    assert "The first answer." in said, "the old conversation goes on"
    assert "plural, please" in last.prompt


def test_retry_falls_back_to_a_fresh_conversation(claude_instance, api):
    run_one(claude_instance, "[[say The first answer.]]", "[[say b]]")
    claude_instance.wait_status("waiting_approval")
    for kept in claude_instance.home.rglob("*.jsonl"):
        kept.unlink()
    answer = claude_instance.post("/webhook/retry", feedback="plural, please")
    assert answer.code == 200
    wait_for(lambda: claude_instance.task(1)["attempt"] == 2)
    task = claude_instance.wait_task(1, "completed")
    assert task["attempt"] == 2 and task["result"] == "success"
    last = api.conversations()[-1]
    assert not [m for m in last.messages if m["role"] == "assistant"]
    assert "plural, please" in last.prompt


def test_cancel_ends_what_its_bash_tool_started(claude_instance):
    claude_instance.start_list(
        "[[bash (setsid sleep 600 &) ; touch up; sleep 600]]", "[[say b]]"
    )
    claude_instance.approve()
    wait_for((claude_instance.work / "up").exists, 30)
    assert claude_instance.post("/webhook/cancel").code == 200
    claude_instance.wait_status("waiting_approval")
    assert not claude_instance.attempt_processes()


def test_a_prompt_that_looks_like_an_option_is_only_a_prompt(claude_instance):
    task = run_one(claude_instance, Task("--version", "--help [[say fine]]"))
    assert task["summary"] == "fine"
