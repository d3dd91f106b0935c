"""telegram.report: what has happened since the last one, once a day."""

import datetime
import json
import os
import signal

import pytest
from harness import claude
from harness.answers import FAIL, ok
from harness.asking import asked, begin
from harness.tasks import Task
from harness.waiting import stays_false, wait_for

from test_evidence import CHANGE, project  # noqa: F401
from test_notifications import KEYS, drained


def at_noon():
    """A zone in which it is about noon, far from the end of a day."""
    offset = 12 - datetime.datetime.now(datetime.timezone.utc).hour
    return f"Etc/GMT{-offset:+d}", datetime.timezone(
        datetime.timedelta(hours=offset)
    )


def reporting(made, report="00:00"):
    """The instance, whose day begins with a report."""
    made.write_config(
        orchestrator={"timezone": at_noon()[0]},
        telegram={"report": report, "remind_minutes": 0},
    )
    return made


def reports(receiver):
    return [p for p in receiver.taken() if p["event"] == "report"]


def off_since_yesterday(instance, restart=True):
    """Stopped, its last report was a day ago, and begun again."""
    drained(instance)
    instance.stop_responder()
    instance.stop_supervisor()
    state = instance.state()
    day = datetime.datetime.now(at_noon()[1]).date()
    state["report"] = {
        "day": str(day - datetime.timedelta(days=1)),
        "at": "2025-11-20T07:30:00Z",
    }
    instance.state_file.write_text(json.dumps(state))
    if restart:
        instance.start_responder()
        instance.wait_healthy()


def test_off_at_that_time_it_is_told_later_that_day_and_once(
    project, receiver  # noqa: F811
):
    instance = reporting(project)
    instance.write_config(
        verify={"web": ["sh", "-c", "echo 3 failed; exit 7"]}
    )
    instance.start()
    wait_for(lambda: instance.state() and instance.state()["report"], 20)
    instance.start_list(
        Task("Widen", CHANGE),
        Task("Check", CHANGE, type="web"),
        Task("Ship", "[[say c]]"),
    )
    instance.approve()
    instance.wait_task(1, "completed")
    instance.wait_status("waiting_approval")
    instance.approve()
    instance.wait_task(2, "failed")
    # What begins after that time is the next day's.
    assert stays_false(lambda: reports(receiver), 6)
    before = instance.state()
    off_since_yesterday(instance)
    told = receiver.wait_event("report")
    assert KEYS == told.keys()
    assert told["type"] == "approval" and told["task"] is None
    assert told["decision"] == before["decision"]
    retry = f"/retry #{before['decision']}"
    assert told["actions"][0]["command"] == retry
    lines = told["message"].splitlines()
    assert lines[0] == "🗞️ Report: orchestrator_tasks/list.md"
    assert lines[2].startswith("🙋 Task 2/3 did not succeed: /retry, /skip,")
    assert lines[4] == "📊 1/3 (33%), 1 failed"
    assert lines[5] == "📁 +3 −0 lines"
    assert lines[6].startswith("⏱️ ") and " turns" in lines[6]
    assert lines[8].startswith("✅ 1. Widen · 2 files, +2 −0")
    assert lines[9].startswith("❌ 2. Check · 1 file, +1 −0 · ")
    assert lines[10] == "⏳ 3. Ship"
    (sent,) = [d for d in receiver.deliveries if d.json["id"] == told["id"]]
    assert sent.verified(instance.secret)
    state = instance.state()
    assert state["report"]["day"] == str(
        datetime.datetime.now(at_noon()[1]).date()
    )
    instance.stop_supervisor()
    instance.wait_healthy()
    assert stays_false(lambda: len(reports(receiver)) > 1, 6)
    ok(instance.command(retry.replace("/retry", "/skip")))


def test_without_news_nothing_is_told(make_instance, receiver):
    instance = reporting(make_instance(receiver=receiver)).start()
    wait_for(lambda: instance.state() and instance.state()["report"], 20)
    instance.start_list("[[say a]]")
    instance.approve()
    receiver.wait_event("session_completed")
    off_since_yesterday(instance, restart=False)
    state = instance.state()
    state["report"]["at"] = state["last_activity"]
    instance.state_file.write_text(json.dumps(state))
    instance.start_responder()
    instance.wait_healthy()
    wait_for(
        lambda: instance.state()["report"] != state["report"],
        20,
        "the day is seen to",
    )
    assert stays_false(lambda: reports(receiver), 6)


def test_at_its_time_after_a_reload(make_instance, receiver):
    """And it can be answered at once."""
    zone, here = at_noon()
    instance = make_instance(
        receiver=receiver, config={"orchestrator": {"timezone": zone}}
    ).start()
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started")
    soon = datetime.datetime.now(here) + datetime.timedelta(seconds=60)
    instance.write_config(telegram={"report": soon.strftime("%H:%M")})
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    told = receiver.wait_event("report", 120)
    assert datetime.datetime.now(here) >= soon.replace(second=0, microsecond=0)
    assert told["silent"] is False and told["caused_by"] is None
    assert "🙋 Task 1/1 waits for approval: /approve" in told["message"]
    ok(instance.command(told["actions"][0]["command"]))
    receiver.wait_event("session_completed")
    assert len(reports(receiver)) == 1


def test_it_survives_a_crash_before_it_is_delivered(make_instance, receiver):
    instance = reporting(make_instance(receiver=receiver)).start()
    wait_for(lambda: instance.state() and instance.state()["report"], 20)
    instance.start_list("[[say a]]")
    instance.approve()
    receiver.wait_event("session_completed")
    drained(instance)
    receiver.down()
    off_since_yesterday(instance)

    def kept():
        return [
            json.loads(n["payload"])["id"]
            for n in instance.state()["notifications"]
            if '"event":"report"' in n["payload"]
        ]

    wait_for(kept, 20, "the report is in the state")
    (ident,) = kept()
    instance.stop_supervisor(signal.SIGKILL)
    receiver.up()
    instance.wait_healthy(40)
    told = receiver.wait_event("report", 40)
    assert told["id"] == ident
    assert "The session is completed" in told["message"]
    assert "✅ 1. " in told["message"]
    drained(instance)
    assert len(reports(receiver)) == 1


def test_the_end_of_a_session_names_each_task(instance, receiver):
    instance.start_list(Task("One", "[[say a]]"), Task("Two", FAIL), "[[say c]]")
    instance.approve()
    instance.wait_task(1, "completed")
    instance.wait_status("waiting_approval")
    instance.approve()
    instance.wait_task(2, "failed")
    ok(instance.post("/webhook/skip"))
    instance.wait_status("waiting_approval")
    ok(instance.post("/webhook/stop", user="Anna"))
    told = receiver.wait_event("session_stopped")["message"]
    assert "⏹️ Session stopped\n✔️ Stopped by Anna at " in told
    assert "📊 1/3 (33%), 1 skipped\n" in told
    assert "\n✅ 1. One" in told and "\n⏭️ 2. Two\n⏳ 3. " in told
    assert reports(receiver) == []


@pytest.mark.parametrize("value", ("7:30", "24:00", "morning"))
def test_what_is_no_time_of_day_is_refused(make_instance, value):
    instance = make_instance(config={"telegram": {"report": value}})
    said = instance.cli("check")
    assert said.returncode == 1
    assert 'telegram.report: want a time of day such as "07:30"' in said.stdout


@pytest.mark.parametrize("claude_release", [claude.NEWEST], indirect=True)
def test_a_question_that_is_parked_is_what_waits(asking, receiver):
    instance = reporting(asking(ask_timeout=2))
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    begin(instance, "[[bash touch a.txt]] [[say Done.]]")
    decision = asked(instance)["waiting_for"]["decision"]
    instance.wait_status("waiting_approval", 60)
    off_since_yesterday(instance)
    report = receiver.wait_event("report")
    assert report["decision"] == decision and report["type"] == "approval"
    # A yes is given to what was seen, and the report does not show it.
    commands = [a["command"] for a in report["actions"]]
    assert commands == ["/show", f"/deny #{decision}"]
    waits, call = report["message"].splitlines()[2:4]
    assert waits.startswith("🙋 Claude asks for permission in task 1/1")
    assert call == "🔐 Bash: touch a.txt"
    shown = ok(instance.command("/show"))
    assert shown["actions"][0]["command"] == f"/allow #{decision}"
    ok(instance.command(f"/allow #{decision}"))
    instance.wait_task(1, "completed", 60)
    assert (instance.work / "a.txt").exists()
