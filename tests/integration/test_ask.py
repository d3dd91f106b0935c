"""claude.permissions: ask: a person answers what Claude wants to do, with the
real Claude Code."""

import contextlib
import datetime
import itertools
import json
import os
import pwd
import signal
import socket
import subprocess
import threading

import pytest
from harness import claude, processes
from harness.answers import conflict, ok
from harness.asking import (
    COLOUR,
    SIZES,
    asked,
    begin,
    digest,
    questions,
    told,
)
from harness.instance import program
from harness.waiting import wait_for


newest = pytest.mark.parametrize(
    "claude_release", [claude.NEWEST], indirect=True
)


def test_what_is_allowed_runs_and_is_what_was_shown(asking, receiver):
    instance = asking()
    begin(instance, "[[bash echo one > a.txt; echo two]] [[say Done.]]")
    state = asked(instance)
    assert state["status"] == "running"
    assert not (instance.work / "a.txt").exists()
    decision = state["waiting_for"]["decision"]
    shown = told(receiver, decision)
    assert "echo one > a.txt; echo two" in shown["message"]
    assert shown["type"] == "approval" and not shown["silent"]
    commands = [action["command"] for action in shown["actions"]]
    assert commands[:2] == [f"/allow #{decision}", f"/deny #{decision}"]
    assert shown["actions"][1]["feedback"] is True
    hashed = digest("Bash", {"command": "echo one > a.txt; echo two"})
    assert state["ask"]["hash"] == hashed
    answer = ok(instance.command(f"/allow #{decision}", user="Anna"))
    assert "Bash: echo one > a.txt; echo two" in answer["message"]
    task = instance.wait_task(1, "completed", 60)
    assert (instance.work / "a.txt").read_text() == "one\n"
    assert task["denials"] == 0
    entry = [d for d in instance.state()["decisions"] if d["id"] == decision]
    assert entry[0]["command"] == "allow" and entry[0]["by"] == "Anna"
    assert entry[0]["hash"] == hashed
    instance.wait_log("allow by Anna: Bash: echo one > a.txt; echo two")
    assert hashed in instance.log_text()
    conflict(
        instance.command(f"/deny #{decision}", user="Ben"), "stale_decision"
    )


def test_what_is_denied_does_not_run_and_claude_reads_why(
    asking, receiver, api
):
    instance = asking()
    begin(instance, "[[bash rm -rf x; touch b.txt]] [[say I left it.]]")
    state = asked(instance)
    decision = state["waiting_for"]["decision"]
    done = instance.cli("deny", f"#{decision}", "use", "git", "clean")
    assert done.returncode == 0, done
    assert "Denied: Bash: rm -rf x; touch b.txt" in done.stdout
    task = instance.wait_task(1, "completed", 60)
    assert task["denials"] == 1
    assert not (instance.work / "b.txt").exists()
    results = json.dumps(api.conversations()[-1].tool_results)
    assert "use git clean" in results
    log = (instance.logs_dir / "task-1-output.log").read_text()
    assert "Bash: rm -rf x; touch b.txt, because use git clean" in log


def test_a_long_command_is_shown_whole_in_parts(asking, receiver):
    instance = asking()
    body = "".join(f"echo line {i:04} of many >> c.txt\n" for i in range(300))
    begin(instance, f"[[bash {body}echo end]] [[say Done.]]")
    state = asked(instance)
    decision = state["waiting_for"]["decision"]
    shown = told(receiver, decision)
    assert all(len(part) <= 3500 for part in shown["parts"])
    assert "".join(shown["parts"]).startswith(f"{body}echo end\n")
    assert len(shown["message"]) < 4096
    again = ok(instance.post("/webhook/show"))
    assert again["parts"] == shown["parts"]
    at_terminal = instance.cli("show")
    assert f"{body}echo end\n" in at_terminal.stdout
    ok(instance.post("/webhook/allow", decision=decision))
    instance.wait_task(1, "completed", 60)
    assert (instance.work / "c.txt").read_text().count("\n") == 300


def test_rules_of_the_configuration_need_no_question(asking, api):
    instance = asking(
        allow=["Bash(touch free *)"], deny=["Bash(touch never *)"]
    )
    begin(
        instance,
        "[[bash touch free ride]] [[bash touch never mind]] [[say Done.]]",
    )
    instance.wait_task(1, "completed", 60)
    assert (instance.work / "ride").exists()
    assert not (instance.work / "mind").exists()
    assert "denied" in json.dumps(api.conversations()[-1].tool_results)
    assert "Claude asks" not in instance.log_text()


def test_the_clock_stands_still_while_a_person_thinks(asking):
    instance = asking(timeout=20)
    begin(instance, "[[bash touch g.txt]] [[say Done.]]")
    state = asked(instance)
    started = instance.task(1)["started_at"]
    wait_for(lambda: older_than(started, 21), 60, "more than its timeout")
    assert instance.state()["decision"] == state["decision"]
    ok(instance.command("/allow"))
    assert instance.wait_task(1, "completed", 60)["result"] == "success"


def older_than(moment, seconds):
    then = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00"))
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now - then).total_seconds() > seconds


def test_always_is_for_this_session_and_exactly_this(asking):
    instance = asking()
    begin(
        instance,
        "[[bash echo x >> l.txt]] [[bash echo x >> l.txt]] "
        "[[bash echo y >> l.txt]] [[say Done.]]",
    )
    first = asked(instance)["waiting_for"]["decision"]
    assert f"/always #{first}" in json.dumps(instance.post("/webhook/show").json)
    answer = ok(instance.command(f"/always #{first}", user="Anna"))
    assert "Allowed for this session: Bash: echo x" in answer["message"]
    second = asked(instance, after=first)["waiting_for"]["decision"]
    assert (instance.work / "l.txt").read_text() == "x\nx\n"
    assert instance.state()["always"][0]["by"] == "Anna"
    instance.wait_log("Always by Anna (Bash: echo x >> l.txt)")
    ok(instance.command(f"/deny #{second}"))
    instance.wait_task(1, "completed", 60)
    assert (instance.work / "l.txt").read_text() == "x\nx\n"


@newest
def test_always_for_a_file_is_its_folder_wherever_paths_lead(asking):
    instance = asking()
    work, out = instance.work, instance.folder / "out"
    for folder in (work / "src", out, work / ".git"):
        folder.mkdir(exist_ok=True)
    (work / "src/link").symlink_to(out)
    calls = ["src/a.txt", "src/new/b.txt", "src/.env", "src/link/c.txt"]
    script = " ".join(f"[[write {work / name}|hello]]" for name in calls)
    begin(instance, script + " [[say Done.]]")
    state = asked(instance)
    first = state["waiting_for"]["decision"]
    shown = instance.post("/webhook/show")["message"]
    assert f"let Write in {work.resolve()}/src for this session" in shown
    ok(instance.command(f"/always #{first}"))
    second = asked(instance, after=first)
    assert ".env" in second["ask"]["input"]  # b.txt was not asked about
    assert (work / "src/new/b.txt").read_text() == "hello"
    instance.stop_supervisor(signal.SIGKILL)  # what was granted stays
    instance.wait_healthy()
    second = second["waiting_for"]["decision"]
    ok(instance.command(f"/deny #{second}"))
    third = asked(instance, after=second)
    while ".env" in third["ask"]["input"]:
        last = third["waiting_for"]["decision"]
        ok(instance.command(f"/deny #{last}"))
        third = asked(instance, after=last)
    assert "link/c.txt" in third["ask"]["input"]
    assert third["always"][0]["folder"] == f"{work.resolve()}/src"
    ok(instance.command("/deny"))
    instance.wait_task(1, "completed", 60)
    assert not (out / "c.txt").exists() and not (work / "src/.env").exists()


@newest
def test_a_change_of_a_file_is_shown_as_a_diff(asking, receiver):
    instance = asking()
    script = (
        "[[tool Read {\"file_path\": \"%(file)s\"}]] "
        "[[tool Edit {\"file_path\": \"%(file)s\","
        " \"old_string\": \"two\", \"new_string\": \"2\"}]] [[say Done.]]"
    )
    file = instance.work / "m.txt"
    file.write_text("one\ntwo\nthree\n")
    begin(instance, script % {"file": file})
    state = asked(instance)
    decision = state["waiting_for"]["decision"]
    message = told(receiver, decision)["message"]
    assert f"{file}\n@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n" in message
    assert "-two\n+2\n" in instance.cli("show").stdout
    ok(instance.command(f"/allow #{decision}"))
    instance.wait_task(1, "completed", 60)
    assert file.read_text() == "one\n2\nthree\n"


def test_cancel_while_claude_waits_ends_the_question_too(asking, receiver):
    instance = asking()
    begin(instance, "[[bash touch d.txt]] [[say Done.]]")
    decision = asked(instance)["waiting_for"]["decision"]
    ok(instance.command(f"/cancel #{decision}", user="Anna"))
    instance.wait_task(1, "failed", 60)
    assert instance.state()["ask"] is None
    answer = instance.command(f"/allow #{decision}")
    assert "cancel" in conflict(answer, "stale_decision")["message"]
    assert not (instance.work / "d.txt").exists()


def prompts(instance):
    return [p for p in instance.mine() if p.argv[1:] == ["mcp"]]


def test_a_prompt_that_is_killed_asks_no_more(asking):
    instance = asking()
    begin(instance, "[[bash touch e.txt]] [[say Done.]]")
    decision = asked(instance)["waiting_for"]["decision"]
    for process in prompts(instance):
        processes.end(process.pid, signal.SIGKILL)
    wait_for(
        lambda: instance.state()["decision"] != decision,
        30,
        "the question is withdrawn",
    )
    answer = instance.command(f"/allow #{decision}")
    conflict(answer, "stale_decision")
    wait_for(
        lambda: instance.task(1)["status"] != "running",
        60,
        "the task ends",
    )
    assert not (instance.work / "e.txt").exists()


class Prompt:
    """A hand-written client, as Claude would start it; address: what the
    real one was given, or something else."""

    def __init__(self, address):
        self.process = subprocess.Popen(
            [program(), "mcp"],
            env={"ORCHESTRATOR_ASK": address} if address else {},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def __enter__(self):
        self.say("initialize", 0, protocolVersion="2025-11-25")
        assert self.hear()["result"]["serverInfo"]["name"] == "orchestrator"
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        assert self.process.wait(20) == 0
        self.process.stdout.close()

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def say(self, method, number, **params):
        line = {"jsonrpc": "2.0", "id": number, "method": method}
        self.raw(json.dumps({**line, "params": params}).encode() + b"\n")

    def call(self, number, command):
        arguments = {"tool_name": "Bash", "input": {"command": command}}
        self.say("tools/call", number, name="ask", arguments=arguments)

    def hear(self):
        return json.loads(self.process.stdout.readline())

    def ruling(self):
        """The id of a call, and what it was answered."""
        said = self.hear()
        return said["id"], json.loads(said["result"]["content"][0]["text"])


@pytest.fixture
def waiting(asking):
    """An instance whose Claude waits, and where its prompt calls."""
    instance = asking()
    begin(instance, "[[bash touch real.txt]] [[say Done.]]")
    asked(instance)
    prompt = prompts(instance)[0]  # which only root could look into
    claude = [p for p in instance.mine() if p.pid == prompt.ppid][0]
    return instance, claude.environment()["ORCHESTRATOR_ASK"]


def test_without_the_secret_nobody_is_asked(waiting):
    instance, address = waiting
    decision = instance.state()["decision"]
    name, _, secret = address.partition(":")
    for wrong in (f"{name}:{secret[::-1]}", f"{name}:", f"{name}x:{secret}"):
        with Prompt(wrong) as client:
            client.call(1, "echo forged")
            assert client.ruling()[1]["behavior"] == "deny"
    with Prompt(None) as client:
        client.call(1, "echo forged")
        assert client.ruling()[1]["behavior"] == "deny"
    assert instance.state()["decision"] == decision
    assert "forged" not in json.dumps(instance.state())
    ok(instance.command("/allow"))
    instance.wait_task(1, "completed", 60)
    with Prompt(address) as client:  # its attempt has ended
        client.call(1, "echo late")
        assert client.ruling()[1]["behavior"] == "deny"


def test_a_thousand_at_once_and_nonsense_do_no_harm(waiting):
    instance, address = waiting
    with Prompt(address) as client:
        for nonsense in (b"\n", b"{}\n", b"[1]\n", b'{"id":1}\n', b"\xff\n"):
            client.raw(nonsense)
            assert "error" in client.hear()
        client.call("large", "x" * 70000)
        number, ruling = client.ruling()
        assert number == "large" and "smaller" in ruling["message"]

        def ask_all():
            for number in range(1, 1001):
                client.call(number, f"echo {number}")

        # More than two pipes hold: who only asks, and reads later, would wait
        # for a prompt that waits for it.
        asking_all = threading.Thread(target=ask_all)
        asking_all.start()
        denied = [client.ruling() for _ in range(1000 - 63)]
        asking_all.join(60)
        assert not asking_all.is_alive()
        assert {ruling["behavior"] for _, ruling in denied} == {"deny"}
        before = instance.state()["decision"]
        ok(instance.command("/allow"))  # the real one
        asked(instance, after=before)
        answer = ok(instance.command("/deny no more"))
        assert "Denied: Bash: echo 1\n" in answer["message"]
        number, ruling = client.ruling()
        assert number == 1 and "no more" in ruling["message"]
    instance.wait_task(1, "completed", 60)
    assert instance.state()["ask"] is None


class Caller:
    """Claude's own account, on the socket itself."""

    def __init__(self, address):
        name, _, secret = address.partition(":")
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(20)
        self.socket.connect("\0" + name)
        self.socket.sendall(secret.encode() + b"\n")

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()

    def say(self, **line):
        self.socket.sendall(json.dumps(line).encode() + b"\n")

    def ask(self, tool, **arguments):
        self.say(id=1, tool_name=tool, input=arguments)

    def turned_away(self):
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


@pytest.fixture
def silent(make_instance, receiver):
    """Makes an instance whose agent waits, so that only a Caller asks, and
    says where it calls."""

    def make(owner=None, **config):
        instance = make_instance(
            receiver=receiver,
            config={"claude": {"permissions": "ask", **config}},
        )
        instance.work = instance.folder / config.get("workdir", "work")
        if owner:
            instance.give_work_to(owner)
            instance.write_config(claude={"env": [f"HOME={instance.home}"]})
        begin(instance.start(), "[[silent]]")
        return instance, instance.agent(1)["env"]["ORCHESTRATOR_ASK"]

    return make


def of_another_name(instance):
    """A file in Claude's folder that is another one elsewhere."""
    outside = instance.folder / "outside.txt"
    outside.write_text("TOKEN=12345\n")
    os.link(outside, instance.work / "inside.txt")
    return instance.work / "inside.txt"


def shown(instance, caller, receiver, file):
    """What the phone is told when a caller wants to write that file."""
    caller.ask("Write", file_path=str(file), content="A=1")
    decision = asked(instance)["waiting_for"]["decision"]
    message = told(receiver, decision)["message"]
    assert "A=1" in message
    return message


@pytest.mark.parametrize("place", [
    lambda instance: instance.work / ".env",
    lambda instance: instance.work / ".ssh/id",
    lambda instance: instance.folder / "elsewhere.txt",
    of_another_name,
], ids=["hidden", "in a hidden folder", "elsewhere", "of another name"])
def test_of_what_is_no_phones_nothing_but_the_call_is_shown(
    silent, receiver, place
):
    instance, address = silent()
    file = place(instance)
    file.parent.mkdir(exist_ok=True)
    file.write_text("TOKEN=12345\n")
    with Caller(address) as caller:
        assert "12345" not in shown(instance, caller, receiver, file)


@pytest.mark.parametrize("name, is_shown", [
    ("config.yaml", False),
    ("state.json", False),
    ("orchestrator_logs/x.log", False),
    ("run/x", False),
    ("nginx/key.pem", False),
    ("beside.txt", True),
])
def test_of_our_own_files_nothing_but_the_call_is_shown(
    silent, receiver, name, is_shown
):
    """Where Claude works in the folder that has them."""
    instance, address = silent(workdir=".")
    file = instance.folder / name
    file.parent.mkdir(exist_ok=True)
    if not file.exists():
        file.write_text("TOKEN=12345\n")
    first_line = file.read_text().splitlines()[0]
    with Caller(address) as caller:
        message = shown(instance, caller, receiver, file)
    assert is_shown == (f"-{first_line}" in message)


@pytest.mark.needs_root
@pytest.mark.parametrize("mode, is_shown", [(0o600, False), (0o604, True)],
                         ids=["root's alone", "everybody's"])
def test_what_claudes_account_may_not_read_is_not_shown(
    silent, receiver, mode, is_shown
):
    daemon = pwd.getpwnam("daemon")
    instance, address = silent(daemon, user=daemon.pw_name)
    file = instance.work / "roots.txt"
    file.write_text("TOKEN=12345\n")
    file.chmod(mode)
    os.seteuid(daemon.pw_uid)  # whose the socket's peer is to be
    try:
        caller = Caller(address)
    finally:
        os.seteuid(0)
    with caller:
        assert is_shown == ("12345" in shown(instance, caller, receiver, file))


def test_who_does_not_hear_is_not_heard(waiting):
    """What it is told is not kept without end: the supervisor stops to listen,
    and what else is said has no room any more."""
    instance, address = waiting
    refused = b'{"id":1,"tool_name":"","input":{}}\n' * 400
    with Caller(address) as caller:
        caller.socket.settimeout(2)
        with pytest.raises(TimeoutError):
            for _ in range(10000):
                caller.socket.sendall(refused)
    ok(instance.command("/allow"))
    instance.wait_task(1, "completed", 60)


def test_a_path_that_leads_elsewhere_now_is_not_what_was_allowed(silent):
    instance, address = silent()
    link = instance.work / "link"
    for name in "shown", "other":
        (instance.work / name).mkdir()
    link.symlink_to("shown")
    with Caller(address) as caller:
        caller.ask("Write", file_path=str(link / "a.txt"), content="A=1")
        asked(instance)
        link.unlink()
        link.symlink_to("other")
        ok(instance.command("/allow"))
        ruling = json.loads(caller.socket.makefile().readline())
    assert ruling["behavior"] == "deny" and "elsewhere" in ruling["message"]
    instance.wait_log("Not let through: its path leads elsewhere by now")


def test_who_asks_and_does_not_wait_stops_no_clock(silent, receiver):
    """Nor does it ring a phone more often than a person can look at it."""
    instance, address = silent(timeout=6)
    call = {"id": 1, "tool_name": "Bash", "input": {"command": "echo"}}
    lines = itertools.cycle([call, {"id": 1, "cancelled": True}])

    def ended():
        with contextlib.suppress(OSError):
            caller.say(**next(lines))
        return instance.task(1)["status"] == "failed"

    with Caller(address) as caller:
        wait_for(ended, 20, "its time is up", step=0.05)
    assert instance.task(1)["result"] == "timeout"
    wait_for(lambda: not instance.state()["notifications"], 20, "told")
    asked_for = [p for p in receiver.taken() if "echo" in p["message"]]
    assert 1 <= len(asked_for) <= 4


def test_what_is_granted_waits_for_no_pause(silent):
    """And gives no time back to who has made it longer."""
    instance, address = silent(timeout=6)
    granted = {"tool_name": "Bash", "input": {"command": "echo granted"}}
    other = {"tool_name": "Bash", "input": {"command": "echo other"}}
    with Caller(address) as caller:
        answers = caller.socket.makefile()
        caller.say(id=1, **granted)
        asked(instance)
        ok(instance.command("/always"))
        assert json.loads(answers.readline())["behavior"] == "allow"
        numbers = itertools.count(2)

        def ended():
            if instance.task(1)["status"] == "failed":
                return True
            with contextlib.suppress(OSError):
                number = next(numbers)
                caller.say(id=number, **other)
                caller.say(id=number, cancelled=True)
                caller.say(id=number, **granted)
                answers.readline()
            return False

        wait_for(ended, 20, "its time is up", step=0.2)
    assert instance.task(1)["result"] == "timeout"


def test_no_caller_fills_the_log(waiting):
    instance, address = waiting
    for _ in range(100):
        with Caller(address + "x") as wrong, Caller(address) as nonsense:
            nonsense.socket.sendall(b"\n" * 100)
            assert wrong.turned_away() and nonsense.turned_away()
    ok(instance.command("/allow"))
    instance.wait_task(1, "completed", 60)
    for said in "without this attempt's secret", "what is no question":
        first, last = [line for line in instance.log_text().splitlines()
                       if said in line]
        assert last.endswith("100 times")


def test_a_question_has_its_options_as_buttons(asking, receiver, api):
    instance = asking()
    begin(instance, questions(COLOUR) + " [[say Painted.]]")
    state = asked(instance, kind="question")
    assert state["status"] == "running"
    decision = state["waiting_for"]["decision"]
    status = instance.post("/webhook/status")["waiting_for"]
    assert status["options"] == ["Red", "Green"] and not status["several"]
    shown = told(receiver, decision)
    assert "Which colour?" in shown["message"]
    assert "2. Green - all Green" in shown["message"]
    red, green, other = shown["actions"]
    assert red == {"label": "Red", "command": f"/answer #{decision} 1"}
    assert green == {"label": "Green", "command": f"/answer #{decision} 2"}
    assert other["command"] == f"/answer #{decision}" and other["feedback"]
    conflict(instance.command(f"/allow #{decision}"))  # it is no yes or no
    answer = ok(instance.command(f"/answer #{decision} 2", user="Anna"))
    assert "Answered: Which colour? Green" in answer["message"]
    task = instance.wait_task(1, "completed", 60)
    assert task["denials"] == 0
    assert "Green" in json.dumps(api.conversations()[-1].tool_results)
    instance.wait_log("answer by Anna: Which colour? Green")
    late = instance.command(f"/answer #{decision} 1")
    assert "by Anna" in conflict(late, "stale_decision")["message"]


def test_questions_of_one_call_come_one_after_the_other(asking, receiver, api):
    instance = asking()
    begin(instance, questions(COLOUR, SIZES) + " [[say Painted.]]")
    first = asked(instance, kind="question")["waiting_for"]["decision"]
    assert "Question 1 of 2" in told(receiver, first)["message"]
    empty = instance.post("/webhook/answer", decision=first)
    assert (empty.code, empty["error"]) == (400, "bad_request")
    done = instance.cli("answer", f"#{first}", "a", "dark", "one")
    assert done.returncode == 0, done
    assert "Which colour? a dark one" in done.stdout
    assert "Which sizes?" in done.stdout
    state = asked(instance, after=first, kind="question")
    second = state["waiting_for"]["decision"]
    shown = told(receiver, second)
    assert "Question 2 of 2" in shown["message"]
    assert [a["command"] for a in shown["actions"]] == [f"/answer #{second}"]
    conflict(instance.command(f"/answer #{first} 1"), "stale_decision")
    ok(instance.post("/webhook/answer", decision=second, text="1, 3"))
    instance.wait_task(1, "completed", 60)
    results = json.dumps(api.conversations()[-1].tool_results)
    assert "a dark one" in results and "S, L" in results
    taken = [(d["id"], d["command"]) for d in instance.state()["decisions"]]
    assert (first, "answer") in taken and (second, "answer") in taken


def test_a_question_may_be_left_open(asking, api):
    instance = asking()
    begin(instance, questions(COLOUR, SIZES) + " [[say Unpainted.]]")
    decision = asked(instance, kind="question")["waiting_for"]["decision"]
    shown = instance.cli("show").stdout
    assert "answer with a number or words of your own" in shown
    ok(instance.command(f"/deny #{decision} you choose"))
    instance.wait_task(1, "completed", 60)
    assert "you choose" in json.dumps(api.conversations()[-1].tool_results)
    conflict(instance.command("/answer 1"))


def test_run_takes_an_answer_in_words(asking, terminal, api):
    instance = asking()
    script = questions(COLOUR, SIZES) + " [[say Painted.]]"
    name = "orchestrator_tasks/" + instance.write_tasks(script)
    shown = terminal(instance, "--task-file", name)
    shown.expect(r"\[yes/.*?\] $")
    shown.type("y\n")
    shown.expect("Question 1 of 2.*Which colour.*2. Green", 60)
    shown.expect(r"Your answer\? \[.*\?\] $")
    shown.type("?\n")
    shown.expect("/deny .*refuse")
    shown.expect(r"Your answer\? .*\] $")
    shown.type("stop at green\n")  # a command has a slash here
    shown.expect(r"Which sizes.*Your answer\? .*\] $", 60)
    shown.type("2 3\n")
    assert shown.wait(60) == 0
    results = json.dumps(api.conversations()[-1].tool_results)
    assert "stop at green" in results and "M, L" in results
