"""From the daily log to a plan to a finished day."""

import json

import pytest
from conftest import ANNA
from harness.waiting import wait_for
from test_day import today

LOG = """# Daily Work

## Goals
- Implement baptisms module
- Update documentation

## Context
Following the wedding module pattern for baptisms

## Notes
- Database migration should come first
"""
MIGRATION = {
    "title": "Create baptisms migration", "type": "database",
    "priority": "high", "approval": True,
    "description": "The table, following the weddings",
    "criteria": ["Table uses plural form"],
    "instruction": "[[bash echo create > baptisms.sql]] [[say Migrated.]]"}
DOCS = {
    "title": "Describe the module", "type": "documentation",
    "priority": "low", "approval": False,
    "description": "For the people who use it", "criteria": ["docs/ has it"],
    "instruction": "[[bash echo docs > docs.md]] [[say Described.]]"}
TESTS = {**DOCS, "title": "Test the module", "type": "testing",
         "instruction": "[[bash echo tests > tests.ts]] [[say Tested.]]"}


def _value(name, kind, task):
    """What a field of the schema, whatever it is called, is to hold."""
    for word, value in task.items():
        if word in name:
            return value
    return {"string": "", "array": [], "boolean": False}.get(kind, 60)


def _fitting(schema, tasks):
    """The tasks in the shape that the schema asks for."""
    name, items = next((name, field["items"])
                       for name, field in schema["properties"].items()
                       if field.get("type") == "array")
    wanted = set(items.get("required", items["properties"]))
    return {name: [{
        field: _value(field, rule.get("type"), task)
        for field, rule in items["properties"].items()
        if field in wanted or any(word in field for word in task)}
        for task in tasks]}


def planner(*plans):
    """A model that plans these lists, one after the other, when asked for
    structured output, and plays the marks of a task otherwise."""
    left = list(plans)

    def respond(request):
        for tool in request.body.get("tools") or []:
            if tool.get("name") == "StructuredOutput" and left:
                plan = left.pop(0)
                if not isinstance(plan, str):
                    plan = json.dumps(_fitting(tool["input_schema"], plan))
                # "]]" would end the mark.
                plan = plan.replace("]]", "]\\u005d")
                return f"[[tool StructuredOutput {plan}]]"
        return None

    return respond


@pytest.fixture
def day(real):
    """An instance with a daily log of today and no list."""
    instance = real()
    logs = instance.folder / "daily_logs"
    logs.mkdir(exist_ok=True)
    (logs / f"{today()}.md").write_text(LOG)
    return instance


def test_from_the_log_to_the_plan_to_the_finished_day(day, phone, api):
    api.respond = planner([MIGRATION, DOCS], [MIGRATION, DOCS, TESTS])
    phone.write("/plan", ANNA)
    first = phone.wait("Create baptisms migration", "database",
                       "Describe the module", "documentation")
    start = f"Start {today()}"
    assert first.labels[0] == start
    assert "Implement baptisms module" in api.conversations()[0].prompt
    assert "wedding module pattern" in api.conversations()[0].prompt
    assert day.state()["plan"]["date"] == today()

    phone.write("/plan and test it, too", ANNA)
    second = phone.wait("Test the module", "testing")
    assert "and test it, too" in api.conversations()[1].prompt
    lists = sorted(day.tasks_dir.glob("*.md"))
    assert len(lists) == 2, "the first plan is kept beside the second"

    phone.tap(second, start)
    asked = phone.wait("Found 3 tasks", "3. Test the module (testing)")
    wait_for(lambda: f"{start}, by @anna" in second.text, 20,
             "the plan's message says who started it")
    phone.tap(asked, "Approve")
    phone.wait("Task 1/3 complete!", "Migrated.")
    phone.wait("Task 3/3 complete!", "Tested.", "3/3 (100%)")
    phone.wait("Session completed!")
    state = day.state()
    assert [t["status"] for t in state["tasks"]] == ["completed"] * 3
    assert {p.name for p in day.work.iterdir()} >= {
        "baptisms.sql", "docs.md", "tests.ts"}


def test_a_morning_without_a_list_brings_a_plan(day, phone, n8n, api):
    api.respond = planner([MIGRATION, DOCS])
    n8n.press_execute("daily-startup.json", "Working days at 9:00")
    phone.wait("\N{SUNRISE}")
    ready = phone.wait("Create baptisms migration", "Describe the module")
    phone.tap(ready, f"Start {today()}")
    assert "Approve" in phone.wait("Found 2 tasks").labels


def test_a_morning_without_a_log_says_what_is_missing(real, phone, n8n):
    instance = real()
    n8n.press_execute("daily-startup.json", "Working days at 9:00")
    assert f"{today()}.md" in phone.wait("\N{SUNRISE}").text
    assert list(instance.tasks_dir.iterdir()) == []


def test_a_plan_that_does_not_fit_is_told_with_the_reason(day, phone, api):
    api.respond = planner(*['{"nothing": 1}'] * 10)
    phone.write("/plan", ANNA)
    phone.wait("\N{CROSS MARK}", "plan")
    assert list(day.tasks_dir.iterdir()) == []
    assert day.state()["plan"]["status"] == "failed"
    assert day.state()["plan"]["error"]


def test_a_plan_can_be_cancelled(day, phone, api):
    api.respond = lambda request: "[[hang]]"
    phone.write("/plan", ANNA)
    phone.wait("lanning")
    phone.write("/start", ANNA)
    phone.wait("\N{WARNING SIGN}", "plan")
    phone.write("/cancel", ANNA)
    phone.wait("Cancelling the plan")
    phone.wait("The plan for", "was cancelled")
    assert day.state()["plan"]["status"] == "failed"
    assert list(day.tasks_dir.iterdir()) == []
