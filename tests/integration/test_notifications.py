"""Notifications: what is told, in which order, signed, retried, given up."""

import base64
import datetime
import email.utils
import json
import os
import re
import subprocess
import time

import pytest
from harness.answers import FAIL, ok
from harness.tasks import Task
from harness.waiting import stays_false, wait_for

KEYS = {
    "reminder",
    "message",
    "type",
    "event",
    "id",
    "timestamp",
    "session_id",
    "task",
    "total",
    "title",
    "actions",
    "chat_id",
    "chat_ids",
    "caused_by",
    "decision",
    "silent",
    "receipt",
    "settled",
    "late",
}


def undelivered(instance):
    return instance.post("/webhook/status")["undelivered"]


def drained(instance, limit=20):
    wait_for(lambda: undelivered(instance) == 0, limit, "all were delivered")


def test_a_whole_session_is_told_in_order(instance, receiver):
    instance.start_list(Task("One", "[[say a]]"), Task("Two", FAIL))
    instance.approve()
    receiver.wait_event("task_completed")
    instance.wait_status("waiting_approval")
    instance.approve()
    receiver.wait_event("task_failed")
    instance.post("/webhook/skip")
    receiver.wait_event("session_completed")
    events = receiver.events()
    assert events == [
        "session_started",
        "task_started",
        "task_completed",
        "task_started",
        "task_failed",
        "session_completed",
    ]
    types = {p["event"]: p["type"] for p in receiver.taken()}
    assert types["task_failed"] in ("error", "warning")
    assert types["session_completed"] == "success"
    for payload in receiver.taken():
        ended = payload["event"] == "task_completed"
        assert set(payload) - {"summary"} == KEYS
        assert payload.get("summary") == (
            "Done as told." if ended else None
        )
        assert payload["session_id"] == instance.state()["session_id"]
        assert payload["total"] == 2
        assert 0 < len(payload["message"]) <= 4096


def test_one_message_carries_the_next_question(instance, receiver):
    instance.start_list(Task("One", "[[say a]]"), Task("Two", FAIL))
    started = receiver.wait_event("session_started")
    decision = instance.state()["decision"]
    assert started["actions"][0]["command"] == f"/approve #{decision}"
    instance.approve()
    done = receiver.wait_event("task_completed")
    state = instance.wait_status("waiting_approval")
    assert done["actions"][0]["command"] == f"/approve #{state['decision']}"
    assert "Two" in done["message"]
    instance.approve()
    failed = receiver.wait_event("task_failed")
    state = instance.wait_status("waiting_approval")
    again, skip = failed["actions"][:2]
    assert again["command"] == f"/retry #{state['decision']}"
    assert again["feedback"] is True and "feedback" not in skip
    assert "no luck" in failed["message"]
    assert "waiting_approval" not in receiver.events()


def test_waiting_approval_is_sent_for_a_question_nothing_else_carried(
    instance, receiver
):
    instance.start_list("[[say a]]", "[[say b]]")
    instance.post("/webhook/skip")
    asked = receiver.wait_event("waiting_approval")
    assert asked["type"] == "approval"
    assert asked["task"] == 2
    decision = instance.state()["decision"]
    assert asked["actions"][0]["command"] == f"/approve #{decision}"


def test_pause_resume_and_stop_are_told(instance, receiver):
    instance.start_list("[[say a]]")
    for command, event in (
        ("pause", "paused"),
        ("resume", "resumed"),
        ("stop", "session_stopped"),
    ):
        assert instance.post(f"/webhook/{command}").code == 200
        receiver.wait_event(event)


def test_caused_by_names_the_command_whose_effect_it_is(instance, receiver):
    instance.start_list(
        "[[say a]]", "[[say b]]", chat_id=5, user="Ann", delivery_id=99
    )
    started = receiver.wait_event("session_started")
    cause = started["caused_by"]
    assert {k: str(v) for k, v in cause.items()} == {
        "chat_id": "5",
        "user": "Ann",
        "delivery_id": "99",
    }
    instance.approve(chat_id=5, user="Ann", delivery_id=100)
    assert (
        str(receiver.wait_event("task_started")["caused_by"]["delivery_id"])
        == "100"
    )
    assert receiver.wait_event("task_completed")["caused_by"] is None


def test_an_answer_that_a_notification_follows_says_so(instance, receiver):
    first = instance.start_list("[[say a]]", "[[say b]]", "[[say c]]")
    assert first["follow_up"] is True
    drained(instance)
    assert "follow_up" not in instance.post("/webhook/status").json
    assert "follow_up" not in instance.post("/webhook/resume").json
    assert instance.post("/webhook/skip", delivery_id=7)["follow_up"] is True
    again = instance.post("/webhook/skip", delivery_id=7)
    assert (again["duplicate"], again["follow_up"]) == (True, True)
    drained(instance)
    receiver.answers = [503] * 100
    instance.post("/webhook/pause")
    instance.wait_log("not delivered, try 1")
    assert "follow_up" not in instance.post("/webhook/resume").json


SLEEP = "[[run sleep 4321]]"


def receipt_for(payload):
    return {"chats": [[5, payload["id"]]]}


def test_a_receipt_comes_back_with_what_follows(instance, receiver):
    receiver.receipts = receipt_for
    instance.start_list("[[say a]]")
    started = receiver.wait_event("session_started")
    assert (started["receipt"], started["settled"]) == (None, [])
    drained(instance)
    instance.stop_supervisor()
    instance.wait_healthy()
    instance.approve(user="Ann")
    running = receiver.wait_event("task_started")
    done = receiver.wait_event("task_completed")
    # The question was decided: the message that asked is named, once.
    (settled,) = running["settled"]
    assert settled["receipt"] == receipt_for(started)
    assert settled["decision"] == started["decision"]
    assert (settled["command"], settled["by"]) == ("approve", "Ann")
    assert settled["text"].startswith("✔️ Approved by Ann at ")
    assert done["receipt"] == receipt_for(running)
    (settled,) = done["settled"]
    assert settled["receipt"] == receipt_for(running)
    assert (settled["command"], settled["text"]) == (None, None)


def test_what_is_no_receipt_is_passed_over(instance, receiver):
    receiver.receipts = lambda payload: "x" * 257
    instance.start_list("[[say a]]")
    instance.approve()
    assert receiver.wait_event("task_completed")["receipt"] is None


def test_a_running_task_tells_how_it_comes_along(make_instance, receiver):
    receiver.receipts = receipt_for
    instance = make_instance(
        receiver=receiver, config={"telegram": {"progress_seconds": 1}}
    ).start()
    instance.start_list(Task("Long", SLEEP))
    instance.approve()
    told = receiver.wait_event("progress", count=2)
    started = receiver.wait_event("task_started")
    assert (started["silent"], told["silent"]) == (True, True)
    assert told["receipt"] == receipt_for(started)
    assert told["elapsed_seconds"] >= 1
    assert "Long" in told["message"] and "⏱️" in told["message"]
    assert set(told) - KEYS == {
        "activity",
        "elapsed_seconds",
        "cost_usd",
        "num_turns",
    }
    assert instance.state()["notifications"] == []
    instance.post("/webhook/cancel")
    assert receiver.wait_event("task_failed")["silent"] is False


@pytest.mark.parametrize("seconds, receipts", [(1, None), (0, receipt_for)])
def test_no_progress_without_a_receipt_or_a_wish(
    make_instance, receiver, seconds, receipts
):
    receiver.receipts = receipts
    instance = make_instance(
        receiver=receiver, config={"telegram": {"progress_seconds": seconds}}
    ).start()
    instance.start_list(Task("Long", SLEEP))
    instance.approve()
    receiver.wait_event("task_started")
    assert stays_false(lambda: "progress" in receiver.events(), 3)


def test_what_is_decided_before_it_arrives_has_no_buttons(instance, receiver):
    receiver.answers = [503] * 2
    instance.start_list("[[say a]]", "[[say b]]")
    instance.post("/webhook/skip", user="Ann")
    started = receiver.wait_event("session_started")
    assert started["actions"] == []
    assert "\n\n✔️ Skipped by Ann at " in started["message"]
    asked = receiver.wait_event("waiting_approval")
    assert asked["actions"][0]["command"].startswith("/approve #")


def test_they_go_to_the_configured_chat(make_instance, receiver):
    instance = make_instance(
        receiver=receiver, config={"telegram": {"chat_id": ["123", "456"]}}
    ).start()
    instance.start_list("[[say a]]")
    started = receiver.wait_event("session_started")
    assert (started["chat_id"], started["chat_ids"]) == ("123", ["456"])


def test_signature_and_headers(instance, receiver):
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started")
    delivery = receiver.deliveries[0]
    assert delivery.verified(instance.secret)
    assert not delivery.verified("another-secret-0123456789")
    assert delivery.headers["webhook-id"] == delivery.json["id"]
    assert delivery.headers["content-type"].startswith("application/json")
    assert instance.secret not in str(delivery.headers)


def test_a_whsec_secret_signs_with_its_decoded_bytes(make_instance, receiver):
    secret = "whsec_" + base64.b64encode(os.urandom(32)).decode()
    instance = make_instance(receiver=receiver, secret=secret).start()
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started")
    assert receiver.deliveries[0].verified(secret)


def test_the_first_of_several_secrets_signs(make_instance, receiver):
    new, old = "new-secret-0123456789", "old-secret-0123456789"
    config = {"webhooks": {"secret": [new, old]}}
    instance = make_instance(
        receiver=receiver, config=config, secret=old
    ).start()
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started")
    assert receiver.deliveries[0].verified(new)


def test_notify_header_goes_along(make_instance, receiver):
    config = {"webhooks": {"notify_header": "X-Auth: s3cret value"}}
    instance = make_instance(receiver=receiver, config=config).start()
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started")
    assert receiver.deliveries[0].headers["x-auth"] == "s3cret value"


def test_a_retry_has_the_same_id_and_bytes_and_a_fresh_stamp(
    instance, receiver
):
    receiver.answers = [500, 502, 200]
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started")
    first, second, third = receiver.deliveries[:3]
    assert first.raw == second.raw == third.raw
    ids = {d.headers["webhook-id"] for d in (first, second, third)}
    assert len(ids) == 1
    assert third.verified(instance.secret)
    assert (
        third.headers["webhook-timestamp"] > first.headers["webhook-timestamp"]
    )
    assert second.at - first.at >= 0.4


def test_order_is_kept_while_one_is_retried(instance, receiver):
    receiver.answers = [503, 503]
    instance.start_list("[[say a]]")
    instance.post("/webhook/pause")
    instance.post("/webhook/resume")
    receiver.wait_event("resumed")
    assert receiver.events() == ["session_started", "paused", "resumed"]


def test_nothing_is_lost_while_the_receiver_is_down(instance, receiver):
    receiver.down()
    instance.start_list("[[say a]]", "[[say b]]", "[[say c]]")
    for number in (1, 2, 3):
        instance.approve()
        instance.wait_task(number, "completed")
        instance.wait_status("completed" if number == 3 else "waiting_approval")
    assert undelivered(instance) >= 7
    assert len(instance.state()["notifications"]) >= 7
    receiver.up()
    receiver.wait_event("session_completed", 60)
    drained(instance)
    events = receiver.events()
    assert events[0] == "session_started"
    assert events[-1] == "session_completed"
    assert len(events) == len(set(p["id"] for p in receiver.taken()))


def test_they_survive_a_restart(instance, receiver):
    receiver.down()
    instance.start_list("[[say a]]")
    instance.stop_supervisor()
    kept = [n["id"] for n in instance.state()["notifications"]]
    assert kept
    receiver.up()
    instance.wait_healthy()
    receiver.wait_event("session_started", 40)
    assert receiver.taken()[0]["id"] == kept[0]


@pytest.mark.slow
def test_a_full_queue_says_what_it_drops(instance, receiver):
    receiver.down()
    instance.start_list("[[say a]]")
    for _ in range(501):
        ok(instance.post("/webhook/pause"))
        ok(instance.post("/webhook/resume"))
    instance.wait_log("too many notifications wait to be delivered: 1 dropped")
    state = instance.state()
    assert len(state["notifications"]) == 1000
    assert state["notifications_dropped"] >= 2


def test_410_drops_at_once(instance, receiver):
    receiver.answers = [410]
    instance.start_list("[[say a]]")
    instance.post("/webhook/pause")
    receiver.wait_event("paused")
    assert [d.code for d in receiver.deliveries[:2]] == [410, 200]
    assert "session_started" not in receiver.events()
    wait_for(lambda: "410" in instance.log_text(), 5)


@pytest.mark.parametrize("code", [400, 413, 415, 422])
def test_what_the_receiver_cannot_take_is_dropped_at_the_third_try(
    instance, receiver, code
):
    receiver.answers = [code, code, code]
    instance.start_list("[[say a]]")
    # A command before that would bring about a try that does not count.
    wait_for(lambda: len(receiver.deliveries) >= 3, 40)
    instance.post("/webhook/pause")
    receiver.wait_event("paused", 40)
    assert [d.code for d in receiver.deliveries[:4]] == [code] * 3 + [200]
    assert "session_started" not in receiver.events()
    wait_for(lambda: str(code) in instance.log_text(), 5)


@pytest.mark.parametrize("code", [401, 404, 301])
def test_other_codes_are_retried(instance, receiver, code):
    receiver.answers = [(code, {"Location": "http://127.0.0.1:1/"})] * 2
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started", 40)
    assert [d.code for d in receiver.deliveries[:3]] == [code, code, 200]


def test_an_n8n_that_starts_up_has_taken_nothing(instance, receiver):
    """It answers 200 to all and everything until its database is ready."""
    receiver.texts = [b"n8n is starting up. Please wait"] * 2
    instance.start_list("[[say a]]")
    wait_for(lambda: len(receiver.deliveries) == 3, 40, "the third try")
    first, second, third = receiver.deliveries
    assert first.raw == second.raw == third.raw
    instance.wait_log("not delivered, try 1: 503 n8n is starting up")
    drained(instance)


@pytest.mark.parametrize("as_date", [False, True])
def test_retry_after_is_honoured(instance, receiver, as_date):
    """Seconds, or a date of RFC 9110, which has whole seconds only."""
    then = email.utils.formatdate(time.time() + 5, usegmt=True)
    receiver.answers = [(429, {"Retry-After": then if as_date else "4"})]
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started", 30)
    waited = receiver.deliveries[1].at - receiver.deliveries[0].at
    assert waited >= (2.5 if as_date else 3.9)


def test_a_slow_receiver_holds_up_no_task(instance, receiver):
    receiver.delay = 30
    instance.start_list("[[say a]]")
    instance.approve()
    instance.wait_status("completed", 10)
    receiver.delay = 0
    receiver.released.set()


def test_without_a_url_they_are_only_logged(make_instance):
    instance = make_instance().start()
    instance.start_list("[[say a]]")
    assert stays_false(lambda: undelivered(instance), 0.5)
    assert instance.state()["notifications"] == []


def test_they_are_in_the_same_write_as_the_change(instance, receiver):
    receiver.down()
    instance.start_list("[[say a]]")
    state = instance.state()
    told = json.dumps(state["notifications"])
    assert state["status"] == "waiting_approval"
    assert "session_started" in told


def test_the_secret_is_in_no_log(instance, receiver):
    receiver.answers = [500]
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started")
    for log in instance.logs_dir.iterdir():
        assert instance.secret not in log.read_text(errors="replace"), log
    assert instance.secret not in instance.state_file.read_text()


def test_ids_look_like_ids(instance, receiver):
    instance.start_list("[[say a]]")
    payload = receiver.wait_event("session_started")
    assert re.fullmatch(r"[\w-]{8,64}", payload["id"])
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", payload["timestamp"]
    )


def test_after_an_outage_the_state_is_not_written_for_each(instance, receiver):
    """Three hundred that waited, in the order in which they were said; and
    none comes again after a restart."""
    instance.start_list(*["[[say x]]"] * 50)
    drained(instance)
    instance.stop_supervisor()
    state = instance.state()
    one = receiver.taken()[-1]
    now = datetime.datetime.now(datetime.timezone.utc)
    now = now.strftime("%Y-%m-%dT%H:%M:%SZ")
    state["notifications"] = [
        {
            "id": f"msg_{number:022}",
            "event": "task_completed",
            "type": "success",
            "at": now,
            "payload": json.dumps({**one, "id": f"msg_{number:022}"}),
        }
        for number in range(300)
    ]
    instance.state_file.write_text(json.dumps(state))
    before = len(receiver.taken())
    stored = set()  # each store is another file: those that a delivery saw

    def look(_):
        file = instance.state_file.stat()
        stored.add((file.st_ino, file.st_mtime_ns))

    receiver.receipts = look
    instance.wait_healthy()
    wait_for(lambda: len(receiver.taken()) >= before + 300, 60, "300 of them")
    drained(instance)
    came = [p["id"] for p in receiver.taken()[before:]]
    assert came == [f"msg_{number:022}" for number in range(300)]
    # As many as there were seconds, not as there were messages.
    assert 1 <= len(stored) < 60
    instance.stop_supervisor()
    instance.wait_healthy()
    assert len(receiver.taken()) == before + 300


def aged(instance, hours=2):
    """Stopped, and nothing has been done about its question for so long."""
    drained(instance)
    instance.stop_responder()
    instance.stop_supervisor()
    state = instance.state()
    then = datetime.datetime.now(datetime.timezone.utc)
    then -= datetime.timedelta(hours=hours)
    state["last_activity"] = then.strftime("%Y-%m-%dT%H:%M:%SZ")
    if state["reminder"]:
        state["reminder"]["at"] = state["last_activity"]
    instance.state_file.write_text(json.dumps(state))
    instance.start_responder()
    instance.wait_healthy()


def reminders(receiver):
    return [p["reminder"] for p in receiver.taken() if p["reminder"]]


def test_a_question_is_told_again_three_times_across_restarts(
    instance, receiver
):
    instance.start_list("[[say a]]", "[[say b]]")
    decision = receiver.wait_event("session_started")["decision"]
    for number in (1, 2, 3):
        aged(instance)
        told = receiver.wait_event("waiting_approval", count=number)
        assert (told["reminder"], told["silent"]) == (number, False)
        assert told["decision"] == decision and told["type"] == "approval"
        assert told["message"].startswith("⏰ Still waiting for you, since ")
        assert told["actions"][0]["command"] == f"/approve #{decision}"
        drained(instance)
        assert instance.state()["reminder"]["told"] == number
    aged(instance)
    assert stays_false(lambda: len(reminders(receiver)) > 3, 6)
    # The next question is another one.
    instance.post("/webhook/skip")
    asked = receiver.wait_event("waiting_approval", count=4)
    assert asked["reminder"] is None
    aged(instance)
    told = receiver.wait_event("waiting_approval", count=5)
    assert told["reminder"] == 1 and told["decision"] == asked["decision"]


@pytest.mark.parametrize("minutes", (0, 600))
def test_no_reminder_before_its_time_or_without_a_wish(
    make_instance, receiver, minutes
):
    instance = make_instance(
        receiver=receiver, config={"telegram": {"remind_minutes": minutes}}
    ).start()
    instance.start_list("[[say a]]")
    receiver.wait_event("session_started")
    aged(instance)
    assert stays_false(lambda: reminders(receiver), 6)


def test_what_is_paused_is_not_asked_about(instance, receiver):
    instance.start_list("[[say a]]")
    instance.post("/webhook/pause")
    receiver.wait_event("paused")
    aged(instance)
    assert stays_false(lambda: reminders(receiver), 6)


def test_at_night_nothing_rings_and_nothing_is_asked_again(
    make_instance, receiver
):
    now = datetime.datetime.now(datetime.timezone.utc)
    span = "-".join(
        (now + datetime.timedelta(hours=by)).strftime("%H:%M")
        for by in (-1, 2)
    )
    instance = make_instance(
        receiver=receiver,
        config={
            "orchestrator": {"timezone": "UTC"},
            "telegram": {"quiet": span},
        },
    ).start()
    instance.start_list("[[say a]]")
    assert receiver.wait_event("session_started")["silent"] is True
    aged(instance)
    assert stays_false(lambda: reminders(receiver), 6)
    instance.approve()
    assert receiver.wait_event("session_completed")["silent"] is True


def test_why_nothing_is_delivered_is_said_until_something_is(
    instance, receiver
):
    receiver.answers = [403] * 50
    instance.start_list("[[say a]]")
    why = wait_for(
        lambda: instance.post("/webhook/status")["undelivered_error"],
        20,
        "/status says why",
    )
    assert "refuses them (403)" in why and "notify_header" in why
    status = instance.post("/webhook/status")
    assert f"Not delivered yet: 1, {why}" in status["message"]
    assert why in instance.cli("status").stdout
    doctor = instance.cli("doctor").stdout
    assert re.search(r"warn\s+undelivered: 1 notification: n8n refuses", doctor)
    receiver.answers = []
    # A command that comes by n8n proves that it is back: no waiting.
    instance.post("/webhook/pause")
    instance.wait_log("a command has come: what waits is tried at once")
    receiver.wait_event("paused")
    drained(instance)
    wait_for(
        lambda: instance.state()["undelivered_error"] is None,
        20,
        "nothing is said any more",
    )
    status = instance.post("/webhook/status")
    assert (status["undelivered"], status["undelivered_error"]) == (0, None)


def test_a_libcurl_that_does_not_fit_is_named_and_tasks_go_on(
    make_instance, receiver, tmp_path
):
    made = make_instance(receiver=receiver)
    subprocess.run(
        ["gcc", "-shared", "-x", "c", "/dev/null"]
        + ["-o", str(tmp_path / "libcurl.so.4")],
        check=True,
    )
    made.env["LD_LIBRARY_PATH"] = str(tmp_path)
    made.start()
    made.start_list("[[say a]]")
    made.approve()
    made.wait_task(1, "completed")
    why = wait_for(
        lambda: made.post("/webhook/status")["undelivered_error"], 20, "why"
    )
    assert "libcurl cannot be loaded" in why and "curl_easy" in why
    said = made.cli("doctor", "--notify").stdout
    assert "libcurl cannot be loaded" in said


def test_a_command_is_no_reason_to_press_a_receiver_that_said_when(
    instance, receiver
):
    receiver.answers = [(429, {"Retry-After": "600"})]
    instance.start_list("[[say a]]")
    instance.wait_log("not delivered, try 1")
    instance.post("/webhook/pause")
    assert stays_false(receiver.events, 2)
    why = instance.post("/webhook/status")["undelivered_error"]
    assert "told too much (429)" in why
