"""What n8n makes of the orchestrator's answers and notifications."""

import base64

import pytest
from bot_api import Refused
from conftest import ANNA, BEN, NOTIFY_SECRET, SECRET, STRANGER, TOKEN
from harness.waiting import stays_false, wait_for
from n8n import NOTHING_KEPT

ASK = [("Approve", "/approve #k3f9"), ("Skip", "/skip #k3f9"),
       ("Pause", "/pause #k3f9")]
WILD = "_a_ *b* [c](d) `e` ~f~ >g #h +i -j =k |l {m} .n !o \\ <p> &amp; </q> &"
WORLD = ("\N{PARTY POPPER} \u05e9\u05dc\u05d5\u05dd "
         "\u0645\u0631\u062d\u0628\u0627 \u4f60\u597d \u200f!")


def asks(scripted, phone, *actions):
    """A message with these buttons on Anna's screen."""
    scripted.say("Next: Task 1/3", *(actions or ASK))
    phone.write("/start", ANNA)
    return phone.wait("Next: Task 1/3")


# -- what is asked of the orchestrator -------------------------------------

def test_a_command_goes_out_as_it_was_typed_with_who_and_which(scripted, phone):
    update = phone.write("/retry #k3f9 use plural\nnames \N{BUG}", ANNA)
    phone.wait("Done")
    path, headers, body = scripted.asked[0]
    assert path == "/webhook/command"
    assert headers["authorization"] == f"Bearer {SECRET}"
    assert body == {"command": "/retry #k3f9 use plural\nnames \N{BUG}",
                    "chat_id": ANNA, "user": "@anna",
                    "delivery_id": update["update_id"]}


def test_a_person_without_a_user_name_has_a_name(scripted, phone):
    person = {"id": 5, "first_name": "Anna", "last_name": "B"}
    phone.write("/status", ANNA, **{"from": person})
    phone.wait("Done")
    assert scripted.asked[0][2]["user"] == "Anna B"


def test_a_stranger_gets_nothing_and_is_in_the_executions(
        scripted, phone, n8n):
    update = phone.write("/status", STRANGER, name="Eve")

    def found():
        for execution in n8n.executions("telegram-to-orchestrator.json"):
            if str(update["update_id"]) in execution["data"]:
                return execution
        return None

    execution = wait_for(found, 10, "the execution", step=0.2)
    assert '"Ignore"' in execution["data"]
    assert (phone.messages, scripted.asked) == ([], [])


def test_a_stranger_s_tap_is_not_even_acknowledged(scripted, phone):
    message = asks(scripted, phone)
    message.chat = STRANGER
    phone.tap(message, "Approve", name="Eve")
    assert stays_false(lambda: phone.acknowledged, 2)
    assert len(scripted.asked) == 1


def test_chatter_gets_a_hint_to_help(scripted, phone):
    phone.write("good morning", ANNA)
    phone.wait("/add", "/note", "/status", "/help")
    assert scripted.asked == []


@pytest.mark.parametrize("sent, words", [
    ({"voice": {"file_id": "v"}}, ["Voice", "/add", "/note"]),
    ({"sticker": {"file_id": "s"}}, ["stickers", "/add", "/note"]),
    ({"photo": [{"file_id": "p"}], "caption": "/status"}, ["/add", "/note"]),
    ({"document": {"file_id": "d"}}, ["caption", "/add", "/note"]),
    ({"document": {"file_id": "d", "file_size": 10 * 1048576 + 1},
      "caption": "/add A task"}, ["At most 10 MB", "has 11"])])
def test_what_cannot_be_read_gets_a_sentence(scripted, phone, sent, words):
    phone.write("", ANNA, **sent)
    phone.wait(*words)
    assert scripted.asked == []


def test_files_go_with_the_text_of_their_caption(scripted, phone):
    scripted.answers += [(502, "<html>502</html>")]
    phone.attach("/add@orchestrator_bot Mend it #ui\nas drawn", ANNA,
                 bytes(range(256)), "../.My sketch of 'my' login.png")
    phone.wait("Done")
    path, _, body = scripted.asked[0]
    assert scripted.asked[1][2] == body, "asked again with the file"
    assert (path, body["text"]) == ("/webhook/add", "Mend it #ui\nas drawn")
    assert (body["chat_id"], body["user"]) == (ANNA, "@anna")
    [file] = body["files"]
    assert base64.b64decode(file["data"]) == bytes(range(256))
    assert (file["name"], file["type"]) == (
        "y sketch of _my_ login.png"[-25:], "image/png")
    phone.attach("/note", ANNA, b"photo")
    phone.wait("Done", count=2)
    path, _, body = scripted.asked[2]
    assert (path, body["text"]) == ("/webhook/note", "")
    assert body["files"] == [{"name": "photo.jpg", "type": "image/jpeg",
                              "data": base64.b64encode(b"photo").decode()}]


def test_a_file_that_telegram_does_not_hand_out_is_told(scripted, phone):
    phone.write("", ANNA, photo=[{"file_id": "gone"}], caption="/add It")
    phone.wait("did not hand out photo.jpg")
    assert scripted.asked == []
    assert "wrong file_id" in phone.refusals.pop()


def test_an_edited_command_gets_a_hint(scripted, phone):
    update = phone.write("/status", ANNA)
    phone.wait("Done")
    phone.edit(update, "/stop")
    phone.wait("Send it anew")
    assert len(scripted.asked) == 1


def test_a_reply_to_a_failure_is_feedback_for_its_retry(scripted, phone):
    failed = asks(scripted, phone, ("Retry", "/retry #k3f9"),
                  ("Skip", "/skip #k3f9"))
    phone.reply(failed, "use plural\nnames")
    phone.wait("Done")
    assert scripted.asked[1][2]["command"] == "/retry #k3f9 use plural\nnames"


OPTIONS = [(label, f"/answer #k3f9 {n}") for n, label in
           enumerate(["Red", "Green", "Blue", "None of them"], 1)]


def test_a_reply_to_a_question_is_its_answer(scripted, phone):
    question = asks(scripted, phone, *OPTIONS)
    phone.reply(question, "a dark one,\nno green")
    phone.wait("Done")
    assert scripted.asked[1][2]["command"] == (
        "/answer #k3f9 a dark one,\nno green")


def test_a_reply_to_an_older_question_says_what_was_decided(scripted, phone):
    question = asks(scripted, phone, *OPTIONS)
    scripted.say("That has been decided: answer for task 1 by @ben. Now: x",
                 ("Pause", "/pause #m2p7"), code=409, error="stale_decision")
    phone.reply(question, "blue")
    shown = phone.wait("decided: answer for task 1 by @ben")
    assert shown.text.startswith("\N{WARNING SIGN}")
    assert shown.labels == ["Pause"]
    assert scripted.asked[1][2]["command"] == "/answer #k3f9 blue"


def test_a_reply_after_the_buttons_are_gone_says_where_to_look(scripted, phone):
    question = asks(scripted, phone, *OPTIONS)
    phone.tap(question, "Green")
    phone.wait("Done")
    assert question.buttons == []
    phone.reply(question, "blue after all")
    phone.wait("Nothing is asked in that message any more", "/show", "/status")
    assert len(scripted.asked) == 2


def test_a_reply_to_something_else_gets_a_hint(scripted, phone):
    phone.reply(asks(scripted, phone), "looks good")
    phone.wait("asks for no text")
    assert len(scripted.asked) == 1


@pytest.mark.parametrize("said, command", [
    ("plural names", "/retry #k3f9 plural names"), ("-", "/retry #k3f9")])
def test_retry_asks_for_the_feedback(scripted, phone, said, command):
    scripted.say("Task 1/3 failed", actions=[
        {"label": "Retry", "command": "/retry #k3f9", "feedback": True}])
    phone.write("/status", ANNA)
    phone.tap(phone.wait("Task 1/3 failed"), "Retry")
    question = phone.wait("Reply to this message")
    assert question.asks_reply
    wait_for(lambda: len(phone.acknowledged) == 1, 20)
    phone.reply(question, said)
    phone.wait("Done")
    assert [body["command"] for _, _, body in scripted.asked] == [
        "/status", command]


def test_a_command_for_another_bot_is_met_with_silence(scripted, phone, n8n):
    asks(scripted, phone)
    # With what it has sent, n8n learns the name of its bot.
    wait_for(lambda: n8n.listed("telegram-to-orchestrator.json")[0]["status"] ==
             "success", 20)
    phone.write("/status@OtherBot", ANNA)
    assert stays_false(lambda: len(scripted.asked) > 1, 2)
    phone.write("/status@orchestrator_bot", ANNA)
    phone.wait("Done")
    assert [body["command"] for _, _, body in scripted.asked] == [
        "/start", "/status@orchestrator_bot"]


def test_an_update_that_telegram_did_not_send_is_refused(scripted, phone):
    update = {"update_id": 1, "message": {
        "message_id": 1, "from": {"id": ANNA}, "text": "/stop",
        "chat": {"id": ANNA, "type": "private"}}}
    assert phone.deliver(update, secret="guessed") == 403
    assert scripted.asked == []


# -- answers ----------------------------------------------------------------

@pytest.mark.parametrize("count", range(7))
def test_an_answer_has_the_buttons_that_it_brings(scripted, phone, count):
    buttons = [(f"B{n}", f"/b{n}") for n in range(count)]
    scripted.say("Choose", *buttons)
    phone.write("/status", ANNA)
    shown = phone.wait("Choose")
    assert [b for row in shown.buttons for b in row] == buttons


def test_text_with_every_mark_arrives_unbroken(scripted, phone):
    scripted.say(f"{WILD} {WORLD}", ("<b>&", "/approve #k3f9"))
    phone.write("/status", ANNA)
    assert phone.wait("_a_").text == f"{WILD} {WORLD}"
    assert phone.messages[0].labels == ["<b>&"]


@pytest.mark.parametrize("letter", ["x", "&", "\N{GRINNING FACE}"])
def test_10_000_characters_are_cut_and_say_where_the_rest_is(
        scripted, phone, letter):
    scripted.say(letter * 10_000)
    phone.write("/logs 1000", ANNA)
    text = phone.wait(letter * 100).text
    assert "/logs" in text.replace(letter, "")
    assert 4090 <= len(text.encode("utf-16-le")) // 2 <= 4096


@pytest.mark.parametrize("code, body, words", [
    (401, "<html>401</html>", ["credential", "WEBHOOK_SECRET"]),
    (403, "<html>403</html>", ["refuses"]),
    (403, {"message": "retry is not enabled"}, ["retry is not enabled"]),
    (404, "<html>404</html>", ["Settings"]),
    (409, {"message": "nothing is running"}, ["nothing is running"]),
    (422, {"message": "no list for today"}, ["no list for today"]),
    (503, {"message": "webhooks are off"}, ["webhooks are off"]),
    (500, "<html>500</html>", ["500"]),
    (200, "<html>a portal</html>", ["not the orchestrator"]),
])
def test_a_refusal_is_a_sentence_that_helps(scripted, phone, code, body, words):
    scripted.answers.append((code, body))
    phone.write("/status", ANNA)
    text = phone.wait(words[0]).text
    assert all(word in text for word in words)
    assert "<html>" not in text
    assert len(scripted.asked) == 1


def test_an_answer_waits_as_long_as_telegram_says(scripted, phone):
    phone.open_chat(ANNA)
    phone.busy(4)
    phone.write("/status", ANNA)
    phone.wait("Done")
    assert len(scripted.asked) == 1
    assert set(r.split(" after")[0] for r in phone.refusals) == {
        "Too Many Requests: retry"}
    phone.refusals.clear()


def test_a_conflict_brings_its_buttons(scripted, phone):
    scripted.say("task 2 waits", *ASK, code=409)
    phone.write("/pause", ANNA)
    assert phone.wait("task 2 waits").labels == ["Approve", "Skip", "Pause"]


def test_output_is_rendered_and_logs_are_monospaced(scripted, phone):
    scripted.say("\N{SCROLL} Output of task 1\n\nx\nFull logs: a_b_c",
                 output="## Done\n- **a** & `b`\n")
    phone.write("/output 1", ANNA)
    assert phone.wait("Output of task 1", "Done").html == (
        "\N{SCROLL} Output of task 1\n\n<b>Done</b>\n\u2022 <b>a</b> &amp; "
        "<code>b</code>\n\nFull logs: a_b_c")
    scripted.say("\N{SCROLL} Recent logs\n\nx\nFull logs: f",
                 logs="2025-11-20 09:30:15,123 INFO a <b>\n")
    phone.write("/logs", ANNA)
    assert "<pre>09:30:15 INFO a &lt;b&gt;</pre>" in phone.wait("Recent").html


def numbered(count):
    return "".join(f"**{n:05}** is a line of it\n" for n in range(count))


@pytest.mark.parametrize("names_it", [True, False])
def test_long_output_comes_in_up_to_three_messages(scripted, phone, names_it):
    named = {"document": {"name": "task-1-output.txt", "member": "output"}}
    scripted.say("\N{SCROLL} Output of task 1 (cut to the newest)\n\nx\n\n"
                 "Full logs: f", output=numbered(400),
                 **named if names_it else {})
    phone.write("/output 1 400", ANNA)
    phone.wait("00399 is a line of it", "Full logs: f")
    first, second, third = phone.texts()
    assert first.startswith("\N{SCROLL} Output of task 1\n\n00000 is")
    assert second.split()[0] in f"{int(first.split()[-6]) + 1:05}"
    assert third.split()[0] in f"{int(second.split()[-6]) + 1:05}"


def test_longer_output_is_a_document_and_its_newest_lines(scripted, phone):
    scripted.say("\N{SCROLL} Output of task 1 (cut to the newest)\n\n"
                 "**01199** is a line of it\n\nFull logs: f",
                 output=numbered(1200),
                 document={"name": "task-1-output.txt", "member": "output"})
    phone.write("/output 1 1000", ANNA)
    phone.wait("Full logs: f")
    file, newest = phone.messages
    assert file.document == ("task-1-output.txt", numbered(1200).encode())
    assert file.text == "\N{SCROLL} Output of task 1"
    assert newest.html == (
        "\N{SCROLL} Output of task 1 (cut to the newest)\n\n"
        "<b>01199</b> is a line of it\n\nFull logs: f")


def test_longer_output_of_one_that_names_no_document_is_cut(scripted, phone):
    scripted.say("\N{SCROLL} Output of task 1 (cut to the newest)\n\nx\n\n"
                 "Full logs: f", output=numbered(1200))
    phone.write("/output 1 1000", ANNA)
    phone.wait("01199 is a line of it", "Full logs: f")
    assert len(phone.messages) == 3
    assert phone.texts()[0].startswith(
        "\N{SCROLL} Output of task 1 (cut to the newest)\n\n0")


def test_a_long_diff_is_a_document_after_a_tap(scripted, phone):
    message = asks(scripted, phone, ("Look", "/diff 2"))
    diff = "diff --git a/x b/x\n" + f"+**x** <b> & {WORLD}\n" * 2000
    scripted.say(f"\N{RECEIPT} What task 2 changed: <x>\n1 file\n\n"
                 f"{diff[:1000]}\n... (cut)", ("Look", "/diff"), diff=diff,
                 document={"name": "task-2-diff.txt", "member": "diff"})
    phone.tap(message, "Look")
    shown = phone.wait("(cut)")
    file = phone.messages[1]
    assert file.document == ("task-2-diff.txt", diff.encode())
    assert file.text == "\N{RECEIPT} What task 2 changed: <x>"
    assert shown.labels == ["Look"]
    assert "1 file\n\n<pre>diff --git a/x b/x\n+**x** &lt;b&gt;" in shown.html


def test_a_long_task_is_a_document_and_waits_as_telegram_says(scripted, phone):
    text = "\N{CLIPBOARD} Task 1/1: x\n" + "snake_case_a & b\n" * 1000
    scripted.say(text[:4000], *ASK, text=text,
                 document={"name": "task-1.txt", "member": "text"})
    phone.open_chat(ANNA)
    phone.busy(4)
    phone.write("/show 1", ANNA)
    phone.wait("snake_case_a & b")
    file, shown = phone.messages
    assert file.document == ("task-1.txt", text.encode())
    assert shown.labels == ["Approve", "Skip", "Pause"]
    assert shown.text == text[:4000].rstrip()
    phone.refusals.clear()


# -- out of reach -----------------------------------------------------------

def test_not_reached_three_times_is_told(bridge, phone):
    phone.write("/status", ANNA)
    shown = phone.wait("Orchestrator not responding")
    assert shown.text.startswith("\N{WARNING SIGN}")
    assert len(phone.messages) == 1


def test_the_third_try_reaches_it_and_asks_for_the_same(scripted, phone):
    scripted.answers += [(502, "<html>502</html>"), (429, "<html>429</html>")]
    scripted.say("Executing", duplicate=True)
    phone.write("/approve", ANNA)
    phone.wait("Executing")
    bodies = [body for _, _, body in scripted.asked]
    assert bodies == [bodies[0]] * 3
    assert len(phone.messages) == 1


def test_a_tap_that_reached_nobody_keeps_its_buttons(scripted, phone):
    message = asks(scripted, phone)
    scripted.answers += [(504, "<html>504</html>")] * 3
    phone.tap(message, "Approve")
    phone.wait("Orchestrator not responding")
    assert message.labels == ["Approve", "Skip", "Pause"]


# -- taps -------------------------------------------------------------------

def test_a_tap_is_done_then_acknowledged_with_what_became_of_it(scripted, phone):
    message = asks(scripted, phone)
    scripted.say("Executing task 1", ("Cancel", "/cancel #m2p7"))
    phone.tap(message, "Approve")
    assert phone.wait("Executing task 1").labels == ["Cancel"]
    assert [seen for _, seen in phone.acknowledged] == [1]
    assert phone.toasts == ["Executing task 1"]
    assert message.text.startswith(message.first_text)
    assert "Approve, by @anna" in message.text
    assert message.buttons == []


def test_a_tap_that_waited_too_long_for_its_sign_still_counts(scripted, phone):
    message = asks(scripted, phone)
    scripted.say("Executing task 1")
    phone.tap_data(message, message.data("Approve"), age=60)
    phone.wait("Executing task 1")
    assert "Approve, by @anna" in message.text
    assert "query is too old" in phone.refusals.pop()


def test_a_stale_tap_says_what_was_decided(scripted, phone):
    message = asks(scripted, phone)
    scripted.say("skipped by @ben at 09:12", code=409, error="stale_decision")
    phone.tap(message, "Approve")
    phone.wait("skipped by @ben")
    assert "skipped by @ben at 09:12" in message.text
    assert message.buttons == []


@pytest.mark.parametrize("command", ["/status", "/logs 50", "/tasks", "/help"])
def test_a_tap_that_only_reads_leaves_the_question(scripted, phone, command):
    message = asks(scripted, phone, *ASK, ("Look", command))
    scripted.say("As it is")
    phone.tap(message, "Look")
    phone.wait("As it is")
    assert message.edits == 0


def test_a_long_question_still_says_who_decided(scripted, phone):
    scripted.say("y" * 4096, *ASK)
    phone.write("/start", ANNA)
    message = phone.wait("yyyy")
    phone.tap(message, "Skip")
    phone.wait("Done")
    assert message.text.endswith("Skip, by @anna")


def test_an_update_delivered_twice_is_shown_once(scripted, phone):
    update = phone.write("/approve", ANNA)
    phone.wait("Done")
    scripted.say("Done", duplicate=True)
    assert phone.deliver(update) == 200
    wait_for(lambda: len(scripted.asked) == 2, 10)
    assert stays_false(lambda: len(phone.messages) > 1, 2)


# -- notifications ----------------------------------------------------------

@pytest.mark.parametrize("kind, sign", [
    ("success", "\u2705"), ("error", "\u274c"), ("warning", "\u26a0"),
    ("approval", "\N{HAPPY PERSON RAISING ONE HAND}")])
def test_a_notification_has_a_sign_and_its_buttons(phone, notify, kind, sign):
    actions = [{"label": label, "command": command} for label, command in ASK]
    assert notify(f"sign-{kind}", "Task 1/3", type=kind, actions=actions) == 200
    assert phone.messages[0].text.startswith(sign)
    assert phone.messages[0].labels == ["Approve", "Skip", "Pause"]


def test_a_notification_that_has_a_sign_gets_no_second(phone, notify):
    notify("own-sign", "\u2705 Task 1/3", type="success")
    assert phone.messages[0].text == "\u2705 Task 1/3"


@pytest.mark.parametrize("headers", [
    {}, {"X-Notify-Secret": "guessed"}, {"Authorization": f"Bearer {SECRET}"}])
def test_a_notification_without_its_secret_is_refused(phone, n8n, headers):
    body = {"message": "x", "chat_id": ANNA}
    for headers in ({}, {"Authorization": f"Bearer {SECRET}"},
                    {"X-Notify-Secret": "guessed"}):
        assert n8n.call("POST", "/webhook/orchestrator-notify", body,
                        headers)[0] == 403
    assert phone.messages == []


CAUSE = {"chat_id": str(ANNA), "user": "@anna", "delivery_id": "7"}


def test_a_notification_is_shown_whoever_caused_it(phone, notify):
    assert notify("caused", "started", caused_by=CAUSE) == 200
    phone.wait("started")


def test_an_answer_whose_notification_follows_is_not_shown(scripted, phone):
    message = asks(scripted, phone)
    scripted.say("Executing task 1", follow_up=True)
    phone.tap(message, "Approve")
    wait_for(lambda: "Approve, by @anna" in message.text, 20)
    assert phone.toasts == ["Executing task 1"]
    assert stays_false(lambda: len(phone.messages) > 1, 2)


def test_all_chats_are_told_and_the_receipt_names_their_messages(
        phone, notify):
    phone.open_chat(BEN)
    assert notify("both", "Task 1/3", chat_ids=[str(BEN)]) == 200
    assert [m.chat for m in phone.messages] == [ANNA, BEN]
    assert notify.answer["receipt"] == ",".join(
        f"{m.chat}:{m.id}" for m in phone.messages)


def test_a_decision_is_shown_in_every_chat(phone, notify):
    phone.open_chat(BEN)
    actions = [{"label": label, "command": command} for label, command in ASK]
    notify("decide", "a <b> & c", chat_ids=[str(BEN)], actions=actions)
    asked, receipt = list(phone.messages), notify.answer["receipt"]
    assert [m.labels for m in asked] == [["Approve", "Skip", "Pause"]] * 2
    settled = {"receipt": receipt, "decision": "k3f9", "command": "approve",
               "by": "@ben", "text": "\u2714\ufe0f Approved by @ben at 14:03"}
    assert notify("decided", "Executing", settled=[settled]) == 200
    for message in asked:
        assert message.buttons == []
        assert message.text.endswith(
            "a <b> & c\n\n\u2714\ufe0f Approved by @ben at 14:03")


def test_what_was_decided_by_nobody_only_loses_its_buttons(phone, notify):
    cancel = [{"label": "Cancel", "command": "/cancel #m2p7"}]
    notify("ran", "\u2699 Executing task 1/3\n\nPlease wait...",
           actions=cancel, event="task_started")
    settled = {"receipt": notify.answer["receipt"], "decision": "m2p7",
               "command": None, "by": None, "text": None}
    assert notify("ended", "Task 1/3 complete!", settled=[settled]) == 200
    running = phone.messages[0]
    assert (running.buttons, running.text) == (
        [], "\u2699 Executing task 1/3"), "nobody waits for it any more"


def test_old_buttons_that_cannot_go_hold_up_nothing(phone, notify):
    notify("lost", "Task 1/3", actions=[
        {"label": "Skip", "command": "/skip #k3f9"}])
    receipt = notify.answer["receipt"]
    phone.messages.clear()
    settled = [{"receipt": receipt, "decision": "k3f9", "text": None},
               {"receipt": {"odd": 1}, "decision": "aaaa", "text": None}]
    assert notify("goes on", "Task 2/3", settled=settled) == 200
    assert len(phone.messages) == 1
    assert "message to edit not found" in phone.refusals.pop()


def test_progress_edits_the_message_of_the_task(phone, notify):
    phone.open_chat(BEN)
    cancel = [{"label": "Cancel", "command": "/cancel #m2p7"}]
    notify("start", "Executing task 1/3", silent=True, actions=cancel,
           chat_ids=[str(BEN)], event="task_started")
    receipt = notify.answer["receipt"]
    assert [m.silent for m in phone.messages] == [True, True]
    for seconds in ("20s", "40s"):
        assert notify("live" + seconds, seconds, event="progress",
                      silent=True, actions=cancel, chat_ids=[str(BEN)],
                      receipt=receipt) == 200
    assert [(m.edits, m.labels) for m in phone.messages] == [
        (2, ["Cancel"])] * 2
    assert all("40s" in m.text for m in phone.messages)


def test_progress_without_its_message_shows_nothing(phone, notify):
    assert notify("live", "20s", event="progress", silent=True) == 200
    assert phone.messages == []


def test_a_result_rings(phone, notify):
    notify("rings", "Task 1/3 complete!")
    assert not phone.messages[0].silent


def test_what_was_done_elsewhere_is_told(phone, notify):
    cause = {"chat_id": str(ANNA), "user": "curl", "delivery_id": None}
    notify("caused-3", "started", caused_by=cause)
    phone.wait("started")


def test_claude_s_own_words_are_rendered_and_nothing_else(phone, notify):
    summary = "# Done\n```\na < b\n```\n**not `closed` *yet*"
    news = {"message": f"Task `1` *x*\n\n\N{SPEECH BALLOON} {summary}\n\n<end>",
            "summary": summary, "type": "success"}
    notify("words", **news)
    assert phone.messages[0].html == (
        "\u2705 Task `1` *x*\n\n\N{SPEECH BALLOON} <b>Done</b>\n"
        "<pre>a &lt; b</pre>\n**not <code>closed</code> <i>yet</i>\n\n"
        "&lt;end&gt;")
    phone.takes_tags = False
    assert notify("plain words", **news) == 200
    assert phone.messages[1].html.endswith(
        "**not `closed` *yet*\n\n&lt;end&gt;")
    assert "can't parse entities" in phone.refusals.pop()


def test_what_claude_asks_comes_whole_before_its_question(phone, notify):
    buttons = [{"label": "Allow", "command": "/allow #k3f9"}]
    for _ in range(2):
        notify("parts", "May it?", parts=["echo <1>", "echo 2"],
               actions=buttons)
    assert [m.html for m in phone.messages[:2]] == [
        "<pre>echo &lt;1&gt;</pre>", "<pre>echo 2</pre>"]
    assert [m.labels for m in phone.messages] == [[], [], ["Allow"]]
    assert notify.answer["receipt"] == f"{ANNA}:{phone.messages[2].id}"


def test_a_notification_that_comes_twice_is_shown_once(phone, notify):
    assert notify("twice", "Task 1/3") == 200
    assert notify("twice", "Task 1/3") == 200
    assert len(phone.messages) == 1


def test_while_telegram_is_in_trouble_the_orchestrator_keeps_it(phone, notify):
    phone.outage = Refused("retry after 3", 429)
    assert notify("trouble", "Task 1/3") == 429
    assert notify.headers["retry-after"] == "3"
    phone.outage = Refused("", 502)
    assert notify("trouble", "Task 1/3") == 503
    phone.outage = None
    assert notify("trouble", "Task 1/3") == 200
    assert len(phone.messages) == 1
    phone.refusals.clear()


def test_what_telegram_will_never_take_does_not_hold_up_the_rest(phone, notify):
    assert notify("nobody", "Task 1/3", chat_id="9999") == 422
    assert phone.refusals == ["Bad Request: chat not found"]
    phone.refusals.clear()


def test_one_chat_s_trouble_does_not_keep_the_news_from_the_other(
        phone, notify):
    for _ in range(2):
        assert notify("half", "Task 1/3", chat_id=[9999, ANNA]) == 200
    assert [m.chat for m in phone.messages] == [ANNA]
    assert "chat not found" in phone.refusals.pop()
    phone.refusals.clear()


def test_a_notification_for_nobody_names_the_mend(n8n):
    headers = {"X-Notify-Secret": NOTIFY_SECRET}
    code, body = n8n.call("POST", "/webhook/orchestrator-notify",
                          {"message": "x", "chat_id": None}, headers)
    assert code == 422 and "telegram.chat_id" in body["reason"]


def test_a_long_notification_is_cut_and_names_the_log(phone, notify):
    assert notify("long", "z" * 10_000, task=2) == 200
    text = phone.messages[0].text
    assert len(text) <= 4096 and "task-2-output.log" in text


# -- the morning ------------------------------------------------------------

def morning(n8n):
    n8n.press_execute("daily-startup.json", "Working days at 9:00")


UP = (200, {"status": "ok", "version": "1.0.0", "uptime": 3,
            "supervisor": "up"})


def test_the_morning_starts_the_list_and_tells(scripted, phone, n8n):
    scripted.answers.append(UP)
    scripted.say("Found 3 tasks", *ASK)
    morning(n8n)
    assert phone.wait("Found 3 tasks").labels == ["Approve", "Skip", "Pause"]
    assert [path for path, _, _ in scripted.asked] == [
        "/health", "/webhook/command"]
    assert "authorization" not in scripted.asked[0][1]
    assert scripted.asked[1][2]["command"] == "/start"


def test_a_morning_without_a_list_plans_one(scripted, phone, n8n):
    scripted.answers.append(UP)
    scripted.say("no list for today", code=422, error="bad_task_file")
    scripted.say("Planning 2025-11-20")
    morning(n8n)
    phone.wait("Planning 2025-11-20")
    assert scripted.asked[2][2]["command"] == "/plan"


def test_a_morning_with_a_faulty_list_tells_and_plans_nothing(
        scripted, phone, n8n):
    scripted.answers.append(UP)
    scripted.say("list.md:3: no instruction", code=422, error="bad_task_file",
                 faults=["list.md:3: no instruction"])
    morning(n8n)
    phone.wait("no instruction")
    assert len(scripted.asked) == 2


def test_a_morning_with_the_orchestrator_down_is_told(bridge, phone, n8n):
    morning(n8n)
    phone.wait("Orchestrator not responding", limit=40)


def test_a_morning_with_a_proxy_s_page_is_told(scripted, phone, n8n):
    scripted.answers.append((502, "<html>502</html>"))
    morning(n8n)
    phone.wait("Orchestrator not responding")
    assert len(scripted.asked) == 1


# -- what n8n keeps ---------------------------------------------------------

def test_n8n_s_database_holds_no_secret(scripted, phone, notify, n8n):
    phone.write("/status", ANNA)
    phone.wait("Done")
    assert notify("kept", "Task 1/3") == 200
    assert notify("refused", "Task 1/3", chat_id="9999") == 422
    phone.refusals.clear()
    found = wait_for(
        lambda: n8n.executions("telegram-to-orchestrator.json"), 10)
    assert found
    wait_for(lambda: n8n.listed("orchestrator-to-telegram.json") == [], 20,
             "no execution of a notification is kept")
    wait_for(lambda: not any(NOTIFY_SECRET in text for _, text in n8n.rows()),
             60, "n8n 2 has cleaned up", step=0.5)
    kept = list(n8n.rows())
    assert any(table == "execution_data" and "/status" in text
               for table, text in kept)
    for secret in (SECRET, NOTIFY_SECRET, TOKEN):
        assert {table for table, text in kept if secret in text} == set()


def test_whoever_forgets_to_save_nothing_keeps_no_other_secret(
        scripted, phone, notify, n8n):
    """What the page's import makes of the file, without the step behind it."""
    name = "orchestrator-to-telegram.json"
    n8n.choose(name, {"saveDataErrorExecution": "DEFAULT",
                      "saveDataSuccessExecution": "DEFAULT"})
    try:
        assert notify("bare", "Task 1/3") == 200
        assert notify("bare, refused", "Task 1/3", chat_id="9999") == 422
        phone.refusals.clear()
        wait_for(lambda: len(n8n.executions(name)) > 1, 20, "they are kept")
        kept = list(n8n.rows())
        for secret in (SECRET, TOKEN):
            assert {table for table, text in kept if secret in text} == set()
    finally:
        n8n.choose(name, NOTHING_KEPT)
