"""PLAN.md's Telegram conversation, over HTTPS through the shipped site, with
the real Claude Code: every answer and state.json, field by field."""

import pytest
from harness.tasks import Task
from harness.waiting import wait_for

NAME = "2025-11-20-tasks.md"
TITLES = [
    "Create baptisms migration",
    "Create baptisms server actions",
    "Create baptisms UI - List page",
]
TYPES = ["database", "backend", "frontend"]


@pytest.fixture
def day(claude_instance):
    """PLAN.md's day, with something real to do in each task."""
    claude_instance.write_tasks(
        Task(
            TITLES[0],
            "[[write migration.sql|create table baptisms ();]] "
            "[[say Migration created: migration.sql]]",
            type="database",
            approval=True,
        ),
        Task(
            TITLES[1],
            "[[bash echo actions > actions.ts]] [[say Actions " "created.]]",
            type="backend",
            approval=True,
        ),
        Task(
            TITLES[2],
            "[[write page.tsx|page]] [[say Page created.]]",
            type="frontend",
            approval=False,
        ),
        name=NAME,
    )
    return claude_instance


def say(instance, text):
    """As n8n does: by the site's own port, with its Bearer token."""
    answer = instance.command(
        text, port=instance.nginx.port, chat_id=1, user="Ann"
    )
    assert answer.code == 200, answer
    return answer.json


def labels(answer):
    return [action["label"] for action in answer["actions"]]


def has(message, *words):
    for word in words:
        assert word.lower() in message.lower(), (word, message)


def test_the_conversation(day, receiver):
    # User: /start
    answer = say(day, "/start 2025-11-20")
    assert answer["status"] == "ok"
    has(
        answer["message"],
        NAME,
        "3 tasks",
        "1. " + TITLES[0],
        "(database)",
        "2. " + TITLES[1],
        "3. " + TITLES[2],
    )
    assert labels(answer)[0] == "Approve"
    state = day.state()
    assert state["status"] == "waiting_approval"
    assert state["task_file"] == f"orchestrator_tasks/{NAME}"
    assert state["current_task_index"] == 1
    assert [t["title"] for t in state["tasks"]] == TITLES
    assert [t["type"] for t in state["tasks"]] == TYPES
    assert [t["requires_approval"] for t in state["tasks"]] == [
        True,
        True,
        False,
    ]
    assert [t["status"] for t in state["tasks"]] == ["pending"] * 3

    # User: /approve
    answer = say(day, "/approve")
    assert answer["status"] == "ok"
    has(answer["message"], "Executing task 1", "1/3", TITLES[0], "database")

    # Bot: task complete, progress, what is next
    told = receiver.wait_event("task_completed", 40)
    has(
        told["message"],
        "1/3",
        "33%",
        "Migration created: migration.sql",
        TITLES[1],
        "backend",
        "Task 2",
    )
    assert told["type"] == "success"
    assert (told["task"], told["total"]) == (1, 3)
    assert labels(told)[0] == "Approve"
    assert (
        day.work / "migration.sql"
    ).read_text() == "create table baptisms ();"
    state = day.wait_status("waiting_approval")
    done = state["tasks"][0]
    assert (done["status"], done["result"]) == ("completed", "success")
    assert done["output_log"] == "orchestrator_logs/task-1-output.log"
    assert done["approved_by"] == "Ann"
    assert done["started_at"] <= done["completed_at"]
    assert state["current_task_index"] == 2
    assert state["waiting_for"]["task"] == 2

    # User: /status
    answer = say(day, "/status")
    has(
        answer["message"],
        state["session_id"],
        "waiting",
        "1/3",
        "33%",
        "Task 2",
        TITLES[1],
    )
    assert answer["status"] == "waiting_approval"
    assert (answer["task"], answer["index"], answer["total"]) == (2, 2, 3)
    assert (
        answer["completed"],
        answer["pending"],
        answer["failed"],
        answer["skipped"],
    ) == (1, 2, 0, 0)
    assert answer["title"] == TITLES[1]
    assert answer["session_id"] == state["session_id"]
    assert answer["cost_usd"] > 0
    assert answer["runtime_seconds"] >= 0

    # User: /logs
    answer = say(day, "/logs 10")
    assert 1 <= len(answer["logs"].splitlines()) <= 10
    has(answer["message"], "task 1", "completed")

    # User: /pause, later /resume
    answer = say(day, "/pause")
    has(answer["message"], "paused", "2/3", "1/3", "/resume")
    assert day.state()["status"] == "paused"
    assert "Resume" in labels(answer)
    answer = say(day, "/resume")
    has(answer["message"], "resumed", "Task 2", TITLES[1])
    state = day.state()
    assert (state["status"], state["paused_at"]) == ("waiting_approval", None)

    # User: /skip; task 3 needs nobody and runs at once
    answer = say(day, "/skip")
    assert "Skipped task 2" in answer["message"]
    told = receiver.wait_event("session_completed", 40)
    has(told["message"], "2", "skipped")
    state = day.wait_status("completed")
    assert [t["status"] for t in state["tasks"]] == [
        "completed",
        "skipped",
        "completed",
    ]
    assert (day.work / "page.tsx").exists()
    assert not (day.work / "actions.ts").exists()
    assert [d["command"] for d in state["decisions"]] == ["approve", "skip"]
    assert {d["by"] for d in state["decisions"]} == {"Ann"}
    wait_for(lambda: day.post("/webhook/status")["undelivered"] == 0)
    assert all(d.verified(day.secret) for d in receiver.deliveries)
