"""`plan`: a day's log becomes a task list, by way of the real Claude Code."""

import json
import os
import signal

import pytest
from harness.answers import conflict, ok, running
from harness.waiting import wait_for

DAY = "2025-11-20"
LOG = "# Daily Work\n\n## Goals\n- Implement the baptisms module\n"
TABLE = {
    "title": "Create the table",
    "type": "database",
    "priority": "high",
    "requires_approval": True,
    "acceptance_criteria": ["The name is plural"],
    "instruction": "[[bash echo table > table.sql]] [[say Created.]]",
}
DOCS = {
    "title": "Describe it",
    "type": "documentation",
    "requires_approval": False,
    "instruction": "[[say Described.]]",
}


def answer_of(*tasks):
    """The mark of a model that answers with these tasks."""
    text = json.dumps({"tasks": tasks}).replace("]]", "]\\u005d")
    return f"[[tool StructuredOutput {text}]]"


def lay_out(instance):
    """A daily log of DAY for a started instance."""
    folder = instance.folder / "daily_logs"
    folder.mkdir()
    (folder / f"{DAY}.md").write_text(LOG)
    return instance.start()


@pytest.fixture
def day(make_instance, receiver, api, claude_program):
    """The real Claude, a daily log, and no list."""
    return lay_out(make_instance(agent="claude", api=api, receiver=receiver))


@pytest.fixture
def slow(make_instance, receiver, api, claude_program):
    """The same, planning until it is told to end."""
    api.respond = lambda request: "[[hang]]"
    instance = make_instance(agent="claude", api=api, receiver=receiver)
    lay_out(instance)
    ok(instance.command(f"/plan {DAY}"))
    wait_for(api.conversations, 30, "Claude plans")
    return instance


def plan_of(instance):
    return instance.state()["plan"]


def wait_plan(instance, status, limit=40):
    return wait_for(
        lambda: plan_of(instance)["status"] == status and plan_of(instance),
        limit,
        f"the plan is {status}",
    )


def lists(instance):
    return sorted(path.name for path in instance.tasks_dir.iterdir())


def test_a_log_becomes_a_list_that_can_be_started(day, api, receiver):
    api.queue(answer_of(TABLE, DOCS))
    answer = ok(day.post("/webhook/plan", date=DAY, user="anna"))
    assert DAY in answer["message"]
    labels = [action["label"] for action in answer["actions"]]
    assert labels == ["Status", "Cancel"]
    plan = wait_plan(day, "ready")
    assert (plan["date"], plan["error"], plan["by"]) == (DAY, None, "anna")
    assert plan["file"] == f"{DAY}-tasks.md" and plan["decision"] is None
    told = receiver.wait_event("plan_ready")
    assert told["type"] == "approval"
    assert "1. Create the table (database)" in told["message"]
    assert "2. Describe it (documentation)" in told["message"]
    assert f"/start {DAY} to begin" in told["message"]
    assert told["actions"] == [
        {"label": f"Start {DAY}", "command": f"/start {DAY}"}
    ]
    path = day.tasks_dir / f"{DAY}-tasks.md"
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_text().startswith(f"# Tasks - {DAY}\n\n## Task 1: Create")
    assert day.cli("check", "--tasks", str(path)).returncode == 0
    assert "Implement the baptisms module" in api.conversations()[0].prompt
    ok(day.command(told["actions"][0]["command"]))
    day.approve()
    day.wait_status("completed", 60)
    assert (day.work / "table.sql").exists()


def test_claude_looks_and_touches_nothing(day, api):
    """Though claude.permissions are skip."""
    api.queue("[[bash touch here]]", "[[write here|x]]", answer_of(DOCS))
    ok(day.command(f"/plan {DAY}"))
    wait_plan(day, "ready")
    assert list(day.work.iterdir()) == []
    tools = set(api.conversations()[0].tool_names)
    tools.discard("DeferredToolPlaceholder")  # not one to call
    assert tools == {"Read", "Glob", "Grep", "StructuredOutput"}
    log = (day.logs_dir / f"plan-{DAY}-output.log").read_text()
    assert "touch here" in log and "■ success" in log
    assert (day.logs_dir / f"plan-{DAY}-stream.jsonl").exists()


def test_feedback_revises_the_list_as_it_is_and_keeps_it(day, api, receiver):
    api.queue(answer_of(TABLE))
    ok(day.command(f"/plan {DAY}"))
    wait_plan(day, "ready")
    path = day.tasks_dir / f"{DAY}-tasks.md"
    edited = path.read_text().replace("plural", "plural, by hand")
    path.write_text(edited)
    api.queue(answer_of(TABLE, DOCS))
    ok(day.command("/plan describe it, too"))
    told = receiver.wait_event("plan_ready", 40, count=2)
    prompt = api.conversations()[1].prompt
    assert "plural, by hand" in prompt and "describe it, too" in prompt
    assert "Implement the baptisms module" in prompt
    assert lists(day) == [f"{DAY}-tasks.1.md", f"{DAY}-tasks.md"]
    assert (day.tasks_dir / f"{DAY}-tasks.1.md").read_text() == edited
    assert "Describe it" in path.read_text()
    assert f"{DAY}-tasks.1.md" in told["message"]


@pytest.mark.parametrize(
    "marks, why",
    [
        (['[[tool StructuredOutput {"nothing": 1}]]'] * 6, "'tasks'"),
        (["[[say No.]]", "[[say I will not.]]"], "it said: I will not."),
        (["[[status 401]]"] * 9, "401"),
        ([answer_of({**DOCS, "instruction": "a\n\n---\n\nb"})], "Instruction"),
    ],
)
def test_an_answer_that_does_not_fit_says_what_was_wrong(
    day, api, receiver, marks, why
):
    api.queue(*marks)
    ok(day.command(f"/plan {DAY}"))
    plan = wait_plan(day, "failed")
    assert why in plan["error"] and "\n" not in plan["error"]
    told = receiver.wait_event("plan_failed")
    assert told["type"] == "error" and plan["error"] in told["message"]
    assert lists(day) == []


def test_feedback_on_a_plan_that_failed_is_about_its_day(day, api):
    api.queue("[[say No.]]", "[[say I will not.]]")
    ok(day.command(f"/plan {DAY}"))
    wait_plan(day, "failed")
    api.queue(answer_of(DOCS))
    ok(day.command("/plan a list, please"))
    assert wait_plan(day, "ready")["date"] == DAY


def test_without_a_daily_log_it_says_what_is_missing_and_where(day, api):
    answer = day.post("/webhook/plan", date="2025-11-21")
    assert (answer.code, answer["error"]) == (422, "bad_task_file")
    assert f"{day.folder}/daily_logs/2025-11-21.md" in answer["message"]
    done = day.cli("plan")
    assert done.returncode == 1 and "there is no daily log" in done.stderr
    assert day.state() is None or plan_of(day) is None
    assert api.requests == []


def test_fields_are_looked_at(day):
    for body in ({"date": "tomorrow"}, {"date": 7}, {"feedback": []}):
        answer = day.post("/webhook/plan", body)
        assert (answer.code, answer["error"]) == (400, "bad_request"), body


def test_the_command_line_plans_in_the_background(day, api):
    api.queue(answer_of(DOCS))
    done = day.cli("plan", DAY, "only", "one", "task")
    assert done.returncode == 0 and DAY in done.stdout
    wait_plan(day, "ready")
    assert "only one task" in api.conversations()[0].prompt
    shown = day.cli("status")
    assert f"orchestrator start {DAY}" in shown.stdout
    for listed in (day.cli("tasks").stdout, day.post("/webhook/tasks")["message"]):
        assert f"{DAY}-tasks.md" in listed and f"start {DAY}" in listed
    ok(day.post("/webhook/start", task_file=DAY))
    assert "The plan for" not in day.cli("tasks").stdout


def test_while_a_plan_is_made_no_task_begins(slow):
    slow.write_tasks("[[say a]]")
    conflict(slow.post("/webhook/start", task_file="list.md"))
    again = conflict(slow.command(f"/plan {DAY}"))
    assert f"plan for {DAY}" in again["message"]
    status = slow.post("/webhook/status")
    assert status["status"] == "idle" and "Planning" in status["message"]
    plan = status["plan"]
    assert (plan["date"], plan["status"]) == (DAY, "running")
    labels = [action["label"] for action in status["actions"]]
    assert labels == ["Status", "Cancel"]


def test_what_would_run_a_task_waits_and_the_rest_does_not(day, api, receiver):
    day.start_list("[[say a]]", "[[say b]]")
    api.respond = lambda request: "[[hang]]"
    ok(day.command(f"/plan {DAY}"))
    refused = conflict(day.post("/webhook/approve"))
    assert "plan" in refused["message"]
    ok(day.post("/webhook/pause"))
    ok(day.post("/webhook/resume"))
    ok(day.post("/webhook/skip"))
    assert day.task(2)["status"] == "pending"
    ok(day.command("/cancel"))
    wait_plan(day, "failed")
    api.respond = None
    day.approve()
    day.wait_status("completed")


def test_while_a_task_runs_nothing_is_planned(instance):
    running(instance)
    answer = conflict(instance.command(f"/plan {DAY}"))
    assert "running" in answer["message"]


def test_a_plan_is_cancelled_by_its_id(slow, receiver):
    ident = plan_of(slow)["decision"]
    conflict(slow.command("/cancel #zzzz"), "stale_decision")
    ok(slow.command(f"/cancel #{ident}"))
    plan = wait_plan(slow, "failed")
    assert plan["error"] == "cancelled" and plan["decision"] is None
    told = receiver.wait_event("plan_failed")["message"]
    assert "was cancelled" in told
    assert told.endswith(f"/plan {DAY} to try again")
    assert not slow.attempt_processes() and lists(slow) == []
    conflict(slow.command(f"/cancel #{ident}"), "stale_decision")


def test_a_plan_times_out(make_instance, receiver, api, claude_program):
    api.respond = lambda request: "[[hang]]"
    config = {"claude": {"timeout": 3}}
    instance = lay_out(
        make_instance(
            agent="claude", api=api, receiver=receiver, config=config
        )
    )
    ok(instance.command(f"/plan {DAY}"))
    plan = wait_plan(instance, "failed")
    assert "3 s" in plan["error"]
    assert "timed out" in receiver.wait_event("plan_failed")["message"]
    assert not instance.attempt_processes()


@pytest.mark.parametrize(
    "sig, why",
    [(signal.SIGKILL, "cut off"), (signal.SIGTERM, "interrupted")],
)
def test_a_plan_that_loses_its_supervisor_has_failed(slow, receiver, sig, why):
    os.kill(slow.supervisor().pid, sig)
    plan = wait_plan(slow, "failed")
    assert why in plan["error"]
    slow.wait_healthy(40)
    assert why in receiver.wait_event("plan_failed")["message"]
    assert not slow.attempt_processes()
    assert slow.post("/webhook/status")["status"] == "idle"


def test_a_delivery_that_comes_twice_plans_once(day, api):
    api.queue(answer_of(DOCS))
    first = ok(day.command(f"/plan {DAY}", delivery_id=7))
    wait_plan(day, "ready")
    again = ok(day.command(f"/plan {DAY}", delivery_id=7))
    assert again["duplicate"] and again["message"] == first["message"]
    assert lists(day) == [f"{DAY}-tasks.md"]
    conflict(day.command("/plan other", delivery_id=7))


def test_a_plan_obeys_what_every_command_obeys(make_instance):
    config = {"telegram": {"commands": ["status", "start"], "chat_id": "1"}}
    instance = lay_out(make_instance(config=config))
    assert instance.command(f"/plan {DAY}").code == 403
    instance.write_config(telegram={"commands": ["plan"]})
    instance.stop_responder()
    instance.stop_supervisor()
    instance.start_responder()
    instance.wait_healthy()
    assert instance.command(f"/plan {DAY}", chat_id=2).code == 403
    for field in ({"decision": "k3f9"}, {"task": 3}):
        answer = instance.command(f"/plan {DAY}", **field)
        conflict(answer, "stale_decision")


def test_another_program_cannot_plan(make_instance):
    instance = lay_out(
        make_instance(
            agent="cat", config={"claude": {"output_format": "text"}}
        )
    )
    answer = conflict(instance.command(f"/plan {DAY}"))
    assert "output_format" in answer["message"]


def test_the_demonstration_agent_says_that_it_cannot(make_instance):
    """Rather than doing what the daily log says."""
    agent = os.path.join(
        os.environ["ORCHESTRATOR_SOURCE"], "examples/demo-agent"
    )
    instance = make_instance(agent=agent)
    (instance.folder / "daily_logs").mkdir()
    log = instance.folder / "daily_logs" / f"{DAY}.md"
    log.write_text("Create a folder here.\n")
    instance.start()
    ok(instance.command(f"/plan {DAY}"))
    assert "demonstration agent" in wait_plan(instance, "failed")["error"]
    assert not (instance.work / "here").exists()
