"""A phone, an n8n between, and the orchestrator's place behind it.

One n8n for the whole run, set up once as its README says. The orchestrator
that it talks to, scripted or real, comes and goes at one address.
"""

import types

import pytest
from bot_api import Phone
from harness import certificate, claude
from harness.instance import SECRET
from harness.waiting import free_port, wait_for
from n8n import PUBLIC, N8n
from scripted import Orchestrator

# Opens the notification webhook and nothing else.
NOTIFY_SECRET = "n0t1fy-0123456789abcdef0123456789abcdef"
ANNA, BEN, STRANGER = 4711, 4712, 666
TOKEN = "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"


@pytest.fixture(scope="session")
def bridge(tmp_path_factory):
    """phone, n8n and the port where the orchestrator is expected."""
    n8n = N8n(tmp_path_factory.mktemp("n8n"), certificate.make()[0])
    phone = Phone(TOKEN, {PUBLIC: n8n.url})
    port = free_port()
    try:
        n8n.start()
        n8n.setup(phone, SECRET, NOTIFY_SECRET,
                  f"https://127.0.0.1:{port}/", [ANNA, BEN])
        yield types.SimpleNamespace(phone=phone, n8n=n8n, port=port)
    finally:
        n8n.stop()
        phone.close()


@pytest.fixture
def n8n(bridge):
    return bridge.n8n


@pytest.fixture
def phone(bridge):
    """Anna's phone, its chat empty. Whoever makes Telegram refuse something
    on purpose clears `refusals` again."""
    bridge.phone.clear()
    bridge.phone.open_chat(ANNA)
    yield bridge.phone
    assert bridge.phone.refusals == []


@pytest.fixture
def scripted(bridge):
    """An orchestrator that says what the test tells it to."""
    server = Orchestrator(bridge.port)
    yield server
    server.close()


@pytest.fixture
def notify(n8n):
    """Send a notification as the orchestrator does; the HTTP status. What came
    with it is in send.answer and send.headers."""
    headers = {"X-Notify-Secret": NOTIFY_SECRET}

    def send(ident, message, **fields):
        body = {"id": ident, "message": message, "type": "info",
                "event": "task_completed", "task": 1, "chat_id": str(ANNA),
                "actions": [], "caused_by": None, "chat_ids": [],
                "silent": False, "receipt": None, "settled": [], **fields}
        send.code, send.answer = n8n.call(
            "POST", "/webhook/orchestrator-notify", body,
            {**headers, "webhook-id": ident})
        send.headers = n8n.answered
        return send.code

    return send


@pytest.fixture
def claude_release():
    """These scenes are n8n's; what differs between releases of Claude Code is
    played in tests/integration."""
    return claude.NEWEST


@pytest.fixture
def real(make_instance, api, bridge, claude_program):
    """A factory of the real thing: nginx, responder, supervisor and Claude at
    the address that n8n knows."""

    def make(start=True, chats=(ANNA,), **config):
        instance = make_instance(agent="claude", api=api, config={
            "webhooks": {
                "n8n_notify_url": bridge.n8n.notify_url,
                "notify_header": f"X-Notify-Secret: {NOTIFY_SECRET}",
            },
            "telegram": {"chat_id": [str(chat) for chat in chats]},
            **config})
        instance.nginx.port = bridge.port
        return instance.start() if start else instance

    return make


def settled(instance):
    """Wait until every notification has been delivered."""
    wait_for(lambda: not instance.state()["notifications"], 60,
             "all notifications delivered")
