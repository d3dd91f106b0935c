"""A day of the example list, worked through from the phone alone, with what
days hold: a permission, a question, a reboot, a denial, a rollback, a limit."""

import pathlib
import re

import harness.messages_api
from conftest import ANNA, settled
from harness.asking import COLOUR, digest, questions
from harness.git import git
from harness.waiting import wait_for
from test_day import today

LIST = pathlib.Path(__file__).parents[2] / "examples/example-tasks.md"

MAKE = "mkdir shopping; printf 'bread\\napples\\ncoffee\\n' > shopping/list.txt"
APPEND = "printf 'butter\\ncheese\\n' >> shopping/list.txt"
REMOVE = "rm -r shopping"
COUNT = "wc -l < shopping/list.txt > shopping/count.txt"
EMPTY = "rm shopping/count.txt"
TABLE = "ls shopping > shopping/contents.txt"


def bash(command):
    return f"[[bash {command}]]"


def items(work):
    return (work / "shopping/list.txt").read_text().split()


def asks(phone, call):
    """The message that asks for that call now: it still has its buttons. A
    reboot may bring an earlier one a second time, without them."""
    return wait_for(lambda: next(
        (m for m in phone.messages if "May Claude use Bash?" in m.first_text
         and call in m.first_text and "Allow" in m.labels), None),
        30, f"a question for {call}")


def decided(instance, command, call):
    """The lines of the log that tell of that decision on exactly that call."""
    hashed = digest("Bash", {"command": call})
    return [line for line in instance.log_text().splitlines()
            if f"{command} by @anna" in line and hashed in line]


def test_a_day_from_the_phone_alone(real, phone, api, monkeypatch):
    instance = real(claude={"permissions": "ask"},
                    limits={"session_usd": "0.50"})
    work = instance.work
    git(work, "init", "-q", "-b", "main")
    git(work, "commit", "-q", "--allow-empty", "-m", "first")
    (instance.tasks_dir / f"{today()}-tasks.md").write_bytes(LIST.read_bytes())

    # A command that may change something is shown whole, and waits.
    api.queue(bash(MAKE), "[[say The list is there.]]")
    phone.write("/start", ANNA)
    phone.wait("Found 4 tasks")
    asked = asks(phone, MAKE)
    assert asked.labels == ["Allow", "Deny", "Always", "Cancel"]
    assert not (work / "shopping").exists()
    phone.tap(asked, "Allow")
    first = phone.wait("Task 1/4 complete!", "The list is there.")

    # A question; then a command that is answered when the power is back.
    api.queue(questions(COLOUR), bash(APPEND))
    phone.tap(first, "Approve")
    phone.tap(phone.wait("Which colour?", "1. Red"), "Green")
    asks(phone, APPEND)
    instance.reboot()
    asked = phone.wait("Parked: nothing runs", APPEND)
    assert items(work) == ["bread", "apples", "coffee"]
    api.queue(bash(APPEND), "[[say Two more.]]")
    phone.tap(asked, "Allow")
    phone.wait("Task 2/4 complete!", "Two more.")
    assert items(work)[3:] == ["butter", "cheese"]

    # Undone, and done again, with a denial whose reason Claude reads.
    phone.write("/rollback 2", ANNA)
    undone = phone.wait("Rolled back by @anna", "refs/orchestrator/")
    wait_for(lambda: len(items(work)) == 3, 20, "the list is as it was")
    api.queue(bash(REMOVE), bash(APPEND), "[[say Again.]]")
    phone.tap(undone, "Approve")
    phone.reply(asks(phone, REMOVE), "keep the list")
    phone.tap(asks(phone, APPEND), "Always")
    second = phone.wait("but for what was denied", "Again.")
    assert "keep the list" in str(api.conversations()[-1].tool_results)
    assert len(items(work)) == 5

    # A dear answer reaches the limit of the session; raised, the task goes on.
    # The last task is denied something, by the button and without a reason, and
    # does the rest.
    api.queue(bash(COUNT), "[[say Five.]]")
    phone.tap(second, "Approve task 3")
    asked = asks(phone, COUNT)
    dear = {"input_tokens": 11, "output_tokens": 40000}
    with monkeypatch.context() as costs:
        costs.setattr(harness.messages_api, "USAGE", dear)
        phone.tap(asked, "Allow")
        reached = phone.wait("reached limits.session_usd", "of $0.50")
    api.queue("[[say It is counted.]]", bash(EMPTY), bash(TABLE),
              "[[say Ready.]]")
    phone.tap(reached, "Raise")
    phone.wait("Task 3/4 complete!", "It is counted.")
    assert (work / "shopping/count.txt").read_text().strip() == "5"
    phone.tap(asks(phone, EMPTY), "Deny")
    phone.reply(phone.wait("Reply to this message", "/deny"), "-")
    phone.tap(asks(phone, TABLE), "Allow")
    phone.wait("Session completed!")

    settled(instance)
    assert (work / "shopping/count.txt").exists()
    assert len([t for t in phone.texts() if "Rolled back" in t]) == 1
    state = instance.state()
    assert [t["status"] for t in state["tasks"]] == ["completed"] * 4
    for command, call in [("allow", MAKE), ("allow", APPEND), ("deny", REMOVE),
                          ("always", APPEND), ("allow", COUNT),
                          ("deny", EMPTY), ("allow", TABLE)]:
        [line] = decided(instance, command, call)
        assert re.match(r"\[[\d-]+ \d\d:\d\d:\d\d,\d+\] ", line), "when"
