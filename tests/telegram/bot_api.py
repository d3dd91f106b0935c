"""The phone: a Telegram Bot API on loopback, and a person who uses it.

Refuses what Telegram refuses, with Telegram's words: markup that is not
balanced, empty texts, buttons and files, callback_data over 64 bytes, more than
4,096 characters (1,024 with a document), a late or unknown
answerCallbackQuery, an edit that changes nothing, a webhook without TLS. Messages are kept as the person sees them.

A webhook's address is public and has TLS; `reach` says where that address
leads to here, as the user's own reverse proxy would.
"""

import email.parser
import email.policy
import itertools
import json
import math
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import markup
from harness.waiting import wait_for

TEXT_MAX = 4096
CAPTION_MAX = 1024
FILE_MAX = 50 * 1024 * 1024
DATA_MAX = 64
TOAST_MAX = 200
QUERY_SECONDS = 10


class Refused(Exception):
    """What Telegram answers instead: a code and its description."""

    def __init__(self, description, code=400):
        super().__init__(description)
        self.code = code
        names = {400: "Bad Request", 403: "Forbidden", 401: "Unauthorized",
                 404: "Not Found", 413: "Request Entity Too Large", 429: "Too Many Requests", 502: "Bad Gateway"}
        self.description = names[code]
        if description:
            self.description += ": " + description


class Message:
    """One message of the bot as it stands on the screen now."""

    def __init__(self, ident, chat, text, buttons):
        self.id = ident
        self.chat = chat
        self.text = text
        self.buttons = buttons  # rows of (label, callback_data)
        self.first_text = text
        self.html = None  # as it was sent
        self.document = None  # (name, contents), its text is the caption
        self.silent = False
        self.asks_reply = False
        self.edits = 0

    @property
    def labels(self):
        return [label for row in self.buttons for label, _ in row]

    def data(self, label):
        """The callback_data of a button."""
        for row in self.buttons:
            for name, data in row:
                if name == label:
                    return data
        raise AssertionError(f"no button {label!r} among {self.labels}")

    def as_telegram(self):
        shown = {"message_id": self.id, "date": int(time.time()),
                 "chat": {"id": self.chat, "type": "private"},
                 "from": {"id": 1, "is_bot": True, "first_name": "Bot",
                          "username": "orchestrator_bot"}}
        if self.document:
            name, contents = self.document
            shown["document"] = {"file_id": f"d{self.id}", "file_name": name,
                                 "file_size": len(contents)}
        if self.text:
            shown["caption" if self.document else "text"] = self.text
        if self.buttons:
            shown["reply_markup"] = {"inline_keyboard": [
                [{"text": label, "callback_data": data} for label, data in row]
                for row in self.buttons]}
        return shown

    def __repr__(self):
        return f"<{self.chat}: {self.text!r} {self.labels}>"


def _keyboard(reply_markup):
    """Rows of (label, data), or the refusal that Telegram gives."""
    rows = []
    for row in (reply_markup or {}).get("inline_keyboard", []):
        buttons = []
        for button in row:
            label, data = button.get("text"), button.get("callback_data")
            if not isinstance(label, str) or not label.strip():
                raise Refused("can't parse inline keyboard button: "
                              "Text must be non-empty")
            if data is None:
                raise Refused("Text buttons are unallowed in the inline "
                              "keyboard")
            if not 1 <= len(data.encode()) <= DATA_MAX:
                raise Refused("BUTTON_DATA_INVALID")
            buttons.append((label, data))
        rows.append(buttons)
    return rows


def _shown(body, key):
    """The text as a person sees it, and its length in UTF-16 units."""
    try:
        text = markup.plain(body.get(key) or "", body.get("parse_mode"))
    except markup.Unbalanced as problem:
        raise Refused(f"can't parse entities: {problem}") from None
    text = text.strip()
    return text, len(text.encode("utf-16-le")) // 2


def _text(body):
    text, length = _shown(body, "text")
    if not text:
        raise Refused("message text is empty")
    if length > TEXT_MAX:
        raise Refused("message is too long")
    return text


def _form(kind, raw):
    """The fields of a multipart body; a file is (name, contents)."""
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    parsed = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        head + raw)
    if not parsed.is_multipart() or parsed.defects:
        raise Refused("")
    body = {}
    for part in parsed.iter_parts():
        name = part.get_param("name", header="content-disposition")
        contents = part.get_payload(decode=True)
        file = part.get_filename()
        body[name] = contents.decode() if file is None else (file, contents)
    if "reply_markup" in body:
        body["reply_markup"] = json.loads(body["reply_markup"])
    return body


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def do_POST(self):
        raw = self._body()
        kind = self.headers.get("Content-Type") or ""
        phone = self.server.phone
        contents = phone.files.get(self.path)
        if contents is not None:
            self._send(200, "application/octet-stream", contents)
            return
        try:
            body = (_form(kind, raw) if kind.startswith("multipart/form-data")
                    else json.loads(raw or b"{}"))
            result = phone.called(self.path, body)
            self._answer(200, {"ok": True, "result": result})
        except Refused as no:
            phone.refusals.append(no.description)
            self._answer(no.code, {"ok": False, "error_code": no.code,
                                   "description": no.description})

    do_GET = do_POST

    def _body(self):
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        raw = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            raw += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return raw

    def _answer(self, code, body):
        self._send(code, "application/json", json.dumps(body).encode())

    def _send(self, code, kind, data):
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A caller that went away is none of the phone's business."""


class Phone:
    """The server and the person. Chats that wrote to the bot can be sent to;
    `messages` has what the bot sent, oldest first, `refusals` what it should
    not have tried."""

    def __init__(self, token, reach):
        self.token = token
        self.reach = reach  # public address of a webhook -> where it is here
        self.webhook = {}
        self.files = {}  # what a person sent: path -> contents
        self.messages = []
        self.refusals = []
        self.acknowledged = []  # (query id, how many messages there were)
        self.toasts = []        # what the acknowledgements said
        self.outage = None      # a Refused: Telegram itself is in trouble
        self.takes_tags = True  # else each is refused, as a wrong one is
        self._busy_until = 0.0
        self._chats = set()
        self._queries = {}
        self._numbers = itertools.count(1)
        self._updates = itertools.count(810_000_001)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.phone = self
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,),
                         daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def clear(self):
        """A phone with empty chats; the webhook stays."""
        with self._lock:
            self.messages, self.refusals, self.acknowledged = [], [], []
            self.toasts = []
            self.outage = None
            self.takes_tags = True

    # -- the bot's side ---------------------------------------------------

    def called(self, path, body):
        """One call of the Bot API."""
        prefix = f"/bot{self.token}/"
        if not path.startswith(prefix):
            raise Refused("", 404 if "/bot" not in path else 401)
        method = getattr(self, "_api_" + path[len(prefix):].split("?")[0], None)
        if method is None:
            raise Refused("method not found", 404)
        with self._lock:
            if self.outage:
                raise self.outage
            left = self._busy_until - time.monotonic()
            if left > 0:
                raise Refused(f"retry after {math.ceil(left)}", 429)
            return method(body)

    def _api_getMe(self, _):
        return {"id": 1, "is_bot": True, "first_name": "B", "username": "b_bot"}

    def _api_setWebhook(self, body):
        if not body.get("url", "").startswith("https://"):
            raise Refused("bad webhook: An HTTPS URL must be provided for "
                          "webhook")
        self.webhook = body
        return True

    def _api_deleteWebhook(self, _):
        self.webhook = {}
        return True

    def _api_getWebhookInfo(self, _):
        return {"url": self.webhook.get("url", ""), "pending_update_count": 0}

    def _chat(self, body):
        chat = int(body.get("chat_id") or 0)
        if chat not in self._chats:
            raise Refused("chat not found")
        return chat

    def _api_sendMessage(self, body):
        if not self.takes_tags and "<" in (body.get("text") or ""):
            raise Refused("can't parse entities: so the test wants it")
        message = Message(next(self._numbers), self._chat(body), _text(body),
                          _keyboard(body.get("reply_markup")))
        message.silent = body.get("disable_notification") is True
        message.html = body.get("text")
        message.asks_reply = bool(
            (body.get("reply_markup") or {}).get("force_reply"))
        self.messages.append(message)
        return message.as_telegram()

    def _api_sendDocument(self, body):
        file = body.get("document")
        if not isinstance(file, tuple):
            # A string is a file_id or an address; there are none here.
            raise Refused("wrong remote file identifier specified: "
                          "Wrong string length" if file else
                          "there is no document in the request")
        if not file[1]:
            raise Refused("file must be non-empty")
        if len(file[1]) > FILE_MAX:
            raise Refused("", 413)
        caption, length = _shown(body, "caption")
        if length > CAPTION_MAX:
            raise Refused("message caption is too long")
        message = Message(next(self._numbers), self._chat(body), caption,
                          _keyboard(body.get("reply_markup")))
        message.silent = body.get("disable_notification") == "true"
        message.html = body.get("caption")
        message.document = file
        self.messages.append(message)
        return message.as_telegram()

    def _api_editMessageText(self, body):
        chat, ident = self._chat(body), int(body.get("message_id") or 0)
        found = [m for m in self.messages if (m.chat, m.id) == (chat, ident)]
        if not found:
            raise Refused("message to edit not found")
        message, text = found[0], _text(body)
        if message.document:
            raise Refused("there is no text in the message to edit")
        buttons = _keyboard(body.get("reply_markup"))
        if (text, buttons) == (message.text, message.buttons):
            raise Refused("message is not modified")
        message.text, message.buttons = text, buttons
        message.edits += 1
        return message.as_telegram()

    def _api_getFile(self, body):
        path = f"files/{body.get('file_id')}"
        whole = f"/file/bot{self.token}/{path}"
        if whole not in self.files:
            raise Refused("wrong file_id or the file is temporarily "
                          "unavailable")
        return {"file_id": body["file_id"], "file_path": path,
                "file_size": len(self.files[whole])}

    def _api_answerCallbackQuery(self, body):
        ident = body.get("callback_query_id")
        asked = self._queries.pop(ident, None)
        if asked is None or time.monotonic() - asked > QUERY_SECONDS:
            raise Refused("query is too old and response timeout expired or "
                          "query ID is invalid")
        if len(body.get("text") or "") > TOAST_MAX:
            raise Refused("MESSAGE_TOO_LONG")
        self.acknowledged.append((ident, len(self.messages)))
        self.toasts.append(body.get("text") or "")
        return True

    def busy(self, seconds):
        """For so long the bot is told that it tells too much."""
        self._busy_until = time.monotonic() + seconds

    # -- the person's side ------------------------------------------------

    def deliver(self, update, secret=None):
        """Post an update to the webhook as Telegram does; the HTTP status."""
        address = self.webhook["url"]
        for public, local in self.reach.items():
            address = address.replace(public, local, 1)
        headers = {"Content-Type": "application/json",
                   "X-Telegram-Bot-Api-Secret-Token":
                   secret or self.webhook["secret_token"]}
        request = urllib.request.Request(
            address, json.dumps(update).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code

    def open_chat(self, chat):
        """From now on the bot may write to this chat."""
        self._chats.add(chat)

    def _person(self, chat, name):
        self.open_chat(chat)
        return {"id": chat, "is_bot": False, "first_name": name,
                "username": name.lower()}

    def write(self, text, chat, name="Anna", **fields):
        """Type a message; returns the update that was delivered."""
        update = {"update_id": next(self._updates), "message": {
            "message_id": next(self._numbers), "date": int(time.time()),
            "from": self._person(chat, name),
            "chat": {"id": chat, "type": "private"}, "text": text, **fields}}
        assert self.deliver(update) == 200
        return update

    def attach(self, caption, chat, contents, name=None):
        """Send a document, or without a name a photo, with its caption."""
        ident = f"f{next(self._numbers)}"
        self.files[f"/file/bot{self.token}/files/{ident}"] = contents
        file = {"file_id": ident, "file_size": len(contents)}
        sent = {"photo": [{"file_id": "thumb", "file_size": 9}, file]}
        if name:
            sent = {"document": {**file, "file_name": name,
                                 "mime_type": "image/png"}}
        return self.write("", chat, caption=caption, **sent)

    def reply(self, message, text, name="Anna"):
        """Reply to a message as it stands on the screen now."""
        return self.write(text, message.chat, name,
                          reply_to_message=message.as_telegram())

    def edit(self, update, text):
        """Change what was written in an update."""
        changed = {"update_id": next(self._updates), "edited_message": {
            **update["message"], "text": text, "edit_date": int(time.time())}}
        assert self.deliver(changed) == 200

    def tap(self, message, label, name="Anna"):
        """Tap a button that is on the screen now."""
        return self.tap_data(message, message.data(label), name)

    def tap_data(self, message, data, name="Anna", age=0):
        """Tap a button that may be gone by now; age: seconds that the tap has
        waited for somebody to take it."""
        query = str(next(self._numbers))
        self._queries[query] = time.monotonic() - age
        update = {"update_id": next(self._updates), "callback_query": {
            "id": query, "from": self._person(message.chat, name),
            "chat_instance": "1", "data": data,
            "message": message.as_telegram()}}
        assert self.deliver(update) == 200
        return update

    # -- what is on the screen --------------------------------------------

    def texts(self):
        return [message.first_text for message in self.messages]

    def wait(self, *parts, count=1, limit=30.0):
        """The count-th message whose first text has all of these parts."""
        def shown():
            found = [m for m in self.messages
                     if all(part in m.first_text for part in parts)]
            return found[count - 1] if len(found) >= count else None

        try:
            return wait_for(shown, limit, f"message {count} with {parts}")
        except AssertionError as problem:
            raise AssertionError(
                f"{problem}; on the screen: {self.messages}; "
                f"refused: {self.refusals}") from None
