"""Nobody answers what Claude asks: it is ended, the question stays, and its
answer goes on with the conversation. With the real Claude Code."""

import json
import signal

import pytest
from harness import claude
from harness.answers import conflict, ok
from harness.asking import COLOUR, SIZES, asked, begin, questions, told
from harness.waiting import wait_for

newest = pytest.mark.parametrize(
    "claude_release", [claude.NEWEST], indirect=True
)


def parked(instance, limit=60):
    """Waits until nobody runs and the question is still there."""
    state = instance.wait_status("waiting_approval", limit)
    assert state["ask"]["hash"]
    wait_for(lambda: not instance.attempt_processes(), 20, "no process")
    return state


def lines(instance, name):
    file = instance.work / name
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.parametrize("answer", ["allow", "deny"])
def test_what_is_decided_after_a_reboot_counts_once(
    asking, receiver, api, answer
):
    instance = asking(ask_timeout=2)
    begin(instance, "[[bash echo ran >> a.txt]] [[say Done.]]")
    decision = asked(instance)["waiting_for"]["decision"]
    state = parked(instance)
    assert state["waiting_for"]["kind"] == "permission"
    assert state["waiting_for"]["decision"] == decision
    hashed = state["ask"]["hash"]
    assert [t["status"] for t in state["tasks"]] == ["pending"]
    instance.reboot()
    status = instance.post("/webhook/status")
    assert status["waiting_for"]["decision"] == decision
    assert not lines(instance, "a.txt")
    ok(instance.command(f"/{answer} #{decision}", user="Anna"))
    task = instance.wait_task(1, "completed", 60)
    assert task["attempt"] == 2
    assert lines(instance, "a.txt") == (["ran"] if answer == "allow" else [])
    log = (instance.logs_dir / "task-1-output.log").read_text()
    assert f"As was decided: {answer}: Bash: echo ran >> a.txt" in log
    assert hashed in instance.log_text()
    assert instance.state()["ruling"] is None
    last = api.conversations()[-1]
    assert "What the user has decided meanwhile" in last.prompt
    late = instance.command(f"/allow #{decision}")
    assert "by Anna" in conflict(late, "stale_decision")["message"]


@newest
def test_a_path_that_leads_elsewhere_by_then_is_asked_about_again(asking):
    instance = asking(ask_timeout=2)
    link = instance.work / "link"
    for name in "shown", "other":
        (instance.work / name).mkdir()
    link.symlink_to("shown")
    begin(instance, f"[[write {link / 'a.txt'}|hello]] [[say Done.]]")
    first = asked(instance)["waiting_for"]["decision"]
    assert parked(instance)["ask"]["file"].endswith("/shown/a.txt")
    link.unlink()
    link.symlink_to("other")
    ok(instance.command(f"/allow #{first}"))
    again = asked(instance, after=first)
    assert again["ask"]["file"].endswith("/other/a.txt")
    assert not (instance.work / "other/a.txt").exists()
    ok(instance.command("/deny"))
    instance.wait_task(1, "completed", 60)


@newest
def test_the_phone_hears_that_it_is_parked_under_the_same_buttons(
    asking, receiver
):
    instance = asking(ask_timeout=2)
    begin(instance, "[[bash touch b.txt]] [[say Done.]]")
    decision = asked(instance)["waiting_for"]["decision"]
    told(receiver, decision)
    parked(instance)

    def again():
        about = [n for n in receiver.taken() if n["decision"] == decision]
        return about[1] if len(about) > 1 else None

    notice = wait_for(again, 20, "the phone is told")
    assert notice["event"] == "waiting_approval"
    assert notice["type"] == "approval"
    assert "touch b.txt" in notice["message"]
    assert notice["actions"][0]["command"] == f"/allow #{decision}"
    assert "nothing runs and nothing is paid until you" in notice["message"]
    status = instance.cli("status").stdout
    assert "Parked: nothing runs" in status and "Reason" not in status
    ok(instance.command(notice["actions"][0]["command"]))
    instance.wait_task(1, "completed", 60)


def test_another_call_is_asked_anew(asking, api):
    instance = asking(ask_timeout=2)
    begin(instance, "[[bash touch c.txt]] [[say Done.]]")
    first = asked(instance)["waiting_for"]["decision"]
    parked(instance)
    api.queue("[[bash touch d.txt]]", "[[say Done.]]")
    ok(instance.command(f"/allow #{first}"))
    state = asked(instance, after=first)
    assert "touch d.txt" in json.dumps(state["ask"])
    assert not (instance.work / "d.txt").exists()
    ok(instance.command(f"/deny #{state['waiting_for']['decision']}"))
    instance.wait_task(1, "completed", 60)
    assert not (instance.work / "c.txt").exists()
    assert instance.state()["ruling"] is None


@newest
def test_what_was_allowed_once_is_asked_about_the_second_time(asking):
    instance = asking(ask_timeout=2)
    begin(
        instance,
        "[[bash echo x >> e.txt]] [[bash echo x >> e.txt]] [[say Done.]]",
    )
    first = asked(instance)["waiting_for"]["decision"]
    parked(instance)
    ok(instance.command(f"/allow #{first}"))
    second = asked(instance, after=first)["waiting_for"]["decision"]
    assert lines(instance, "e.txt") == ["x"]
    ok(instance.command(f"/deny #{second}"))
    instance.wait_task(1, "completed", 60)
    assert lines(instance, "e.txt") == ["x"]


def test_questions_are_answered_while_nobody_runs(asking, receiver, api):
    instance = asking(ask_timeout=2)
    begin(instance, questions(COLOUR, SIZES) + " [[say Painted.]]")
    first = asked(instance, kind="question")["waiting_for"]["decision"]
    assert parked(instance)["waiting_for"]["kind"] == "question"
    ok(instance.command(f"/answer #{first} 2"))
    state = asked(instance, after=first, kind="question")
    assert state["status"] == "waiting_approval"
    second = state["waiting_for"]["decision"]
    assert "Question 2 of 2" in told(receiver, second)["message"]
    instance.reboot()
    ok(instance.command(f"/answer #{second} 1, 3", user="Anna"))
    instance.wait_task(1, "completed", 60)
    results = json.dumps(api.conversations()[-1].tool_results)
    assert "Green" in results and "S, L" in results


def test_a_supervisor_that_is_killed_keeps_the_question(asking):
    instance = asking()
    begin(instance, "[[bash echo ran >> f.txt]] [[say Done.]]")
    decision = asked(instance)["waiting_for"]["decision"]
    instance.stop_supervisor(signal.SIGKILL)
    instance.wait_healthy()
    assert parked(instance)["waiting_for"]["decision"] == decision
    ok(instance.command(f"/allow #{decision}"))
    instance.wait_task(1, "completed", 60)
    assert lines(instance, "f.txt") == ["ran"]


@newest
def test_a_supervisor_that_is_stopped_keeps_the_question(asking):
    instance = asking()
    begin(instance, "[[bash echo ran >> g.txt]] [[say Done.]]")
    decision = asked(instance)["waiting_for"]["decision"]
    instance.stop_supervisor()
    instance.wait_healthy()
    assert parked(instance)["waiting_for"]["decision"] == decision
    ok(instance.command(f"/deny #{decision} not today"))
    instance.wait_task(1, "completed", 60)
    assert not lines(instance, "g.txt")


@newest
def test_a_parked_task_can_be_paused_skipped_and_stopped(asking):
    instance = asking(ask_timeout=2)
    begin(
        instance,
        "[[bash touch h.txt]] [[say Done.]]",
        "[[bash touch i.txt]] [[say Done.]]",
    )
    first = asked(instance)["waiting_for"]["decision"]
    parked(instance)
    ok(instance.command("/pause"))
    paused = instance.wait_status("paused")
    assert paused["ask"]["hash"]
    conflict(instance.command(f"/allow #{first}"))
    ok(instance.command("/resume"))
    assert parked(instance)["waiting_for"]["decision"] == first
    ok(instance.command("/skip"))
    stale = instance.command(f"/allow #{first}")
    assert "skip" in conflict(stale, "stale_decision")["message"]
    ok(instance.approve())
    asked(instance, after=first)
    parked(instance)
    ok(instance.command("/stop"))
    state = instance.wait_status("stopped")
    assert state["ask"] is None and state["ruling"] is None
    assert not (instance.work / "h.txt").exists()
    assert not (instance.work / "i.txt").exists()


@newest
def test_a_pause_that_was_wished_for_comes_with_the_parking(asking):
    instance = asking(ask_timeout=3)
    begin(instance, "[[bash touch j.txt]] [[say Done.]]")
    decision = asked(instance)["waiting_for"]["decision"]
    ok(instance.command("/pause"))
    state = instance.wait_status("paused", 60)
    assert state["ask"]["hash"]
    ok(instance.command("/resume"))
    ok(instance.command(f"/allow #{decision}"))
    instance.wait_task(1, "completed", 60)
    assert (instance.work / "j.txt").exists()


@newest
def test_run_answers_what_is_parked(asking, terminal):
    instance = asking(ask_timeout=2)
    begin(instance, "[[bash touch k.txt]] [[say Done.]]")
    asked(instance)
    parked(instance)
    shown = terminal(instance)
    shown.expect(r"touch k.txt.*\[.*\?\] $", 30)
    shown.type("allow\n")
    assert shown.wait(60) == 0
    assert (instance.work / "k.txt").exists()
