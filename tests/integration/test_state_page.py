"""What orchestrator-state(5) says is what a reader of state.json finds: every
member of real records is there, and is what it is said to be."""

import json
import os
import pathlib
import re

import pytest
from harness.answers import ok
from harness.asking import asked, begin
from harness.tasks import Task
from harness.waiting import wait_for

from test_evidence import CHANGE, project  # noqa: F401

SOURCE = pathlib.Path(os.environ["ORCHESTRATOR_SOURCE"])
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"


def is_json(value):
    return isinstance(value, str) and isinstance(json.loads(value), dict)


def is_text(pattern):
    return lambda v: isinstance(v, str) and re.fullmatch(pattern, v, re.S)


def is_list(kind):
    return lambda v: isinstance(v, list) and all(
        isinstance(x, kind) for x in v
    )


IS = {
    "text": is_text(".*"),
    "id": is_text("[a-z0-9]+"),
    "word": is_text("[a-z_]+"),
    "time": is_text(TIME),
    "date": is_text(r"\d{4}-\d\d-\d\d"),
    "JSON": is_json,
    "integer": lambda v: type(v) is int,
    "boolean": lambda v: type(v) is bool,
    "dollars": lambda v: type(v) in (int, float) and 0 <= v <= 1000000,
    "object": lambda v: isinstance(v, dict),
    "list of texts": is_list(str),
    "list of objects": is_list(dict),
}


def read_page():
    """{place: {member: what it is}}"""
    places, members = {}, None
    text = (SOURCE / "man/orchestrator-state.5").read_text()
    body = text.split("\n.Sh MEMBERS\n")[1].split("\n.Sh ")[0]
    for line in body.splitlines():
        if line.startswith(".Ss "):
            members = places.setdefault(line.removeprefix(".Ss "), {})
        elif line.startswith(".It Cm "):
            names, what = line.removeprefix(".It Cm ").split(" Pq ")
            members |= dict.fromkeys(names.split(" , "), what)
    places["tasks.ended"] |= {
        key: places["tasks"][key]
        for key in (
            "result error exit_code cost_usd num_turns denials denied "
            "duration_ms summary verification changes"
        ).split()
    }
    return places


@pytest.fixture(scope="module")
def page():
    return read_page()


def section(page, place):
    """Of a struct that is in several places the page tells once."""
    if place.startswith("tasks.ended."):
        place = place.replace("tasks.ended.", "tasks.", 1)
    return page.get(place) or page[place.rsplit(".", 1)[-1]]


def faults(page, value, place="The record"):
    """What of the record is not as the page says."""
    said, found = section(page, place), []
    here = "" if place == "The record" else place + "."
    for key in said.keys() - value.keys():
        if not said[key].endswith(" or absent"):
            found.append(f"{here}{key} is not there")
    for key, is_now in value.items():
        what = said.get(key)
        if what is None:
            found.append(f"{here}{key} is not on the page")
        elif is_now is None:
            if not what.endswith(" or null"):
                found.append(f"{here}{key} is null, not {what}")
        elif not IS[what.split(" or ")[0]](is_now):
            found.append(f"{here}{key} is {is_now!r}, not {what}")
        elif "object" in what:
            for one in is_now if isinstance(is_now, list) else [is_now]:
                found += faults(page, one, here + key)
    return found


def test_what_is_not_as_the_page_says_would_be_seen(page):
    assert "version is not there" in faults(page, {})
    assert "news is not on the page" in faults(page, {"news": 1})
    assert "version is '1', not integer" in faults(page, {"version": "1"})
    wrong = faults(page, {"tasks": [{"verification": {"command": None}}]})
    assert "tasks.verification.command is null, not text" in wrong


def test_a_day_with_changes_a_check_and_a_rollback(page, project):  # noqa: F811
    instance = project
    instance.write_config(
        verify={"web": ["sh", "-c", "echo 3 failed; false"]},
        webhooks={"n8n_notify_url": "http://127.0.0.1:9/"},
        limits={"session_usd": 100},
    )
    instance.start()
    instance.start_list(
        Task("A", CHANGE, criteria=["c"], description="D", timeout=60),
        Task("B", CHANGE, type="web"),
    )
    seen = [instance.state()]
    ok(instance.post("/webhook/approve", delivery_id="1", user="anna"))
    instance.wait_task(1, "completed")
    seen.append(instance.wait_status("waiting_approval"))
    instance.approve()
    instance.wait_task(2, "failed")
    seen.append(instance.wait_status("waiting_approval"))
    ok(instance.post("/webhook/rollback", task=2))
    seen.append(instance.wait_task(2, "pending") and instance.state())
    ok(instance.post("/webhook/pause"))
    wait_for(
        lambda: instance.state()["undelivered_error"], 40, "n8n is away"
    )
    seen.append(instance.state())
    ok(instance.post("/webhook/stop"))
    seen.append(instance.wait_status("stopped"))
    for state in seen:
        assert faults(page, state) == []
    first = seen[1]["tasks"][0]
    assert first["changes"]["files"] > 0
    assert seen[2]["tasks"][1]["verification"]["output"] == "3 failed"
    assert seen[3]["tasks"][1]["undone"] == 1
    assert seen[4]["paused_at"] and seen[4]["deliveries"]
    assert len(seen[4]["notifications"]) > 3


def test_a_tool_that_claude_asks_for(page, asking):  # noqa: F811
    instance = asking()
    begin(instance, "[[bash touch a.txt]] [[say Done.]]")
    state = asked(instance)
    assert state["ask"] and faults(page, state) == []
    ok(instance.post("/webhook/deny", reason="not that"))
    instance.wait_task(1, "completed", 60)
    state = instance.wait_status("completed")
    assert faults(page, state) == []
    assert [d["what"] for d in state["decisions"] if "what" in d] == [
        "Bash: touch a.txt"
    ]
    assert state["tasks"][0]["denied"]
