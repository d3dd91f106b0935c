"""The stand-in for Telegram refuses what Telegram refuses."""

import pytest
from bot_api import Phone, Refused
from conftest import ANNA

BUTTON = {"text": "Approve", "callback_data": "/approve #k3f9"}


@pytest.fixture
def bot():
    phone = Phone("1:a", {})
    phone.open_chat(ANNA)
    yield lambda method, **body: phone.called(
        f"/bot1:a/{method}", {"chat_id": ANNA, **body})
    phone.close()


def keyboard(*buttons):
    return {"inline_keyboard": [list(buttons)]}


@pytest.mark.parametrize("body, words", [
    ({"text": " \n"}, "message text is empty"),
    ({"text": "a" * 4097}, "message is too long"),
    ({"text": "\N{GRINNING FACE}" * 2049}, "message is too long"),
    ({"text": "a <b", "parse_mode": "HTML"}, "can't parse entities"),
    ({"text": "<b>a", "parse_mode": "HTML"}, "can't parse entities"),
    ({"text": "a</b>", "parse_mode": "HTML"}, "can't parse entities"),
    ({"text": "<task>", "parse_mode": "HTML"}, "can't parse entities"),
    ({"text": "snake_case", "parse_mode": "Markdown"}, "can't parse entities"),
    ({"text": "a [b", "parse_mode": "Markdown"}, "can't parse entities"),
    ({"text": "a", "chat_id": 9}, "chat not found"),
    ({"text": "a", "reply_markup": keyboard({**BUTTON, "text": " "})},
     "Text must be non-empty"),
    ({"text": "a", "reply_markup": keyboard({"text": "Approve"})},
     "Text buttons are unallowed"),
    ({"text": "a", "reply_markup": keyboard(
        {**BUTTON, "callback_data": "é" * 33})}, "BUTTON_DATA_INVALID"),
])
def test_a_message_that_telegram_refuses(bot, body, words):
    with pytest.raises(Refused, match=words):
        bot("sendMessage", **body)


def test_a_message_at_the_limit_is_taken(bot):
    sent = bot("sendMessage", text="&lt;" * 4096, parse_mode="HTML",
               reply_markup=keyboard({**BUTTON, "callback_data": "é" * 32}))
    assert sent["text"] == "<" * 4096


FILE = ("task-1.txt", b"a")


@pytest.mark.parametrize("body, words", [
    ({}, "there is no document in the request"),
    ({"document": "a"}, "wrong remote file identifier"),
    ({"document": ("task-1.txt", b"")}, "file must be non-empty"),
    ({"document": FILE, "caption": "a" * 1025}, "caption is too long"),
    ({"document": FILE, "caption": "<b>", "parse_mode": "HTML"},
     "can't parse entities"),
    ({"document": FILE, "chat_id": 9}, "chat not found"),
])
def test_a_document_that_telegram_refuses(bot, body, words):
    with pytest.raises(Refused, match=words):
        bot("sendDocument", **body)


def test_a_document_has_no_text_to_edit(bot):
    sent = bot("sendDocument", document=FILE, caption="a" * 1024)
    assert sent["document"]["file_name"] == "task-1.txt" and "text" not in sent
    with pytest.raises(Refused, match="no text in the message"):
        bot("editMessageText", message_id=sent["message_id"], text="a")


def test_an_edit_must_change_something(bot):
    sent = bot("sendMessage", text="a")
    with pytest.raises(Refused, match="not modified"):
        bot("editMessageText", message_id=sent["message_id"], text="a")


def test_a_tap_is_acknowledged_once_and_in_time(bot):
    with pytest.raises(Refused, match="query is too old"):
        bot("answerCallbackQuery", callback_query_id="1")


def test_a_webhook_needs_tls(bot):
    with pytest.raises(Refused, match="HTTPS URL"):
        bot("setWebhook", url="http://n8n.example.org/")
