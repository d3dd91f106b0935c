"""`show` and `output`: a task whole and the end of what Claude did in it, at
the terminal, over HTTP and as text, from files only."""

import json

from harness.answers import conflict, ok

LIST = """## Task 1: Lay the table
**Type:** frontend
**Priority:** high
**Description:** For four people.
**Acceptance Criteria:**
- four plates
**Claude Instruction:**
Lay the table.

## Task 7: Drop the database
**Requires Approval:** yes
**Claude Instruction:**
Drop it.
"""


def begun(instance):
    text = LIST.replace("Lay the table.\n", "[[say plates laid]]\n")
    (instance.tasks_dir / "gaps.md").write_text(text)
    ok(instance.post("/webhook/start", task_file="gaps.md"))
    ok(instance.post("/webhook/approve", task=1))
    instance.wait_task(1, "completed")


def test_show_is_the_task_in_question_whole(instance):
    begun(instance)
    answer = ok(instance.post("/webhook/show"))
    task = answer["task"]
    assert (task["id"], task["index"], task["status"]) == (7, 2, "pending")
    assert task["instruction"].strip() == "Drop it."
    assert task["requires_approval"] == "yes"
    for words in ("Drop the database", "Drop it.", "7 (2/2)"):
        assert words in answer["message"]
    assert answer["actions"][0]["command"].startswith("/approve #")


def test_show_of_another_task_by_text_by_field_and_at_the_terminal(instance):
    begun(instance)
    by_field = ok(instance.post("/webhook/show", task=1))
    by_text = ok(instance.command("/show 1"))
    assert by_field.json == by_text.json
    assert by_text["task"]["acceptance_criteria"] == ["four plates"]
    assert by_text["task"]["description"].strip() == "For four people."
    assert by_text["task"]["result"] == "success"
    shown = instance.cli("show", "1")
    assert shown.returncode == 0
    for words in ("For four people.", "four plates", "success"):
        assert words in shown.stdout
    body = json.loads(instance.cli("--json", "show", "1").stdout)
    assert body["task"] == by_text["task"]


def test_output_is_the_end_of_what_claude_said(instance):
    begun(instance)
    answer = ok(instance.command("/output 1 5"))
    assert "plates laid" in answer["output"]
    assert "plates laid" in answer["message"]
    assert len(answer["output"].splitlines()) <= 5
    not_yet = ok(instance.post("/webhook/output"))
    assert (not_yet["output"], "not run" in not_yet["message"]) == ("", True)
    assert "plates laid" in instance.cli("output", "1").stdout
    assert len(instance.cli("output", "1", "1").stdout.splitlines()) == 1


def test_a_task_that_is_not_there_is_refused(instance):
    begun(instance)
    for command in ("show", "output"):
        conflict(instance.command(f"/{command} 2"))
        done = instance.cli(command, "2")
        assert done.returncode == 1
        assert "no task 2" in done.stderr
    assert instance.command("/show drop").code == 400
    assert instance.command("/output 1 many").code == 400
    assert instance.cli("show", "drop").returncode == 2


def test_both_work_without_a_supervisor_and_before_any_session(make_instance):
    instance = make_instance()
    for command in ("show", "output"):
        done = instance.cli(command)
        assert done.returncode == 1
        assert "no session" in done.stderr.lower()
    assert not instance.supervisor()
