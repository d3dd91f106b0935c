"""A real n8n on loopback, set up through the same calls as its own pages make.

setup() does what n8n_workflows/README.md tells a person to do: an owner, the
three credentials by their names, the three files imported, the Settings nodes
filled in, the workflows switched on. Nothing else of the files is touched.
"""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import urllib.parse
import uuid

from harness.claude import cache_dir
from harness.waiting import free_port, wait_for

# The one that the scenes are played with: the last of n8n 1, or an n8n 2.
MAJOR = int(os.environ.get("ORCHESTRATOR_N8N", "1"))
VERSION = {1: "1.123.81", 2: "2.41.1"}[MAJOR]
ROOT = pathlib.Path(__file__).resolve().parents[2]
WORKFLOWS = ROOT / "n8n_workflows"
# "Save failed/successful production executions: Do not save."
NOTHING_KEPT = {"saveDataErrorExecution": "none",
                "saveDataSuccessExecution": "none"}
PUBLIC = "https://n8n.example.org/"


def install():
    """The folder of the n8n that prepare.sh has put into the cache."""
    folder = cache_dir() / f"n8n-{VERSION}"
    if not (folder / ".complete").exists():
        raise RuntimeError(f"no n8n: run tests/telegram/prepare.sh {MAJOR}")
    return folder


class N8n:
    """One n8n with its data in `folder`; start() and stop() as often as you
    like, the data and the address stay."""

    def __init__(self, folder, ca):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.notify_url = self.url + "webhook/orchestrator-notify"
        self.log = self.folder / "n8n.log"
        self.workflows = {}  # file name -> id
        self.answered = {}   # the headers of the last answer
        self._cookie = None
        self._process = None
        self._env = {
            "HOME": str(self.folder),
            # Its task runner starts "node" from here: not Debian's, too old.
            "PATH": f"{(install() / 'node').resolve().parent}:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "GENERIC_TIMEZONE": "UTC",
            "NODE_EXTRA_CA_CERTS": str(ca),
            "N8N_LISTEN_ADDRESS": "127.0.0.1",
            "N8N_PORT": str(self.port),
            "WEBHOOK_URL": PUBLIC,
            "N8N_ENCRYPTION_KEY": "only-for-tests-0123456789",
            "N8N_SECURE_COOKIE": "false",
            "N8N_DIAGNOSTICS_ENABLED": "false",
            "N8N_VERSION_NOTIFICATIONS_ENABLED": "false",
            "N8N_TEMPLATES_ENABLED": "false",
            "N8N_PERSONALIZATION_ENABLED": "false",
            "N8N_RUNNERS_ENABLED": "true",
            "N8N_RUNNERS_BROKER_PORT": str(free_port()),
            # As n8n 2 has it: no $env in expressions and Code nodes.
            "N8N_BLOCK_ENV_ACCESS_IN_NODE": "true",
            "N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS": "true",
            "N8N_GIT_NODE_DISABLE_BARE_REPOS": "true",
            "DB_SQLITE_POOL_SIZE": "4",
        }
        if MAJOR == 1:
            # isolated-vm is not built in the cache.
            self._env["N8N_EXPRESSION_ENGINE"] = "legacy"
        else:
            # What is not to be kept goes at the next cleaning: minutes.
            self._env["EXECUTIONS_DATA_PRUNE_HARD_DELETE_INTERVAL"] = "0.05"

    # -- life -------------------------------------------------------------

    def command(self, *args):
        """The program's argv for a subcommand."""
        home = install()
        program = home / "node_modules/n8n/bin/n8n"
        return [str(home / "node"), str(program), *args]

    def run(self, *args):
        """A subcommand to its end; returns what subprocess.run returns."""
        return subprocess.run(
            self.command(*args), env=self._env, cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=300, check=False)

    def start(self, limit=240.0):
        self._process = subprocess.Popen(
            self.command("start"), env=self._env, cwd=self.folder,
            stdin=subprocess.DEVNULL, stdout=self.log.open("ab"),
            stderr=subprocess.STDOUT, start_new_session=True)
        wait_for(self._ready, limit, "n8n is up", step=0.2)
        return self

    def _ready(self):
        if self._process.poll() is not None:
            raise AssertionError(f"n8n ended: {self.log.read_text()[-3000:]}")
        try:
            # While it starts, it answers every page with "please wait", or
            # with 503.
            code, settings = self.call("GET", "/rest/settings")
            return code == 200 and isinstance(settings, dict)
        except OSError:
            return False

    def wait_active(self, limit=120.0):
        """Until the switched-on workflows listen, after a start()."""
        wait_for(lambda: self._listens("webhook/orchestrator-notify"), limit,
                 "the workflows listen", step=0.2)

    def _listens(self, path):
        # 403: it is there and wants its header. 404: it is not.
        return self.call("POST", "/" + path, {})[0] == 403

    @property
    def running(self):
        return self._process is not None

    @property
    def pid(self):
        return self._process.pid

    def stop(self):
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait(20)
            self._process = None

    # -- what a person does in the browser --------------------------------

    def call(self, method, path, body=None, headers=None):
        """One call; (status, JSON or text)."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Content-Type": "application/json", **(headers or {})}
        if self._cookie:
            sent["Cookie"] = self._cookie
        try:
            data = None if body is None else json.dumps(body)
            link.request(method, path, data, sent)
            answer = link.getresponse()
            raw = answer.read().decode()
            self.answered = {k.lower(): v for k, v in answer.getheaders()}
            cookie = answer.getheader("Set-Cookie")
            if cookie and cookie.startswith("n8n-auth="):
                self._cookie = cookie.split(";")[0]
            try:
                return answer.status, json.loads(raw)
            except ValueError:
                return answer.status, raw
        finally:
            link.close()

    def rest(self, method, path, body=None):
        """A call that must succeed; its data."""
        code, answer = self.call(method, "/rest" + path, body)
        assert code == 200, (method, path, code, answer)
        return answer["data"]

    def own(self):
        """The first page: create the owner's account."""
        self.rest("POST", "/owner/setup", {
            "email": "anna@example.org", "firstName": "Anna",
            "lastName": "Example", "password": "Only4Tests"})

    def credential(self, name, kind, data):
        self.rest("POST", "/credentials", {
            "name": name, "type": kind, "data": data})

    def load(self, name, workflow_settings=None, **settings):
        """Import a file, fill in its Settings node, switch it on. The page's
        import takes everything of it but the workflow's own settings, which a
        person chooses afterwards."""
        workflow = filled(json.loads((WORKFLOWS / name).read_text()), settings)
        project = self.rest("GET", "/projects/personal")["id"]
        made = self.rest("POST", "/workflows", {
            **with_addresses(workflow), "projectId": project,
            "settings": {"executionOrder": "v1"}})
        self.workflows[name] = made["id"]
        if workflow_settings:
            made = self.choose(name, workflow_settings)
        self.rest("POST", f"/workflows/{made['id']}/activate",
                  {"versionId": made["versionId"]})

    def choose(self, name, workflow_settings):
        """The dialogue "Settings" of a workflow; the workflow as it is then."""
        path = f"/workflows/{self.workflows[name]}"
        made = self.rest("GET", path)
        return self.rest("PATCH", path, {
            "versionId": made["versionId"],
            "settings": {**made["settings"], **workflow_settings}})

    def setup(self, phone, secret, notify_secret, orchestrator, chats):
        """From an empty n8n to three workflows that listen."""
        self.own()
        self.credential("Telegram bot", "telegramApi", {
            "accessToken": phone.token, "baseUrl": phone.url})
        self.credential("Orchestrator", "httpHeaderAuth", {
            "name": "Authorization", "value": f"Bearer {secret}"})
        self.credential("Orchestrator notifications", "httpHeaderAuth", {
            "name": "X-Notify-Secret", "value": notify_secret})
        self.load("orchestrator-to-telegram.json", NOTHING_KEPT)
        self.load("telegram-to-orchestrator.json",
                  orchestrator_url=orchestrator,
                  chat_ids=", ".join(str(chat) for chat in chats))
        self.load("daily-startup.json", orchestrator_url=orchestrator,
                  chat_id=str(chats[0]))
        self.wait_active()
        # n8n 2 switches a workflow on a while after it was published.
        wait_for(lambda: phone.webhook.get("url"), 60, "Telegram is told where")

    def press_execute(self, name, trigger):
        """The button "Execute workflow" of a workflow's page."""
        workflow = self.rest("GET", f"/workflows/{self.workflows[name]}")
        return self.rest("POST", f"/workflows/{workflow['id']}/run", {
            "workflowData": workflow,
            "triggerToStartFrom": {"name": trigger}})

    def listed(self, name):
        """The executions that a workflow's page lists, newest first."""
        wanted = json.dumps({"workflowId": self.workflows[name]})
        query = urllib.parse.urlencode({"filter": wanted})
        return self.rest("GET", f"/executions?{query}")["results"]

    def executions(self, name):
        """The finished ones, with their data."""
        return [self.rest("GET", f"/executions/{e['id']}")
                for e in self.listed(name) if e["status"] == "success"]


    def rows(self):
        """Every row of its database, but for the credentials (encrypted), as
        (table, text)."""
        path = self.folder / ".n8n/database.sqlite"
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as base:
            tables = base.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table'")
            for (table,) in tables.fetchall():
                if table != "credentials_entity":
                    for row in base.execute(f'SELECT * FROM "{table}"'):
                        yield table, repr(row)


def filled(workflow, settings):
    """The workflow with these values in its Settings node."""
    wanted = dict(settings)
    for node in workflow["nodes"]:
        if node["name"] == "Settings":
            for field in node["parameters"]["assignments"]["assignments"]:
                field["value"] = wanted.pop(field["name"])
    assert not wanted, f"no such setting: {wanted}"
    return workflow


def with_addresses(workflow):
    """As the page does at import: a webhook of no address yet gets one."""
    for node in workflow["nodes"]:
        if node["type"].endswith((".telegramTrigger", ".webhook")):
            node.setdefault("webhookId", str(uuid.uuid4()))
    return workflow
