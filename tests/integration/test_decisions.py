"""Whose command counts: task, decision and delivery_id."""

import datetime
import getpass
import json

from harness.answers import FAIL, conflict, ok, running


def test_task_and_decision_must_be_what_is_asked_now(instance):
    instance.start_list("[[say a]]", "[[say b]]")
    decision = instance.state()["decision"]
    conflict(instance.post("/webhook/approve", task=2), "stale_decision")
    conflict(
        instance.post("/webhook/approve", decision="zzzz"), "stale_decision"
    )
    assert instance.state()["status"] == "waiting_approval"
    ok(instance.post("/webhook/approve", task=1, decision=decision))


def test_a_second_tap_says_what_was_decided_when_and_by_whom(instance):
    instance.start_list("[[say a]]", "[[say b]]")
    decision = instance.state()["decision"]
    ok(instance.post("/webhook/skip", decision=decision, user="Ann"))
    answer = instance.post("/webhook/approve", decision=decision, user="Bob")
    conflict(answer, "stale_decision")
    assert "Ann" in answer["message"] and "skip" in answer["message"].lower()
    entry = instance.state()["decisions"][-1]
    assert (entry["id"], entry["command"], entry["by"]) == (
        decision,
        "skip",
        "Ann",
    )
    assert entry["at"]


def test_a_running_attempt_has_a_decision_of_its_own(instance):
    running(instance, "[[say b]]")
    decision = instance.state()["decision"]
    conflict(
        instance.post("/webhook/cancel", decision="zzzz"), "stale_decision"
    )
    conflict(instance.post("/webhook/cancel", task=2), "stale_decision")
    ok(instance.post("/webhook/cancel", task=1, decision=decision))
    instance.wait_status("waiting_approval")
    conflict(
        instance.post("/webhook/cancel", decision=decision), "stale_decision"
    )


def test_decisions_as_text(instance):
    instance.start_list("[[say a]]", FAIL, "[[say c]]")
    decision = instance.state()["decision"]
    ok(instance.command(f"/skip #{decision}"))
    conflict(instance.command(f"/approve #{decision}"), "stale_decision")
    ok(instance.command("/approve 2"))
    instance.wait_task(2, "failed")
    decision = instance.state()["decision"]
    conflict(instance.command("/retry 3"), "stale_decision")
    ok(instance.command(f"/retry #{decision} use plural names"))
    assert "use plural names" in instance.agent(2)["prompt"]


def test_task_is_the_number_in_the_heading(instance):
    (instance.tasks_dir / "gaps.md").write_text(
        "## Task 10: A\n**Claude Instruction:** x\n\n"
        "## Task 5: B\n**Claude Instruction:** x\n"
    )
    ok(instance.post("/webhook/start", task_file="gaps.md"))
    answer = instance.post("/webhook/status")
    assert (answer["task"], answer["index"], answer["total"]) == (10, 1, 2)
    conflict(instance.post("/webhook/approve", task=1), "stale_decision")
    ok(instance.post("/webhook/skip", task=10))
    assert instance.post("/webhook/status")["task"] == 5


def test_who_approved_is_kept(instance):
    instance.start_list("[[say a]]", "[[say b]]", "[[say c]]", "[[say d]]")
    for number, fields, by in (
        (1, {"user": "Ann", "chat_id": 7}, "Ann"),
        (2, {"chat_id": 7}, "7"),
        (3, {}, "http"),
    ):
        instance.approve(**fields)
        task = instance.wait_task(number, "completed")
        assert task["approved_by"] == by
        assert task["approved_at"].endswith("Z")
        instance.wait_status("waiting_approval")
    assert instance.cli("approve").returncode == 0
    instance.wait_status("completed")
    assert instance.task(4)["approved_by"] == getpass.getuser()


# -- delivery_id -------------------------------------------------------------


def test_a_delivery_seen_before_gets_the_first_answer_and_does_nothing(
    instance,
):
    instance.start_list("[[say a]]", "[[say b]]", "[[say c]]")
    first = ok(instance.post("/webhook/skip", delivery_id=77))
    assert "duplicate" not in first.json
    for ident in (77, "77"):
        again = instance.post("/webhook/skip", delivery_id=ident)
        assert again.code == 200 and again["duplicate"] is True
        assert again["message"] == first["message"]
    assert instance.state()["current_task_index"] == 2


def test_a_refusal_is_remembered_too(instance):
    conflict(instance.post("/webhook/approve", delivery_id="x1"))
    instance.start_list("[[say a]]")
    again = instance.post("/webhook/approve", delivery_id="x1")
    assert again.code == 409 and again["duplicate"] is True
    assert instance.state()["status"] == "waiting_approval"


def test_the_same_delivery_with_another_command_is_409(instance):
    instance.start_list("[[say a]]", "[[say b]]")
    ok(instance.post("/webhook/skip", delivery_id=5))
    conflict(instance.post("/webhook/approve", delivery_id=5))
    conflict(instance.post("/webhook/skip", delivery_id=5, task=2))
    assert instance.state()["current_task_index"] == 2


def test_deliveries_outlive_sessions_and_restarts(instance):
    instance.start_list("[[say a]]")
    first = ok(instance.post("/webhook/stop", delivery_id=9))
    instance.start_list("[[say a]]")
    instance.stop_supervisor()
    instance.wait_healthy()
    again = instance.post("/webhook/stop", delivery_id=9)
    assert again["duplicate"] is True and again["message"] == first["message"]
    assert instance.state()["status"] == "waiting_approval"


def test_deliveries_are_the_last_256(instance):
    for number in range(260):
        instance.post("/webhook/approve", delivery_id=number)
    assert len(instance.state()["deliveries"]) == 256
    assert (
        "duplicate" not in instance.post("/webhook/approve", delivery_id=1).json
    )
    assert (
        instance.post("/webhook/approve", delivery_id=259)["duplicate"] is True
    )


def test_reading_is_never_a_duplicate(instance):
    for _ in range(2):
        assert (
            "duplicate"
            not in instance.post("/webhook/status", delivery_id=3).json
        )


def test_a_number_before_a_retrys_words_is_the_task_in_question_or_feedback(
    instance,
):
    instance.start_list("[[say a]]", FAIL, "[[say c]]", "[[say d]]")
    conflict(instance.command("/approve 2"), "stale_decision")
    ok(instance.command("/approve 1"))
    instance.wait_task(1, "completed")
    ok(instance.command("/approve 2"))
    instance.wait_task(2, "failed")
    ok(instance.command("/retry 3 columns please", delivery_id="a1"))
    assert "3 columns please" in instance.agent(3)["prompt"]
    instance.wait_task(2, "failed")
    again = instance.command("/retry 3 columns please", delivery_id="a1")
    assert again["duplicate"] is True
    ok(instance.command("/retry 2 rows please"))
    prompt = instance.agent(4)["prompt"]
    assert "rows please" in prompt and "2 rows please" not in prompt
    instance.wait_task(2, "failed")
    ok(instance.command("/retry 2 rows please", task=2))
    assert "2 rows please" in instance.agent(5)["prompt"]
    instance.wait_task(2, "failed")
    done = instance.cli("retry", "99999999999", "bottles")
    assert done.returncode == 0, done
    assert "99999999999 bottles" in instance.agent(6)["prompt"]


def test_what_an_ended_session_has_left_is_bound_too(instance):
    instance.start_list("[[say a]]")
    ok(instance.command("/approve"))
    instance.wait_status("completed")
    left = instance.state()["decision"]
    assert left
    answer = instance.post("/webhook/status")
    assert answer["decision"] == left
    start = answer["actions"][0]
    assert start["command"] == f"/start #{left}"
    assert start["label"].startswith("Start 2")
    ok(instance.command(f"/retry #{left} once more"))
    instance.wait_status("completed")
    assert instance.state()["decision"] != left
    conflict(instance.command(f"/start #{left}"), "stale_decision")
    conflict(instance.command(f"/retry #{left}"), "stale_decision")
    assert instance.task(1)["attempt"] == 2


def test_yesterdays_buttons_begin_nothing(instance):
    instance.start_list("[[say a]]")
    ok(instance.command("/approve"))
    instance.wait_status("completed")
    instance.stop_responder()
    instance.stop_supervisor()
    state = instance.state()
    for key in ("started_at", "last_activity"):
        state[key] = "2025-11-20T09:30:15Z"
    instance.state_file.write_text(json.dumps(state))
    instance.start_responder()
    instance.wait_healthy()
    left = state["decision"]
    conflict(instance.command(f"/start #{left}"), "stale_decision")
    conflict(instance.command(f"/retry #{left}"), "stale_decision")
    assert instance.task(1)["attempt"] == 1
    start = instance.post("/webhook/status")["actions"][0]
    today = datetime.date.today().isoformat()
    assert start == {"label": f"Start {today}", "command": f"/start {today}"}


def test_the_phones_question_carries_the_task_within_one_message(
    instance, receiver
):
    instance.start_list("[[say a]]", "[[say b]]" + " x" * 4000)
    ok(instance.command("/approve"))
    instance.wait_task(1, "completed")
    text = instance.post("/webhook/show")["message"]
    assert "[[say b]]" in text
    told = receiver.wait_event("task_completed")
    assert "[[say b]]" in told["message"]
    assert "/show 2" in told["message"] and "/approve" in told["message"]
    assert len(told["message"].encode("utf-16-le")) // 2 <= 4096
