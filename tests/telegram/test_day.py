"""A day from the phone: n8n, nginx, the program and the real Claude Code."""

import datetime
import json
import os
import signal
import threading

import pytest
from conftest import ANNA, BEN, NOTIFY_SECRET, STRANGER, settled
from harness.tasks import Task, task_list
from harness.waiting import stays_false, wait_for
from test_workflows import WILD, WORLD

MIGRATION = Task(
    "Create baptisms migration",
    "[[bash echo create table > baptisms.sql]] "
    "[[say Migration created: 20251120_create_baptisms.sql]]",
    type="database", approval=True)
ACTIONS = Task("Create baptisms server actions",
               "[[bash echo actions > actions.ts]] [[say Actions written.]]",
               type="backend", approval=True)
PAGE = Task("Create baptisms UI - List page",
            "[[bash echo page > page.tsx]] [[say The page is there.]]",
            type="frontend", approval=False)


def today():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")


def list_of_today(instance, *tasks):
    name = f"{today()}-tasks.md"
    (instance.tasks_dir / name).write_text(task_list(*tasks))
    return name


def slow(seconds, text="Slept."):
    return Task("Sleep", f"[[bash sleep {seconds}]] [[say {text}]]")


def test_the_conversation_of_the_plan(real, phone):
    instance = real()
    list_of_today(instance, MIGRATION, ACTIONS, PAGE)

    phone.write("/start", ANNA)
    shown = phone.wait("Found 3 tasks", "/approve",
                       "1. Create baptisms migration (database)",
                       "3. Create baptisms UI - List page (frontend)")
    assert shown.labels == ["Approve", "Skip", "Pause", "Stop"]
    assert instance.state()["status"] == "waiting_approval"

    phone.write("/approve", ANNA)
    shown = phone.wait("Executing task 1/3", "Create baptisms migration",
                       "Type: database", "Approved by @anna at")
    shown = phone.wait("Task 1/3 complete!",
                       "Migration created: 20251120_create_baptisms.sql",
                       "1/3 (33%)", "Next: Task 2/3", "/skip to skip it",
                       "Create baptisms server actions", "Type: backend")
    assert shown.labels == ["Approve", "Skip", "Pause", "Stop"]
    assert (instance.work / "baptisms.sql").exists()

    phone.write("/status", ANNA)
    phone.wait("Waiting for approval", "1/3 (33%)", "Completed: 1",
               "Pending: 2", "Started:", "Runtime:",
               "Current: Task 2 - Create baptisms server actions",
               instance.state()["session_id"])

    phone.write("/logs 10", ANNA)
    phone.wait("ask 1", "ompleted")

    phone.write("/pause", ANNA)
    shown = phone.wait("paused", "Paused by @anna at", "Task 2/3",
                       "Completed: 1/3", "/resume")
    assert instance.state()["status"] == "paused"
    phone.tap(shown, "Resume")
    shown = phone.wait("resumed", "Resumed by @anna at",
                       "Continuing from: Task 2/3",
                       "Create baptisms server actions", "/approve to run it")

    # Task 3 asks for nobody's leave: it follows by itself.
    phone.tap(shown, "Approve")
    phone.wait("Executing task 2/3")
    phone.wait("Task 2/3 complete!", "Actions written.")
    phone.wait("Task 3/3 complete!", "The page is there.", "3/3 (100%)")
    phone.wait("Session completed!")

    settled(instance)
    state = instance.state()
    assert state["status"] == "completed"
    assert [t["status"] for t in state["tasks"]] == ["completed"] * 3
    approvers = [t["approved_by"] for t in state["tasks"]]
    assert approvers == ["@anna", "@anna", None]
    # What an answer has told is not told again.
    for once in ("Executing task 1/3", "Executing task 2/3", "paused",
                 "resumed"):
        assert len([t for t in phone.texts() if once in t]) == 1, once


def test_skip_retry_and_cancel_by_tap(real, phone, api):
    instance = real()
    list_of_today(instance, Task("Break", "[[status 401]]"), slow(60), PAGE)
    phone.write("/start", ANNA)
    phone.tap(phone.wait("Found 3 tasks"), "Approve")
    failed = phone.wait("Task 1/3 failed")
    assert failed.labels[:2] == ["Retry", "Skip"]
    phone.tap(failed, "Skip")
    skipped = phone.wait("Skipped task 1: Break (by @anna)",
                         "Waiting for you", "Next: Task 2/3")
    wait_for(lambda: "by @anna" in failed.text, 20, "who skipped it")
    wait_for(lambda: "Skipped task 1" in phone.toasts[-1], 20, "the toast")

    phone.tap(skipped, "Approve")
    running = phone.wait("Executing task 2/3")
    phone.tap(running, "Cancel")
    cancelled = phone.wait("Task 2/3 was cancelled")
    assert instance.task(2)["result"] == "cancelled"

    api.queue("[[say Quick.]]")
    decision = cancelled.data("Retry").split()[1]
    phone.write(f"/retry {decision} do not sleep", ANNA)
    phone.wait("Task 2/3 complete!", "Quick.")
    assert instance.task(2)["attempt"] == 2
    assert "do not sleep" in api.conversations()[-1].prompt


def test_two_taps_run_it_once(real, phone):
    instance = real()
    list_of_today(instance, slow(2), ACTIONS)
    phone.write("/start", ANNA)
    asked = phone.wait("Found 2 tasks")
    data = asked.data("Approve")
    phone.tap_data(asked, data)
    phone.tap_data(asked, data)
    phone.wait("Executing task 1/2")
    phone.wait("has been decided", "approve for task 1 by @anna")
    phone.wait("Task 1/2 complete!")
    assert instance.task(1)["attempt"] == 1
    assert instance.task(2)["status"] == "pending"
    assert len(phone.acknowledged) == 2
    assert (asked.buttons, "@anna" in asked.text) == ([], True)


def test_a_button_of_yesterday_decides_nothing(real, phone):
    instance = real()
    list_of_today(instance, MIGRATION)
    phone.write("/start", ANNA)
    yesterday = phone.wait("Found 1 task")
    approve = yesterday.data("Approve")
    phone.write("/stop", ANNA)
    phone.wait("Session stopped")
    list_of_today(instance, ACTIONS, PAGE)
    phone.write("/start", ANNA)
    phone.wait("Found 2 tasks")
    before = instance.state()
    assert "Stopped by @anna" in yesterday.text and yesterday.buttons == []

    # On a screen that has not been drawn anew the button is still there.
    phone.tap_data(yesterday, approve)
    phone.wait("no longer what is asked", "Task 1/2 waits")
    assert "no longer what is asked" in yesterday.text
    assert yesterday.buttons == []
    assert instance.state()["tasks"] == before["tasks"]
    assert instance.state()["decision"] == before["decision"]


def test_an_update_delivered_twice_counts_once(real, phone):
    instance = real()
    list_of_today(instance, slow(1), ACTIONS)
    phone.write("/start", ANNA)
    phone.wait("Found 2 tasks")
    update = phone.write("/approve", ANNA)
    phone.wait("Task 1/2 complete!")
    assert phone.deliver(update) == 200
    assert stays_false(lambda: instance.task(2)["status"] != "pending", 2)
    assert len([t for t in phone.texts() if "Executing task" in t]) == 1


def test_a_stranger_moves_nothing(real, phone):
    instance = real()
    list_of_today(instance, MIGRATION)
    phone.write("/start", STRANGER, name="Eve")
    phone.write("/status", ANNA)
    phone.wait("Idle")
    assert [m.chat for m in phone.messages] == [ANNA]
    assert "Eve" not in (instance.logs_dir / "webhook-access.log").read_text()


def test_every_chat_is_told(real, phone):
    instance = real(chats=(ANNA, BEN))
    phone.open_chat(BEN)
    list_of_today(instance, MIGRATION)
    phone.write("/start", ANNA)
    phone.tap(phone.wait("Found 1 task"), "Approve")
    wait_for(lambda: any("Session completed!" in m.text for m in phone.messages
                         if m.chat == BEN), 30, "Ben is told of the end")
    wait_for(lambda: any("Session completed!" in m.text for m in phone.messages
                         if m.chat == ANNA), 30, "and so is Anna")


def by_chat(phone, *parts):
    """The messages that both chats have, Anna's and Ben's."""
    def shown():
        found = [m for m in phone.messages
                 if all(part in m.first_text for part in parts)]
        return sorted(found, key=lambda m: m.chat) if len(found) > 1 else None

    return wait_for(shown, 30, f"{parts} in both chats")


def test_a_decision_of_one_chat_is_taken_in_the_other(real, phone):
    instance = real(chats=(ANNA, BEN))
    phone.open_chat(BEN)
    list_of_today(instance, ACTIONS, MIGRATION)
    phone.write("/start", ANNA)
    anna, ben = by_chat(phone, "Found 2 tasks")
    phone.tap(ben, "Approve", name="Ben")
    by_chat(phone, "Task 1/2 complete!")
    for message in (anna, ben):
        wait_for(lambda m=message: not m.buttons, 30, "its buttons are gone")
        assert "by @ben" in message.text
    phone.write("/stop", ANNA)
    for message in by_chat(phone, "Session stopped"):
        assert message.labels
    wait_for(lambda: not any(m.buttons for m in phone.messages
                             if "Task 1/2 complete!" in m.text), 30,
             "what was typed counts like a tap")


def test_telegram_told_too_much_after_a_tap_loses_nothing(real, phone):
    instance = real()
    list_of_today(instance, MIGRATION, ACTIONS)
    phone.write("/start", ANNA)
    asked = phone.wait("Found 2 tasks")
    data = asked.data("Skip")
    phone.busy(15)
    phone.tap_data(asked, data)
    shown = phone.wait("Waiting for you", "Task 2/2", limit=90)
    assert "Approve" in shown.labels
    settled(instance)
    assert len([t for t in phone.texts() if "Waiting for you" in t]) == 1
    assert asked.buttons == [] and "Skipped by @anna" in asked.text
    assert all("retry after" in r for r in phone.refusals)
    phone.refusals.clear()


def test_a_supervisor_that_is_slow_loses_nothing(real, phone):
    instance = real()
    list_of_today(instance, MIGRATION, ACTIONS)
    phone.write("/start", ANNA)
    asked = phone.wait("Found 2 tasks")
    supervisor = instance.supervisor().pid
    os.kill(supervisor, signal.SIGSTOP)
    awake = threading.Timer(42, os.kill, (supervisor, signal.SIGCONT))
    awake.start()
    try:
        phone.tap(asked, "Skip")
        shown = phone.wait("Task 2/2", "Create baptisms server actions",
                           limit=120)
    finally:
        awake.join()
    assert "Approve" in shown.labels
    assert instance.task(1)["status"] == "skipped"
    settled(instance)
    assert len([t for t in phone.texts() if "Waiting for you" in t]) == 1
    phone.refusals.clear()  # a toast may come too late


def test_a_long_task_is_seen_working_in_one_message(real, phone):
    instance = real(telegram={"chat_id": str(ANNA), "progress_seconds": 1})
    list_of_today(instance, slow(8), PAGE)
    phone.write("/start", ANNA)
    phone.tap(phone.wait("Found 2 tasks"), "Approve")
    running = phone.wait("Executing task 1/2")
    wait_for(lambda: running.edits > 1 and "sleep 8" in running.text, 30,
             "what Claude does now")
    assert "Cancel" in running.labels and running.silent
    result = phone.wait("Session completed!")
    assert not result.silent
    wait_for(lambda: not running.buttons, 30, "a button with nothing to cancel")
    assert len([t for t in phone.texts() if "Executing task 1/2" in t]) == 1


def test_a_report_comes_beside_the_task_that_runs(real, phone):
    instance = real(telegram={"chat_id": str(ANNA), "progress_seconds": 1})
    wait = "[[bash until test -e go; do sleep 1; done]] [[say Slept.]]"
    list_of_today(instance, Task("Sleep", wait), MIGRATION)
    phone.write("/start", ANNA)
    phone.tap(phone.wait("Found 2 tasks"), "Approve")
    running = phone.wait("Executing task 1/2")
    instance.write_config(telegram={"report": "00:00"})
    os.kill(instance.supervisor().pid, signal.SIGHUP)
    report = phone.wait("Report: ", "Task 1/2 is running", "1. Sleep")
    assert "Cancel" in report.labels
    edits = running.edits
    wait_for(lambda: running.edits > edits, 30, "how the task comes along")
    (instance.work / "go").touch()
    phone.wait("Task 1/2 complete!", "Next: Task 2/2")
    wait_for(lambda: not report.buttons, 30, "a button with nothing to cancel")
    assert "Report: " in report.text and "Sleep" in running.text
    assert len([t for t in phone.texts() if "Report: " in t]) == 1


def test_a_reply_to_a_failure_is_what_its_retry_is_told(real, phone, api):
    instance = real()
    list_of_today(instance, Task("Break", "[[status 401]]"), PAGE)
    phone.write("/start", ANNA)
    phone.tap(phone.wait("Found 2 tasks"), "Approve")
    failed = phone.wait("Task 1/2 failed")
    api.queue("[[say Better now.]]")
    phone.reply(failed, "use another key")
    phone.wait("Task 1/2 complete!", "Better now.")
    assert instance.task(1)["attempt"] == 2
    assert "use another key" in api.conversations()[-1].prompt


def question(text, *labels):
    asked = {"question": text, "header": "Look", "multiSelect": False,
             "options": [{"label": one, "description": f"all {one}"}
                         for one in labels]}
    return f"[[tool AskUserQuestion {json.dumps({'questions': [asked]})}]]"


def test_a_reply_to_what_claude_asks_is_its_answer(real, phone, api):
    instance = real(claude={"permissions": "ask"})
    list_of_today(instance, Task("Paint", question(
        "Which colour?", "Red", "Green", "Blue", "White") +
        question("Which size?", "S", "M", "L", "XL") + "[[say Painted.]]"))
    phone.write("/start", ANNA)
    phone.tap(phone.wait("Found 1 task"), "Approve")
    first = phone.wait("Which colour?", "1. Red")
    assert first.labels == ["Red", "Green", "Blue", "White"]
    as_it_was = first.as_telegram()
    phone.reply(first, "a dark one")
    second = phone.wait("Which size?", "1. S")
    wait_for(lambda: not first.buttons, 30, "the first is answered")

    # On a screen that has not been drawn anew.
    phone.write("yellow", ANNA, reply_to_message=as_it_was)
    phone.wait("has been decided: answer for task 1 by @anna", "Now:")
    phone.reply(first, "yellow")
    phone.wait("Nothing is asked in that message any more")
    phone.tap(second, "L")
    phone.wait("Task 1/1 complete!", "Painted.")
    results = json.dumps(api.conversations()[-1].tool_results)
    assert "a dark one" in results and "yellow" not in results


def test_a_picture_becomes_part_of_a_task(real, phone):
    instance = real()
    phone.attach("/add Draw the button\nAs in the picture.", ANNA,
                 b"\xff\xd8\xff\xe0" + bytes(300_000))
    phone.wait("Draw the button")
    kept = list((instance.folder / "daily_logs").rglob("*.jpg"))
    assert [p.stat().st_size for p in kept] == [300_004]
    [made] = instance.tasks_dir.glob("*.md")
    assert "As in the picture." in made.read_text()
    assert kept[0].name in made.read_text()


def test_a_chat_that_only_n8n_knows_is_refused(real, phone):
    instance = real(telegram={"chat_id": str(ANNA)})
    list_of_today(instance, MIGRATION)
    phone.write("/start", BEN, name="Ben")
    assert phone.wait("\N{NO ENTRY}").chat == BEN
    state = instance.state()
    assert state is None or state["status"] == "idle"


def test_a_command_that_is_not_enabled_is_refused(real, phone):
    real(telegram={"chat_id": str(ANNA), "commands": ["status", "help"]})
    phone.write("/stop", ANNA)
    phone.wait("\N{NO ENTRY}")
    phone.write("/help", ANNA)
    assert "/stop" not in phone.wait("/status").text


def test_a_wrong_secret_is_named(real, phone):
    instance = real(start=False)
    instance.nginx.secret = "another-secret-0123456789abcdef"
    instance.start()
    phone.write("/status", ANNA)
    phone.wait("WEBHOOK_SECRET")


def test_webhooks_switched_off_is_told(real, phone):
    real(webhooks={"enabled": False})
    phone.write("/status", ANNA)
    phone.wait("\N{HAMMER AND WRENCH}")


def test_the_notify_url_is_taken_by_a_reload(real, phone, n8n):
    instance = real(webhooks={})
    list_of_today(instance, MIGRATION)
    instance.write_config(webhooks={
        "n8n_notify_url": n8n.notify_url,
        "notify_header": f"X-Notify-Secret: {NOTIFY_SECRET}"})
    assert instance.cli("check").returncode == 0
    instance.responder.send_signal(signal.SIGHUP)
    wait_for(lambda: "was read again" in instance.log_text(), 10)
    phone.write("/start", ANNA)
    phone.tap(phone.wait("Found 1 task"), "Approve")
    phone.wait("Session completed!")


def test_the_orchestrator_down_and_back(real, phone):
    instance = real()
    list_of_today(instance, MIGRATION)
    phone.write("/start", ANNA)
    asked = phone.wait("Found 1 task")
    instance.stop_responder()
    phone.tap(asked, "Approve")
    phone.wait("Orchestrator not responding")
    assert "Approve" in asked.labels
    instance.start_responder()
    phone.tap(asked, "Approve")
    phone.wait("Task 1/1 complete!")
    phone.wait("Session completed!")
    assert asked.buttons == []


@pytest.fixture
def n8n_off(n8n):
    """n8n stopped; started again at the end, whatever happens."""
    n8n.stop()
    yield n8n
    if not n8n.running:
        n8n.start()
        n8n.wait_active()


def test_n8n_down_for_three_tasks(n8n_off, real, phone):
    instance = real(orchestrator={"approval_mode": "auto"})
    instance.start_list("[[say One.]]", "[[say Two.]]", "[[say Three.]]")
    instance.wait_status("completed")
    waiting = [json.loads(n["payload"]) if "payload" in n else n
               for n in instance.state()["notifications"]]
    assert len(waiting) >= 4
    assert phone.messages == []

    n8n_off.start()
    instance.disown(n8n_off.pid)
    n8n_off.wait_active()
    settled(instance)
    ends = ["Task 1/3 complete!", "Task 2/3 complete!", "Task 3/3 complete!",
            "Session completed!"]
    shown = [next(i for i, text in enumerate(phone.texts()) if end in text)
             for end in ends]
    assert shown == sorted(shown)
    assert phone.texts() == list(dict.fromkeys(phone.texts()))
    assert len(phone.messages) == len(waiting)


def test_10_000_characters_of_claude(real, phone, api):
    instance = real()
    story = "".join(f"{n:04} \N{OWL} line\n" for n in range(850))
    api.queue(f"[[say {story}]]")
    list_of_today(instance, Task("Tell a story", "Tell a story."))
    phone.write("/start", ANNA)
    phone.tap(phone.wait("Found 1 task"), "Approve")
    text = phone.wait("Task 1/1 complete!", "0000 \N{OWL}").text
    assert len(text.encode("utf-16-le")) // 2 <= 4096
    assert "/output 1" in text
    assert "0849" in (instance.logs_dir / "task-1-output.log").read_text()
    phone.write("/logs 1 1000", ANNA)
    phone.wait("logs")


def test_a_task_of_20_000_characters_is_a_file(real, phone):
    instance = real()
    text = "".join(f"Line {n:04} of <what> *it* says.\n" for n in range(700))
    list_of_today(instance, Task("Read a lot", text + "The end."))
    phone.write("/start", ANNA)
    phone.wait("Found 1 task")
    phone.write("/show 1", ANNA)
    shown = phone.wait("Read a lot", "Line 0000 of <what>", "(cut)")
    assert "Approve" in shown.labels
    name, contents = phone.messages[-2].document
    assert name == "task-1.txt"
    assert f"Instruction:\n{text}The end.\n" in contents.decode()
    phone.write("/output 1", ANNA)
    phone.wait("Task 1 has not run yet")


def test_every_mark_and_every_script_of_claude(real, phone, api):
    instance = real()
    api.queue(f"[[say {WILD}\n{WORLD}]]")
    list_of_today(instance, Task(f"Fix `a_b` *now* <b> {WORLD}", "Say it."))
    phone.write("/start", ANNA)
    shown = phone.wait("Found 1 task")
    assert f"Fix `a_b` *now* <b> {WORLD}" in shown.text
    phone.tap(shown, "Approve")
    rendered = WILD.replace("_a_ *b*", "a b").replace("`e`", "e")
    assert f"{rendered}\n{WORLD}" in phone.wait("Task 1/1 complete!").text
    settled(instance)


def test_the_morning_starts_the_day(real, phone, n8n):
    instance = real()
    list_of_today(instance, MIGRATION)
    n8n.press_execute("daily-startup.json", "Working days at 9:00")
    phone.tap(phone.wait("Found 1 task"), "Approve")
    phone.wait("Session completed!")
    assert len([t for t in phone.texts() if "Found 1 task" in t]) == 1
    instance.wait_status("completed", 60)


def test_the_morning_of_an_unfinished_day_says_so(real, phone, n8n):
    instance = real()
    list_of_today(instance, MIGRATION)
    phone.write("/start", ANNA)
    phone.wait("Found 1 task")
    n8n.press_execute("daily-startup.json", "Working days at 9:00")
    assert "Approve" in phone.wait("\N{SUNRISE}").labels
    assert instance.state()["status"] == "waiting_approval"
