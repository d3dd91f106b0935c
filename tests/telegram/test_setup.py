"""n8n_workflows/README.md, followed to the letter in a browser, from an empty
n8n to a finished task. What is pressed and filled in has to stand there, in the
step that the reader is at or in one before."""

import contextlib
import json
import os
import pathlib
import re
import signal
import tempfile

import pytest
import yaml
from bot_api import Phone
from browser import DIALOGUE, Browser
from conftest import ANNA, NOTIFY_SECRET, TOKEN, settled
from harness import certificate
from harness.instance import SECRET
from harness.tasks import Task
from harness.waiting import wait_for
from n8n import MAJOR, PUBLIC, WORKFLOWS, N8n
from test_day import list_of_today

PAGE = (WORKFLOWS / "README.md").read_text()
MENU = "[data-test-id=workflow-menu]"
PLUS = "[data-test-id=universal-add]"
NODE = "[data-test-id=ndv]"
# The wires that go behind a node which they do not lead from or to, as
# [from, to, node].
BEHIND = """
const nodes = [...document.querySelectorAll("[data-test-id=canvas-node]")];
const found = [];
for (const edge of document.querySelectorAll("[data-test-id=edge]")) {
    const {sourceNodeName: from, targetNodeName: to} = edge.dataset;
    const wire = edge.querySelector("path");
    const place = wire.getScreenCTM();
    const length = wire.getTotalLength();
    for (const node of nodes) {
        const name = node.dataset.nodeName;
        const box = node.getBoundingClientRect();
        const inside = far => {
            const {x, y} = wire.getPointAtLength(far).matrixTransform(place);
            return x > box.left && x < box.right && y > box.top &&
                y < box.bottom;
        };
        for (let far = 0; ![from, to].includes(name) && far < length; far += 8)
            if (inside(far)) {
                found.push([from, to, name]);
                break;
            }
    }
}
return {wires: document.querySelectorAll("[data-test-id=edge]").length, found};
"""
CREATED = "Credential successfully created inside your personal space"
CLOSE = "[data-test-id=back-to-canvas], [data-test-id=ndv-close-button]"


def steps():
    """The numbered steps of "Set up" by their numbers, each in one line."""
    part = PAGE.split("## Set up\n")[1].split("\n## ")[0]
    part = part.split("\nTo have the commands")[0]
    found = re.split(r"^(\d+)\. ", part, flags=re.MULTILINE)
    return {int(n): text for n, text in zip(found[1::2], found[2::2])}


def block(number, kind):
    """The block of code of this kind in a step."""
    found = re.search(rf" *```{kind}\n(.*?)```", steps()[number], re.DOTALL)
    return found[1]


class Reader:
    """A person with the page beside the browser."""

    def __init__(self, browser, folder):
        self.browser = browser
        self.folder = folder
        self.step = None

    def begin(self, number):
        if self.step:
            self.browser.shot(f"after-{self.step}")
        self.step = number

    def said(self, words, sign="*"):
        """The words, which the page must have said by now."""
        read = " ".join(text for number, text in sorted(steps().items())
                        if number <= self.step)
        quoted = f"{sign}{words}{sign}"
        assert quoted in " ".join(read.split()), f"{quoted} is not in the page"
        return words

    def press(self, words, where="body"):
        self.browser.press(self.said(words), where)

    def see(self, words, where="body"):
        self.browser.see(self.said(words), where)

    def sign_up(self):
        page = self.browser
        page.see("Set up owner account")
        for label, text in (("Email", "anna@example.org"),
                            ("First Name", "Anna"), ("Last Name", "Example"),
                            ("Password", "Only4Tests")):
            page.fill(label, text)
        page.press("Next")
        if MAJOR == 2:
            leave = "Set up later in Settings"
            assert f"*{leave}*" in PAGE
            page.press(leave)
        # The first page, where it leads to by itself.
        page.see("Build a workflow" if MAJOR == 2 else "Start from scratch")

    def new(self, what):
        words = f"New {what.lower()}" if MAJOR == 2 else what
        self.browser.take(PLUS, self.said(words))

    def credential(self, kind, first_name, name, fields):
        page = self.browser
        self.new("Credential")
        page.see("Select an app or service to connect to")
        page.write(kind)
        self.press(kind, "[role=listbox]")
        page.press("Continue")
        self.press(first_name, DIALOGUE)
        page.write(self.said(name, "`"))
        page.press(kind, DIALOGUE)
        for label, text in fields.items():
            page.fill(label, text, DIALOGUE)
        # What n8n said of the one before has gone, or it would count for this.
        wait_for(lambda: not page.all(CREATED), 30, f"{CREATED} is gone")
        self.press("Save", DIALOGUE)
        if kind == "Telegram API":
            self.see("Connection tested successfully", DIALOGUE)
        page.see(CREATED)
        page.press("Close this dialog", DIALOGUE)
        page.see(name)

    def header(self, own_name, name, value):
        self.credential("Header Auth", "Header Auth account", own_name, {
            self.said("Name"): self.said(name, "`"),
            self.said("Value"): value})

    def import_file(self, name):
        self.new("Workflow")
        self.browser.see("Add first step…")
        if MAJOR == 1:
            self.browser.take(MENU, self.said("Import from File..."))
        else:
            self.browser.take(MENU, self.said("Import"))
            self.press("From file")
        self.browser.upload(WORKFLOWS / name)
        workflow = json.loads((WORKFLOWS / name).read_text())
        self.browser.see(workflow["name"])
        self.no_wire_behind_a_node(workflow)

    def no_wire_behind_a_node(self, workflow):
        wires = sum(len(targets) for outputs in workflow["connections"].values()
                    for targets in outputs["main"])

        def drawn():
            seen = self.browser.driver.execute_script(BEHIND)
            return seen if seen["wires"] == wires else None

        assert wait_for(drawn, 20, f"{wires} wires")["found"] == []

    def save(self):
        if MAJOR == 1:
            self.press("Save")
            self.browser.see("Saved")

    def keep_nothing(self):
        self.browser.take(MENU, self.said("Settings"))
        for which in "failed", "successful":
            self.browser.choose(
                self.said(f"Save {which} production executions"),
                self.said("Do not save"), DIALOGUE)
        self.press("Save", DIALOGUE)
        self.browser.see("Workflow settings saved")

    def switch_on(self):
        if MAJOR == 1:
            self.browser.press_css("[data-test-id=workflow-activate-switch]")
            self.see("Active")
        else:
            self.publish()
        self.browser.press("Got it")

    def publish(self):
        # A page that is drawn anew at that moment takes no press.
        self.browser.press_until(self.said("Publish"), "Publish workflow")
        self.press("Publish", DIALOGUE)
        self.browser.see("Published")

    @contextlib.contextmanager
    def node(self, name):
        """A node, open."""
        page, self_ = self.browser, f'[data-node-name="{self.said(name)}"]'

        def opened():
            if not page.shows(NODE):
                page.twice(f"[data-test-id=canvas-node]{self_}")
            return page.shows(NODE)

        wait_for(opened, 20, f"{name} opens", step=1)
        yield page
        page.press_css(CLOSE)
        wait_for(lambda: not page.shows(NODE), 20, f"{name} is closed")

    def settings(self, **fields):
        with self.node("Settings") as page:
            for name, value in fields.items():
                page.set(self.said(name, "`"), value)

    def first_chat(self):
        """What the newest execution says of who wrote."""
        self.press("Executions")
        preview = contextlib.nullcontext()
        if MAJOR == 1:
            preview = self.browser.inside("iframe")
        with preview, self.node("Read update") as page:
            page.see(str(ANNA), NODE)
        self.press("Editor")


@pytest.fixture
def empty(tmp_path):
    n8n = N8n(tmp_path / "n8n", certificate.make()[0])
    yield n8n.start()
    n8n.stop()


@pytest.fixture
def telegram(empty):
    """A phone that n8n does not know yet."""
    phone = Phone(TOKEN, {PUBLIC: empty.url})
    yield phone
    phone.close()


@pytest.fixture
def reader(tmp_path, empty):
    browser = Browser(tmp_path / "chromium")
    yield Reader(browser, tmp_path)
    browser.close()


@contextlib.contextmanager
def pictures(reader):
    """Kept where it goes wrong."""
    try:
        yield
    except BaseException as problem:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="orchestrator-walk-"))
        with contextlib.suppress(Exception):
            reader.browser.shot(f"in-{reader.step}")
        for name, picture in reader.browser.shots:
            (folder / f"step-{name}.png").write_bytes(picture)
        raise AssertionError(
            f"step {reader.step}: {problem}; pictures: {folder}") from problem


@pytest.fixture
def project(make_instance, api, claude_program):
    """An orchestrator that knows nothing of n8n yet, with a list of today."""
    instance = make_instance(agent="claude", api=api)
    with (instance.folder / ".env").open("a") as env:
        env.write(f"N8N_NOTIFY_SECRET={NOTIFY_SECRET}\n")
    list_of_today(instance, Task("Say hello", "[[say Hello from Claude.]]",
                                 approval=True))
    return instance.start()


def in_n8n(reader, n8n, phone, address):
    """Steps 2 to 7."""
    reader.browser.open(n8n.url)
    reader.sign_up()
    reader.begin(2)
    reader.credential("Telegram API", "Telegram account", "Telegram bot",
                      {reader.said("Access Token"): phone.token,
                       "Base URL": phone.url})
    reader.begin(3)
    reader.header("Orchestrator", "Authorization", f"Bearer {SECRET}")
    reader.begin(4)
    reader.header("Orchestrator notifications", "X-Notify-Secret",
                  NOTIFY_SECRET)
    reader.begin(5)
    reader.import_file("orchestrator-to-telegram.json")
    reader.save()
    reader.keep_nothing()
    reader.switch_on()
    with reader.node("Notification") as page:
        reader.press("Production URL")
        page.see(f"{PUBLIC}webhook/orchestrator-notify", NODE)
    reader.begin(6)
    reader.import_file("telegram-to-orchestrator.json")
    reader.settings(orchestrator_url=address)
    reader.save()
    reader.switch_on()
    reader.begin(7)
    wait_for(lambda: phone.webhook.get("url"), 60, "Telegram is told where")
    phone.write("/start", ANNA)
    phone.write("hello", ANNA)
    reader.first_chat()
    reader.settings(chat_ids=str(ANNA))
    if MAJOR == 1:
        reader.save()
    else:
        reader.publish()
    assert phone.messages == []


def at_the_orchestrator(instance, n8n):
    """Step 8."""
    values = {"the Production URL of step 5": n8n.notify_url,
              "your chat_id": str(ANNA)}
    lines = block(8, "sh")
    for words, value in values.items():
        assert words in lines
        lines = lines.replace(words, value)
    with (instance.folder / ".env").open("a") as env:
        env.write(re.sub(r"^ +", "", lines, flags=re.MULTILINE))
    instance.write_config(**yaml.safe_load(block(8, "yaml")))
    checked = instance.cli("check")
    assert checked.returncode == 0, checked.stderr
    os.kill(instance.supervisor().pid, signal.SIGHUP)


@pytest.mark.timeout(600)
def test_the_set_up_of_the_readme_in_a_browser(reader, empty, telegram,
                                               project):
    phone, n8n = telegram, empty
    with pictures(reader):
        address = f"https://127.0.0.1:{project.nginx.port}"
        in_n8n(reader, n8n, phone, address)
        reader.begin(8)
        at_the_orchestrator(project, n8n)
        doctor = project.cli("doctor", "--notify", timeout=120)
        assert "n8n took a test" in doctor.stdout, doctor.stdout
        phone.wait("A test by orchestrator doctor")
        reader.begin(9)
        phone.write("/status", ANNA)
        phone.wait("Idle")
        reader.begin(10)
        reader.import_file("daily-startup.json")
        reader.settings(orchestrator_url=address, chat_id=str(ANNA))
        reader.save()
        reader.switch_on()
        reader.press("Execute workflow")
        phone.tap(phone.wait("Found 1 task"), "Approve")
        phone.wait("Task 1/1 complete!", "Hello from Claude.")
        phone.wait("Session completed!")
        settled(project)
        assert phone.refusals == []
        nothing_kept(n8n)


def nothing_kept(n8n):
    """No secret stands in what n8n keeps of its executions."""
    wait_for(lambda: not any(NOTIFY_SECRET in text for _, text in n8n.rows()),
             60, "the secret is nowhere in n8n's database", step=0.5)
    kept = list(n8n.rows())
    assert any(table == "execution_data" and "/status" in text
               for table, text in kept)
    for secret in (SECRET, NOTIFY_SECRET, TOKEN):
        assert {table for table, text in kept if secret in text} == set()
